"""What was approved at a time: never what is open, rejected or withdrawn, and from the instant of the approval on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import errors
from models.membership import SYSTEM
from models.phases import BY_KIND
from models.queries.moments import Approved, approved_at
from models.queries.versions import Selection
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")
TICK = timedelta(microseconds=1)


async def told(made: Round, at: datetime, **wanted: Any) -> Approved:
    """What was approved then."""
    async with made.cycle.lab.database.begin() as tx:
        return await approved_at(tx, made.cycle.slug, BY_KIND[made.kind], at, scope=made.scope,
                                 wanted=Selection(**wanted))


async def when(made: Round, number: int, what: str = "decided") -> datetime:
    """When a version was created, submitted or decided."""
    at = getattr(await made.header(number), f"{what}_at")
    assert isinstance(at, datetime)
    return at


async def eventful(lab: Lab) -> Round:
    """v1 rejected, v2 approved, v3 withdrawn, v4 cut from v2 without B and approved, v5 a draft."""
    made = await lab.standing("rejected", keys=("A", "B"))
    await made.cut()
    await made.edit("B", text="drawn again")
    await made.submit()
    await made.approve()
    await made.cut()
    await made.add("C")
    await made.submit()
    await made.withdraw()
    await made.cut(2)
    await made.remove("B")
    await made.submit()
    await made.approve()
    await made.cut()
    await made.add("D")
    return made


async def test_only_approved_versions_count(lab: Lab) -> None:
    """Rejected, withdrawn and open versions never do; a superseded one does until the next one takes its place."""
    made = await eventful(lab)
    times = [*[await when(made, number) for number in (1, 2, 3, 4)], await when(made, 5, "created")]
    found = [(await told(made, at)).moment for at in times]
    second, fourth = (2, 4, "superseded"), (4, None, "approved")
    assert [(None, None, None), second, second, fourth, fourth] == [
        (moment.number, moment.superseded_by, moment.now) for moment in found
    ]


async def test_a_version_counts_from_the_instant_of_its_approval(lab: Lab) -> None:
    """At that instant it counts and its predecessor no longer does; a microsecond before it is the other way round."""
    made = await eventful(lab)
    second, fourth = await when(made, 2), await when(made, 4)
    found = [(await told(made, at)).moment.number for at in (second - TICK, second, fourth - TICK, fourth)]
    assert [None, 2, 2, 4] == found
    assert (second, fourth) == ((moment := (await told(made, second)).moment).approved_at, moment.superseded_at)


async def test_items_are_those_of_that_version(lab: Lab) -> None:
    """With content and decisions as they were, though later versions changed or dropped them."""
    made = await eventful(lab)
    then = await told(made, await when(made, 3))
    assert {"A": "as drawn", "B": "drawn again"} == {item.key: item.content["reason"] for item in then.page.items}
    assert {("A", "olga", 2), ("B", "olga", 2)} == {(i.key, i.approver_by, i.approver_in) for i in then.page.items}
    assert ["A"] == [item.key for item in (await told(made, await when(made, 4))).page.items]


async def test_says_what_counted(lab: Lab) -> None:
    """An item that was rejected inside an approved version is shown, and did not count."""
    made = await lab.standing("submitted", keys=("A", "B", "C"))
    await made.decide(A="approve", B="reject", C="approve")
    await made.approve()
    found = await told(made, await when(made, 1))
    assert (3, 2, frozenset("AC")) == (found.moment.items, found.moment.counting, found.counting)
    assert ["B"] == [item.key for item in (await told(made, await when(made, 1), verdict="reject")).page.items]


async def test_counts_what_the_phase_keeps(lab: Lab) -> None:
    """An observation that is no issue stays in the report, so it counts; versions are those of its owner."""
    made = await lab.standing("submitted", kind="observation_management")
    await made.decide(A="approve", B="non_issue")
    await made.approve()
    found = await told(made, await when(made, 1))
    assert (1, 2, 2) == (found.moment.number, found.moment.items, found.moment.counting)


async def test_says_what_was_open(lab: Lab) -> None:
    """A draft from its creation, submitted from its submission, closed from its decision; each at the very instant."""
    made = await eventful(lab)
    created, submitted, decided = [await when(made, 3, what) for what in ("created", "submitted", "decided")]
    found = [(moment.open_number, moment.open_status, moment.open_since) for moment in [
        (await told(made, at)).moment for at in (created - TICK, created, submitted - TICK, submitted, decided)
    ]]
    assert [(None, None, None), (3, "draft", created), (3, "draft", created), (3, "submitted", submitted),
            (None, None, None)] == found


async def test_before_the_first_approval(lab: Lab) -> None:
    """Nothing was approved, no item is told; what was open and what was approved first are."""
    made = await eventful(lab)
    found = await told(made, await when(made, 2, "submitted"))
    assert ([], 0, None) == (found.page.items, found.moment.items, found.moment.number)
    assert (2, "submitted", 2) == (found.moment.open_number, found.moment.open_status, found.moment.next_number)
    before = (await told(made, await when(made, 1, "created") - TICK)).moment
    assert (None, None, 2) == (before.number, before.open_number, before.next_number)


async def test_of_what_was_never_approved(lab: Lab) -> None:
    """There is no next approval to name; a phase that never began is an error."""
    made = await lab.standing("rejected")
    moment = (await told(made, await when(made, 1))).moment
    assert (None, None, None) == (moment.number, moment.open_number, moment.next_number)
    stranger = await lab.cycle()
    with pytest.raises(errors.NotFound):
        async with lab.database.begin() as tx:
            await approved_at(tx, stranger.slug, BY_KIND["scoping"], moment.at)


async def test_a_version_without_items_is_approved_too(lab: Lab) -> None:
    """All items were removed: the version counts, and holds nothing."""
    made = await lab.standing("approved", keys=("A",))
    await made.cut()
    await made.remove("A")
    await made.submit()
    await made.approve()
    found = await told(made, await when(made, 2))
    assert (2, 0, []) == (found.moment.number, found.moment.items, found.page.items)


async def test_is_narrowed(lab: Lab) -> None:
    """By a text in key, content or reasons, and by the key that pages begin after; an unknown key is noticed."""
    made = await lab.round()
    await made.cut()
    await made.add("A", "B", text="Mortgage")
    await made.add("C", by=SYSTEM)
    await made.decide(C="reject")
    await made.submit()
    await made.approve()
    at = await when(made, 1)
    assert ["A", "B"] == [item.key for item in (await told(made, at, search="MORTGAGE")).page.items]
    assert ["C"] == [item.key for item in (await told(made, at, search="because")).page.items]
    second = await told(made, at, limit=1, after="A")
    assert (["B"], 1, 3, True) == (
        [item.key for item in second.page.items], second.page.more, second.moment.items, second.after_is_known
    )
    unknown = await told(made, at, after="nothing")
    assert ([], False) == (unknown.page.items, unknown.after_is_known)
