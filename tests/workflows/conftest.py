"""One worker and one database for all tests of workflows; every test has cycles of its own on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from tests.workflows.arena import Arena, arena
from tests.workflows.facts import Facts, facts_of
from tests.workflows.people import Play
from tests.workflows.story import tell, told
from tests.workflows.tiny import Tiny

_NUMBERS = count(1)


@pytest_asyncio.fixture(scope="session")
async def stage(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Arena]:
    """The worker that most tests share."""
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, tmp_path_factory.mktemp("home")) as shared,
    ):
        yield shared


@pytest_asyncio.fixture(scope="session")
async def undisturbed(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory
) -> Facts:
    """What the story leaves behind when nothing comes in between."""
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, tmp_path_factory.mktemp("home")) as alone,
    ):
        await tell(await alone.start(told()))
        return await facts_of(alone.session.reader)


@pytest_asyncio.fixture(scope="session")
async def open_phase(stage: Arena) -> Play:
    """A cycle in Scoping, for tests that leave no trace in it."""
    play = await stage.start(Tiny(cycle="open"), at="scoping")
    await play.draft("scoping")
    return play


@pytest.fixture
def name() -> str:
    """A cycle name that no other test uses."""
    return f"t{next(_NUMBERS)}"
