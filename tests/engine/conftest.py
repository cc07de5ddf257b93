"""One database for all tests of the engine; each test makes a cycle or a phase of its own in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.store import ContentStore
from tests.databases import MigratedServer
from tests.engine.builders import Lab, laboratory
from tests.engine.court import Court


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def lab(migrated_server: MigratedServer) -> AsyncIterator[Lab]:
    """The database under test."""
    async with laboratory(migrated_server) as opened:
        yield opened


@pytest.fixture(scope="package")
def court(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Court:
    """The judge, with a content store of its own."""
    return Court(lab, ContentStore(tmp_path_factory.mktemp("store").as_uri()))
