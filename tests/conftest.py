"""Real servers for all tests: one Postgres and one Temporal per pytest process, started when first asked for."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from models.messages import SEARCH_ATTRIBUTES
from stack.guard import Guard, guarded
from stack.home import Home
from stack.postgres import PostgresServer, postgres
from stack.temporal import TemporalServer, temporal
from tests.databases import DatabaseUrls, MigratedServer, migrated

# Modules that take long begin first, so that no worker ends with one while the others have nothing left.
LONG = ("workflows", "docs", "e2e", "cli", "service")
_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the folders; within a folder the order stays."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.relative_to(_TESTS).parts[0], len(LONG)))


@pytest.fixture(scope="session")
def server_home() -> Iterator[Home]:
    """A home outside pytest's own folders, which are closed to the account that runs Postgres for root."""
    with tempfile.TemporaryDirectory(prefix="assay-tests-", ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        home.prepare()
        yield home


@pytest_asyncio.fixture(scope="session")
async def guard(server_home: Home) -> AsyncIterator[Guard]:
    """Ends the servers even when pytest is killed."""
    async with guarded(server_home.ledger) as started:
        yield started


@pytest_asyncio.fixture(scope="session")
async def postgres_server(server_home: Home, guard: Guard) -> AsyncIterator[PostgresServer]:
    """An empty Postgres server."""
    async with postgres(server_home, guard, fast=True) as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def migrated_server(postgres_server: PostgresServer) -> MigratedServer:
    """The same server with roles and a migrated database to copy; a module's own database comes from here."""
    return await migrated(postgres_server)


@pytest_asyncio.fixture
async def database(migrated_server: MigratedServer) -> AsyncIterator[DatabaseUrls]:
    """A migrated database for one test."""
    async with migrated_server.database() as urls:
        yield urls


@pytest_asyncio.fixture(scope="session")
async def temporal_server(server_home: Home, guard: Guard) -> AsyncIterator[TemporalServer]:
    """A Temporal server that knows the project's search attributes; its `address` is where it answers."""
    async with temporal(server_home, guard, search_attributes=SEARCH_ATTRIBUTES, durable=False) as server:
        yield server
