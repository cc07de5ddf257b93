"""The verbs of approvers by signal: the same effect as an update, and never the end of a run."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus

from models.messages import Approval, Decision, Decisions, Keys, Verb
from tests.workflows.arena import Arena
from tests.workflows.people import Play, until
from tests.workflows.tiny import DATA_EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio

PHASE = "scoping"


async def refused(play: Play, verb: Verb, number: int = 1) -> list[str]:
    """The codes of the refusals of a verb, once there are so many."""

    async def recorded() -> list[str] | None:
        events = await play.audited(f"{verb}.refused")
        return [event.body["refusal"] for event in events] if len(events) >= number else None

    return await until(recorded, f"{number} refusals of {verb}")


async def test_the_approver_may_do_everything_by_signal(stage: Arena, name: str) -> None:
    """Deciding, rejecting and approving by signal lead through two rounds, as updates would."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    decisions = Decisions(decisions=(Decision(key="a1", verdict="reject", reason="no longer reported"),))
    await play.signal(play.command(REPORT_OWNER, Verb.DECIDE, decisions, phase=PHASE))
    await play.signal(play.command(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="without a1, please"))
    await play.version(PHASE, "rejected")
    await play.reopen(PHASE)
    await play.submit(PHASE)
    await play.signal(play.command(REPORT_OWNER, Verb.APPROVE, Approval(adopt_tester=True), phase=PHASE))
    assert 1 == await play.draft("sample_selection")
    approved = await play.read(
        "select v.number, v.decided_by from version v join phase p on p.id = v.phase"
        " join cycle_report c on c.id = p.cycle where c.slug = :cycle and p.kind = :kind and v.status = 'approved'",
        kind=PHASE,
    )
    assert [(2, REPORT_OWNER)] == [tuple(row) for row in approved]


async def test_a_refused_signal_is_on_record_and_the_run_goes_on(stage: Arena, name: str) -> None:
    """A wrong role, a wrong payload and a stale version are refused in the audit trail; updates are still taken."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    run = play.phase_run(PHASE)
    await play.signal(play.command(DATA_EXECUTIVE, Verb.APPROVE, Approval(adopt_tester=True), phase=PHASE))
    await play.signal(play.command(REPORT_OWNER, Verb.APPROVE, phase=PHASE, version=7))
    assert ["wrong_role", "stale_version"] == await refused(play, Verb.APPROVE, 2)
    await play.signal(play.command(REPORT_OWNER, Verb.DECIDE, Keys(keys=("a1",)), phase=PHASE))
    assert ["malformed_command"] == await refused(play, Verb.DECIDE)
    assert WorkflowExecutionStatus.RUNNING == (await run.describe()).status
    assert (await play.approve(REPORT_OWNER, PHASE)).accepted


async def test_a_signal_that_is_no_command_changes_nothing(stage: Arena, name: str) -> None:
    """What cannot be read, is too large, or is meant for another run is dropped; the run goes on."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    run = play.phase_run(PHASE)
    await run.signal("approve", {"verb": "approve"})
    await run.signal("approve")
    await run.signal("approve", args=[1, 2, 3])
    await run.signal("approve", play.command(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="under another name"))
    await run.signal("no_such_verb", "x")
    await run.signal("reject", play.command(REPORT_OWNER, Verb.REJECT, phase="planning", reason="for another run"))
    await run.signal("reject", play.command(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="x" * 60_000))
    await run.signal("reject", play.command("r" * 500, Verb.REJECT, phase=PHASE, reason="who?"))
    assert (await play.approve(REPORT_OWNER, PHASE)).accepted
    assert [] == await play.audited("reject")


async def test_a_burst_is_worked_off_in_order(stage: Arena, name: str) -> None:
    """Fifty signals in a row are judged one by one, in the order in which they were sent."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    burst = [play.command(TESTER, Verb.REJECT, phase=PHASE, reason=f"number {number}") for number in range(50)]
    for command in burst:
        await play.signal(command)
    assert ["wrong_role"] * 50 == await refused(play, Verb.REJECT, 50)
    judged = [event.command_id for event in await play.audited(f"{Verb.REJECT}.refused")]
    assert [command.command_id for command in burst] == judged
    assert (await play.approve(REPORT_OWNER, PHASE)).accepted


async def test_a_signal_sent_twice_has_one_effect(stage: Arena, name: str) -> None:
    """The same bytes again, by signal and by update, are answered from the record."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    decisions = Decisions(decisions=(Decision(key="a1", verdict="approve"),))
    command = play.command(REPORT_OWNER, Verb.DECIDE, decisions, phase=PHASE)
    await asyncio.gather(play.signal(command), play.signal(command))
    assert (await play.deliver(command)).accepted
    decided = await play.read("select 1 from audit_event where command_id = :id", id=command.command_id)
    assert 1 == len(decided)


async def test_a_signal_that_comes_as_the_phase_ends_is_answered(stage: Arena, name: str) -> None:
    """Whatever the server took while the phase was ending is judged and on record."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    late = [play.command(TESTER, Verb.REJECT, phase=PHASE, reason="too late") for _ in range(20)]
    await play.signal(play.command(REPORT_OWNER, Verb.APPROVE, Approval(adopt_tester=True), phase=PHASE))
    sent = await asyncio.gather(*map(play.signal, late), return_exceptions=True)
    await play.draft("sample_selection")
    taken = [command.command_id for command, error in zip(late, sent, strict=True) if error is None]
    assert sorted(taken) == sorted(event.command_id for event in await play.audited("reject.refused"))
