"""Law 7: the same command twice has one effect and its first answer; the same id with other content is refused."""

from __future__ import annotations

import asyncio

import pytest

from activities.judge import HANDLERS
from models.messages import Verb
from models.payloads import Decision, Decisions, Keys, Opening, Stored
from tests.engine.builders import Lab
from tests.engine.court import Court, command, decisions

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_verb_is_judged() -> None:
    """No verb that people can send is without a handler."""
    assert set(Verb) == set(HANDLERS)


async def test_the_same_command_twice_has_one_effect(lab: Lab, court: Court) -> None:
    """The second answer is the first, word for word, and no fact or event is added."""
    made = await lab.standing("draft", "scoping")
    asked = command(made, Verb.SUBMIT, "tina")
    first, facts, written = await court.ask(asked), await made.facts(), await court.written()
    assert first == await court.ask(asked)
    assert (facts, written) == (await made.facts(), await court.written())


async def test_a_late_repeat_gets_the_first_answer(lab: Lab, court: Court) -> None:
    """Even when the version has gone on since, and the command would now be refused."""
    made = await lab.standing("draft", "scoping")
    asked = command(made, Verb.SUBMIT, "tina")
    first = await court.ask(asked)
    await court.approved(made)
    again = await court.ask(asked)
    assert (True, first) == (again.accepted, again)


async def test_a_refusal_is_repeated_too(lab: Lab, court: Court) -> None:
    """A refused command stays refused, though it would be accepted by now; its event is not doubled."""
    made = await lab.standing("draft", "scoping")
    asked = command(made, Verb.APPROVE, "olga")
    first = await court.refused("wrong_state", asked)
    await court.do(made, Verb.SUBMIT, "tina")
    await court.do(made, Verb.DECIDE, "olga", decisions({"A": "approve", "B": "approve"}))
    written = await court.written()
    assert first == await court.ask(asked)
    assert written == await court.written()


async def test_the_same_id_with_other_content_is_refused(lab: Lab, court: Court) -> None:
    """Whatever differs: the refusal is an event, once however often it is tried, and the first answer still stands."""
    made = await lab.standing("draft", "scoping")
    asked = command(made, Verb.DECIDE, "tina", decisions({"A": "approve"}))
    first = await court.ask(asked)
    others = [
        asked.model_copy(update=change)
        for change in ({"actor": "theo"}, {"reason": "x"}, {"payload": decisions({"B": "approve"})}, {"version": 1})
    ]
    for other in others:
        await court.refused("command_reused", other)
    written = await court.written()
    assert ["command_reused"] * 4 == [(await court.ask(other)).code for other in others]
    assert written == await court.written()
    assert first == await court.ask(asked)


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_dry_run_leaves_no_trace(lab: Lab, court: Court, accepted: bool) -> None:
    """It is judged like the real command and writes nothing, whatever the verdict; its id is still free."""
    made = await lab.standing("draft" if accepted else "approved", "scoping")
    asked = command(made, Verb.SUBMIT, "tina", dry_run=True)
    facts, written = await made.facts(), await court.written()
    answer = await court.ask(asked)
    assert (accepted, "" if accepted else "wrong_state") == (answer.accepted, answer.code)
    assert (facts, written) == (await made.facts(), await court.written())
    real = await court.ask(asked.model_copy(update={"dry_run": False}))
    assert accepted == real.accepted


async def test_a_dry_run_says_what_would_be(lab: Lab, court: Court) -> None:
    """The content hash of the submission that did not happen is that of the one that does."""
    made = await lab.standing("draft", "scoping")
    tried = await court.do(made, Verb.SUBMIT, "tina", dry_run=True)
    done = await court.do(made, Verb.SUBMIT, "tina")
    assert done.result["content_hash"] == tried.result["content_hash"]


async def test_identical_commands_at_once_have_one_effect(lab: Lab, court: Court) -> None:
    """Four workers judge the same command at the same time: one draft, one event, one answer."""
    made = await lab.standing("approved", "scoping")
    asked = command(made, Verb.OPEN, "tina", Opening())
    answers = await asyncio.gather(*(court.ask(asked) for _ in range(4)))
    events = [event for event in await court.events(made.cycle.slug) if event.command_id == asked.command_id]
    assert [answers[0]] * 4 == answers
    assert (True, 1) == (answers[0].accepted, len(events))
    assert [1, 2] == [row.number for row in await made.read("select number from version where phase = :p order by 1")]


async def test_two_drafts_asked_for_at_once_are_one(lab: Lab, court: Court) -> None:
    """Of two different commands one opens the draft and the other is told that there is one."""
    made = await lab.standing("approved", "scoping")
    answers = await asyncio.gather(*(court.ask(command(made, Verb.OPEN, who, Opening())) for who in ("tina", "theo")))
    assert {"", "open_version_exists"} == {answer.code for answer in answers}


async def test_two_changes_of_what_both_read_are_one(lab: Lab, court: Court) -> None:
    """Of two edits made for the same lock version one is stale."""
    made = await lab.standing("draft", "scoping")
    lock = (await made.read("select lock_version from phase where id = :p"))[0].lock_version
    answers = await asyncio.gather(*(
        court.ask(command(made, Verb.REMOVE, "tina", Keys(keys=(key,)), lock_version=lock)) for key in "AB"
    ))
    assert {"", "stale_version"} == {answer.code for answer in answers}
    assert 1 == len(await made.members(1))


async def test_two_approvers_at_once_are_one(lab: Lab, court: Court) -> None:
    """The second is told that nothing waits any more."""
    made = await lab.standing("submitted", "scoping")
    await made.decide(A="approve", B="approve")
    answers = await asyncio.gather(*(court.ask(command(made, Verb.APPROVE, who)) for who in ("olga", "omar")))
    assert {"", "wrong_state"} == {answer.code for answer in answers}


async def test_a_stored_payload_is_read_from_the_store(lab: Lab, court: Court) -> None:
    """A sheet too large for a message has the same effect."""
    made = await lab.standing("submitted", "scoping")
    sheet = Decisions(decisions=tuple(Decision(key=key, verdict="approve") for key in "AB"))
    digest = court.store.put(sheet.model_dump_json().encode())
    await court.do(made, Verb.DECIDE, "olga", Stored(sha256=digest, rows=2))
    assert {"approve"} == {m.approver_verdict for m in (await made.members(1)).values()}
