"""One worker and one database for all tests of workflows; every test has cycles of its own on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio
from temporalio.client import WorkflowHistory

from models.phases import PHASES
from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from tests.workflows.arena import Arena, arena
from tests.workflows.facts import Facts, facts_of
from tests.workflows.histories import taken
from tests.workflows.people import Play
from tests.workflows.story import tell, told
from tests.workflows.tiny import Tiny

_NUMBERS = count(1)
CYCLE_PHASES = [phase.kind for phase in PHASES if phase.versioned and phase.stage == "cycle"]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What the story leaves behind: the facts, and the histories of its runs."""

    facts: Facts
    histories: dict[str, WorkflowHistory]


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
) -> Undisturbed:
    """The story when nothing comes in between, told once for all tests."""
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, tmp_path_factory.mktemp("home")) as alone,
    ):
        play = await alone.start(told())
        await tell(play)
        return Undisturbed(await facts_of(alone.session.reader), await taken(play, ["ann", "bob"], CYCLE_PHASES))


@pytest_asyncio.fixture(scope="session")
async def submitted(stage: Arena) -> Play:
    """A cycle whose scope is submitted, for tests that leave nothing but refusals."""
    play = await stage.start(Tiny(cycle="submitted"), at="scoping")
    await play.submit("scoping")
    return play


@pytest.fixture
def name() -> str:
    """A cycle name that no other test uses."""
    return f"t{next(_NUMBERS)}"
