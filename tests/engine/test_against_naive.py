"""The engine tells of every version what a full copy per version would tell, after any sequence of steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from models.queries.audit import verified
from tests.engine.builders import Lab
from tests.engine.court import Court
from tests.engine.stories import Stage, Story

pytestmark = pytest.mark.asyncio(loop_scope="session")
STORIES = pytest.mark.parametrize("stories", [50, pytest.param(500, marks=pytest.mark.nightly)])
STEPS = 10


@pytest_asyncio.fixture(loop_scope="session")
async def stage(lab: Lab, court: Court) -> AsyncIterator[Stage]:
    """A cycle for many stories, and connections that stay open."""
    reading = lab.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with lab.app.acquire() as raw, reading.connect() as tx:
        await raw.execute("set jit = off")
        yield Stage(await lab.cycle(), court, raw, tx, asyncio.get_running_loop())


async def tell(stage: Stage, kind: str, stories: int) -> None:
    """So many stories of a phase, the same ones every time."""
    bound = seed(stories)(type("Bound", (Story,), {"kind": kind, "stage": stage}))
    await asyncio.to_thread(
        run_state_machine_as_test,
        bound,
        settings=settings(
            max_examples=stories, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,),  # shrinking on a server takes minutes
        ),
    )
    await proven(stage)


async def proven(stage: Stage) -> None:
    """The trail of all that was told verifies: chains, hashes, and the facts rebuilt from the events."""
    async with stage.court.lab.database.begin() as tx:
        found = await verified(tx, stage.cycle.slug)
    assert (True, ()) == (len(found.heads) > 1, found.findings)


@STORIES
class TestSamples:
    """Rejected items drop out."""

    async def test_every_version_is_what_a_full_copy_would_be(self, stage: Stage, stories: int) -> None:
        """Fifty stories of ten steps each, five hundred at night."""
        await tell(stage, "sample_selection", stories)


@STORIES
class TestScope:
    """A rejected item means rework."""

    async def test_every_version_is_what_a_full_copy_would_be(self, stage: Stage, stories: int) -> None:
        """As many again."""
        await tell(stage, "scoping", stories)


@STORIES
class TestObservations:
    """The approver may find that there is no issue."""

    async def test_every_version_is_what_a_full_copy_would_be(self, stage: Stage, stories: int) -> None:
        """As many again."""
        await tell(stage, "observation_management", stories)


@STORIES
class TestRules:
    """Another phase whose rejected items drop out, and which may lose them all."""

    async def test_every_version_is_what_a_full_copy_would_be(self, stage: Stage, stories: int) -> None:
        """As many again."""
        await tell(stage, "data_profiling", stories)
