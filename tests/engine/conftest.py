"""One database for all tests of the engine; each test makes a cycle or a phase of its own in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from models.database import Database
from models.store import ContentStore
from tests.databases import MigratedServer
from tests.engine.builders import Lab, plain
from tests.engine.court import Court

_SETTINGS = {"search_path": "assay", "timezone": "UTC"}


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def lab(migrated_server: MigratedServer) -> AsyncIterator[Lab]:
    """The database under test."""
    async with migrated_server.database() as urls:
        database = Database(urls.app, pool_size=4)
        async with (
            asyncpg.create_pool(plain(urls.app), min_size=1, max_size=4, server_settings=_SETTINGS) as app,
            asyncpg.create_pool(plain(urls.owner), min_size=0, max_size=1, server_settings=_SETTINGS) as owner,
        ):
            yield Lab(database, app, owner, urls)
        await database.close()


@pytest.fixture(scope="package")
def court(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Court:
    """The judge, with a content store of its own."""
    return Court(lab, ContentStore(tmp_path_factory.mktemp("store").as_uri()))
