"""No process outlives its supervisor: a second process holds the other end of a pipe, and cleans up when it breaks.

A pipe breaks however the supervisor ends, SIGKILL included, on Linux as on macOS. `PR_SET_PDEATHSIG` would be Linux
only, is cleared by a change of account, and cannot shut Postgres down in order; hence the pipe. That process leads
the process group which all others join, so a Ctrl-C of the terminal reaches the supervisor alone, which then stops
the others in order. Postgres alone leaves the group (`pg_ctl` gives it a session); its stop command is left here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from models.errors import StackFailed
from stack import watch


@asynccontextmanager
async def guarded(ledger: Path, *, keep_open: Sequence[int] = ()) -> AsyncIterator[Guard]:
    """A guard for the time of the block, which stops what it has started before it ends.

    `ledger` lists what was started: should this process and the second one both be killed, the next guard on the same
    ledger ends the rest. `keep_open` are file descriptors (the lock) that stay open until everything has ended.
    """
    end_survivors(ledger)
    watcher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", watch.__file__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        process_group=0,
        pass_fds=keep_open,
        cwd="/",
    )
    if watcher.stdin is None:
        raise StackFailed("the guard process has no standard input")
    try:
        yield Guard(ledger, watcher.pid, watcher.stdin)
    finally:
        watcher.stdin.close()
        await watcher.wait()
        _forget(ledger)


class Guard:
    """Starts processes in one group, each of which ends at the latest when this process does; see `guarded`."""

    def __init__(self, ledger: Path, group: int, pipe: asyncio.StreamWriter) -> None:
        self._ledger = ledger
        self._group = group
        self._pipe = pipe

    async def spawn(
        self, argv: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path | str = "/", **options: Any
    ) -> asyncio.subprocess.Process:
        """Start a process whose output is appended to `log`; `options` are those of `subprocess.Popen`."""
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                process_group=self._group,
                umask=0o077,
                env=env,
                cwd=cwd,
                **options,
            )
        finally:
            os.close(descriptor)
        await self._tell({"pid": process.pid})
        with contextlib.suppress(psutil.Error), self._ledger.open("a") as ledger:
            ledger.write(f"{process.pid} {psutil.Process(process.pid).create_time()}\n")
        return process

    async def run_at_end(self, argv: Sequence[str], **options: Any) -> None:
        """Leave a command to be run once everything has ended; `options` are those of `subprocess.run`."""
        await self._tell({"run": list(argv), "options": options})

    async def remove_at_end(self, path: Path) -> None:
        """Leave a file to be deleted once everything has ended."""
        await self._tell({"remove": str(path)})

    async def _tell(self, message: Mapping[str, Any]) -> None:
        self._pipe.write(json.dumps(message).encode() + b"\n")
        await self._pipe.drain()


async def stop_process(process: asyncio.subprocess.Process, *, grace: float = watch.GRACE) -> None:
    """SIGTERM, and SIGKILL for what has not ended after `grace` seconds."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        process.kill()
        await process.wait()


def end_survivors(ledger: Path) -> None:
    """Kill what an earlier run left behind. Number and start time must agree, so no stranger is ever hit."""
    if not ledger.exists():
        return
    for line in ledger.read_text().splitlines():
        number, _, started = line.partition(" ")
        with contextlib.suppress(psutil.Error, ValueError):
            survivor = psutil.Process(int(number))
            if abs(survivor.create_time() - float(started)) < 0.5:
                survivor.kill()
                survivor.wait(5)
    _forget(ledger)


def _forget(ledger: Path) -> None:
    ledger.unlink(missing_ok=True)
