"""The audit trail of a cycle, record by record, as it is exported and verified: docs/audit-format.md.

Whatever belongs to no cycle comes with every cycle: nothing escapes by being torn off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import errors
from models.database import Tx, each, one, rows, run
from models.queries.derived import derived
from models.uncollected import uncollected
from models.verification.findings import Record
from models.verification.trail import FORMAT, Trail, Verified

_CHUNK = 250
# Each table of facts, and the row that it hangs on: column, table. What hangs on nothing is named by the cycle itself.
OWNERS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("duty", "cycle_hold", "cycle_closing", "person", "phase", "test_case", "assignment", "owner_event", "document",
         "extension_request", "carried_observation"), ("cycle", "cycle_report")),
    **dict.fromkeys(
        ("version", "version_basis", "version_editor", "version_signoff", "item", "item_revision", "item_decision",
         "item_request", "item_comment", "rule_result", "report_profile", "report_file",
         "explanation"), ("phase", "phase")),
    **dict.fromkeys(("case_owner", "case_waiver", "case_evidence", "execution_request", "execution"),
                    ("test_case", "test_case")),
    "item_request_landing": ("request", "item_request"),
    "item_dispute": ("comment", "item_comment"),
    "document_revision": ("document", "document"),
    "document_decision": ("revision", "document_revision"),
    "execution_review": ("execution", "execution"),
    "extension_case": ("request", "extension_request"),
    "extension_decision": ("request", "extension_request"),
    "explained_key": ("explanation", "explanation"),
    "explanation_decision": ("explanation", "explanation"),
}
FACTS = ("cycle_report", "command", *OWNERS)
# What an event's rows leave out, because a digest beside it stands for it.
LEFT_OUT = {"item_revision": "content"}


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream ends: the number of its last event, and that event's hash."""

    stream: str
    seq: int
    hash: str


def of_cycle(table: str) -> str:
    """SQL: whether a row `t` of a table of facts is of the cycle `:cycle`, named `:slug`, or of none at all."""
    if table == "cycle_report":
        return "(t.slug = :slug or t.id = :cycle)"
    if table == "command":
        return "(t.cycle = :slug or not exists (select from cycle_report x where x.slug = t.cycle))"
    column, owner = OWNERS[table]
    return f"(t.{column} in ({_ids(owner)}) or not exists (select from {owner} x where x.id = t.{column}))"


def _ids(table: str) -> str:
    if table == "cycle_report":
        return "select CAST(:cycle AS bigint)"
    column, owner = OWNERS[table]
    return f"select id from {table} where {column} in ({_ids(owner)})"  # noqa: S608 - own names only


_STREAMS = (
    "(stream = :slug or starts_with(stream, :slug || '/') or not exists"
    " (select from cycle_report x where stream = x.slug or starts_with(stream, x.slug || '/')))"
)
_EVENTS = f"""
select stream, seq, at, body, hash, actor, action, command_id from audit_event where {_STREAMS}
 order by stream, seq
"""  # noqa: S608
_HEADS = f"select stream, seq, hash from stream_head where {_STREAMS} order by stream"  # noqa: S608
_ROWS = f"""
select id, stream, seq, "table", op, columns, key, rows, body from audit_rows where {_STREAMS} or stream is null
 order by id
"""  # noqa: S608
_COLUMNS = """
select c.relname as "table", array_agg(quote_ident(a.attname) order by k.place nulls last, a.attnum) as columns,
       count(k.place) as key
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_index x on x.indrelid = c.oid and x.indisprimary
  left join lateral (select place from unnest(x.indkey) with ordinality u(attnum, place)
                      where u.attnum = a.attnum) k on true
 where c.relnamespace = 'assay'::regnamespace and c.relname = any(:tables)
 group by c.relname
"""
_CYCLE = """
select coalesce((select id from cycle_report where slug = :slug),
                (select (body::jsonb ->> 0)::bigint from audit_rows
                  where stream = :slug and "table" = 'cycle_report' order by id limit 1)) as id
"""
_FACTS = f"""
select '{{1}}' as "table", string_agg(line, E'\\n') as body
  from (select json_build_array({{0}})::text as line, (row_number() over () - 1) / {_CHUNK} as part
          from {{1}} t where {{2}}) x
 group by part
"""  # noqa: S608
_CONTENTS = f"""
select array_agg(id) as revisions, array_agg(content) as contents
  from (select t.id, t.content, (row_number() over () - 1) / {_CHUNK} as part from item_revision t
         where {of_cycle("item_revision")}) x
 group by part
"""  # noqa: S608
async def heads(tx: Tx, slug: str) -> list[Head]:
    """Where each stream of a cycle ends."""
    found = await rows(
        tx,
        "select stream, seq, hash from stream_head where stream = :slug or starts_with(stream, :slug || '/')"
        " order by stream", slug=slug,
    )
    return [Head(*row) for row in found]


async def snapshot(tx: Tx) -> None:
    """Read as of one instant from here on, as the first statement of a transaction: people go on working."""
    await run(tx, "set transaction isolation level repeatable read, read only")


async def verified(
    tx: Tx, slug: str, heads: Mapping[str, tuple[int, str]] | None = None,
    *, tell: Callable[[int], None] = lambda taken: None,
) -> Verified:
    """Verify the trail of a cycle as a transaction sees it, and against exported heads; `tell` hears of each record.

    The next records are read while those before them are taken: the database computes on one processor, we on another.
    Raises `NotFound` for a cycle that never was. See `snapshot`."""
    with uncollected():
        return await _verified(trail(tx, slug), Trail(heads), tell)


async def _verified(records: AsyncIterator[Record], checking: Trail, tell: Callable[[int], None]) -> Verified:
    taken = 0
    waiting: asyncio.Queue[Record | None] = asyncio.Queue()
    reading = asyncio.create_task(_read_into(waiting, records))
    try:
        while (record := await waiting.get()) is not None:
            taken += 1
            tell(taken)
            if record["record"] != "end":
                checking.take(record)
        await reading
    finally:
        # Whoever stops here goes on to end the transaction, which must not be in use any more.
        reading.cancel()
        await asyncio.wait((reading,))
    return checking.verified()


async def _read_into(waiting: asyncio.Queue[Record | None], records: AsyncIterator[Record]) -> None:
    try:
        async for record in records:
            waiting.put_nowait(record)
    finally:
        waiting.put_nowait(None)


async def trail(tx: Tx, slug: str) -> AsyncIterator[Record]:
    """Every record of the trail of a cycle; raises `NotFound` for a cycle that never was. See `snapshot`."""
    cycle = (await one(tx, _CYCLE, slug=slug)).id
    if cycle is None and not await rows(tx, "select 1 from audit_event where stream = :slug limit 1", slug=slug):
        raise errors.NotFound(f"there is no cycle {slug!r}", hint="starter.py cycle list")
    at: datetime = (await one(tx, "select clock_timestamp() as at")).at
    known = {"slug": slug, "cycle": cycle}
    yield {"record": "trail", "format": FORMAT, "cycle": slug, "at": at.isoformat()}
    for name, sql in (("event", _EVENTS), ("head", _HEADS), ("rows", _ROWS)):
        async for row in each(tx, sql, **_named(sql, known)):
            yield {"record": name, **_plain(row)}
    async for record in _facts(tx, known):
        yield record
    async for row in each(tx, _CONTENTS, **_named(_CONTENTS, known)):
        yield {"record": "contents", "revisions": list(row.revisions), "contents": list(row.contents)}
    async for record in derived(tx, cycle):
        yield record
    yield {"record": "end"}


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in row._mapping.items()
    }


def _named(sql: str, known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if f":{name}" in sql}


async def _facts(tx: Tx, known: dict[str, Any]) -> AsyncIterator[Record]:
    layout = {row.table: row for row in await rows(tx, _COLUMNS, tables=list(FACTS))}
    columns = {table: [name for name in layout[table].columns if name != LEFT_OUT.get(table)] for table in FACTS}
    # One statement for all tables: beside a small cycle's rows, a round trip for each would be what takes longest.
    sql = "union all".join(
        _FACTS.format(", ".join(f"t.{name}" for name in columns[table]), table, of_cycle(table)) for table in FACTS)
    async for row in each(tx, sql, **known):
        yield {"record": "facts", "table": row.table, "columns": [name.strip('"') for name in columns[row.table]],
               "key": layout[row.table].key, "body": row.body}
