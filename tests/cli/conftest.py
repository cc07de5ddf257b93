"""One stack for all command lines that need one; every test has cycles of its own on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from stack.temporal import TemporalServer
from tests.cli.desk import Desk, open_desk
from tests.databases import MigratedServer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A worker in this process, and the environment that leads to it; once, since a name is one cycle on a server."""
    async with open_desk(temporal_server.address, migrated_server, tmp_path_factory.mktemp("home")) as desk:
        yield desk
