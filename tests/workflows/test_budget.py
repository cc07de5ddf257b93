"""How many events a run may cost: what keeps a thousand owners and a hundred thousand cases far below the limits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from temporalio.client import WorkflowHandle

from tests.workflows.arena import Arena
from tests.workflows.people import Play
from tests.workflows.tiny import Tiny

pytestmark = pytest.mark.asyncio

PER_OWNER_IN_A_BATCH = 8
PER_OWNER_ONE_BY_ONE = 16
PER_CASE = 0.1


async def events(run: WorkflowHandle[object, object]) -> int:
    """How long a run's history is."""
    return int((await run.describe()).history_length)


def crowd(name: str, number: int) -> Tiny:
    """A cycle with a pair for each of so many owners."""
    owners = [f"owner{at:03d}" for at in range(1, number + 1)]
    return Tiny(cycle=name, attributes=number, lines=("Cards",), records=1, owners=owners)


async def from_assigned_to_complete(play: Play, batches: list[list[str]]) -> int:
    """The events of the cycle's run per owner: named batch by batch, each owner then complete."""
    attributes = dict(zip(play.tiny.owners, play.tiny.names, strict=True))
    numbers = {case.attribute: case.number for case in await play.cases()}
    before = await events(play.cycle_run())
    for batch in batches:
        await play.assign({owner: [(attributes[owner], "Cards")] for owner in batch})
        for owner in batch:
            await play.waive_cases(owner, [numbers[attributes[owner]]])
            await play.event(owner, "completed")
    await play.draft("finalize_report")
    return await events(play.cycle_run()) - before


async def test_owners_named_in_one_batch_cost_eight_events_each(stage: Arena, name: str) -> None:
    """Thirty owners named at once, who complete one after the other."""
    play = await stage.start(crowd(name, 30), at="data_owner_id")
    spent = await from_assigned_to_complete(play, [list(play.tiny.owners)])
    assert spent / 30 <= PER_OWNER_IN_A_BATCH


async def test_owners_named_one_by_one_cost_sixteen_events_each(stage: Arena, name: str) -> None:
    """Eight owners, each named when the one before is complete: the most that an owner can cost."""
    play = await stage.start(crowd(name, 8), at="data_owner_id")
    spent = await from_assigned_to_complete(play, [[owner] for owner in play.tiny.owners])
    assert spent / 8 <= PER_OWNER_ONE_BY_ONE


async def test_a_document_of_a_thousand_cases_costs_a_hundred_events(stage: Arena, name: str) -> None:
    """From the upload until every case is run: slices, not an activity per case."""
    play = await stage.start(Tiny(cycle=name, attributes=4, records=250, lines=("Cards",)), at="data_owner_id")
    await play.assign({"ann": [(attribute, "Cards") for attribute in play.tiny.names]})
    before = await events(play.owner_run("ann"))
    await play.upload("ann")
    assert 1000 == len(await play.cases("ann"))
    assert (await events(play.owner_run("ann")) - before) / 1000 <= PER_CASE


async def test_the_details_of_a_run_cost_nothing(stage: Arena, name: str) -> None:
    """Search attributes change with the phase and with whose turn it is, not with every command."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    number = await play.draft("scoping")
    keys = [item.natural_key for item in await play.members("scoping", number)]
    counts = []
    for key in keys:
        counts.append(await events(play.phase_run("scoping")))
        await play.decide("tess", "scoping", {key: "approve"})
    assert 1 == len({after - before for before, after in pairwise(counts)})
