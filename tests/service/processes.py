"""Workers as processes of their own, on the tests' servers."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from asyncio import subprocess, to_thread
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.guard import Guard, stop_process
from stack.ports import free_port
from tests.databases import DatabaseUrls
from tests.workflows.people import until

REPOSITORY = Path(__file__).parents[2]
# A process needs seconds for its imports, and far more on a machine that others use as well.
STARTED_WITHIN = 90.0


def clean_environment() -> dict[str, str]:
    """This process's environment without what configures Assay."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", "TEMPORAL_"))}


@dataclass(frozen=True, slots=True)
class Running:
    """A worker's process, its HTTP address and its log."""

    process: subprocess.Process
    url: str
    log: Path

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page; 0 while nobody answers."""
        return await to_thread(_get, self.url + path)

    async def ready(self) -> None:
        """Wait until the worker says that it is ready."""
        await until(self._ready, "a worker that is ready", STARTED_WITHIN)

    async def ended(self) -> int:
        """Wait until the process has ended; its exit code."""

        async def code() -> int | None:
            return self.process.returncode

        return await until(code, "the end of the worker", STARTED_WITHIN)

    def events(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    async def _ready(self) -> bool | None:
        assert self.process.returncode is None, self.log.read_text()
        return True if (await self.get("/readyz"))[0] == 200 else None


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - ours
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@asynccontextmanager
async def worker(
    guard: Guard, folder: Path, urls: DatabaseUrls, address: str,
    *, program: Sequence[str] = ("worker.py",), env: Mapping[str, str] | None = None,
) -> AsyncIterator[Running]:
    """A worker for the time of the block; `env` is added to the addresses of the servers."""
    http, log = f"127.0.0.1:{free_port()}", folder / "worker.log"
    given = {
        "ASSAY_DATABASE_URL": urls.app, "ASSAY_HOME": str(folder), "TEMPORAL_ADDRESS": address,
        "ASSAY_HTTP_ADDRESS": http, **(env or {}),
    }
    process = await guard.spawn(
        [sys.executable, *program], log=log, env={**clean_environment(), **given}, cwd=REPOSITORY
    )
    try:
        yield Running(process, f"http://{http}", log)
    finally:
        await stop_process(process, grace=1)
