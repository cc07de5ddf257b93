"""Facts from before events held them: what stands at the migration is taken down in one event per cycle, "adopt".

What was changed before the migration cannot show: from here on, everything does.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.frozen import GENESIS, canonical, chained, fact, of_cycle

_TABLES = """
select c.relname as name, t.tgargs as arguments from pg_trigger t join pg_class c on c.oid = t.tgrelid
 where t.tgname = 'take_down_insert' and c.relnamespace = 'assay'::regnamespace order by c.relname
"""
_TAKE_DOWN = """
insert into assay.audit_rows ("table", op, columns, key, rows, body)
select :name, 'insert', :columns, :key, count(*), string_agg(json_build_array({listed})::text, E'\\n')
  from assay.{name} t where {which} having count(*) > 0
"""


def adopt() -> None:
    """Take down what stands, cycle by cycle; then what belongs to none."""
    connection = op.get_bind()
    connection.execute(sa.text("set local timezone to 'UTC'"))

    tables = [(row.name, *_arguments(row.arguments)) for row in connection.execute(sa.text(_TABLES))]
    cycles = [tuple(row) for row in connection.execute(sa.text("select id, slug from assay.cycle_report order by id"))]
    for cycle, slug in cycles:
        for name, columns, key in tables:
            which = "t.cycle = :slug" if name == "command" else of_cycle(name)
            _take_down(connection, name, columns, key, which, slug=slug, cycle=cycle)
        _append(connection, slug)
    _take_down(connection, *next(table for table in tables if table[0] == "command"),
               "t.cycle not in (select slug from assay.cycle_report)")
    _append(connection, "assay")


def _arguments(raw: bytes) -> tuple[str, int]:
    columns, key, _ = bytes(raw).split(b"\0")
    return columns.decode(), int(key)


def _take_down(connection: Any, name: str, columns: str, key: int, which: str, **values: Any) -> None:
    listed = ", ".join(f"t.{column}" for column in columns.split(", "))
    connection.execute(
        sa.text(_TAKE_DOWN.format(listed=listed, name=name, which=which)),
        {"name": name, "columns": columns.replace('"', "").split(", "), "key": key,
         **{k: v for k, v in values.items() if f":{k}" in which}},
    )


def _append(connection: Any, stream: str) -> None:
    """The event of what was just taken down, as `models.audit.append` writes it."""
    parts = list(connection.execute(sa.text("select * from assay.audit_rows where stream is null order by id")))
    if not parts:
        return
    connection.execute(sa.text("insert into assay.stream_head values (:s, 0, :h) on conflict do nothing"),
                       {"s": stream, "h": GENESIS})
    head = connection.execute(
        sa.text("select seq, hash, clock_timestamp() as at from assay.stream_head where stream = :s"), {"s": stream}
    ).one()
    facts = [fact(part) for part in parts]
    body = canonical({
        "actor": "system", "role": "system", "action": "adopt", "subject": stream, "command_id": None, "stream": stream,
        "reason": "facts from before events held them", "seq": head.seq + 1, "facts": facts,
        "at": head.at.astimezone(UTC).isoformat(),
    })
    digest = chained(head.hash, body)
    connection.execute(sa.text("update assay.stream_head set seq = seq + 1, hash = :h where stream = :s"),
                       {"s": stream, "h": digest})
    connection.execute(
        sa.text("insert into assay.audit_event (stream, seq, at, body, hash, actor, action)"
                " values (:s, :n, :at, :b, :h, 'system', 'adopt')"),
        {"s": stream, "n": head.seq + 1, "at": head.at, "b": body, "h": digest},
    )
    connection.execute(sa.text("update assay.audit_rows set stream = :s, seq = :n where stream is null"),
                       {"s": stream, "n": head.seq + 1})
