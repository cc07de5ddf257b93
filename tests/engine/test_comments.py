"""Notes and questions on items: by whoever takes part, on the item through all versions, never rewritten."""

from __future__ import annotations

import json

import pytest

from models.messages import Verb
from models.payloads import Note, Opening
from models.queries.comments import comments, open_questions
from tests.engine.builders import DENIED, Lab, Round
from tests.engine.court import Court, command

pytestmark = pytest.mark.asyncio(loop_scope="session")
OBSERVATIONS = "observation_management"
INSERT = (
    "insert into item_comment (phase, item, version, question, text, by)"
    " select :p, id, {number}, false, {text}, '{by}' from item where phase = {phase} order by id limit 1"
)


def insert(*, number: int = 1, text: str = "'why'", by: str = "tina", phase: str = ":p") -> str:
    """A comment that goes round Python."""
    return INSERT.format(number=number, text=text, by=by, phase=phase)


async def say(
    court: Court, made: Round, who: str, text: str = "why?", *, key: str = "A", question: bool = True
) -> None:
    """One comment that must be accepted."""
    await court.do(made, Verb.COMMENT, who, Note(key=key, text=text, question=question))


async def waiting(made: Round) -> list[tuple[str, str]]:
    """Which side the questions of the cycle wait for, and what they ask."""
    async with made.cycle.lab.database.begin() as tx:
        return [(line.role, line.text) for line in await open_questions(tx, made.cycle.id)]


class TestComment:
    async def test_is_kept_with_its_version_and_author(self, lab: Lab, court: Court) -> None:
        """Whatever the revision, it stays with the item."""
        made = await lab.standing("submitted")
        await say(court, made, "olga")
        async with lab.database.begin() as tx:
            (line,) = await comments(tx, made.phase, key="A")
        assert ("A", 1, True, "why?", "olga") == (line.key, line.version, line.question, line.text, line.by)

    async def test_is_one_event_with_its_text(self, lab: Lab, court: Court) -> None:
        """The trail alone tells who asked what."""
        made = await lab.standing("submitted")
        await say(court, made, "olga")
        event = json.loads((await court.events(made.cycle.slug))[-1].body)
        assert ("comment", "olga", "why?") == (event["action"], event["actor"], event["rows"]["comment"]["text"])

    async def test_makes_no_draft_stale(self, lab: Lab, court: Court) -> None:
        """A comment changes nothing that a command on the draft was built on."""
        made = await lab.standing("draft")
        (before,) = await made.read("select lock_version from phase where id = :p")
        await say(court, made, "olga")
        await court.do(made, Verb.SUBMIT, "tina", version=1, lock_version=before.lock_version)

    @pytest.mark.parametrize(("who", "note", "code"), [
        ("eve", Note(key="A", text="why"), "wrong_role"),
        ("dan", Note(key="A", text="why"), "wrong_role"),
        ("stranger", Note(key="A", text="why"), "wrong_role"),
        ("olga", Note(key="nothing", text="why"), "not_found"),
        ("olga", Note(key="A", text=" \n\t"), "malformed_command"),
        ("olga", Note(key="A", text="x" * 4001), "too_large"),
    ])
    async def test_is_refused(self, lab: Lab, court: Court, who: str, note: Note, code: str) -> None:
        """Whoever takes no part, an unknown item, a text that is empty or too long."""
        made = await lab.standing("submitted")
        await court.refused(code, command(made, Verb.COMMENT, who, note))

    async def test_a_data_owner_has_a_word_on_their_own_observations(self, lab: Lab, court: Court) -> None:
        """And on nobody else's."""
        cycle = await lab.cycle(people={"tina": ("tester",), "olga": ("report_owner",), "dan": ("data_owner",),
                                        "ann": ("data_owner",)})
        made = await cycle.round(OBSERVATIONS, scope="dan")
        await made.cut()
        await made.add("A")
        note = Note(key="A | Cards", text="it was a migration")
        await court.do(made, Verb.COMMENT, "dan", note)
        await court.refused("wrong_role", command(made, Verb.COMMENT, "ann", note))


class TestDatabase:
    """What it holds by itself, whoever writes."""

    @pytest.mark.parametrize(("law", "statement"), [
        ("comment_says_something", insert(text="E' \\n'")),
        ("comment_is_short", insert(text="repeat('x', 4001)")),
        ("comment_fits_its_item", insert(number=2)),
        ("commenter_takes_part", insert(by="dan")),
        ("commenter_takes_part", insert(by="system")),
        (DENIED, "update item_comment set text = 'x' where phase = :p"),
        (DENIED, "delete from item_comment where phase = :p"),
    ])
    async def test_refuses(self, lab: Lab, law: str, statement: str) -> None:
        """Emptiness, excess, another version, strangers, rewriting."""
        made = await lab.standing("submitted")
        await made.force(insert())
        await made.attack(law, statement)

    async def test_keeps_an_item_to_its_phase(self, lab: Lab) -> None:
        """A comment cannot be put on another phase's item."""
        made, other = await lab.standing("submitted"), await lab.standing("submitted")
        await made.attack("comment_fits_its_item", insert(phase=str(other.phase)))

    async def test_keeps_them_from_the_owner_too(self, lab: Lab) -> None:
        """Nobody deletes a comment."""
        made = await lab.standing("submitted")
        await made.force(insert())
        await made.attack("nothing_is_deleted", "delete from item_comment where phase = :p", owner=True)


class TestQuestion:
    async def test_waits_for_the_other_side(self, lab: Lab, court: Court) -> None:
        """The approver's for the tester, the tester's for the approver; a note waits for nobody."""
        made = await lab.standing("submitted")
        await say(court, made, "olga", "which seed?")
        await say(court, made, "tina", "enough?", key="B")
        await say(court, made, "tina", "by the way", key="B", question=False)
        assert [("tester", "which seed?"), ("report_owner", "enough?")] == await waiting(made)

    async def test_is_answered_on_the_same_item(self, lab: Lab, court: Court) -> None:
        """Not by a comment on another one, nor by the side that asked."""
        made = await lab.standing("submitted")
        await say(court, made, "olga")
        await say(court, made, "tina", key="B", question=False)
        await say(court, made, "omar", "I wonder too", question=False)
        assert [("tester", "why?")] == await waiting(made)
        await say(court, made, "tina", "because", question=False)
        assert [] == await waiting(made)

    @pytest.mark.parametrize("end", ["approve", "reject"])
    async def test_ends_with_the_decision(self, lab: Lab, court: Court, end: str) -> None:
        """A version that is decided asks nothing any more."""
        made = await lab.standing("submitted")
        await say(court, made, "olga")
        await getattr(made, end)()
        assert [] == await waiting(made)

    async def test_on_a_rejected_version_waits(self, lab: Lab, court: Court) -> None:
        """What the tester does not understand of a rejection is asked before the next draft is cut, and through it."""
        made = await lab.standing("rejected")
        await say(court, made, "tina", "what is wrong with A?")
        await court.do(made, Verb.OPEN, "tina", Opening())
        assert [("report_owner", "what is wrong with A?")] == await waiting(made)
