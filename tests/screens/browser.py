"""A headless Chromium of the test's own, driven through the DevTools protocol over two pipes.

The Web UI keeps asking its server for news, so "has loaded" means that the page says what is waited for.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
_WITHIN, _MOMENT = 30.0, 0.2
# The Web UI shows Markdown in frames of their own.
_TEXT = """
[document, ...Array.from(document.querySelectorAll('iframe'), frame => frame.contentDocument)]
    .map(one => one && one.body ? one.body.innerText : '').join('\\n')
"""


@dataclass
class Page:
    """One tab; `seen` is its text once it says what was waited for."""

    reader: asyncio.StreamReader
    writer: int
    session: str = ""
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        """One DevTools call and its result; events in between are passed over."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": given}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while True:
            raw = await asyncio.wait_for(self.reader.readuntil(b"\0"), _WITHIN)
            answer = json.loads(raw[:-1])
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    async def visit(self, url: str, *wanted: str, size: tuple[int, int] = (1400, 1000)) -> str:
        """Go to an address in a window of that size; the page's text, once it says all that is wanted."""
        await self.call("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
                        mobile=False)
        await self.call("Page.navigate", url=url)
        end = time.monotonic() + _WITHIN
        while True:
            seen = str(await self.evaluate(_TEXT))
            if all(text in seen for text in wanted):
                return seen
            assert time.monotonic() < end, f"{url} does not say {wanted}, but: {seen}"
            await asyncio.sleep(_MOMENT)

    async def picture(self, path: Path) -> Path:
        """A PNG of the window."""
        found = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(found["data"]))
        return path


def program() -> str:
    """The browser of this machine; skips the test where there is none."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on the PATH")
    return found


@asynccontextmanager
async def browsing(executable: str) -> AsyncIterator[Page]:
    """A tab in a browser that knows nothing of earlier visits, for the time of the block."""
    # The browser reads commands from descriptor 3 and writes answers to 4, so ours must be out of the way.
    (theirs_in, ours_out), (ours_in, theirs_out) = _pipe(), _pipe()
    with tempfile.TemporaryDirectory(prefix="assay-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            executable, *_FLAGS, f"--user-data-dir={profile}", "about:blank", stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL, pass_fds=(3, 4),
            start_new_session=True, preexec_fn=lambda: (os.dup2(theirs_in, 3), os.dup2(theirs_out, 4)),
            env={**os.environ, "TZ": "UTC"},
        )
        os.close(theirs_in)
        os.close(theirs_out)
        reader = asyncio.StreamReader(limit=2**25)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours_in, "rb")
        )
        try:
            page = Page(reader, ours_out)
            target = (await page.call("Target.createTarget", url="about:blank"))["targetId"]
            page.session = (await page.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
            yield page
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            transport.close()
            os.close(ours_out)


def _pipe() -> tuple[int, int]:
    """A pipe on high descriptors: its reading and its writing end."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 64))
        os.close(end)
    return ends[0], ends[1]
