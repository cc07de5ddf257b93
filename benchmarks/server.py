"""The server that all contestants share: an embedded Postgres of its own, as durable as the product runs it."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from models.migrate import upgrade
from models.settings import database_url
from stack.guard import guarded
from stack.home import Home
from stack.postgres import PostgresServer, postgres
from stack.roles import APP, OWNER, READER, ensure_database, ensure_roles

_TEMPLATE = "bench_template"
_NUMBERS = itertools.count(1)
# So that no checkpoint, no vacuum and no compiler of expressions falls into one measurement and not into another.
_QUIET = {"max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off", "jit": "off"}
# What our own connections ask for, given to everybody.
_SHARED = {"work_mem": "32MB"}
_STATED = (
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers",
    *_SHARED, *_QUIET,
)


@dataclass(frozen=True, slots=True)
class BenchServer:
    """The running server with a migrated database to copy."""

    server: PostgresServer

    @asynccontextmanager
    async def database(self, *, ours: bool) -> AsyncIterator[tuple[str, str]]:
        """A fresh database for the time of the block: its address for the contestant, and for the superuser.

        Ours is a migrated copy, reached as the workers' role; a peer gets an empty one that it owns."""
        name, admin = f"bench_{next(_NUMBERS)}", self.server.admin_url()
        await ensure_database(admin, name=name, template=_TEMPLATE if ours else "template0")
        passwords = self.server.cluster.passwords
        role, password = (APP, passwords.app) if ours else (OWNER, passwords.owner)
        try:
            await _run(admin, "checkpoint")
            yield self.server.url(role, password, database=name), self.server.admin_url(database=name)
        finally:
            await _run(admin, f"drop database {name} with (force)")

    async def settings(self) -> Mapping[str, str]:
        """The settings that bear on speed and safety."""
        connection = await asyncpg.connect(self.server.admin_url())
        try:
            return {name: str(await connection.fetchval(f"show {name}")) for name in _STATED}
        finally:
            await connection.close()


@asynccontextmanager
async def bench_server() -> AsyncIterator[BenchServer]:
    """Start it, with the roles and a migrated template; its data goes with it."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-", ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        home.prepare()
        async with guarded(home.ledger) as guard, postgres(home, guard, fast=False) as server:
            yield await prepared(server)


async def prepared(server: PostgresServer) -> BenchServer:
    """Quiet settings, roles, and the database that ours are copies of."""
    admin, passwords = server.admin_url(), server.cluster.passwords
    for name, value in (_SHARED | _QUIET).items():
        await _run(admin, f"alter system set {name} = '{value}'")
    await _run(admin, "select pg_reload_conf()")
    await ensure_roles(admin, {OWNER: passwords.owner, APP: passwords.app, READER: passwords.reader})
    await ensure_database(admin, name=_TEMPLATE)
    await upgrade(database_url(server.url(OWNER, passwords.owner, database=_TEMPLATE)))
    return BenchServer(server)


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
