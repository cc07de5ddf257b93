"""Sixteen writers at once, through the judge: no update is lost, no number skipped, and who loses is told why."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from models.database import Database
from models.messages import Answer, Command, Verb
from models.payloads import Approval, Contents, Keys, Opening
from models.phases import BY_KIND
from models.queries.versions import version_head
from tests.engine.builders import Lab, Round, item
from tests.engine.court import Court, command, decisions
from tests.engine.test_judge_events import recompute

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRITERS = 16
NAMES = [f"item {at:02}" for at in range(WRITERS)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowded(lab: Lab, court: Court) -> AsyncIterator[Court]:
    """The judge with a connection for every writer."""
    database = Database(lab.urls.app, pool_size=WRITERS)
    yield Court(Lab(database, lab.app, lab.owner, lab.urls), court.store)
    await database.close()


async def seen(made: Round) -> dict[str, Any]:
    """What a command names of the version as it is now."""
    async with made.cycle.lab.database.begin() as tx:
        head = await version_head(tx, made.cycle.slug, BY_KIND[made.kind], scope=made.scope)
    return {"version": head.number, "content_hash": head.content_hash or "", "lock_version": head.lock_version}


def adding(name: str) -> Contents:
    """The payload that adds an item."""
    return Contents(contents=({"set": item("scoping", name).model_dump(mode="json")},))


async def at_once(court: Court, asked: Sequence[Command]) -> list[Answer]:
    """The answers to commands that all come at the same time."""
    return list(await asyncio.gather(*(court.judge(one) for one in asked)))


def codes(answers: Sequence[Answer]) -> dict[str, int]:
    """How many answers have which code; '' is accepted."""
    return dict(Counter(answer.code for answer in answers))


async def stream_is_whole(court: Court, made: Round, asked: Sequence[Command]) -> None:
    """The phase's stream has no gap, its chain leads to its head, and each command is in one of its events."""
    stream = f"{made.cycle.slug}/{made.kind}" + (f"/{made.scope}" if made.scope else "")
    found = [event for event in await court.events(made.cycle.slug) if event.stream == stream]
    head = await made.read("select seq, hash from stream_head where stream = :s and :p > 0", s=stream)
    assert [(len(found), recompute(found)[stream])] == [tuple(row) for row in head]
    told = Counter(event.command_id for event in found)
    assert [1] * len(asked) == [told[one.command_id] for one in asked]


async def numbers(made: Round) -> list[tuple[int, str]]:
    """Number and status of the versions."""
    found = await made.read("select number, status from version where phase = :p order by number")
    return [tuple(row) for row in found]


async def test_one_of_many_changes_of_the_same_draft_is_taken(lab: Lab, crowded: Court) -> None:
    """Sixteen who read the same draft take another item out each: one does, fifteen are stale."""
    made = await lab.standing("draft", "scoping", keys=NAMES)
    as_read = await seen(made)
    asked = [command(made, Verb.REMOVE, "tina", Keys(keys=(name,)), **as_read) for name in NAMES]
    answers = await at_once(crowded, asked)
    assert {"": 1, "stale_version": WRITERS - 1} == codes(answers)
    winner = next(name for name, answer in zip(NAMES, answers, strict=True) if answer.accepted)
    assert set(NAMES) - {winner} == set(await made.members(1))
    assert as_read["lock_version"] + 1 == (await seen(made))["lock_version"]
    await stream_is_whole(crowded, made, asked)


async def test_who_reads_again_gets_through(lab: Lab, crowded: Court) -> None:
    """Sixteen add an item each, and again whenever they are stale: every item is there, by its author."""
    made = await lab.standing("draft", "scoping")
    first = (await seen(made))["lock_version"]
    asked: list[Command] = []
    sent: list[Answer] = []

    async def add(name: str, who: str) -> None:
        accepted = False
        while not accepted:
            asked.append(command(made, Verb.ADD, who, adding(name), **await seen(made)))
            sent.append(answer := await crowded.judge(asked[-1]))
            accepted = answer.accepted

    await asyncio.gather(*(add(name, ("tina", "theo")[at % 2]) for at, name in enumerate(NAMES)))
    assert {"", "stale_version"} >= set(codes(sent))
    found = await made.read("select natural_key, revised_by from member where phase = :p order by natural_key")
    expected = [("A", "tina"), ("B", "tina"), *((name, ("tina", "theo")[at % 2]) for at, name in enumerate(NAMES))]
    assert expected == [tuple(row) for row in found]
    assert first + WRITERS == (await seen(made))["lock_version"]
    await stream_is_whole(crowded, made, asked)


async def test_decisions_on_different_items_are_all_kept(lab: Lab, crowded: Court) -> None:
    """Two approvers decide sixteen items of one content at once: nobody is stale, and no decision is lost."""
    made = await lab.standing("submitted", "scoping", keys=NAMES)
    as_read = await seen(made)
    asked = [
        command(made, Verb.DECIDE, ("olga", "omar")[at % 2], decisions({name: "approve"}), **as_read)
        for at, name in enumerate(NAMES)
    ]
    answers = await at_once(crowded, asked)
    assert {"": WRITERS} == codes(answers)
    found = await made.read("select approver_by from member where phase = :p order by natural_key")
    assert ["olga", "omar"] * (WRITERS // 2) == [row.approver_by for row in found]
    await stream_is_whole(crowded, made, asked)


async def test_decisions_on_one_item_leave_one(lab: Lab, crowded: Court) -> None:
    """Sixteen words on the same item: all are taken one after the other, the last one stands, the others are kept."""
    made = await lab.standing("submitted", "scoping", keys=("A",))
    as_read = await seen(made)
    words = ("approve", "reject") * (WRITERS // 2)
    asked = [command(made, Verb.DECIDE, "olga", decisions({"A": word}), **as_read) for word in words]
    answers = await at_once(crowded, asked)
    assert {"": WRITERS} == codes(answers)
    found = await made.read(
        "select verdict, upper_inf(versions) as stands from item_decision where phase = :p and role = 'approver'"
        " order by id"
    )
    assert Counter(words) == Counter(row.verdict for row in found)
    assert [False] * (WRITERS - 1) + [True] == [row.stands for row in found]
    await stream_is_whole(crowded, made, asked)


async def test_numbers_are_gapless_whoever_opens(lab: Lab, crowded: Court) -> None:
    """Three times sixteen open the next draft at once: each time one does, and the next number is the next."""
    made = await lab.standing("approved", "scoping")
    sent: list[Command] = []
    for _ in range(3):
        asked = [command(made, Verb.OPEN, ("tina", "theo")[at % 2], Opening()) for at in range(WRITERS)]
        answers = await at_once(crowded, asked)
        assert {"": 1, "open_version_exists": WRITERS - 1} == codes(answers)
        sent += asked
        await made.withdraw()
    assert [(1, "approved"), *((number, "withdrawn") for number in (2, 3, 4))] == await numbers(made)
    await stream_is_whole(crowded, made, sent)


async def test_one_end_of_a_version(lab: Lab, crowded: Court) -> None:
    """Approvals, rejections and withdrawals of one version at once: one is taken, the others come too late."""
    made = await lab.standing("submitted", "scoping")
    as_read = await seen(made)
    ends = [(Verb.APPROVE, "olga"), (Verb.REJECT, "omar"), (Verb.WITHDRAW, "tina"), (Verb.APPROVE, "omar")]
    adopting = {Verb.APPROVE: Approval(adopt_tester=True)}
    asked = [
        command(made, verb, who, adopting.get(verb), reason="because", **as_read) for verb, who in ends * (WRITERS // 4)
    ]
    answers = await at_once(crowded, asked)
    assert {"": 1, "wrong_state": WRITERS - 1} == codes(answers)
    ended = {Verb.APPROVE: "approved", Verb.REJECT: "rejected", Verb.WITHDRAW: "withdrawn"}
    winner = next(at for at, answer in enumerate(answers) if answer.accepted)
    assert [(1, ended[ends[winner % 4][0]])] == await numbers(made)
    await stream_is_whole(crowded, made, asked)


async def test_a_draft_command_that_the_submission_overtakes_is_stale(lab: Lab, crowded: Court) -> None:
    """It was well formed when it was sent; it is told that the draft is none any more."""
    made = await lab.standing("draft", "scoping")
    as_read = await seen(made)
    await crowded.do(made, Verb.SUBMIT, "theo")
    late = [
        command(made, Verb.DECIDE, "tina", decisions({"A": "approve"}), **as_read),
        command(made, Verb.WITHDRAW, "tina", reason="because", **as_read),
    ]
    assert ["stale_version"] * 2 == [(await crowded.refused("stale_version", one)).code for one in late]


async def test_sixteen_phases_at_once_do_not_meet(lab: Lab, crowded: Court) -> None:
    """Every phase goes from one version to the next while the others do: all is accepted, and every stream is whole."""
    cycle = await lab.cycle()
    phases = [await cycle.round("scoping", f"phase {at}") for at in range(WRITERS)]

    async def to_the_second_draft(made: Round) -> None:
        await crowded.do(made, Verb.OPEN, "tina", Opening())
        await crowded.do(made, Verb.ADD, "tina", adding("A"), **await seen(made))
        await crowded.do(made, Verb.SUBMIT, "tina", **await seen(made))
        await crowded.do(made, Verb.APPROVE, "olga", Approval(adopt_tester=True), **await seen(made))
        await crowded.do(made, Verb.OPEN, "theo", Opening())

    await asyncio.gather(*(to_the_second_draft(made) for made in phases))
    for made in phases:
        assert [(1, "approved"), (2, "draft")] == await numbers(made)
        assert {"A"} == set(await made.members(1)) == set(await made.members(2))
        await stream_is_whole(crowded, made, [])
