"""A pooled connection that was lost while it rested is replaced before it is used."""

from __future__ import annotations

import asyncio

import pytest

from models import database as module
from models.database import Database, run, scalar
from tests.engine.builders import Lab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _backend(database: Database) -> int:
    async with database.begin() as tx:
        return int(await scalar(tx, "select pg_backend_pid()"))


@pytest.mark.parametrize("rested", [5.0, -1.0])
async def test_a_lost_connection_is_replaced(lab: Lab, rested: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether its end was heard of, or is found out by asking after a rest."""
    monkeypatch.setattr(module, "_RESTED", rested)
    database, admin = Database(lab.urls.app, pool_size=1), Database(lab.urls.admin, pool_size=1)
    try:
        lost = await _backend(database)
        assert lost == await _backend(database)
        async with admin.begin() as tx:
            await run(tx, "select pg_terminate_backend(:pid, 5000)", pid=lost)
        await asyncio.sleep(0.05)  # for the event loop to hear of it
        assert lost != await _backend(database)
    finally:
        await database.close()
        await admin.close()
