"""How a cycle comes to its end: the report waits for everything, a hold stops people, a cancellation stops the work."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus

from models import errors
from models.messages import Verb
from tests.workflows.arena import Arena
from tests.workflows.people import Play
from tests.workflows.story import WRONG, pairs_of
from tests.workflows.tiny import DATA_EXECUTIVE, EXECUTIVE, TESTER, Tiny

pytestmark = pytest.mark.asyncio

CLOSED = """
select z.outcome, z.reason, z.by from cycle_closing z join cycle_report c on c.id = z.cycle where c.slug = :cycle
"""


async def statuses(play: Play) -> dict[str, WorkflowExecutionStatus | None]:
    """How the runs of a cycle stand, by id."""
    runs = [play.cycle_run(), play.phase_run("scoping"), play.owner_run("ann"), play.owner_run("bob")]
    return {run.id: (await run.describe()).status for run in runs}


async def test_the_report_waits_until_nothing_is_in_the_way(stage: Arena, name: str) -> None:
    """What is missing is listed, and shown by the cycle's run; cleared, the report begins by itself."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    assert await play.shown(play.cycle_run(), "In the way of the final report:\n\n- a1 / Cards is unassigned")
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    assert await play.shown(play.cycle_run(), "0 of 2 owners complete; 0 of 12 cases concluded or waived")
    assert ["6 cases of ann wait for evidence, first TC-00007", "6 cases of bob wait for evidence, first TC-00001"] == (
        await play.blockers()
    )
    undone = "**bob**: 0 of 6 cases concluded or waived (6 open)\n\n- waiting for **bob** (data_owner)"
    assert await play.shown(play.owner_run("bob"), undone)
    await play.prove("ann")
    await play.upload("bob", play.tiny.evidence(wrong=WRONG))
    assert ["6 cases of bob wait for evidence to be accepted, first TC-00001"] == await play.blockers()
    await play.judge_evidence("bob")
    await play.review("bob")
    await play.draft("observation_management", "bob")
    assert [
        "1 failures of bob are in no decided observation, first TC-00002",
        "observations v1 of bob are draft",
    ] == await play.blockers()
    await play.observe("bob")
    assert 1 == await play.draft("finalize_report")
    assert [] == await play.blockers()


async def test_no_owner_is_named_once_the_report_has_begun(stage: Arena, name: str) -> None:
    """What the report is drawn up from stays as it is."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.waive_pairs(pairs_of(play.tiny))
    await play.draft("finalize_report")
    with pytest.raises(errors.SuccessorBegun):
        await play.assign({"ann": pairs_of(play.tiny)})


async def test_a_running_cycle_started_again_is_left_as_it_is(stage: Arena, name: str) -> None:
    """The second start answers with the run that there is."""
    play = await stage.start(Tiny(cycle=name))
    run = (await play.cycle_run().describe()).run_id
    await stage.session.start_cycle(play.tiny.stored(stage.session.store))
    assert run == (await play.cycle_run().describe()).run_id
    assert 1 == len(await play.audited("start"))


async def test_cancelling_in_a_foundation_phase_ends_it(stage: Arena, name: str) -> None:
    """The phase's run ends with the cycle, its draft stays, and the closing is on record with its reason."""
    play = await stage.start(Tiny(cycle=name))
    await play.draft("planning")
    await play.act(TESTER, Verb.CANCEL, reason="wrong period")
    assert "cancelled" == await play.result()
    assert WorkflowExecutionStatus.CANCELED == (await play.phase_run("planning").describe()).status
    assert [("cancelled", "wrong period", TESTER)] == [tuple(row) for row in await play.read(CLOSED)]
    assert 1 == await play.draft("planning")
    with pytest.raises(errors.WrongState, match="is cancelled"):
        await play.act(TESTER, Verb.HOLD, reason="too late")


async def test_cancelling_ends_the_owners_at_work(stage: Arena, name: str) -> None:
    """Owners' runs are cancelled, none of them counts as failed, and what they wrote stays."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    await play.upload("ann")
    await play.act(EXECUTIVE, Verb.CANCEL, reason="the report is withdrawn")
    assert "cancelled" == await play.result()
    found = list((await statuses(play)).values())
    assert [WorkflowExecutionStatus.COMPLETED] * 2 + [WorkflowExecutionStatus.CANCELED] * 2 == found
    assert ["started"] == await play.history("ann")
    assert 6 == sum(case.state == "to_accept" for case in await play.cases("ann"))


async def test_a_command_under_way_is_answered_when_the_cycle_is_cancelled(stage: Arena, name: str) -> None:
    """Nobody is left without an answer: whoever comes too late is told that the cycle is cancelled."""
    play = await stage.start(Tiny(cycle=name))
    await play.draft("planning")
    commands = [await play.asked(TESTER, Verb.WITHDRAW, phase="planning") for _ in range(5)]
    cancel = play.command(TESTER, Verb.CANCEL, reason="wrong period")
    answers = await asyncio.gather(*map(play.deliver, [*commands, cancel]), return_exceptions=True)
    assert [] == [answer for answer in answers[:-1] if not isinstance(answer, errors.Refused | errors.Conflict)]
    assert "cancelled" == await play.result()


async def test_a_hold_stops_everybody_until_it_is_lifted(stage: Arena, name: str) -> None:
    """On hold, commands are refused in all runs of the cycle; afterwards they are taken as before."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.act(EXECUTIVE, Verb.HOLD, reason="the regulator calls")
    with pytest.raises(errors.WrongState, match="is on hold"):
        await play.hand_in("ann")
    with pytest.raises(errors.WrongState, match="is on hold"):
        await play.assign({"bob": pairs_of(play.tiny)}, reason="another")
    await play.act(EXECUTIVE, Verb.RESUME, reason="answered")
    await play.prove("ann")
    assert 1 == await play.draft("finalize_report")


async def test_a_cycle_is_corrected_by_an_amendment(stage: Arena, name: str) -> None:
    """A finished cycle stays as it is; its correction is a cycle of its own that names it."""
    play = await stage.start(Tiny(cycle=name))
    await play.act(EXECUTIVE, Verb.CANCEL, reason="wrong period")
    await play.result()
    with pytest.raises(errors.AlreadyRunning):
        await stage.session.start_cycle(play.tiny.stored(stage.session.store))
    amended = play.tiny.stored(stage.session.store, amends=play.slug).model_copy(update={"slug": f"{play.slug}:a1"})
    await stage.session.start_cycle(amended)
    amends = await play.read(
        "select a.slug from cycle_report c join cycle_report a on a.id = c.amends where c.slug = :slug",
        slug=amended.slug,
    )
    assert [play.slug] == [row.slug for row in amends]


async def test_people_without_the_role_cannot_end_a_cycle(stage: Arena, name: str) -> None:
    """Cancelling is refused to others, and the cycle goes on."""
    play = await stage.start(Tiny(cycle=name))
    with pytest.raises(errors.WrongRole):
        await play.act(DATA_EXECUTIVE, Verb.CANCEL, reason="I would rather not")
    assert 1 == await play.draft("planning")
