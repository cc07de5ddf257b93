"""auditrum: row triggers write every change of an ordinary table to an audit log, on request in a hash chain.

Its triggers name an object by the column `id`. Writes are set-based SQL, as its documentation uses them without an
ORM; reads go through its own time travel where it has any, else through its log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, ClassVar

from auditrum.executor import PsycopgExecutor
from auditrum.hash_chain import generate_hash_chain_sql, verify_chain
from auditrum.schema import (
    generate_audit_attach_context_sql,
    generate_audit_context_table_sql,
    generate_audit_current_user_id_sql,
    generate_audit_reconstruct_sql,
    generate_auditlog_partitions_sql,
    generate_auditlog_table_sql,
    generate_jsonb_diff_function_sql,
)
from auditrum.timetravel import reconstruct_table
from auditrum.tracking import TrackSpec
from auditrum.tracking.manager import TriggerManager

from benchmarks.contestant import Addresses, Rate
from benchmarks.psycopg_contestant import PsycopgContestant
from benchmarks.rows import COLUMNS, Row, Verdict

_TABLE = f"""
create table sample (id text not null, {', '.join(f'{name} text not null' for name in COLUMNS[1:])},
  verdict text, verdict_reason text, decided_by text, decided_at timestamptz, primary key (id))
"""
_INSERT = (
    "insert into sample (id, key_values, line_of_business, category, reason, method, population_sha256, seed)"
    " select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
    " %s::text[])"
)
_DIFFERENCE = """
select object_id, (array_agg(old_data order by id))[1], (array_agg(new_data order by id desc))[1]
  from auditlog where table_name = 'sample' and changed_at > %s and changed_at <= %s group by object_id
"""
_RATES = """
with v as (select operation, new_data ->> 'verdict' as verdict, changed_at as began,
                  lead(changed_at) over (partition by object_id order by id) as ended
             from auditlog where table_name = 'sample')
select m.number, count(*), count(*) filter (where v.began <= m.before), count(*) filter (where v.verdict = 'reject')
  from unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) m(number, before, ending)
  join v on v.began <= m.ending and (v.ended is null or v.ended > m.ending) and v.operation <> 'DELETE'
 group by m.number order by m.number
"""


# What pgcrypto's function gives for SHA-256, from Postgres itself: the embedded server comes without extensions.
_DIGEST = """
create function digest(data text, kind text) returns bytea language sql immutable strict
    as $$ select pg_catalog.sha256(pg_catalog.convert_to(data, 'UTF8')) $$;
"""


@dataclass(frozen=True)
class Sample:
    """A row of the table."""

    id: str
    key_values: str
    line_of_business: str
    category: str
    reason: str
    method: str
    population_sha256: str
    seed: str
    verdict: str | None
    verdict_reason: str | None
    decided_by: str | None
    decided_at: datetime | str | None


class Auditrum(PsycopgContestant):
    """Audit triggers without the chain."""

    mode = "row triggers, full storage"
    guarantees = "every row change logged by trigger, the log can be closed to the app role; no chain, no laws"
    chained: ClassVar[bool] = False

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self._ends: dict[int, datetime] = {}

    def libraries(self) -> Mapping[str, str]:
        return {name: version(name) for name in ("auditrum", "psycopg")}

    def prepare(self) -> None:
        with self.bare.transaction():
            for statement in (
                _TABLE, generate_auditlog_table_sql(), generate_auditlog_partitions_sql(),
                generate_jsonb_diff_function_sql(), generate_audit_context_table_sql(),
                generate_audit_attach_context_sql(), generate_audit_current_user_id_sql(),
                generate_audit_reconstruct_sql(), *((self._chain(),) if self.chained else ()),
            ):
                self.bare.execute(statement)
            manager = TriggerManager(PsycopgExecutor(self.bare))
            manager.bootstrap()
            manager.sync([TrackSpec("sample")])

    def _chain(self) -> str:
        extension = "CREATE EXTENSION IF NOT EXISTS pgcrypto;"
        there = self.ask("select count(*) from pg_available_extensions where name = 'pgcrypto'")
        sql: str = generate_hash_chain_sql()
        return sql if there else sql.replace(extension, _DIGEST)

    def create(self, rows: Sequence[Row]) -> None:
        with self.bare.transaction():
            self._insert(rows)

    def _insert(self, rows: Sequence[Row]) -> None:
        if rows:
            self.bare.execute(_INSERT, [[getattr(row, name) for row in rows] for name in COLUMNS])

    def decide(self, verdicts: Mapping[str, Verdict]) -> None:
        with self.bare.transaction():
            self.bare.execute(
                "update sample s set verdict = v.verdict, verdict_reason = v.reason, decided_by = 'olga',"
                " decided_at = now() from unnest(%s::text[], %s::text[], %s::text[]) v(id, verdict, reason)"
                " where s.id = v.id",
                [list(verdicts), [v.verdict for v in verdicts.values()], [v.reason for v in verdicts.values()]],
            )

    def cut(self) -> None:
        with self.bare.transaction():
            self.bare.execute("delete from sample where verdict = 'reject'")

    def change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        with self.bare.transaction():
            self.bare.execute(
                "update sample s set reason = e.reason, verdict = null, verdict_reason = null, decided_by = null,"
                " decided_at = null from unnest(%s::text[], %s::text[]) e(id, reason) where s.id = e.id",
                [[row.record_key for row in edits], [row.reason for row in edits]],
            )
            self._insert(adds)

    def mark(self, number: int) -> None:
        self._ends[number] = self.ask("select clock_timestamp()")

    def effective(self) -> Sequence[object]:
        with self.bare.transaction():
            found = self.bare.execute("select * from sample where verdict = 'approve' order by id")
            return [Sample(*row) for row in found]

    def as_of(self, number: int) -> Sequence[object]:
        with self.bare.transaction():
            found = reconstruct_table(self.bare, table="sample", at=self._ends[number])
            return [Sample(**row) for _, row in found]

    def page(self, number: int, after: str, size: int) -> Sequence[object]:
        with self.bare.transaction():
            found = self.bare.execute(
                "select row_data from _audit_reconstruct_table('sample', %s) where object_id > %s"
                " order by object_id limit %s",
                (self._ends[number], after, size),
            )
            return [Sample(**row) for (row,) in found]

    def difference(self, before: int) -> Sequence[object]:
        with self.bare.transaction():
            found = self.bare.execute(_DIFFERENCE, (self._ends[before], self._ends[before + 1]))
            return [
                (key, old and Sample(**old), new and Sample(**new)) for key, old, new in found if old or new
            ]

    def lineage(self, key: str) -> Sequence[object]:
        with self.bare.transaction():
            found = self.bare.execute(
                "select object_id, operation, changed_at, old_data, new_data from auditlog"
                " where table_name = 'sample' and object_id = %s order by id",
                (key,),
            )
            return [(key, op, at, old and Sample(**old), new and Sample(**new)) for key, op, at, old, new in found]

    def rates(self) -> Sequence[Rate]:
        numbers = sorted(self._ends)
        ends = [self._ends[number] for number in numbers]
        befores = [datetime.min.replace(year=1970, tzinfo=ends[0].tzinfo), *ends[:-1]]
        with self.bare.transaction():
            return [Rate(*row) for row in self.bare.execute(_RATES, (numbers, befores, ends))]

    def key_of(self, answer: Any) -> str:
        return str(answer[0] if isinstance(answer, tuple) else answer.id)


class AuditrumChained(Auditrum):
    """The same with every log row in its hash chain."""

    mode = "row triggers, hash chain"
    guarantees = "as auditrum, every log row in one keyless SHA-256 chain; no laws"
    chained = True

    def verify(self) -> int:
        with self.bare.transaction():
            found = verify_chain(self.bare)
        assert found["ok"], found["broken"][:3]
        return int(found["checked"])
