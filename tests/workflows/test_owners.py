"""Data owners: each at their own pace, moved, disputed, returned, failed and retried without holding up the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from models import errors
from models.messages import Activity, Verb
from tests.workflows.arena import Arena
from tests.workflows.market import Stall, market
from tests.workflows.people import Play
from tests.workflows.tiny import REPORT_OWNER

pytestmark = pytest.mark.asyncio

_STALLS = count()
OBSERVATIONS = "observation_management"


@pytest_asyncio.fixture(scope="module")
async def opened(stage: Arena) -> AsyncIterator[Play]:
    """The market, with nobody named yet."""
    yield await stage.start(market(), at="data_owner_id")


@pytest.fixture
def stall(opened: Play) -> Stall:
    """The next stall."""
    return Stall(opened, next(_STALLS))


async def test_an_owner_starts_while_others_are_unnamed(stall: Stall) -> None:
    """One line of business is assigned, proved and complete before anybody is named for the other."""
    await stall.play.assign({stall.ann: stall.loans})
    await stall.prove(stall.ann)
    assert "completed" == await stall.play.event(stall.ann, "completed")
    unnamed = [f"{attribute} / {line} is unassigned" for attribute, line in stall.cards]
    assert unnamed == await stall.in_the_way()


async def test_an_assignment_is_answered_when_the_owner_can_be_reached(stall: Stall) -> None:
    """An owner who acts the moment after being named is heard."""
    await stall.play.assign({stall.ann: stall.pairs})
    assert 12 == (await stall.play.hand_in(stall.ann, stall.evidence())).result["covered"]


async def test_reassignment_moves_open_cases_only(stall: Stall) -> None:
    """Concluded cases and their evidence stay with the former owner, whose work is then complete."""
    await stall.play.assign({stall.ann: stall.pairs})
    await stall.play.prove(stall.ann, stall.evidence(without=(0, 1)))
    await stall.play.assign({stall.bob: stall.pairs}, reason="ann has left")
    assert {"concluded": 8} == await stall.states(stall.ann)
    assert {"open": 4} == await stall.states(stall.bob)
    await stall.play.event(stall.ann, "completed")
    assert ["started", "completed"] == await stall.play.history(stall.ann)


async def test_a_former_owner_without_cases_is_complete(stall: Stall) -> None:
    """Who has nothing left does not stand in the way."""
    await stall.play.assign({stall.ann: stall.pairs})
    await stall.play.assign({stall.bob: stall.pairs}, reason="a mistake")
    await stall.play.event(stall.ann, "completed")
    assert {} == await stall.states(stall.ann)
    await stall.closed(stall.ann)


async def test_a_completed_owner_starts_again_under_the_same_id(stall: Stall) -> None:
    """Another case sets a completed owner to work again."""
    await stall.play.assign({stall.ann: stall.loans})
    await stall.prove(stall.ann)
    await stall.closed(stall.ann)
    await stall.play.assign({stall.ann: stall.cards})
    await stall.prove(stall.ann)
    await stall.play.event(stall.ann, "completed")
    assert ["started", "completed", "started", "completed"] == await stall.play.history(stall.ann)
    assert {"concluded": 12} == await stall.states(stall.ann)


async def test_a_case_assigned_while_the_owner_completes_is_not_forgotten(stall: Stall) -> None:
    """However the end of an owner's work and the next assignment cross, the owner can hand in at once."""
    pairs = stall.pairs
    await stall.play.assign({stall.ann: pairs[:1]})
    for at, pair in enumerate(pairs[1:], start=1):
        await stall.play.prove(stall.ann, stall.evidence())
        # The owner is about to complete; whether its run still takes the next case is a matter of milliseconds.
        await stall.play.assign({stall.ann: [pair]})
        assert 3 == (await stall.play.hand_in(stall.ann, stall.evidence(), name=f"{at}.csv")).result["covered"]


async def test_a_dispute_blocks_the_report_until_it_is_settled(stall: Stall) -> None:
    """Disputed pairs go back to the executive; named anew, they are proved by the next owner."""
    await stall.play.assign({stall.ann: stall.loans})
    await stall.play.dispute(stall.ann, stall.loans[:1])
    assert f"a1 / loans {stall.at} is disputed by {stall.ann}" in await stall.in_the_way()
    await stall.play.assign({stall.cat: stall.loans[:1]}, reason="cat keeps the loan book")
    assert not [line for line in await stall.in_the_way() if "disputed" in line]
    await stall.prove(stall.cat)
    await stall.prove(stall.ann)
    await stall.play.event(stall.ann, "completed")
    assert {"concluded": 3} == await stall.states(stall.ann) == await stall.states(stall.cat)


async def test_waived_pairs_and_cases_are_out_of_the_way(stall: Stall) -> None:
    """A pair waived by the executive and cases waived by the tester complete their owners."""
    await stall.play.assign({stall.ann: stall.loans, stall.bob: stall.cards})
    await stall.play.waive_pairs(stall.loans)
    assert {"waived": 6} == await stall.states(stall.ann)
    await stall.play.event(stall.ann, "completed")
    await stall.play.waive_cases(stall.bob, [case.number for case in await stall.play.cases(stall.bob)])
    await stall.play.event(stall.bob, "completed")
    assert [] == await stall.in_the_way()


async def test_a_failed_owner_is_shown_and_can_be_retried(stage: Arena, stall: Stall) -> None:
    """A failure is recorded with its cause, the other owner goes on, and a retry runs what was left."""
    play = stall.play
    await play.assign({stall.ann: stall.loans, stall.bob: stall.cards})
    stage.faults.before.append((Activity.RUN_CASES, f"slug='{play.slug}', owner='{stall.ann}'"))
    await play.hand_in(stall.ann, stall.evidence())
    await play.event(stall.ann, "failed")
    failures = [event.body for event in await play.audited("owner.failed") if event.body["subject"] == stall.ann]
    assert ["planted: the disk is full"] == [failure["reason"] for failure in failures]
    assert f"the work of {stall.ann} has failed: retry or waive it" in await stall.in_the_way()
    assert await play.shown(play.owner_run(stall.ann), "failed**: planted: the disk is full")
    assert await play.shown(play.cycle_run(), f"**the work of {stall.ann} has failed** since")
    await stall.prove(stall.bob)
    with pytest.raises(errors.WrongState, match=f"the work of {stall.bob}"):
        await play.on_owner(Verb.RETRY_OWNER, stall.bob)
    await play.on_owner(Verb.RETRY_OWNER, stall.ann)
    await play.executed(stall.ann)
    await play.judge_evidence(stall.ann)
    await play.review(stall.ann)
    await play.event(stall.ann, "completed")
    assert ["started", "failed", "retried", "started", "completed"] == await play.history(stall.ann)
    assert [] == await stall.in_the_way()


async def test_evidence_lost_from_the_store_fails_its_owner_only(stall: Stall) -> None:
    """A rerun on bytes that are gone is a failure for a person; once they are restored, a retry does the rerun."""
    play, store = stall.play, stall.play.session.store
    await play.assign({stall.ann: stall.pairs})
    data = stall.evidence(wrong={(0, "a1"): "7"})
    await play.upload(stall.ann, data)
    store.fs.rm(store._path(store.put(data)))
    await play.rerun(stall.ann)
    await play.event(stall.ann, "failed")
    store.put(data)
    await play.on_owner(Verb.RETRY_OWNER, stall.ann)
    await play.executed(stall.ann)
    assert {2} == {case.run for case in await play.cases(stall.ann)}


async def test_a_failed_owner_can_be_waived(stage: Arena, stall: Stall) -> None:
    """Giving up a failed owner waives the open cases, with the reason."""
    play, why = stall.play, "the system was switched off"
    stage.faults.before.append((Activity.BEGIN_OWNER, f"slug='{play.slug}', owner='{stall.ann}'"))
    await play.assign({stall.ann: stall.pairs})
    await play.event(stall.ann, "failed")
    await play.on_owner(Verb.WAIVE_OWNER, stall.ann, reason=why)
    assert {why} == {case.waiver for case in await play.cases(stall.ann)}
    assert [] == await stall.in_the_way()
    assert stall.ann not in await play.details(play.cycle_run())


@pytest.mark.parametrize("ended", ["cancelled", "terminated"])
async def test_a_run_ended_on_the_server_counts_as_failed(stall: Stall, ended: str) -> None:
    """An owner's run that an operator ends waits for a person, and goes on where it was when it is retried."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence())
    run = play.owner_run(stall.ann)
    await (run.cancel() if ended == "cancelled" else run.terminate("by an operator"))
    await play.event(stall.ann, "failed")
    await play.on_owner(Verb.RETRY_OWNER, stall.ann)
    await play.judge_evidence(stall.ann)
    await play.review(stall.ann)
    await play.event(stall.ann, "completed")


async def test_a_revised_document_reruns_its_cases_only(stall: Stall) -> None:
    """After a return the new revision is run for the cases that it covers; concluded cases keep their result."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.prove(stall.ann, stall.evidence(without=(4, 5)))
    await play.upload(stall.ann, stall.evidence(wrong={(4, "a1"): "1"}), name="second.csv")
    await play.judge_evidence(stall.ann, "return", reason="last year's figures")
    assert {"concluded": 8, "returned": 4} == await stall.states(stall.ann)
    await play.upload(stall.ann, stall.evidence(), name="second.csv")
    assert {"concluded": 8, "to_accept": 4} == await stall.states(stall.ann)
    runs = {case.record_key: case.run for case in await play.cases(stall.ann)}
    assert dict(zip(stall.keys, (1, 1, 1, 1, 2, 2), strict=True)) == runs
    causes = await stall.read(
        "select q.cause, count(*) as n from execution_request q join document_revision r on r.id = q.revision"
        " join document d on d.id = r.document where d.owner = :owner group by 1 order by 1",
        owner=stall.ann,
    )
    assert [("evidence_revised", 4), ("initial", 12)] == causes


async def test_a_rerun_asks_for_another_review(stall: Stall) -> None:
    """A case that is run again counts once its new result is reviewed."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence())
    await play.judge_evidence(stall.ann)
    await play.rerun(stall.ann, (await play.cases(stall.ann))[0].number)
    await play.executed(stall.ann)
    runs = [case.run for case in await play.cases(stall.ann)]
    assert [2, *[1] * 11] == runs
    await play.review(stall.ann)
    await play.event(stall.ann, "completed")


async def test_contradicting_evidence_is_concluded_by_a_person(stall: Stall) -> None:
    """Two rows that differ need a review with a reason; a mismatch so concluded opens an observation."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence(twice=(0,)))
    await play.judge_evidence(stall.ann)
    first, second = [case.number for case in await play.cases(stall.ann) if case.outcome == "needs_review"]
    with pytest.raises(errors.UndecidedItems):
        await play.review(stall.ann)
    await play.review(stall.ann, "match")
    with pytest.raises(errors.ReasonMissing):
        await play.review(stall.ann, cases=(first,), conclusion="mismatch")
    await play.review(stall.ann, cases=(first,), conclusion="mismatch", reason="the second row is the ledger's")
    await play.review(stall.ann, cases=(second,), conclusion="match", reason="the first row is the ledger's")
    await play.observe(stall.ann)
    await play.event(stall.ann, "completed")


async def test_what_cannot_be_read_goes_back_to_the_owner(stall: Stall) -> None:
    """An unreadable value is neither right nor wrong: the case is returned and the next document proves it."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence(wrong={(0, "a1"): "n/a"}))
    returned = [case for case in await play.cases(stall.ann) if case.state == "returned"]
    assert [(stall.keys[0], "a1", "unreadable")] == [(c.record_key, c.attribute, c.outcome) for c in returned]
    await stall.prove(stall.ann)
    await play.event(stall.ann, "completed")


async def test_a_late_failure_waits_for_the_next_draft(stall: Stall) -> None:
    """A failure found while observations are with their approver lands in the draft after the approval."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence(wrong={(0, "a1"): "1", (1, "a2"): "2"}))
    await play.judge_evidence(stall.ann)
    first, second = [case.number for case in await play.cases(stall.ann) if case.outcome == "mismatch"]
    await play.review(stall.ann, "match")
    await play.review(stall.ann, cases=(first,))
    await play.plan(stall.ann)
    await play.submit(OBSERVATIONS, stall.ann)
    await play.review(stall.ann, cases=(second,))
    await play.approve(REPORT_OWNER, OBSERVATIONS, stall.ann)
    assert 2 == await play.draft(OBSERVATIONS, stall.ann)
    keys = [item.natural_key for item in await play.members(OBSERVATIONS, 2, stall.ann)]
    assert [f"a1 | cards {stall.at}", f"a2 | loans {stall.at}"] == keys
    assert await stall.running(stall.ann)
