"""The legacy storage: sample sets that each new version copies whole, on its schema as it stands.

The schema lies outside the repository and is loaded from beside the checkout. A set has one decision; a record has a
status of its own; what became of an item is told by matching identifiers across sets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from psycopg.rows import class_row

from benchmarks.contestant import Addresses, Rate
from benchmarks.psycopg_contestant import PsycopgContestant
from benchmarks.rows import Row, Verdict

T = TypeVar("T")
_RECORD = (
    "r.record_id, r.sample_identifier, r.primary_key_value, r.sample_data, r.selection_rationale, r.approval_status,"
    " r.approved_by, r.approved_at, r.rejection_reason"
)
_STATUS = {"approve": "Approved", "reject": "Rejected"}
_COPY = """
insert into legacy.sample_records (record_id, set_id, sample_identifier, primary_key_value, sample_data,
       selection_rationale, approval_status, approved_by, approved_at)
select gen_random_uuid()::text, %(new)s, r.sample_identifier, r.primary_key_value, r.sample_data,
       r.selection_rationale, r.approval_status, r.approved_by, r.approved_at
  from legacy.sample_records r where r.set_id = %(old)s and r.approval_status <> 'Rejected'
"""
_EDIT = """
update legacy.sample_records r set selection_rationale = e.rationale, approval_status = 'Pending', approved_by = null,
       approved_at = null
  from unnest(%(keys)s::text[], %(rationales)s::text[]) e(key, rationale)
 where r.set_id = %(set)s and r.sample_identifier = e.key
"""
_CHANGED = """
select {record} from (select * from legacy.sample_records where set_id = %(old)s) o
  full join (select * from legacy.sample_records where set_id = %(new)s) n using (sample_identifier)
 cross join lateral (select coalesce(n.record_id, o.record_id) as record_id, sample_identifier,
       coalesce(n.primary_key_value, o.primary_key_value) as primary_key_value,
       jsonb_build_array(o.sample_data, n.sample_data) as sample_data,
       concat_ws(' -> ', o.selection_rationale, n.selection_rationale) as selection_rationale,
       coalesce(n.approval_status, o.approval_status) as approval_status,
       coalesce(n.approved_by, o.approved_by) as approved_by, coalesce(n.approved_at, o.approved_at) as approved_at,
       o.rejection_reason) r
 where o.record_id is null or n.record_id is null or o.selection_rationale <> n.selection_rationale
"""
_LINEAGE = """
select {record}, s.version_number, s.status, h.decision, h.approved_by as set_decided_by
  from legacy.sample_records r join legacy.sample_sets s on s.set_id = r.set_id
  left join lateral (select decision, approved_by from legacy.sample_approval_history h
                      where h.set_id = s.set_id order by approved_at desc limit 1) h on true
 where r.sample_identifier = %(key)s and (s.set_id = %(master)s or s.master_set_id = %(master)s)
 order by s.version_number
"""
_RATES = """
select s.version_number, count(*), count(*) filter (where b.selection_rationale = r.selection_rationale),
       count(*) filter (where r.approval_status = 'Rejected')
  from legacy.sample_sets s
  join legacy.sample_records r on r.set_id = s.set_id
  left join legacy.sample_records b on b.set_id = s.replaced_set_id and b.sample_identifier = r.sample_identifier
 where s.set_id = %(master)s or s.master_set_id = %(master)s group by s.version_number order by s.version_number
"""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a set."""

    record_id: str
    sample_identifier: str
    primary_key_value: str
    sample_data: dict[str, Any]
    selection_rationale: str
    approval_status: str
    approved_by: int | None
    approved_at: datetime | None
    rejection_reason: str | None


@dataclass(frozen=True, slots=True)
class Traced(Record):
    """A record with the set that it stood in and who decided that set."""

    version_number: int
    status: str
    decision: str | None
    set_decided_by: int | None


class Legacy(PsycopgContestant):
    """Whole-set copies."""

    mode = "whole-set copies"
    guarantees = "none held by the database; decisions and history are mutable, no chain, who but not what on a set"

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self._sets: list[str] = []

    def libraries(self) -> Mapping[str, str]:
        return {"psycopg": version("psycopg")}

    def prepare(self) -> None:
        self._run(Path(self.addresses.legacy_schema).read_text(encoding="utf-8"))

    def _run(self, *statements: str, **values: Any) -> None:
        with self.bare.transaction():
            for statement in statements:
                self.bare.execute(statement, values or None)

    def create(self, rows: Sequence[Row]) -> None:
        with self.bare.transaction():
            self._add(self._new_set(), rows)

    def _new_set(self) -> str:
        made = str(uuid4())
        self.bare.execute(
            "insert into legacy.sample_sets (set_id, cycle_id, report_id, set_name, generation_method, sample_type,"
            " status, created_by, master_set_id, version_number, is_latest_version, replaced_set_id)"
            " values (%s, 1, 1, 'Samples', 'Manual Upload', 'Population Sample', 'Draft', 1, %s, %s, false, %s)",
            (made, self._sets[0] if self._sets else None, len(self._sets) + 1, self._sets[-1] if self._sets else None),
        )
        self._sets.append(made)
        return made

    def _add(self, owner: str, rows: Sequence[Row]) -> None:
        into = (
            "copy legacy.sample_records (record_id, set_id, sample_identifier, primary_key_value, sample_data,"
            " selection_rationale) from stdin"
        )
        with self.bare.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                data = {k: v for k, v in row.as_dict().items() if k not in ("record_key", "key_values", "reason")}
                copy.write_row((str(uuid4()), owner, row.record_key, row.key_values, json.dumps(data), row.reason))

    def submit(self) -> None:
        self._move("Draft", "Pending Approval", "submit")

    def approve(self) -> None:
        self._move("Pending Approval", "Approved", "approve")

    def _move(self, old: str, new: str, decision: str) -> None:
        self._run(
            "update legacy.sample_sets set is_latest_version = false"
            " where set_id = %(before)s and %(new)s = 'Approved'",
            "update legacy.sample_sets set status = %(new)s, approved_by = 2, approved_at = now(),"
            " is_latest_version = %(new)s = 'Approved' where set_id = %(set)s",
            "insert into legacy.sample_approval_history (approval_id, set_id, approval_step, decision, approved_by,"
            " previous_status, new_status) values (gen_random_uuid()::text, %(set)s, 'report owner', %(decision)s, 2,"
            " %(old)s, %(new)s)",
            set=self._sets[-1], before=self._sets[-2] if len(self._sets) > 1 else "", old=old, new=new,
            decision=decision,
        )

    def decide(self, verdicts: Mapping[str, Verdict]) -> None:
        if verdicts:
            self._run(
                "update legacy.sample_records r set approval_status = v.status, approved_by = 2, approved_at = now(),"
                " rejection_reason = nullif(v.reason, '')"
                " from unnest(%(keys)s::text[], %(statuses)s::text[], %(reasons)s::text[]) v(key, status, reason)"
                " where r.set_id = %(set)s and r.sample_identifier = v.key",
                set=self._sets[-1], keys=list(verdicts), statuses=[_STATUS[v.verdict] for v in verdicts.values()],
                reasons=[v.reason for v in verdicts.values()],
            )

    def cut(self) -> None:
        with self.bare.transaction():
            self.bare.execute(_COPY, {"old": self._sets[-1], "new": self._new_set()})

    def change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        with self.bare.transaction():
            self.bare.execute(_EDIT, {
                "set": self._sets[-1], "keys": [row.record_key for row in edits],
                "rationales": [row.reason for row in edits],
            })
            self._add(self._sets[-1], adds)

    def _found(self, kind: type[T], query: str, **values: Any) -> list[T]:
        with self.bare.transaction(), self.bare.cursor(row_factory=class_row(kind)) as cursor:
            found: list[T] = cursor.execute(query.format(record=_RECORD), values).fetchall()
            return found

    def effective(self) -> Sequence[object]:
        return self._found(
            Record, "select {record} from legacy.sample_records r join legacy.sample_sets s on s.set_id = r.set_id"
            " where s.cycle_id = 1 and s.report_id = 1 and s.is_latest_version and s.status = 'Approved'"
            " and r.approval_status = 'Approved' order by r.sample_identifier",
        )

    def page(self, number: int, after: str, size: int) -> Sequence[object]:
        return self._found(
            Record, "select {record} from legacy.sample_records r where r.set_id = %(set)s"
            " and r.sample_identifier > %(after)s order by r.sample_identifier limit %(size)s",
            set=self._sets[number - 1], after=after, size=size,
        )

    def as_of(self, number: int) -> Sequence[object]:
        return self._found(
            Record, "select {record} from legacy.sample_records r where r.set_id = %(set)s"
            " order by r.sample_identifier",
            set=self._sets[number - 1],
        )

    def difference(self, before: int) -> Sequence[object]:
        return self._found(Record, _CHANGED, old=self._sets[before - 1], new=self._sets[before])

    def lineage(self, key: str) -> Sequence[object]:
        return self._found(Traced, _LINEAGE, key=key, master=self._sets[0])

    def rates(self) -> Sequence[Rate]:
        with self.bare.transaction():
            return [Rate(*row) for row in self.bare.execute(_RATES, {"master": self._sets[0]})]

    def key_of(self, answer: Any) -> str:
        return str(answer.sample_identifier)
