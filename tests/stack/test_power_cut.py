"""A machine that loses power: everything is killed at once, what is left behind lies, and the cycles go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from stack.home import Home
from stack.ports import free_port
from tests.cli.builders import written
from tests.service.processes import REPOSITORY, clean_environment
from tests.workflows.people import until
from tests.workflows.tiny import EXECUTIVE, TESTER, Tiny

pytestmark = [pytest.mark.asyncio, pytest.mark.nightly]


@dataclass(frozen=True, slots=True)
class Machine:
    """A home folder on which `python -m stack up` runs, is killed, and runs again."""

    home: Home
    port: int

    @property
    def env(self) -> dict[str, str]:
        """What `up` and commands are configured with."""
        return clean_environment() | {
            "ASSAY_HOME": str(self.home.root), "ASSAY_TEMPORAL_PORT": str(self.port), "ASSAY_UI_PORT": "0",
        }

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """The stack for the time of the block, at whose end the power is cut."""
        argv = [sys.executable, "-m", "stack", "up"]
        process = await asyncio.create_subprocess_exec(
            *argv, cwd=REPOSITORY, env=self.env, stderr=asyncio.subprocess.PIPE
        )
        try:
            assert process.stderr is not None
            said = b""
            while b"Assay is up" not in said:
                line = await process.stderr.readline()
                assert line, said.decode()
                said += line
            yield
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.cut(process.pid)
            await process.wait()

    def cut(self, supervisor: int) -> None:
        """SIGKILL for all processes at once, the guard and Postgres included."""
        # Postgres has left the tree of the supervisor; it is known by its data.
        data = str(self.home.postgres / "data")
        servers = [one for one in psutil.process_iter(["cmdline"]) if data in (one.info["cmdline"] or [])]
        roots = [psutil.Process(supervisor), *servers]
        for process in {process for root in roots for process in (root, *root.children(recursive=True))}:
            with contextlib.suppress(ProcessLookupError):  # ended with its parent, a moment ago
                os.kill(process.pid, signal.SIGKILL)

    async def run(self, *words: str) -> Any:
        """One command's data."""
        argv = [sys.executable, "starter.py", *words, "--output", "json"]
        done = await asyncio.to_thread(
            subprocess.run, argv, cwd=REPOSITORY, env=self.env, capture_output=True, text=True
        )
        assert 0 == done.returncode, done.stderr
        return json.loads(done.stdout)["data"]

    async def status(self, slug: str, phase: str, status: str) -> None:
        """Wait until a phase is in a status."""

        async def there() -> bool | None:
            rows = (await self.run("cycle", "show", slug))["phases"]
            return any((row["phase"], row["status"]) == (phase, status) for row in rows) or None

        await until(there, f"{phase} {status}", 60)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine of the test's own."""
    with tempfile.TemporaryDirectory(prefix="assay-tests-", ignore_cleanup_errors=True) as folder:
        yield Machine(Home(Path(folder)), free_port())


async def test_a_cycle_goes_on_after_a_power_cut(machine: Machine, tmp_path: Path) -> None:
    """Stale notes name living strangers, and the port is taken for a while: said, and then all goes on."""
    tiny = Tiny(cycle="dark")
    async with machine.up():
        await machine.run("cycle", "start", str(written(tmp_path, tiny)), "--as", EXECUTIVE)
        await machine.status(tiny.slug, "planning", "draft")
        await machine.run("item", "decide", tiny.slug, "planning", "--all", "approve", "--as", TESTER)
    stranger = os.getpid()
    note = machine.home.postgres / "data" / "postmaster.pid"
    note.write_text("\n".join([str(stranger), *note.read_text().splitlines()[1:]]) + "\n")
    with machine.home.ledger.open("a") as ledger:
        ledger.write(f"{stranger} 1.0\n")
    with socket.create_server(("127.0.0.1", machine.port)), pytest.raises(AssertionError, match="ASSAY_TEMPORAL_PORT"):
        async with machine.up():
            pass
    async with machine.up():
        await machine.run("version", "submit", tiny.slug, "planning", "--as", TESTER)
        await machine.run("version", "approve", tiny.slug, "planning", "--rest", "--as", TESTER)
        await machine.status(tiny.slug, "data_profiling", "draft")
