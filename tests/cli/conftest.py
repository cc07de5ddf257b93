"""One stack for all command lines that need one; every test has cycles of its own on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio

from models.database import Database
from stack.temporal import TemporalServer
from tests.cli.desk import Desk
from tests.databases import MigratedServer
from tests.quiet import quiet_logs
from tests.workflows.arena import arena


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A worker in this process, and the environment that leads to it; once, since a name is one cycle on a server."""
    home, queue = tmp_path_factory.mktemp("home"), f"desk-{uuid4()}"
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, home, task_queue=queue) as stage,
    ):
        env = {
            "ASSAY_HOME": str(home), "ASSAY_DATABASE_URL": urls.app, "ASSAY_READER_URL": urls.reader,
            "TEMPORAL_ADDRESS": temporal_server.address, "ASSAY_TASK_QUEUE": queue, "COLUMNS": "200",
        }
        reader = Database(urls.reader, pool_size=1)
        yield Desk(home, env, reader, stage)
        await reader.close()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The worker shares our stdout, which is for the data of commands; other tests may have changed that meanwhile."""
    with quiet_logs():
        yield
