"""A superuser who changes, deletes, inserts, reorders or cuts is found out, whatever table and column they choose."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from models import audit
from models.database import Database, Tx, rows, run
from models.queries.audit import FACTS, heads, verified
from models.queries.derived import TYPED
from tests.databases import MigratedServer
from tests.engine.builders import Lab, plain
from tests.engine.trails import furnished, listed

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABLES = (*FACTS, *TYPED, "phase_author", "phase_policy", "audit_event", "audit_rows", "stream_head")
_COLUMNS = """
select a.attrelid::regclass::text as "table", a.attname as name, format_type(a.atttypid, null) as type
  from pg_attribute a where a.attrelid = any(CAST(:tables AS regclass[])) and a.attnum > 0 and not a.attisdropped
   and a.attgenerated = '' order by 1, a.attnum
"""
# Another value of the same type; what a constraint does not let stand is tried again elsewhere.
_OTHER = {
    "text": ("'x' || {0}", "{0} || ' '", "upper({0})", "null"),
    "text[]": ("array_append({0}, 'x')", "'{{}}'"),
    "bigint": ("{0} + 1", "{0} - 1", "coalesce({0}, 0) + 1000"),
    "integer": ("{0} + 1", "{0} - 1"),
    "boolean": ("not {0}",),
    "timestamp with time zone": ("{0} + interval '1 microsecond'", "{0} - interval '1 year'"),
    "date": ("{0} + 1",),
    "numeric": ("coalesce({0}, 0) + 1",),
    "jsonb": ("'{{}}'",),
    "int4multirange": ("{0} + '{{[7,9)}}'", "{0} - '{{[2,3)}}'", "'{{}}'"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A furnished cycle in a database of its own, as a superuser sees it, and its heads as exported."""

    admin: Database
    slug: str
    slugs: list[str]
    heads: dict[str, tuple[int, str]]
    columns: list[tuple[str, str, str]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(migrated_server: MigratedServer) -> AsyncIterator[Scene]:
    """The database is the module's own: what superusers do here must not reach other tests."""
    import asyncpg

    async with migrated_server.database() as urls:
        database, admin = Database(urls.app, pool_size=1), Database(urls.admin, pool_size=1)
        async with asyncpg.create_pool(
            plain(urls.app), min_size=1, max_size=1, server_settings={"search_path": "assay", "timezone": "UTC"}
        ) as app:
            cycle = await furnished(Lab(database, app, app, urls))
        async with admin.begin() as tx:
            for table, column in [tuple(row) for row in await rows(tx, (
                "select table_name, column_name from information_schema.columns"
                " where table_schema = 'assay' and is_identity = 'YES'"))]:
                await run(tx, f"alter table {table} alter column {column} drop identity")
            found = await rows(tx, _COLUMNS, tables=list(TABLES))
            slugs = await listed(tx, "select slug from cycle_report order by id desc")
            exported = {head.stream: (head.seq, head.hash) for head in await heads(tx, cycle.slug)}
        yield Scene(admin, cycle.slug, slugs, exported, [tuple(row) for row in found])
        await database.close()
        await admin.close()


async def test_every_table_of_facts_holds_something(scene: Scene) -> None:
    """Or tampering with it would prove nothing; and what nobody touched has no finding."""
    async with scene.admin.begin() as tx:
        assert [] == [table for table in TABLES if not (await listed(tx, f"select 1 from {table} limit 1"))]
        assert () == (await verified(tx, scene.slug, scene.heads)).findings


async def test_every_table_of_the_schema_is_verified(scene: Scene) -> None:
    """What is added later must be added here, or verification would pass over it."""
    async with scene.admin.begin() as tx:
        tables = await listed(tx, "select tablename from pg_tables where schemaname = 'assay'")
    assert sorted({*TABLES, "alembic_version"}) == sorted(tables)


async def change(tx: Tx, scene: Scene, choose: Random) -> str:
    """Another value in one column of one row."""
    table, column, type_ = choose.choice(scene.columns)
    value = choose.choice(_OTHER[type_]).format(f'"{column}"')
    row = choose.choice(await listed(tx, f"select ctid::text from {table}"))
    changed = await rows(
        tx, f'update {table} set "{column}" = {value} where ctid = CAST(:row AS tid) and'
        f' ("{column}")::text is distinct from ({value})::text returning 1', row=row)
    return f"{table}.{column} = {value}" if changed else ""


async def delete(tx: Tx, scene: Scene, choose: Random) -> str:
    """One row less."""
    table = choose.choice(TABLES)
    row = choose.choice(await listed(tx, f"select ctid::text from {table}"))
    await run(tx, f"delete from {table} where ctid = CAST(:row AS tid)", row=row)
    return f"delete from {table}"


async def insert(tx: Tx, scene: Scene, choose: Random) -> str:
    """One row more: a copy of another in all but one column."""
    table, column, type_ = choose.choice(scene.columns)
    value = choose.choice(_OTHER[type_]).format(f'"{column}"')
    names = [name for of, name, _ in scene.columns if of == table]
    row = choose.choice(await listed(tx, f"select ctid::text from {table}"))
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(value if name == column else f'"{name}"' for name in names)
    await run(tx, f"insert into {table} ({columns}) select {values} from {table} where ctid = CAST(:r AS tid)", r=row)
    return f"insert into {table}, {column} = {value}"


async def reorder(tx: Tx, scene: Scene, choose: Random) -> str:
    """Two rows change places in one column."""
    table, column, _ = choose.choice(scene.columns)
    found = await rows(tx, f'select ctid::text as at, ("{column}")::text as value from {table}')
    if len({row.value for row in found}) < 2:
        return ""
    one = choose.choice(found)
    other = choose.choice([row for row in found if row.value != one.value])
    await run(
        tx, f'update {table} t set "{column}" = o."{column}" from {table} o where t.ctid in (CAST(:a AS tid),'
        " CAST(:b AS tid)) and o.ctid in (CAST(:a AS tid), CAST(:b AS tid)) and o.ctid <> t.ctid", a=one.at, b=other.at)
    return f"swap {table}.{column}"


async def cut(tx: Tx, scene: Scene, choose: Random) -> str:
    """The last events of a stream are gone, with what they wrote or without."""
    stream, (last, _) = choose.choice(sorted(scene.heads.items()))
    first = choose.randint(1, last)
    await run(tx, "delete from audit_event where stream = :s and seq >= :n", s=stream, n=first)
    if choose.random() < 0.5:
        await run(tx, "delete from audit_rows where stream = :s and seq >= :n", s=stream, n=first)
    return f"cut {stream} from {first}"


Way = Callable[[Tx, Scene, Random], Coroutine[Any, Any, str]]
WAYS: tuple[Way, ...] = (change, change, delete, insert, reorder, cut)


async def tamper(scene: Scene, choose: Random) -> tuple[str, int]:
    """One try, undone afterwards: what was done ('' when nothing changed), and how many findings it gave."""
    async with scene.admin.begin() as tx:
        await run(tx, "set local session_replication_role = replica")
        try:
            done = await choose.choice(WAYS)(tx, scene, choose)
        except DBAPIError:
            done = ""
        found = 0
        for slug in scene.slugs if done else ():
            found = found or len((await verified(tx, slug)).findings)
        raise _UndoneError(done, found)


class _UndoneError(Exception):
    """Ends a try, so that its transaction is rolled back."""


async def tries(scene: Scene, seed: int, wanted: int) -> list[str]:
    """What was done without a finding, in that many tries that changed something."""
    choose, unnoticed, made = Random(seed), [], 0  # noqa: S311 - a try, not a secret
    while made < wanted:
        try:
            await tamper(scene, choose)
        except _UndoneError as undone:
            done, found = undone.args
            made += bool(done)
            unnoticed += [done] if done and not found else []
    return unnoticed


async def test_whatever_a_superuser_changes_is_reported(scene: Scene) -> None:
    """Eighty tries at random over all tables; a thousand by night."""
    assert [] == await tries(scene, 1, 80)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 110))
async def test_a_thousand_tries_are_reported(scene: Scene, seed: int) -> None:
    """A hundred each."""
    assert [] == await tries(scene, seed, 100)


async def recomputed(tx: Tx, slug: str) -> None:
    """Whoever can write everything makes it right again: the hashes of rows, then each event after them, then heads."""
    digests = {
        row.id: sha256(row.body.encode()).hexdigest() for row in await rows(tx, "select id, body from audit_rows")
    }
    ends: dict[str, str] = {}
    for event in await rows(tx, "select stream, seq, body from audit_event order by stream, seq"):
        said = json.loads(event.body)
        said["facts"] = [{**entry, "sha256": digests[entry["id"]]} for entry in said["facts"]]
        body = audit.canonical(said)
        ends[event.stream] = audit.chained(ends.get(event.stream, audit.GENESIS), body)
        await run(tx, "update audit_event set body = :b, hash = :h where stream = :s and seq = :n", b=body,
                  h=ends[event.stream], s=event.stream, n=event.seq)
    for stream, digest in ends.items():
        await run(tx, "update stream_head set hash = :h where stream = :s", h=digest, s=stream)


async def told(scene: Scene, *statements: str, redo: bool = False) -> tuple[list[str], list[str]]:
    """What verification finds after statements of a superuser: without the exported heads, and with them."""
    async with scene.admin.engine.connect() as tx:
        await run(tx, "set local session_replication_role = replica")
        for statement in statements:
            await run(tx, statement)
        if redo:
            await recomputed(tx, scene.slug)
        alone, against = await verified(tx, scene.slug), await verified(tx, scene.slug, scene.heads)
        await tx.rollback()
    return ([f"{f.where}: {f.problem}" for f in alone.findings], [f"{f.where}: {f.problem}" for f in against.findings])


REASON = (
    "update execution set explanation = 'the same' where run = 1",
    """update audit_rows set body = replace(body, 'differs by 1', 'the same') where "table" = 'execution'""",
)


async def test_a_recomputed_chain_is_caught_by_the_heads_alone(scene: Scene) -> None:
    """The limit of a chain without a key, and what the exported heads are for."""
    alone, against = await told(scene, *REASON, redo=True)
    assert [] == alone
    assert [line for line in against if line.endswith("the chain was recomputed")]


async def test_a_change_in_fact_and_event_breaks_the_chain(scene: Scene) -> None:
    """Without recomputing, the event no longer names these rows."""
    alone, _ = await told(scene, *REASON)
    assert [line for line in alone if "are not those that" in line]


async def test_a_neatly_cut_tail_is_caught_by_the_heads_alone(scene: Scene) -> None:
    """The last event, all that it wrote, and the head moved back."""
    stream = f"{scene.slug}/finalize_report"
    alone, against = await told(
        scene,
        "update version set status = 'submitted', decided_by = null, decided_at = null, manifest_hash = null"
        f" where phase in (select phase from version_signoff) and {scene.heads[stream][0]} > 0",
        "delete from item_decision where role = 'approver' and phase in (select phase from version_signoff)",
        "delete from version_signoff where role = 'test_executive'",
        f"delete from audit_rows where stream = '{stream}' and seq = {scene.heads[stream][0]}",
        f"delete from audit_event where stream = '{stream}' and seq = {scene.heads[stream][0]}",
        "update stream_head h set seq = e.seq, hash = e.hash from audit_event e"
        f" where h.stream = '{stream}' and e.stream = h.stream and e.seq = h.seq - 1",
    )
    assert [] == alone
    last = scene.heads[stream][0]
    assert [f"stream {stream}: ends at event {last - 1}, the exported head is event {last}: the tail was cut"] == (
        against
    )


async def test_a_finding_names_the_row_and_what_it_was(scene: Scene) -> None:
    """Who looks into it needs both values, and the event that knows."""
    alone, _ = await told(scene, "update document set owner = 'ruth'")
    assert [line for line in alone if line.startswith("document 1: owner is \"ruth\", event ") and '"dan"' in line]
