"""What a report owner asks for while a version is not hers to change lands in the next draft, undecided, once."""

from __future__ import annotations

from typing import Any

import pytest

from models.messages import Verb
from models.payloads import Contents, Opening
from tests.engine.builders import Lab, Round, item
from tests.engine.court import Court, decisions

pytestmark = pytest.mark.asyncio(loop_scope="session")


def asked_for(*keys: str, text: str = "as drawn") -> Contents:
    """The contents of a request."""
    return Contents(contents=tuple({"set": item("data_profiling", key, text).model_dump(mode="json")} for key in keys))


async def standing(made: Round, number: int) -> dict[str, tuple[Any, ...]]:
    """Origin and both verdicts by key."""
    return {k: (m.origin, m.tester_verdict, m.approver_verdict) for k, m in (await made.members(number)).items()}


async def request(court: Court, made: Round, *keys: str) -> None:
    """Olga asks for rules."""
    await court.do(made, Verb.REQUEST, "olga", asked_for(*keys), reason="the regulator asked")


async def test_it_waits_while_the_version_is_submitted(lab: Lab, court: Court) -> None:
    """The submitted version and its hash stay; the request is on record."""
    made = await lab.standing("submitted", "data_profiling")
    before = await made.header(1)
    await request(court, made, "C")
    assert {"A", "B"} == set(await made.members(1))
    assert before == await made.header(1)


@pytest.mark.parametrize("end", ["approve", "reject", "withdraw"])
async def test_it_lands_in_the_next_draft(lab: Lab, court: Court, end: str) -> None:
    """However the submitted version ended; undecided by both sides, of the report owner's origin."""
    made = await lab.standing("submitted", "data_profiling")
    await request(court, made, "C")
    await getattr(made, end)()
    await court.do(made, Verb.OPEN, "tina", Opening())
    assert ("report_owner", None, None) == (await standing(made, 2))["C"]


async def test_it_lands_at_once_in_a_draft(lab: Lab, court: Court) -> None:
    """There is nothing to wait for."""
    made = await lab.standing("draft", "data_profiling")
    await request(court, made, "C")
    assert ("report_owner", None, None) == (await standing(made, 1))["C"]


async def test_it_lands_once(lab: Lab, court: Court) -> None:
    """The draft after the next does not get it again."""
    made = await lab.standing("submitted", "data_profiling")
    await request(court, made, "C")
    await made.withdraw()
    await court.do(made, Verb.OPEN, "tina", Opening())
    await made.remove("C")
    await made.submit()
    await made.reject()
    await court.do(made, Verb.OPEN, "tina", Opening())
    assert {"A", "B"} == set(await made.members(3))


async def test_the_same_asked_for_twice_lands_once(lab: Lab, court: Court) -> None:
    """Two requests for one rule are one item, and no obstacle to the next draft."""
    made = await lab.standing("submitted", "data_profiling")
    await request(court, made, "C")
    await request(court, made, "C", "D")
    await made.reject()
    await court.do(made, Verb.OPEN, "tina", Opening())
    assert {"A", "B", "C", "D"} == set(await made.members(2))
    waiting = (
        "select 1 from item_request q where phase = :p"
        " and not exists (select from item_request_landing where request = q.id)"
    )
    assert [] == await made.read(waiting)


async def test_what_is_there_already_is_left_as_it_is(lab: Lab, court: Court) -> None:
    """A request for a carried item changes neither its content nor its approval."""
    made = await lab.standing("submitted", "data_profiling")
    await request(court, made, "A")
    await made.approve()
    await court.do(made, Verb.OPEN, "tina", Opening())
    assert ("tester", "approve", "approve") == (await standing(made, 2))["A"]


async def test_a_rejected_item_can_be_asked_for(lab: Lab, court: Court) -> None:
    """It comes back undecided, as the item that it was, with the origin that it had."""
    made = await lab.standing("submitted", "data_profiling")
    await court.do(made, Verb.DECIDE, "olga", decisions({"A": "reject", "B": "approve"}))
    await request(court, made, "A")
    before = (await made.members(1))["A"].item
    await made.reject()
    await court.do(made, Verb.OPEN, "tina", Opening())
    assert ("tester", None, None) == (await standing(made, 2))["A"]
    assert before == (await made.members(2))["A"].item


async def test_it_is_decided_like_any_other(lab: Lab, court: Court) -> None:
    """The draft is not submitted before the tester has decided it, and olga then approves it."""
    made = await lab.standing("draft", "data_profiling")
    await request(court, made, "C")
    await court.do(made, Verb.DECIDE, "tina", decisions({"C": "approve"}))
    await court.do(made, Verb.SUBMIT, "tina")
    await court.approved(made)
    assert ("report_owner", "approve", "approve") == (await standing(made, 1))["C"]
