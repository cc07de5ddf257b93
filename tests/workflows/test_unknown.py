"""Commands that took effect without an answer: the caller is told so, and the run finds out from the facts."""

from __future__ import annotations

import pytest

from models import errors
from models.messages import Activity, Command, Verb
from models.payloads import Approval, Opening
from tests.workflows.arena import Arena
from tests.workflows.people import Play
from tests.workflows.story import pairs_of
from tests.workflows.tiny import EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio


async def lose_the_answer(stage: Arena, play: Play, verb: Verb) -> None:
    """The next command of this verb commits, and its answer never arrives."""
    stage.faults.after.append((Activity.JUDGE, f"cycle='{play.slug}', actor='{_ACTOR[verb]}', verb={verb!r}"))


_ACTOR = {
    Verb.APPROVE: REPORT_OWNER,
    Verb.ASSIGN: "dora",
    Verb.UPLOAD: "ann",
    Verb.CANCEL: EXECUTIVE,
    Verb.SUBMIT: TESTER,
}


async def test_a_lost_approval_ends_the_phase(stage: Arena, name: str) -> None:
    """The approver is told that it is not known; the phase sees that it is approved, and the next one begins."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    await play.submit("scoping")
    await lose_the_answer(stage, play, Verb.APPROVE)
    with pytest.raises(errors.Unknown):
        await play.approve(REPORT_OWNER, "scoping")
    assert 1 == await play.draft("sample_selection")


async def test_a_lost_signal_is_tried_again_by_itself(stage: Arena, name: str) -> None:
    """Nobody would send a signal again, so the run does; the first effect is the only one."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    await play.submit("scoping")
    await lose_the_answer(stage, play, Verb.APPROVE)
    await play.signal(await play.asked(REPORT_OWNER, Verb.APPROVE, Approval(adopt_tester=True), phase="scoping"))
    assert 1 == await play.draft("sample_selection")
    assert 1 == len([event for event in await play.audited("approve") if event.stream.endswith("/scoping")])


async def test_a_lost_assignment_starts_the_owners(stage: Arena, name: str) -> None:
    """The owners named by a command without an answer are at work all the same."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await lose_the_answer(stage, play, Verb.ASSIGN)
    with pytest.raises(errors.Unknown):
        await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    await play.event("ann", "started")
    await play.event("bob", "started")
    await play.prove("ann")
    await play.prove("bob")
    assert 1 == await play.draft("finalize_report")


async def test_a_lost_upload_is_executed(stage: Arena, name: str) -> None:
    """The cases of a document whose upload was not answered are run all the same; sent again, it has its answer."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await lose_the_answer(stage, play, Verb.UPLOAD)
    with pytest.raises(errors.Unknown):
        await play.hand_in("ann")
    await play.executed("ann")
    assert {"to_accept"} == {case.state for case in await play.cases("ann")}


async def test_a_lost_cancellation_ends_the_cycle(stage: Arena, name: str) -> None:
    """A cycle that is cancelled by the facts ends, whether or not anybody was told."""
    play = await stage.start(Tiny(cycle=name))
    await play.draft("planning")
    await lose_the_answer(stage, play, Verb.CANCEL)
    with pytest.raises(errors.Unknown):
        await play.act(EXECUTIVE, Verb.CANCEL, reason="wrong period")
    assert "cancelled" == await play.result()


async def test_a_resend_after_a_lost_answer_gets_it(stage: Arena, name: str) -> None:
    """The same bytes again have the answer of the first time."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    number = await play.submit("scoping")
    await play.act(REPORT_OWNER, Verb.REJECT, phase="scoping", reason="again")
    await play.act(TESTER, Verb.OPEN, Opening(), phase="scoping")
    await lose_the_answer(stage, play, Verb.SUBMIT)
    command: Command = await play.asked(TESTER, Verb.SUBMIT, phase="scoping")
    with pytest.raises(errors.Unknown):
        await play.deliver(command)
    answer = await play.deliver(command)
    assert (number + 1, "submitted") == (answer.result["version"], answer.result["status"])
