"""The effective set as it is read, from what was refused, is the effective set as the database defines it."""

from __future__ import annotations

import pytest

from models.items import ITEM_TYPES
from models.phases import BY_KIND
from models.pinned import effective
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read(made: Round, kind: str) -> list[tuple[int, str]]:
    """Revision and key of each item that counts, as activities and the report read them."""
    async with made.cycle.lab.database.begin() as tx:
        found = await effective(tx, made.cycle.id, kind, ITEM_TYPES[BY_KIND[kind].item], scope=await scope_of(made))
    return [(one.revision, one.content.natural_key) for one in found]


async def scope_of(made: Round) -> str:
    """Whose phase it is, where phases are per owner."""
    return str((await made.read("select scope from phase where id = :p"))[0].scope)


async def defined(made: Round) -> list[tuple[int, str]]:
    """The same as the view has it."""
    query = "select revision, natural_key from effective where phase = :p order by item"
    return [tuple(row) for row in await made.read(query)]


@pytest.mark.parametrize("kind", ["planning", "data_profiling", "sample_selection"])
async def test_without_what_either_side_refused(lab: Lab, kind: str) -> None:
    """In a first version, and in the next, where a carried item is edited and one is new."""
    made = await (await lab.cycle()).round(kind)
    await made.cut()
    await made.add("A", "B", "C")
    await made.decide(C="reject")
    await made.submit()
    await made.decide(A="reject", B="approve", C="approve")
    await made.approve()
    first = await defined(made)
    assert (["B"], first) == ([key for _, key in first], await read(made, kind))
    await made.cut()
    await made.edit("B", text="corrected")
    await made.add("D")
    assert first == await read(made, kind)
    await made.submit()
    await made.decide(B="approve", D="reject")
    await made.approve()
    second = await defined(made)
    assert (["B"], second) == ([key for _, key in second], await read(made, kind))
    assert first != second


async def test_with_what_a_phase_keeps_besides(lab: Lab) -> None:
    """An observation that is decided to be no issue counts."""
    kind = "observation_management"
    made = await lab.standing("submitted", kind)
    await made.decide(A="non_issue", B="approve")
    await made.approve()
    found = await defined(made)
    assert (2, found) == (len(found), await read(made, kind))
