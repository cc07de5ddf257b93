"""Data owners: each at their own pace, moved, disputed, returned, failed and retried without holding up the others."""

from __future__ import annotations

import pytest
from temporalio.client import WorkflowExecutionStatus

from models import errors
from models.messages import Activity, Verb
from tests.workflows.arena import Arena
from tests.workflows.people import Play, until
from tests.workflows.story import WRONG, pairs_of
from tests.workflows.tiny import Tiny

pytestmark = pytest.mark.asyncio


async def states(play: Play, owner: str) -> dict[str, int]:
    """How many cases of an owner are in which state."""
    found: dict[str, int] = {}
    for case in await play.cases(owner):
        found[case.state] = found.get(case.state, 0) + 1
    return found


async def running(play: Play, owner: str) -> bool:
    """Whether an owner's run is open."""
    return (await play.owner_run(owner).describe()).status == WorkflowExecutionStatus.RUNNING


async def test_an_owner_starts_while_others_are_unnamed(stage: Arena, name: str) -> None:
    """One line of business is assigned, proved and complete before anybody is named for the other."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans")})
    await play.prove("ann")
    assert "completed" == await play.event("ann", "completed")
    unassigned = [pair for pair in await play.pairs() or [] if pair.status == "unassigned"]
    assert [("a1", "Cards"), ("a2", "Cards")] == [(pair.attribute, pair.line_of_business) for pair in unassigned]


async def test_an_assignment_is_answered_when_the_owner_can_be_reached(stage: Arena, name: str) -> None:
    """An owner who acts the moment after being named is heard."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    data = play.tiny.evidence()
    assert 12 == (await play.hand_in("ann", data)).result["covered"]


async def test_reassignment_moves_open_cases_only(stage: Arena, name: str) -> None:
    """Concluded cases and their evidence stay with the former owner, whose work is then complete."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.upload("ann", play.tiny.evidence(without=("r0001", "r0002")))
    await play.judge_evidence("ann")
    await play.review("ann")
    await play.assign({"bob": pairs_of(play.tiny)}, reason="ann has left")
    assert {"concluded": 8} == await states(play, "ann")
    assert {"open": 4} == await states(play, "bob")
    assert ["started", "completed"] == (await play.event("ann", "completed") and await play.history("ann"))


async def test_a_former_owner_without_cases_is_complete(stage: Arena, name: str) -> None:
    """Who has nothing left does not stand in the way."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.event("ann", "started")
    await play.assign({"bob": pairs_of(play.tiny)}, reason="a mistake")
    await play.event("ann", "completed")
    assert {} == await states(play, "ann")

    async def closed() -> bool | None:
        return None if await running(play, "ann") else True

    await until(closed, "the run of ann to end")


async def test_a_completed_owner_starts_again_under_the_same_id(stage: Arena, name: str) -> None:
    """Another case sets a completed owner to work again."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans")})
    await play.prove("ann")
    await play.event("ann", "completed")
    await play.assign({"ann": pairs_of(play.tiny, "Cards")})
    await play.event("ann", "started")
    await play.prove("ann")
    await play.event("ann", "completed")
    assert ["started", "completed", "started", "completed"] == await play.history("ann")
    assert {"concluded": 12} == await states(play, "ann")


async def test_a_case_assigned_while_the_owner_completes_is_not_forgotten(stage: Arena, name: str) -> None:
    """However the end of an owner's work and the next assignment cross, the work goes on."""
    play = await stage.start(Tiny(cycle=name, attributes=6), at="data_owner_id")
    await play.assign({"ann": [("a1", "Loans")], "bob": [("a6", "Cards")]})
    for attribute in ("a2", "a3", "a4", "a5"):
        await play.upload("ann", name=f"{attribute}.csv")
        await play.judge_evidence("ann")
        await play.review("ann")
        # The owner is about to complete; whether its run still takes the next case is a matter of milliseconds.
        await play.assign({"ann": [(attribute, "Loans")]})
        await play.hand_in("ann", name=f"{attribute}.csv")


async def test_a_dispute_blocks_the_report_until_it_is_settled(stage: Arena, name: str) -> None:
    """Disputed pairs go back to the executive; named anew, they are proved by the next owner."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    await play.event("ann", "started")
    await play.dispute("ann", [("a1", "Loans")])
    assert "a1 / Loans is disputed by ann" in await play.blockers()
    await play.prove("bob")
    await play.assign({"cat": [("a1", "Loans")]}, reason="cat keeps the loan book")
    assert not [line for line in await play.blockers() if "disputed" in line]
    await play.prove("cat")
    await play.prove("ann")
    assert 1 == await play.draft("finalize_report")


async def test_waived_pairs_and_cases_are_out_of_the_way(stage: Arena, name: str) -> None:
    """A pair waived by the executive and cases waived by the tester complete their owners."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    await play.event("ann", "started")
    await play.event("bob", "started")
    await play.waive_pairs(pairs_of(play.tiny, "Loans"))
    assert {"waived": 6} == await states(play, "ann")
    await play.event("ann", "completed")
    await play.waive_cases("bob", [case.number for case in await play.cases("bob")])
    await play.event("bob", "completed")
    assert 1 == await play.draft("finalize_report")


async def test_a_failed_owner_is_shown_and_can_be_retried(stage: Arena, name: str) -> None:
    """A failure is recorded with its cause, the other owner goes on, and a retry runs what was left."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    stage.faults.before.append((Activity.RUN_CASES, f"slug='{play.slug}', owner='ann'"))
    await play.hand_in("ann")
    await play.event("ann", "failed")
    failure = await play.audited("owner.failed")
    assert ["planted: the disk is full"] == [event.body["reason"] for event in failure]
    assert "the work of ann has failed: retry or waive it" in await play.blockers()
    assert "ann has failed and waits to be retried or waived" in await play.details(play.cycle_run())
    await play.prove("bob")
    with pytest.raises(errors.WrongState, match="the work of bob"):
        await play.on_owner(Verb.RETRY_OWNER, "bob")
    await play.on_owner(Verb.RETRY_OWNER, "ann")
    await play.executed("ann")
    await play.judge_evidence("ann")
    await play.review("ann")
    assert 1 == await play.draft("finalize_report")
    assert ["started", "failed", "retried", "started", "completed"] == await play.history("ann")


async def test_evidence_lost_from_the_store_fails_its_owner_only(stage: Arena, name: str) -> None:
    """A rerun on bytes that are gone is a failure for a person; once they are restored, a retry does the rerun."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    data = play.tiny.evidence(wrong=WRONG)
    await play.upload("ann", data)
    digest = play.session.store.put(data)
    play.session.store.fs.rm(play.session.store._path(digest))
    await play.rerun("ann")
    await play.event("ann", "failed")
    play.session.store.put(data)
    await play.on_owner(Verb.RETRY_OWNER, "ann")
    await play.executed("ann")
    assert {2} == {case.run for case in await play.cases("ann")}


async def test_a_failed_owner_can_be_waived(stage: Arena, name: str) -> None:
    """Giving up a failed owner waives the open cases, with the reason."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    stage.faults.before.append((Activity.BEGIN_OWNER, f"slug='{play.slug}', owner='ann'"))
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.event("ann", "failed")
    await play.on_owner(Verb.WAIVE_OWNER, "ann", reason="the system was switched off")
    assert 1 == await play.draft("finalize_report")
    assert {"the system was switched off"} == {case.waiver for case in await play.cases("ann")}


async def test_a_revised_document_reruns_its_cases_only(stage: Arena, name: str) -> None:
    """After a return the new revision is run for the cases that it covers; concluded cases keep their result."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.upload("ann", play.tiny.evidence(without=("r0005", "r0006")), name="first.csv")
    await play.judge_evidence("ann")
    await play.review("ann")
    await play.upload("ann", play.tiny.evidence(wrong={("r0005", "a1"): "1"}), name="second.csv")
    await play.judge_evidence("ann", "return", reason="last year's figures")
    assert {"concluded": 8, "returned": 4} == await states(play, "ann")
    await play.upload("ann", name="second.csv")
    assert {"concluded": 8, "to_accept": 4} == await states(play, "ann")
    runs = {case.record_key: case.run for case in await play.cases("ann")}
    assert {"r0001": 1, "r0002": 1, "r0003": 1, "r0004": 1, "r0005": 2, "r0006": 2} == runs
    causes = await play.read(
        "select q.cause, count(*) as n from execution_request q join test_case t on t.id = q.test_case"
        " join cycle_report c on c.id = t.cycle where c.slug = :cycle group by 1 order by 1"
    )
    assert [("evidence_revised", 4), ("initial", 12)] == [tuple(row) for row in causes]


async def test_a_rerun_asks_for_another_review(stage: Arena, name: str) -> None:
    """A case that is run again counts once its new result is reviewed."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.upload("ann")
    await play.judge_evidence("ann")
    case = (await play.cases("ann"))[0].number
    await play.rerun("ann", case)
    await play.executed("ann")
    assert {1: 11, 2: 1} == {run: sum(c.run == run for c in await play.cases("ann")) for run in (1, 2)}
    await play.review("ann")
    await play.event("ann", "completed")


async def test_contradicting_evidence_is_concluded_by_a_person(stage: Arena, name: str) -> None:
    """Two rows that differ need a review with a reason; a mismatch so concluded opens an observation."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.upload("ann", play.tiny.evidence(twice=("r0001",)))
    await play.judge_evidence("ann")
    unclear = [case.number for case in await play.cases("ann") if case.outcome == "needs_review"]
    assert 2 == len(unclear)
    with pytest.raises(errors.UndecidedItems):
        await play.review("ann")
    await play.review("ann", "match")
    with pytest.raises(errors.ReasonMissing):
        await play.review("ann", cases=(unclear[0],), conclusion="mismatch")
    await play.review("ann", cases=(unclear[0],), conclusion="mismatch", reason="the second row is the ledger's")
    await play.review("ann", cases=(unclear[1],), conclusion="match", reason="the first row is the ledger's")
    await play.observe("ann")
    assert 1 == await play.draft("finalize_report")


async def test_what_cannot_be_read_goes_back_to_the_owner(stage: Arena, name: str) -> None:
    """An unreadable value is neither right nor wrong: the case is returned and the next document proves it."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.upload("ann", play.tiny.evidence(wrong={("r0001", "a1"): "n/a"}))
    returned = [case for case in await play.cases("ann") if case.state == "returned"]
    assert [("r0001", "a1", "unreadable")] == [(case.record_key, case.attribute, case.outcome) for case in returned]
    await play.upload("ann")
    await play.judge_evidence("ann")
    await play.review("ann")
    await play.event("ann", "completed")


async def test_a_late_failure_waits_for_the_next_draft(stage: Arena, name: str) -> None:
    """A failure found while observations are with their approver lands in the draft after the approval."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    phase = "observation_management"
    wrong = {("r0001", "a1"): "1", ("r0002", "a2"): "2"}
    await play.upload("ann", play.tiny.evidence(wrong=wrong))
    await play.judge_evidence("ann")
    first, second = [case.number for case in await play.cases("ann") if case.outcome == "mismatch"]
    await play.review("ann", "match")
    await play.review("ann", cases=(first,))
    await play.submit(phase, "ann")
    await play.review("ann", cases=(second,))
    await play.approve("rhea", phase, "ann")
    assert 2 == await play.draft(phase, "ann")
    keys = [item.natural_key for item in await play.members(phase, 2, "ann")]
    assert ["a1 | Cards", "a2 | Loans"] == keys
    assert await running(play, "ann")


async def test_commands_wait_for_the_owner_to_be_on_record(stage: Arena, name: str) -> None:
    """What is sent before the owner's work has begun is judged after it has."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    answer = await play.waive_cases("ann", ["TC-00001"])
    assert answer.accepted

    async def waived() -> bool | None:
        return True if (await states(play, "ann")).get("waived") == 1 else None

    await until(waived, "the waiver")
