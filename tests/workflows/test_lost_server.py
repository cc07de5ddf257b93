"""The Temporal server is lost with all its data, and another one takes its place: no decision is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from models.errors import WrongState
from models.messages import SEARCH_ATTRIBUTES, Verb
from stack.guard import Guard
from stack.home import Home
from stack.temporal import TemporalServer, temporal
from tests.databases import DatabaseUrls
from tests.workflows.arena import arena
from tests.workflows.tiny import REPORT_OWNER, TESTER, Tiny

pytestmark = [pytest.mark.asyncio, pytest.mark.nightly]


async def test_a_cycle_is_started_again_on_an_empty_server(
    guard: Guard, temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """Commands say that the run is gone; started again from the same files, the cycle goes on where the facts stand."""
    tiny = Tiny(cycle="orphan")
    async with arena(temporal_server.address, database, tmp_path) as before:
        play = await before.start(tiny, at="scoping")
        await play.submit("scoping")
    with tempfile.TemporaryDirectory(prefix="assay-tests-") as folder:
        home = Home(Path(folder))
        home.prepare()
        async with (
            temporal(home, guard, search_attributes=SEARCH_ATTRIBUTES, durable=False) as empty,
            arena(empty.address, database, tmp_path) as after,
        ):
            play.session = after.session
            with pytest.raises(WrongState, match="knows no run"):
                await play.act(TESTER, Verb.WITHDRAW, phase="scoping", reason="is anybody there?")
            await after.session.start_cycle(tiny.stored(after.session.store))
            await play.version("scoping", "submitted")
            await play.approve(REPORT_OWNER, "scoping")
            assert 1 == await play.draft("sample_selection")
