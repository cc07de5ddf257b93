"""Law 9: every accepted command and every refusal is exactly one event of a chain that anybody can recompute."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from models.messages import Verb
from models.payloads import Approval, Contents, Keys, Opening
from tests.engine.builders import Lab, Round, item
from tests.engine.court import CONTEXT, Court, command, decisions

pytestmark = pytest.mark.asyncio(loop_scope="session")


def recompute(events: list[Any]) -> dict[str, str]:
    """The head of each stream, from nothing but the stored texts; it stops where a stored hash differs."""
    heads: dict[str, tuple[int, str]] = {}
    for event in sorted(events, key=lambda e: (e.stream, e.seq)):
        number, previous = heads.get(event.stream, (0, "0" * 64))
        digest = sha256(f"{previous}\n{event.body}".encode()).hexdigest()
        assert (number + 1, digest) == (event.seq, event.hash)
        heads[event.stream] = (event.seq, digest)
    return {stream: digest for stream, (_, digest) in heads.items()}


async def story(court: Court, made: Round) -> list[Any]:
    """A round of rework with refusals in between; the commands in order."""
    added = Contents(contents=({"set": item("scoping", "C").model_dump(mode="json")},))
    edited = Contents(contents=({"key": "A", "set": {"score": 11}},))
    asked = [
        command(made, Verb.SUBMIT, "olga"),
        command(made, Verb.DECIDE, "tina", decisions({"A": "approve"})),
        command(made, Verb.SUBMIT, "tina"),
        command(made, Verb.APPROVE, "tina"),
        command(made, Verb.DECIDE, "olga", decisions({"A": "approve", "B": "reject"})),
        command(made, Verb.REJECT, "olga"),
        command(made, Verb.REJECT, "olga", reason="B is not reported"),
        command(made, Verb.OPEN, "tina", Opening()),
        command(made, Verb.REMOVE, "tina", Keys(keys=("B",))),
        command(made, Verb.ADD, "tina", added),
        command(made, Verb.EDIT, "tina", edited),
        command(made, Verb.SUBMIT, "tina"),
        command(made, Verb.APPROVE, "olga", Approval(adopt_tester=True)),
    ]
    for one in asked:
        await court.ask(one)
    return [court.sent.get(one.sha256(), one) for one in asked]


REFUSED = [True, False, False, True, False, True, *[False] * 7]


async def told(lab: Lab, court: Court) -> tuple[list[Any], list[Any], list[dict[str, Any]]]:
    """The commands of the story, all events of its cycle and what those of the story say."""
    made = await lab.standing("draft", "scoping")
    before = len(await court.events(made.cycle.slug))
    asked = await story(court, made)
    events = await court.events(made.cycle.slug)
    return asked, events, [json.loads(event.body) for event in events[before:]]


async def test_every_command_is_one_event(lab: Lab, court: Court) -> None:
    """Accepted or refused, in order, with its id and the hash of its very bytes."""
    asked, _, bodies = await told(lab, court)
    assert [(one.command_id, one.sha256()) for one in asked] == [(b["command_id"], b["command_sha256"]) for b in bodies]
    assert [
        f"{one.verb}.refused" if refused else one.verb.value for one, refused in zip(asked, REFUSED, strict=True)
    ] == [b["action"] for b in bodies]


async def test_the_chain_can_be_recomputed(lab: Lab, court: Court) -> None:
    """Ten lines and the stored texts give the stored heads."""
    _, events, _ = await told(lab, court)
    async with lab.app.acquire() as connection:
        streams = list({event.stream for event in events})
        heads = await connection.fetch("select stream, hash from stream_head where stream = any($1)", streams)
    assert {row["stream"]: row["hash"] for row in heads} == recompute(events)


async def test_a_changed_event_breaks_the_chain(lab: Lab, court: Court) -> None:
    """One letter of one text is enough."""
    asked, events, _ = await told(lab, court)
    forged = [
        _Event.of(e)._replace(body=e.body.replace("tina", "theo")) if e.command_id == asked[1].command_id else e
        for e in events
    ]
    with pytest.raises(AssertionError):
        recompute(forged)


class _Event:
    """A copy of an event that can be changed."""

    def __init__(self, stream: str, seq: int, body: str, hash_: str) -> None:
        self.stream, self.seq, self.body, self.hash = stream, seq, body, hash_

    @classmethod
    def of(cls, row: Any) -> _Event:
        """Of a row."""
        return cls(row.stream, row.seq, row.body, row.hash)

    def _replace(self, *, body: str) -> _Event:
        return _Event(self.stream, self.seq, body, self.hash)


async def test_an_event_says_who_as_what_why_and_from_where(lab: Lab, court: Court) -> None:
    """Actor, role, reason, workflow and run are in every event, refusals included."""
    asked, _, bodies = await told(lab, court)
    assert [
        (one.actor, {"tina": "tester", "olga": "report_owner"}[one.actor], one.reason) for one in asked
    ] == [(b["actor"], b["role"], b["reason"]) for b in bodies]
    assert {(CONTEXT.workflow_id, CONTEXT.run_id)} == {(b["workflow_id"], b["run_id"]) for b in bodies}


async def test_a_refusal_says_its_code(lab: Lab, court: Court) -> None:
    """And its message."""
    _, _, bodies = await told(lab, court)
    refusals = [b for b in bodies if b["action"].endswith(".refused")]
    assert ["wrong_role", "wrong_role", "reason_missing"] == [b["refusal"] for b in refusals]
    assert all(b["message"] for b in refusals)


async def test_state_changes_say_before_and_after(lab: Lab, court: Court) -> None:
    """The version and its status on both sides of each command."""
    _, _, bodies = await told(lab, court)
    changes = [b for b in bodies if not b["action"].endswith(".refused")]
    assert [
        ("decide", 1, "draft", 1, "draft"), ("submit", 1, "draft", 1, "submitted"),
        ("decide", 1, "submitted", 1, "submitted"), ("reject", 1, "submitted", 1, "rejected"),
        ("open", 1, "rejected", 2, "draft"), ("remove", 2, "draft", 2, "draft"), ("add", 2, "draft", 2, "draft"),
        ("edit", 2, "draft", 2, "draft"), ("submit", 2, "draft", 2, "submitted"),
        ("approve", 2, "submitted", 2, "approved"),
    ] == [
        (b["action"], b["before"]["version"], b["before"]["status"], b["after"]["version"], b["after"]["status"])
        for b in changes
    ]


async def test_decisions_and_membership_are_in_their_events(lab: Lab, court: Court) -> None:
    """Which revisions were decided how, added, edited, removed and adopted."""
    _, _, bodies = await told(lab, court)
    rows = [b["rows"] for b in bodies if not b["action"].endswith(".refused")]
    assert {"A": ("approve", "approver", ""), "B": ("reject", "approver", "because")} == {
        key: (said["verdict"], said["side"], said["reason"]) for key, said in rows[2]["decided"].items()
    }
    assert (["B"], {"C"}, {"A"}) == (rows[5]["removed"], set(rows[6]["added"]), set(rows[7]["edited"]))
    assert {"A": "approve", "C": "approve"} == {key: said["verdict"] for key, said in rows[9]["adopted"].items()}
    assert {rows[6]["added"]["C"], rows[7]["edited"]["A"]} == {said["revision"] for said in rows[9]["adopted"].values()}


async def test_a_cut_says_what_it_left_behind(lab: Lab, court: Court) -> None:
    """Its parent, and the items that do not come along."""
    made = await lab.standing("submitted", "data_profiling")
    await made.decide(A="reject", B="approve")
    await made.reject()
    asked = command(made, Verb.OPEN, "tina", Opening())
    await court.ask(asked)
    body = next(json.loads(e.body) for e in await court.events(made.cycle.slug) if e.command_id == asked.command_id)
    assert {"parent": 1, "dropped": ["A"], "landed": []} == body["rows"]
