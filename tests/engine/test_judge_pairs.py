"""Assigning, disputing and waiving pairs of attribute and line of business: each change is a row of its own."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import run
from models.messages import Verb
from models.payloads import Pair, Pairs
from tests.engine.builders import Lab, Round, note
from tests.engine.court import Court, command

pytestmark = pytest.mark.asyncio(loop_scope="session")


def pairs(*owners: str, line: str = "Cards") -> Pairs:
    """The same pair, once for every owner named."""
    return Pairs(pairs=tuple(Pair(attribute="balance", line_of_business=line, owner=owner) for owner in owners))


async def unassigned(lab: Lab) -> Round:
    """Data Owner ID, begun, with one pair; eve answers for Cards, ewan for Loans, dan and dora own data of Cards."""
    people = {"tina": ("tester",), "eve": ("data_executive",), "dan": ("data_owner",), "dora": ("data_owner",)}
    made = await (await lab.cycle(people=people)).round("data_owner_id")
    async with lab.database.begin() as tx:
        await run(
            tx,
            "insert into person (cycle, person, name, roles, lines_of_business, by)"
            " values (:c, 'ewan', 'ewan', '{data_executive}', '{Loans}', 'rhea')", c=made.cycle.id,
        )
        await run(
            tx,
            "insert into assignment (cycle, attribute, line_of_business, status, due_at, by)"
            " values (:c, 'balance', 'Cards', 'unassigned', now(), 'system')", c=made.cycle.id,
        )
        await note(tx, made.cycle.slug)
    return made


async def history(made: Round) -> list[tuple[Any, ...]]:
    """Status, owner, reason and person of every row of the pair, oldest first."""
    query = "select status, owner, reason, by from assignment where cycle = :c and :p > 0 order by id"
    return [tuple(row) for row in await made.read(query, c=made.cycle.id)]


async def ask(court: Court, made: Round, verb: Verb, actor: str, payload: Pairs, **given: Any) -> str:
    """The code of the answer; nothing when it was accepted."""
    scope = actor if verb is Verb.DISPUTE else ""
    return (await court.ask(command(made, verb, actor, payload, phase="", scope=scope, **given))).code


async def test_every_change_is_kept(lab: Lab, court: Court) -> None:
    """Assigned, disputed, reassigned and waived, each with who and why."""
    made = await unassigned(lab)
    codes = [
        await ask(court, made, Verb.ASSIGN, "eve", pairs("dan")),
        await ask(court, made, Verb.DISPUTE, "dan", pairs("dan"), reason="not my system"),
        await ask(court, made, Verb.ASSIGN, "eve", pairs("dora"), reason="dora's system"),
        await ask(court, made, Verb.WAIVE_PAIRS, "eve", pairs(""), reason="sold in January"),
    ]
    assert [""] * 4 == codes
    assert [
        ("unassigned", None, "", "system"), ("assigned", "dan", "", "eve"), ("disputed", "dan", "not my system", "dan"),
        ("assigned", "dora", "dora's system", "eve"), ("waived", None, "sold in January", "eve"),
    ] == await history(made)


@pytest.mark.parametrize(
    ("verb", "actor", "payload", "reason", "code"),
    [
        (Verb.ASSIGN, "ewan", pairs("dan"), "", "wrong_role"),
        (Verb.ASSIGN, "tina", pairs("dan"), "", "wrong_role"),
        (Verb.ASSIGN, "eve", pairs("tina"), "", "wrong_role"),
        (Verb.ASSIGN, "eve", pairs(""), "", "wrong_role"),
        (Verb.ASSIGN, "eve", pairs("dan", "dora"), "", "malformed_command"),
        (Verb.ASSIGN, "eve", pairs("dan", line="Mortgages"), "", "not_found"),
        (Verb.WAIVE_PAIRS, "eve", pairs(""), " ", "reason_missing"),
        (Verb.WAIVE_PAIRS, "ewan", pairs(""), "sold", "wrong_role"),
        (Verb.DISPUTE, "dan", pairs("dan"), "not mine", "not_found"),
        (Verb.DISPUTE, "eve", pairs("dan"), "not mine", "wrong_role"),
        (Verb.RETRY_OWNER, "tina", pairs("dan"), "", "malformed_command"),
    ],
)
async def test_what_is_refused(
    lab: Lab, court: Court, verb: Verb, actor: str, payload: Pairs, reason: str, code: str
) -> None:
    """Another line's executive, somebody who owns no data, a pair twice, a pair that is not there, no reason."""
    made = await unassigned(lab)
    assert code == await ask(court, made, verb, actor, payload, reason=reason)
    assert [("unassigned", None, "", "system")] == await history(made)


async def test_a_change_of_owner_says_why(lab: Lab, court: Court) -> None:
    """A pair that has an owner is not moved without a reason."""
    made = await unassigned(lab)
    await ask(court, made, Verb.ASSIGN, "eve", pairs("dan"))
    assert "reason_missing" == await ask(court, made, Verb.ASSIGN, "eve", pairs("dora"))
    assert 2 == len(await history(made))


async def test_nothing_is_assigned_before_there_are_pairs(lab: Lab, court: Court) -> None:
    """Data Owner ID begins when the sample is approved."""
    made = await lab.round("scoping")
    assert "wrong_state" == await ask(court, made, Verb.ASSIGN, "eve", pairs("dan"))
