"""A worker and a client's session on real servers, for tests that take a cycle from start to signed report."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from cli.client import Session, connect
from models.database import Database
from models.settings import Endpoints
from models.store import ContentStore
from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from worker import make_worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def session(
    migrated_server: MigratedServer, temporal_server: TemporalServer, tmp_path_factory: object
) -> AsyncIterator[Session]:
    """A session beside a worker of its own, on a database of its own; a module's tests share them."""
    home = Path(tmp_path_factory.mktemp("home"))  # type: ignore[attr-defined]  # pytest's own factory
    queue = f"assay-{uuid.uuid4().hex}"
    async with migrated_server.database() as urls:
        endpoints = Endpoints(
            home=home,
            store_url=(home / "store").as_uri(),
            app=urls.app,
            reader=urls.reader,
            temporal=temporal_server.address,
        )
        database = Database(urls.app, pool_size=16)
        store = ContentStore(endpoints.store_url)
        async with (
            connect(endpoints, task_queue=queue) as session,
            make_worker(session.client, database, store, task_queue=queue),
        ):
            yield session
        await database.close()
