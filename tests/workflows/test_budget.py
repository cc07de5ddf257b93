"""How many events a run may cost: what keeps a thousand owners and a hundred thousand cases far below the limits."""

from __future__ import annotations

import pytest
from temporalio.client import WorkflowHandle

from models import errors
from tests.workflows.arena import Arena
from tests.workflows.people import Play, until
from tests.workflows.tiny import Tiny

pytestmark = pytest.mark.asyncio

# Seeing that nothing is left and starting the report, and the first command.
ONCE_FOR_ALL = 30
PER_OWNER_IN_A_BATCH = 8
# A command of its own is 11: accepted, judged and completed, with a task each for its arrival and its judgement. A
# child is 9: initiated, started and completed, with a task each for its start and its end. None of these tasks can be
# shared, since each follows an event that comes alone; only a judge without a task of its own would spare four.
PER_OWNER_ONE_BY_ONE = 20
# Waking an owner is a signal: initiated and delivered, with a task for the delivery.
PER_WAKE = 5
PER_CASE = 0.1
UPSERT = "upsert_workflow_search_attributes_event_attributes"


async def events(run: WorkflowHandle[object, object]) -> int:
    """How long a run's history is."""
    return int((await run.describe()).history_length)


def crowd(name: str, number: int) -> Tiny:
    """A cycle with a line of business for each of so many owners."""
    lines = [f"line{at:04d}" for at in range(1, number + 1)]
    owners = [f"owner{at:04d}" for at in range(1, number + 1)]
    return Tiny(cycle=name, attributes=1, lines=lines, records=number, owners=owners)


async def spent_per_owner(play: Play, size: int) -> float:
    """The events of the cycle's run per owner: named by so many, each of them then complete."""
    pairs = dict(zip(play.tiny.owners, play.tiny.lines, strict=True))
    numbers = {case.line_of_business: case.number for case in await play.cases()}
    before = await events(play.cycle_run())
    for at in range(0, len(pairs), size):
        await play.assign({owner: [("a1", pairs[owner])] for owner in list(pairs)[at : at + size]})
    for owner, line in pairs.items():
        await play.waive_cases(owner, [numbers[line]])
    await play.draft("finalize_report")
    return (await events(play.cycle_run()) - before - ONCE_FOR_ALL) / len(pairs)


@pytest.mark.nightly
async def test_owners_named_in_one_batch_cost_eight_events_each(stage: Arena, name: str) -> None:
    """Thirty owners are named at once and complete one after the other."""
    play = await stage.start(crowd(name, 30), at="data_owner_id")
    assert await spent_per_owner(play, 30) <= PER_OWNER_IN_A_BATCH


@pytest.mark.nightly
async def test_owners_named_one_by_one_cost_twenty_events_each(stage: Arena, name: str) -> None:
    """Five owners with a command each."""
    play = await stage.start(crowd(name, 5), at="data_owner_id")
    assert await spent_per_owner(play, 1) <= PER_OWNER_ONE_BY_ONE


@pytest.mark.nightly
async def test_a_thousand_owners_stay_far_below_the_limit(stage: Arena, name: str) -> None:
    """The most that a cycle takes, in batches of two hundred; one more is refused."""
    play = await stage.start(crowd(name, 1001), at="data_owner_id")
    pairs = list(zip(play.tiny.owners, play.tiny.lines, strict=True))
    for at in range(0, 1000, 200):
        await play.assign({owner: [("a1", line)] for owner, line in pairs[at : at + 200]})
    with pytest.raises(errors.TooLarge):
        await play.assign({pairs[-1][0]: [("a1", pairs[-1][1])]})
    for at in range(0, len(pairs), 200):
        await play.waive_pairs([("a1", line) for _, line in pairs[at : at + 200]])
    await until_within(play, 300)
    assert await events(play.cycle_run()) <= (PER_OWNER_IN_A_BATCH + PER_WAKE) * 1000


async def until_within(play: Play, seconds: float) -> None:
    """Wait for the report to begin, longer than other tests do."""

    async def begun() -> bool | None:
        found = await play.read(
            "select 1 from phase p join cycle_report c on c.id = p.cycle"
            " where c.slug = :cycle and p.kind = 'finalize_report'"
        )
        return True if found else None

    await until(begun, "the report to begin", seconds)


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
    for key in keys:
        await play.decide("tess", "scoping", {key: "approve"})
    history = await play.phase_run("scoping").fetch_history()
    upserts = [event for event in history.events if event.WhichOneof("attributes") == UPSERT]
    assert 2 == len(upserts)
