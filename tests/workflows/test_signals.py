"""The verbs of approvers by signal: the same effect as an update, and never the end of a run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import RawValue

from models.messages import Activity, Command, Verb
from models.payloads import Approval, Decision, Decisions, Keys, Note
from tests.workflows.arena import Arena
from tests.workflows.people import Play, until
from tests.workflows.tiny import DATA_EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio

PHASE = "scoping"


async def refusals(play: Play, *commands: Command) -> list[str]:
    """The codes with which commands were refused, in the order in which they were judged, once all were."""
    ids = {command.command_id for command in commands}

    async def recorded() -> list[str] | None:
        events = [event for event in await play.audited(f"{commands[0].verb}.refused") if event.command_id in ids]
        return [event.body["refusal"] for event in events] if len(events) == len(ids) else None

    return await until(recorded, f"{len(ids)} refusals")


async def test_the_approver_may_do_everything_by_signal(stage: Arena, name: str) -> None:
    """Deciding, rejecting and approving by signal lead through two rounds, as updates would."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    decisions = Decisions(decisions=(Decision(key="a1", verdict="reject", reason="no longer reported"),))
    await play.signal(await play.asked(REPORT_OWNER, Verb.DECIDE, decisions, phase=PHASE))
    await play.signal(await play.asked(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="without a1, please"))
    await play.version(PHASE, "rejected")
    await play.reopen(PHASE)
    await play.submit(PHASE)
    await play.signal(await play.asked(REPORT_OWNER, Verb.APPROVE, Approval(adopt_tester=True), phase=PHASE))
    assert 1 == await play.draft("sample_selection")
    approved = await play.read(
        "select v.number, v.decided_by from version v join phase p on p.id = v.phase"
        " join cycle_report c on c.id = p.cycle where c.slug = :cycle and p.kind = :kind and v.status = 'approved'",
        kind=PHASE,
    )
    assert [(2, REPORT_OWNER)] == [tuple(row) for row in approved]


async def test_a_question_by_signal_counts(submitted: Play) -> None:
    """The approver's question is on record, the version as it was."""
    note = Note(key="a1", text="why is it tested?", question=True)
    await submitted.signal(await submitted.asked(REPORT_OWNER, Verb.COMMENT, note, phase=PHASE))

    async def asked() -> list[tuple[str, str]] | None:
        found = await submitted.read(
            "select m.by, m.text from item_comment m join phase p on p.id = m.phase"
            " join cycle_report c on c.id = p.cycle where c.slug = :cycle"
        )
        return [tuple(row) for row in found] or None

    assert [(REPORT_OWNER, note.text)] == await until(asked, "the question")
    assert 1 == await submitted.version(PHASE, "submitted")


async def test_a_refused_signal_is_on_record_and_the_run_goes_on(submitted: Play) -> None:
    """A wrong role, a wrong payload and a stale version are refused in the audit trail; updates are still taken."""
    approvals = [
        await submitted.asked(DATA_EXECUTIVE, Verb.APPROVE, Approval(adopt_tester=True), phase=PHASE),
        await submitted.asked(REPORT_OWNER, Verb.APPROVE, phase=PHASE, version=7),
    ]
    decision = await submitted.asked(REPORT_OWNER, Verb.DECIDE, Keys(keys=("a1",)), phase=PHASE)
    for command in (*approvals, decision):
        await submitted.signal(command)
    assert ["wrong_role", "stale_version"] == await refusals(submitted, *approvals)
    assert ["malformed_command"] == await refusals(submitted, decision)
    assert WorkflowExecutionStatus.RUNNING == (await submitted.phase_run(PHASE).describe()).status
    assert (await submitted.act(TESTER, Verb.WITHDRAW, phase=PHASE, reason="just asking", dry_run=True)).accepted


async def test_a_signal_that_is_no_command_changes_nothing(submitted: Play) -> None:
    """What cannot be read, is too large, or is meant for another run is dropped; the run goes on."""
    run = submitted.phase_run(PHASE)
    await run.signal("approve", {"verb": "approve"})
    await run.signal("approve")
    await run.signal("approve", args=[1, 2, 3])
    await run.signal("no_such_verb", "x")
    await run.signal("approve", RawValue(Payload(metadata={"encoding": b"binary/null"})))
    for data in (b"", b"{", b"\xff\xfe", b'"\\ud800"', b"[" * 5000):
        await run.signal("approve", RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data)))
    odd = (await submitted.asked(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="ODD")).model_dump_json().encode()
    for text in (b"\\ud800", b"\\u0000"):
        data = odd.replace(b"ODD", text)
        await run.signal("reject", RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data)))
    dropped = [
        await submitted.asked(REPORT_OWNER, Verb.REJECT, phase="planning", reason="for another run"),
        await submitted.asked(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="x" * 60_000),
        await submitted.asked("r" * 500, Verb.REJECT, phase=PHASE, reason="who?"),
    ]
    for command in dropped:
        await run.signal("reject", command)
    await run.signal("approve", await submitted.asked(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="by another name"))
    assert (await submitted.act(TESTER, Verb.WITHDRAW, phase=PHASE, reason="just asking", dry_run=True)).accepted
    assert [] == await submitted.audited("reject")


async def unfit(play: Play, count: int) -> list[dict[str, Any]]:
    """The records of signals that could not be judged, by size, once there are so many."""

    async def recorded() -> list[dict[str, Any]] | None:
        found = [event.body for verb in (Verb.APPROVE, Verb.REJECT) for event in await play.audited(f"{verb}.refused")]
        return sorted(found, key=lambda body: int(body["sent_bytes"])) if len(found) >= count else None

    return await until(recorded, f"{count} records")


async def test_what_cannot_be_judged_is_on_record_without_its_body(stage: Arena, name: str) -> None:
    """Who it claims to be from, why it was refused, its hash and size; the same bytes again are one record."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.draft(PHASE)
    run = play.phase_run(PHASE)
    await run.signal("approve", {"verb": "approve", "actor": "mallory"})
    await run.signal("reject", play.command(REPORT_OWNER, Verb.REJECT, phase="planning", reason="for another run"))
    oversized = play.command(REPORT_OWNER, Verb.REJECT, phase=PHASE, reason="x" * 60_000)
    await run.signal("reject", oversized)
    await run.signal("reject", oversized)
    unreadable, elsewhere, large = await unfit(play, 3)
    assert {"malformed_command"} == {body["refusal"] for body in (unreadable, elsewhere, large)}
    assert ("mallory", "") == (unreadable["actor"], unreadable["claimed_command_id"])
    assert "this command is for" in elsewhere["message"]
    assert (REPORT_OWNER, oversized.command_id) == (large["actor"], large["claimed_command_id"])
    assert (64, True) == (len(large["sent_sha256"]), large["sent_bytes"] > 60_000)
    assert "xxx" not in str(large)
    assert 3 == len(await unfit(play, 3))


async def test_a_flood_of_them_does_not_fill_the_history(
    stage: Arena, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a number on they are only logged; commands are still judged."""
    monkeypatch.setattr("workflows.doors.UNFIT_RECORDED", 3)
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    run = play.phase_run(PHASE)
    for number in range(8):
        await run.signal("approve", {"number": number})
    assert (await play.act(TESTER, Verb.WITHDRAW, phase=PHASE, reason="just asking", dry_run=True)).accepted
    assert 3 == len(await unfit(play, 3))
    scheduled = [event async for event in run.fetch_history_events()
                 if event.activity_task_scheduled_event_attributes.activity_type.name == Activity.RECORD_UNFIT]
    assert 3 == len(scheduled)


async def test_a_burst_is_worked_off_in_order(submitted: Play) -> None:
    """Fifty signals in a row are judged one by one, in the order in which they were sent."""
    burst = [await submitted.asked(TESTER, Verb.REJECT, phase=PHASE, reason=f"number {at}") for at in range(50)]
    for command in burst:
        await submitted.signal(command)
    assert ["wrong_role"] * 50 == await refusals(submitted, *burst)
    sent = [command.command_id for command in burst]
    judged = [event.command_id for event in await submitted.audited(f"{Verb.REJECT}.refused")]
    assert sent == [known for known in judged if known in sent]


async def test_a_signal_sent_twice_has_one_effect(stage: Arena, name: str) -> None:
    """The same bytes again, by signal and by update, are answered from the record."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    decisions = Decisions(decisions=(Decision(key="a1", verdict="approve"),))
    command = await play.asked(REPORT_OWNER, Verb.DECIDE, decisions, phase=PHASE)
    await asyncio.gather(play.signal(command), play.signal(command))
    assert (await play.deliver(command)).accepted
    decided = await play.read("select 1 from audit_event where command_id = :id", id=command.command_id)
    assert 1 == len(decided)


async def test_a_signal_that_comes_as_the_phase_ends_is_answered(stage: Arena, name: str) -> None:
    """Whatever the server took while the phase was ending is judged and on record."""
    play = await stage.start(Tiny(cycle=name), at=PHASE)
    await play.submit(PHASE)
    late = [await play.asked(TESTER, Verb.REJECT, phase=PHASE, reason="too late") for _ in range(20)]
    await play.signal(await play.asked(REPORT_OWNER, Verb.APPROVE, Approval(adopt_tester=True), phase=PHASE))
    sent = await asyncio.gather(*map(play.signal, late), return_exceptions=True)
    await play.draft("sample_selection")
    taken = [command.command_id for command, error in zip(late, sent, strict=True) if error is None]
    assert sorted(taken) == sorted(event.command_id for event in await play.audited("reject.refused"))
