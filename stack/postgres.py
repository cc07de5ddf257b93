"""The embedded Postgres, started and stopped by the wheel's own `pg_ctl`.

It listens on the loopback address, on a free port, and on no socket: the path of a socket may not exceed 107 bytes,
and one kind of address serves embedded and real servers alike. Whatever was killed before, it starts again.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import psutil

from models.errors import StackFailed
from stack.cluster import SUPERUSER, Cluster, last_line, prepare_cluster
from stack.guard import Guard
from stack.home import Home
from stack.ports import LOOPBACK, free_port

_ATTEMPTS = 4
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@asynccontextmanager
async def postgres(home: Home, guard: Guard, *, fast: bool = False) -> AsyncIterator[PostgresServer]:
    """A running server for the time of the block; its data stays. `fast` gives up crash safety, for tests only.

    Raises `HomeUnusable` or `StackFailed`.
    """
    cluster = prepare_cluster(home)
    log = home.fresh_log("postgres")
    await cluster.initialise(guard, log, fast=fast)
    server = PostgresServer(cluster, guard, log, fast=fast)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


class PostgresServer:
    """The server on one cluster."""

    def __init__(self, cluster: Cluster, guard: Guard, log: Path, *, fast: bool) -> None:
        self.cluster = cluster
        self.port = 0
        self._guard = guard
        self._log = log
        self._settings = {**_SETTINGS, **(_UNSAFE if fast else {})}

    @property
    def pid(self) -> int | None:
        """The process of the server, None when it does not run."""
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            pid = int(self._note.read_text().splitlines()[0])
            # The number may have been given to another process since.
            if str(self.cluster.data) in psutil.Process(pid).cmdline():
                return pid
        return None

    def url(self, user: str, password: str, *, database: str) -> str:
        """The address of a database of this server for a role."""
        return f"postgresql://{quote(user)}:{quote(password)}@{LOOPBACK}:{self.port}/{quote(database)}"

    def admin_url(self, *, database: str = "postgres") -> str:
        """The address for the superuser."""
        return self.url(SUPERUSER, self.cluster.passwords.superuser, database=database)

    async def start(self) -> None:
        """Start on a free port, having ended what an earlier stack left behind. Raises `StackFailed`."""
        await self._end_leftover()
        stop = self._pg_ctl("-m", "fast", "-w", "stop")
        await self._guard.run_at_end(stop, **self.cluster.options())
        for attempt in range(1, _ATTEMPTS + 1):
            self.port = free_port()
            if await self._run("-w", "-t", "120", "-o", self._arguments(), "start") == 0:
                return
            # Somebody took the port, or the memory of a killed server is not released yet: both pass.
            await asyncio.sleep(0.5 * attempt)
        raise StackFailed(f"Postgres does not start: {last_line(self._log)}", hint=f"see {self._log}")

    async def wait(self) -> None:
        """Wait until the server has ended."""
        while self.pid is not None:
            await asyncio.sleep(1)

    async def stop(self) -> None:
        """Stop the server; connections are closed, what was not committed is rolled back."""
        if self.pid is not None and await self._run("-m", "fast", "-w", "-t", "30", "stop") != 0:
            await self._run("-m", "immediate", "-w", "stop")

    @property
    def _note(self) -> Path:
        return self.cluster.data / "postmaster.pid"

    async def _end_leftover(self) -> None:
        if self.pid is not None:
            await self.stop()
        elif self._note.exists() and psutil.pid_exists(int(self._note.read_text().splitlines()[0])):
            # Postgres would take the stranger for itself. A note whose number nobody has it handles alone.
            self._note.unlink()

    async def _run(self, *arguments: str) -> int:
        process = await self._guard.spawn(self._pg_ctl(*arguments), log=self._log, **self.cluster.options())
        try:
            return await process.wait()
        except asyncio.CancelledError:
            # Left alone it might start a server just after that server was looked for to be stopped.
            await process.wait()
            raise

    def _pg_ctl(self, *arguments: str) -> list[str]:
        return [str(self.cluster.programs / "pg_ctl"), "-D", str(self.cluster.data), *arguments]

    def _arguments(self) -> str:
        settings = {**self._settings, "port": str(self.port)}
        return shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
