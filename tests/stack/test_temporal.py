"""The embedded Temporal server keeps its data, and learns search attributes that are younger than its data."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from models.errors import ServerDown
from stack.guard import guarded
from stack.home import Home
from stack.ports import free_port
from stack.temporal import ensure_search_attributes, temporal

pytestmark = pytest.mark.asyncio


@pytest.fixture
def home() -> Iterator[Home]:
    """A home ready for use."""
    with tempfile.TemporaryDirectory(prefix="assay-tests-") as folder:
        home = Home(Path(folder))
        home.prepare()
        yield home


async def start(address: str, *, name: str, attribute: str) -> None:
    """Start a run that nobody works on, found by a search attribute."""
    pair = SearchAttributePair(SearchAttributeKey.for_keyword(attribute), "D.1")
    client = await Client.connect(address)
    await client.start_workflow(
        "Waits", id=name, task_queue="nobody", search_attributes=TypedSearchAttributes([pair])
    )


async def test_a_restart_keeps_runs_and_learns_new_search_attributes(home: Home) -> None:
    """What was started before the restart is there after it, and an attribute added since can be used at once."""
    older, newer = {"AssayCycle": "Keyword"}, {"AssayCycle": "Keyword", "AssayPhase": "Keyword"}
    async with guarded(home.ledger) as guard:
        async with temporal(home, guard, search_attributes=older) as server:
            await start(server.address, name="before", attribute="AssayCycle")
        async with temporal(home, guard, search_attributes=newer) as server:
            await start(server.address, name="after", attribute="AssayPhase")
            client = await Client.connect(server.address)
            assert "before" == (await client.get_workflow_handle("before").describe()).id


async def test_a_server_that_does_not_answer_is_named() -> None:
    """The error names the address that was tried."""
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(ServerDown, match=address):
        await ensure_search_attributes(address, "default", {"AssayCycle": "Keyword"})
