"""Databases for tests: each is a copy of one that was migrated once."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from models.migrate import upgrade
from models.settings import database_url
from stack.postgres import PostgresServer
from stack.roles import APP, OWNER, READER, ensure_database, ensure_roles

_NUMBERS = itertools.count(1)
_TEMPLATE = "assay_template"


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One database, as SQLAlchemy addresses it, for each role."""

    owner: str
    app: str
    reader: str
    admin: str


@dataclass(frozen=True, slots=True)
class MigratedServer:
    """A server that holds the roles and a migrated database to copy."""

    server: PostgresServer

    def urls(self, name: str) -> DatabaseUrls:
        """The addresses of one of its databases."""
        passwords = self.server.cluster.passwords
        roles = ((OWNER, passwords.owner), (APP, passwords.app), (READER, passwords.reader))
        addresses = [self.server.url(role, password, database=name) for role, password in roles]
        return DatabaseUrls(*map(database_url, [*addresses, self.server.admin_url(database=name)]))

    @asynccontextmanager
    async def database(self, *, template: str = _TEMPLATE) -> AsyncIterator[DatabaseUrls]:
        """A database of its own for the time of the block, whatever is still connected to it at the end."""
        name = f"test_{next(_NUMBERS)}"
        await ensure_database(self.server.admin_url(), name=name, template=template)
        try:
            yield self.urls(name)
        finally:
            connection = await asyncpg.connect(self.server.admin_url())
            await connection.execute(f"drop database {name} with (force)")
            await connection.close()


async def migrated(server: PostgresServer) -> MigratedServer:
    """Roles, and one database brought to the present schema."""
    passwords = server.cluster.passwords
    await ensure_roles(
        server.admin_url(), {OWNER: passwords.owner, APP: passwords.app, READER: passwords.reader}
    )
    await ensure_database(server.admin_url(), name=_TEMPLATE)
    result = MigratedServer(server)
    await upgrade(result.urls(_TEMPLATE).owner)
    return result
