"""Pages by key: whatever their sizes, together they are the whole, each item once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.phases import BY_KIND, VERSIONED
from models.queries import changes, moments, search, versions
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEYS = ["K7", "K1", "k3", "K5", "a", "K2", "Ä", "K4", "K 6", "K1|x"]
KINDS = [phase.kind for phase in VERSIONED]
Ask = Callable[[int | None, str | None], Awaitable[tuple[list[str], int | None]]]


async def layered(lab: Lab) -> Round:
    """Ten samples, of which v2 changes, drops and adds some, and attributes of the same keys; both approved."""
    planning = await (cycle := await lab.cycle()).round("planning")
    await planning.cut()
    await planning.add(*KEYS[:6])
    made = await cycle.round()
    await made.cut()
    await made.add(*KEYS[:8])
    await made.submit()
    await made.approve()
    await made.cut()
    await made.edit("K1", "k3", "a", text="drawn again")
    await made.remove("K5", "K4")
    await made.add(*KEYS[8:])
    await made.submit()
    await made.approve()
    return made


def questions(made: Round, at: Any) -> dict[str, Ask]:
    """Each paged question: the keys of a page and how many items come after it."""
    database, slug, policy = made.cycle.lab.database, made.cycle.slug, BY_KIND[made.kind]

    async def difference(limit: int | None, after: str | None) -> tuple[list[str], int]:
        async with database.begin() as tx:
            found = await changes.difference(tx, made.phase, 1, 2, limit=limit, after_key=after)
        return [line.key for line in found.lines], found.more

    async def approved(limit: int | None, after: str | None) -> tuple[list[str], int | None]:
        async with database.begin() as tx:
            wanted = versions.Selection(limit=limit, after=after)
            found = await moments.approved_at(tx, slug, policy, at, wanted=wanted)
        return [item.key for item in found.page.items], found.page.more

    async def searched(limit: int | None, after: str | None) -> tuple[list[str], int]:
        async with database.begin() as tx:
            found = await search.search(tx, slug, "drawn", kinds=KINDS, limit=limit, after=after)
        return [f"{hit.key}\0{hit.kind}" for hit in found.hits], found.more

    return {"difference": difference, "approved": approved, "searched": searched}


@pytest.mark.parametrize("question", ["difference", "approved", "searched"])
async def test_pages_are_the_whole(question: str, lab: Lab) -> None:
    """Sizes change from page to page, and each page says how many items are left."""
    made = await layered(lab)
    ask = questions(made, (await made.header(2)).decided_at)[question]
    whole, none_left = await ask(None, None)
    assert (0, sorted(set(whole))) == (none_left, sorted(whole))
    loop = asyncio.get_running_loop()

    @settings(max_examples=15, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    def turned(sizes: Sequence[int]) -> None:
        seen = asyncio.run_coroutine_threadsafe(_turn(ask, sizes), loop).result()
        assert whole == seen

    await asyncio.to_thread(turned)


async def _turn(ask: Ask, sizes: Sequence[int]) -> list[str]:
    """All pages, one after the other."""
    seen: list[str] = []
    left: int | None = 1
    turn = 0
    while left:
        page, left = await ask(sizes[turn % len(sizes)], seen[-1].partition("\0")[0] if seen else None)
        assert page
        assert len(page) >= sizes[turn % len(sizes)] or not left
        seen += page
        turn += 1
    return seen
