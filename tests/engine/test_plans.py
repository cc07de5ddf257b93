"""Each question about versions is one statement, and at 10,000 items it goes by an index."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event

from models.database import Database, Tx
from models.phases import BY_KIND, VERSIONED
from models.queries import changes, moments, search, versions
from tests.databases import MigratedServer
from tests.engine.builders import Round, laboratory
from tests.engine.crowd import analyze, crowd

pytestmark = pytest.mark.asyncio(loop_scope="session")
ITEMS = 10_000
KINDS = [phase.kind for phase in VERSIONED]
NARROW = versions.Selection(limit=50, after="K000100", verdict="approve", search="drawn")
AT = datetime(2026, 2, 1, tzinfo=UTC)
LARGE = {"item_revision", "item_decision"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def big(migrated_server: MigratedServer) -> AsyncIterator[Round]:
    """A phase of 10,000 items, beside three others of the same size, in a database that was analyzed."""
    async with laboratory(migrated_server) as lab:
        made = [await crowd(lab, ITEMS) for _ in range(4)][1]
        await analyze(lab)
        yield made


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it went to the database, with its parameters."""

    sql: str
    values: tuple[Any, ...]


async def sent(database: Database, ask: Callable[[Tx], Awaitable[object]]) -> list[Sent]:
    """The statements that a query sends."""
    seen: list[Sent] = []

    def note(_: Any, __: Any, sql: str, values: tuple[Any, ...], *___: Any) -> None:
        seen.append(Sent(sql, values))

    engine = database.engine.sync_engine
    async with database.begin() as tx:
        event.listen(engine, "before_cursor_execute", note)
        try:
            await ask(tx)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return seen


async def plan(database: Database, one: Sent) -> list[dict[str, Any]]:
    """Every node of the plan that the planner chooses for it, with all its freedom."""
    async with database.begin() as tx:
        found = await tx.exec_driver_sql(f"explain (format json) {one.sql}", one.values)
        (told,) = found.one()
    return list(_nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


QUESTIONS: dict[str, tuple[Callable[[Tx, Round], Awaitable[object]], set[str]]] = {
    "version show --at": (
        lambda tx, r: moments.approved_at(tx, r.cycle.slug, BY_KIND[r.kind], AT),
        {"revision_by_phase", "decision_by_phase"},
    ),
    "version show --at, narrowed": (
        lambda tx, r: moments.approved_at(tx, r.cycle.slug, BY_KIND[r.kind], AT, wanted=NARROW),
        {"revision_by_phase", "decision_by_phase", "one_item_per_key"},
    ),
    "version diff": (
        lambda tx, r: changes.difference(tx, r.phase, 2, 3), {"revision_by_phase", "decision_by_phase"},
    ),
    "version diff, a page": (
        lambda tx, r: changes.difference(tx, r.phase, 2, 3, only=["changed"], limit=50, after_key="K000100"),
        {"revision_by_phase", "decision_by_phase", "one_item_per_key"},
    ),
    "version history": (
        lambda tx, r: changes.history(tx, r.cycle.slug, r.kind), {"revision_by_phase", "rejections"},
    ),
    "item lineage": (
        lambda tx, r: changes.item_lineage(tx, r.phase, "K000102"),
        {"one_item_per_key", "revision_by_phase", "decision_by_phase"},
    ),
    "item search": (
        lambda tx, r: search.search(tx, r.cycle.slug, "drawn again", kinds=KINDS),
        {"revision_by_phase", "decision_by_phase"},
    ),
    "item search, a page of what counts": (
        lambda tx, r: search.search(tx, r.cycle.slug, "K0001", kinds=KINDS, effective=True, verdict="approve", limit=50,
                                    after="K000100"),
        {"revision_by_phase", "decision_by_phase"},
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_is_one_statement_on_an_index(question: str, big: Round) -> None:
    """Revisions and decisions are reached by their phase, never by reading the table."""
    ask, wanted = QUESTIONS[question]
    database = big.cycle.lab.database
    statements = await sent(database, lambda tx: ask(tx, big))
    assert 1 == len(statements)
    nodes = await plan(database, statements[0])
    assert [] == [node for node in nodes if node["Node Type"].endswith("Seq Scan") and node["Relation Name"] in LARGE]
    assert set() == wanted - {node["Index Name"] for node in nodes if "Index Name" in node}


async def test_answers_are_those_of_so_many_items(big: Round) -> None:
    """The plans looked at are of questions that find something: 8 % of the items differ, and a page of each is full."""
    async with big.cycle.lab.database.begin() as tx:
        (before, after) = (await changes.history(tx, big.cycle.slug, big.kind))[1:3]
        differ = await changes.difference(tx, big.phase, 2, 3, only=["changed"], limit=50, after_key="K000100")
        then = await moments.approved_at(tx, big.cycle.slug, BY_KIND[big.kind], AT, wanted=NARROW)
        hits = await search.search(tx, big.cycle.slug, "drawn again", kinds=KINDS, limit=50)
    assert (9_900, 9_800, 100, 500, 200) == (before.items, after.items, after.added, after.changed, after.removed)
    assert ({"added": 100, "removed": 200, "changed": 500, "decided": 0, "carried": 9_200}, 50, 445) == (
        differ.counts, len(differ.lines), differ.more
    )
    assert (2, 9_900, 50) == (then.moment.number, then.moment.items, len(then.page.items))
    assert (50, 450) == (len(hits.hits), hits.more)
