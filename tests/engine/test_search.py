"""A text in the items of a whole cycle: which item, in which phase and version, and where in it the text stands."""

from __future__ import annotations

from typing import Any

import pytest

from models.phases import VERSIONED
from models.queries.search import Found, search
from tests.engine.builders import Cycle, Lab

pytestmark = pytest.mark.asyncio(loop_scope="session")
KINDS = [phase.kind for phase in VERSIONED]


async def found(cycle: Cycle, text: str, **wanted: Any) -> Found:
    """What a search finds in all phases."""
    async with cycle.lab.database.begin() as tx:
        return await search(tx, cycle.slug, text, **{"kinds": KINDS, **wanted})


def places(told: Found) -> list[tuple[str, str, int, tuple[str, ...]]]:
    return [(hit.key, hit.kind, hit.number, hit.places) for hit in told.hits]


async def filed(lab: Lab) -> Cycle:
    """Planning v1 approved with Balance and Limit; Scoping v1 rejected, v2 a draft that changed Limit."""
    cycle = await lab.cycle()
    planning = await cycle.round("planning")
    await planning.cut()
    await planning.add("Balance", "Limit", text="Credit Limit")
    await planning.submit()
    await planning.approve()
    scoping = await cycle.round("scoping")
    await scoping.cut()
    await scoping.add("Balance", "Limit", text="material")
    await scoping.submit()
    await scoping.decide(Balance="approve", Limit="reject")
    await scoping.reject()
    await scoping.cut()
    await scoping.edit("Limit", text="a limit of limits")
    return cycle


async def test_tells_where_the_text_stands(lab: Lab) -> None:
    """In the key, in fields of the content, in a reason; whatever the capitals, phase by phase for each key."""
    cycle = await filed(lab)
    assert [
        ("Balance", "planning", 1, ("title",)),
        ("Limit", "planning", 1, ("key", "name", "title", "source_column")),
        ("Limit", "scoping", 2, ("key", "reason", "attribute")),
    ] == places(await found(cycle, "LIMIT"))


async def test_finds_by_the_beginning_of_a_key(lab: Lab) -> None:
    """The items of all phases whose key begins with the text."""
    cycle = await filed(lab)
    assert [("Balance", "planning"), ("Balance", "scoping")] == [
        (hit.key, hit.kind) for hit in (await found(cycle, "Bal")).hits if "key" in hit.places
    ]


async def test_reads_the_latest_version(lab: Lab) -> None:
    """What a change took away is not found any more; revision and verdicts are those of that version."""
    cycle = await filed(lab)
    (hit,) = (await found(cycle, "material")).hits
    assert ("Balance", "scoping", 2, "draft", 1, "approve", "approve") == (
        hit.key, hit.kind, hit.number, hit.status, hit.revised_in, hit.tester_verdict, hit.approver_verdict
    )


async def test_reads_what_counts(lab: Lab) -> None:
    """Of the approved version, which is not the latest, those that both sides kept; of Scoping nothing counts yet."""
    cycle = await lab.cycle()
    samples = await cycle.round("sample_selection")
    await samples.cut()
    await samples.add("A", "B", text="large")
    await samples.submit()
    await samples.decide(A="approve", B="reject")
    await samples.approve()
    await samples.cut()
    await samples.edit("A", text="small")
    await samples.add("C", text="large")
    assert [("A", "sample_selection", 1, ("reason",))] == places(await found(cycle, "large", effective=True))
    assert [("C", "sample_selection", 2, ("reason",))] == places(await found(cycle, "large"))
    assert [] == (await found(await filed(lab), "material", effective=True)).hits


async def test_finds_what_deciders_said(lab: Lab) -> None:
    """A reason is found on the item that it was given for, in the version that has the decision."""
    made = await lab.standing("submitted")
    await made.decide(B="reject")
    assert [("B", made.kind, 1, ("approver_reason",))] == places(await found(made.cycle, "BECAUSE"))
    assert ["B"] == [hit.key for hit in (await found(made.cycle, "as drawn", verdict="reject")).hits]


async def test_names_of_fields_are_no_text(lab: Lab) -> None:
    """Nor is the punctuation of the stored text, nor a wildcard; a quote in a value is."""
    made = await lab.standing("draft")
    await made.edit("A", text='say "drawn" 100%\\')
    for nothing in ("population_sha256", '":"', "method\":", "a_drawn", "_", "%drawn"):
        assert [] == (await found(made.cycle, nothing)).hits, nothing
    for something in ('"DRAWN"', "100%", "%\\"):
        assert [("A", ("reason",))] == [(hit.key, hit.places) for hit in (await found(made.cycle, something)).hits]


async def test_keeps_to_its_phases_and_cycle(lab: Lab) -> None:
    """Other cycles and phases that are not asked for are not looked at."""
    cycle, _ = await filed(lab), await filed(lab)
    assert {"scoping"} == {hit.kind for hit in (await found(cycle, "limit", kinds=["scoping"])).hits}
    assert 3 == len((await found(cycle, "limit")).hits)


async def test_observations_of_all_owners(lab: Lab) -> None:
    """Each owner's versions are looked through, and the owner is named."""
    cycle = await lab.cycle(people={"tina": ("tester",), "dan": ("data_owner",), "ann": ("data_owner",)})
    for owner in ("dan", "ann"):
        observed = await cycle.round("observation_management", owner)
        await observed.cut()
        await observed.add("Balance", text="stale balance")
    hits = (await found(cycle, "stale")).hits
    assert [("ann", "Balance | Cards"), ("dan", "Balance | Cards")] == [(hit.scope, hit.key) for hit in hits]


async def test_a_page_never_parts_a_key(lab: Lab) -> None:
    """It ends with the last hit of a key and says how many come after it."""
    cycle = await filed(lab)
    first = await found(cycle, "a", limit=1)
    second = await found(cycle, "a", limit=1, after=first.hits[-1].key)
    assert (["Balance", "Balance"], 2) == ([hit.key for hit in first.hits], first.more)
    assert (["Limit", "Limit"], 0) == ([hit.key for hit in second.hits], second.more)
