"""Everything a database holds of its cycles, without what differs from run to run: ids, times, and hashes over times.

Tables, columns and references are read from the catalogue, so a table that is added later is compared as well. An id
is replaced by the name of its row: the row's own content, with the ids in it replaced in the same way.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from models.database import Database, Tx, rows
from models.phases import VERSIONED

Row = Mapping[str, Any]
Facts = dict[str, list[str]]

_COLUMNS = """
select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = CAST('assay' AS regnamespace) and c.relkind = 'r' order by c.relname, a.attnum
"""
_REFERENCES = """
select s.relname as table, a.attname as column, t.relname as target, b.attname as key
  from pg_constraint k
  join pg_class s on s.oid = k.conrelid join pg_class t on t.oid = k.confrelid
  join lateral unnest(k.conkey, k.confkey) as x(source, target) on true
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.source
  join pg_attribute b on b.attrelid = k.confrelid and b.attnum = x.target
 where k.contype = 'f' and k.connamespace = CAST('assay' AS regnamespace)
"""
# References that the laws check by the statement, where there is no foreign key.
_BY_LAW = {
    ("item", "phase"): ("phase", "id"),
    ("item_revision", "phase"): ("phase", "id"),
    ("item_revision", "item"): ("item", "id"),
    ("item_revision", "supersedes"): ("item_revision", "id"),
    ("item_decision", "phase"): ("phase", "id"),
    ("item_decision", "revision"): ("item_revision", "id"),
    **{(policy.item_table, "revision"): ("item_revision", "id") for policy in VERSIONED},
}
# Of these the order matters: the latest row counts. Each row is numbered within what it is about.
_SUBJECTS = {
    "assignment": ("cycle", "attribute", "line_of_business"),
    "case_owner": ("test_case",),
    "owner_event": ("cycle", "owner"),
    "document_decision": ("revision",),
    "execution_review": ("execution",),
    "person": ("cycle", "person"),
    "cycle_hold": ("cycle",),
}
_TIMED = {
    "stream_head.hash",
    "audit_event.hash",
    "audit_event.body",
    "audit_rows.body",
    "command.sha256",  # a command on the report names its content
    "command.result",
    "report_file.sha256",
    "report_file.bytes",
}
_TIMED_IN_REPORT = {
    "version.content_hash",
    "version.manifest_hash",
    "version_signoff.content_hash",
    "item_revision.content",
    "item_revision.digest",
    "section_item.body",
}
_TOLD = ("actor", "role", "subject", "reason", "refusal", "message", "command_id", "workflow_id")
_UNSTABLE = re.compile(
    r"""\d{4}-\d\d-\d\d[T\s]\d\d:\d\d[\d:.]*(?:Z|\+00:00)?    # a time
    |\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b                        # a hash, or how it begins
    |(?<=")\d+\ (?:s|min)[^"\\]*                             # how long a phase took
    |(?<=bytes":)\d+|(?<=bytes\\":)\d+""",
    re.VERBOSE,
)


async def facts_of(reader: Database, *, slug: str = "") -> Facts:
    """The rows of every table, sorted, each as JSON; of one cycle only, or of all."""
    async with reader.begin() as tx:
        return await _Reading(tx, slug).facts()


def differences(expected: Facts, got: Facts) -> list[str]:
    """What one holds and the other does not, a line per row."""
    told = []
    for table in sorted({*expected, *got}):
        here, there = Counter(expected.get(table, [])), Counter(got.get(table, []))
        told += [f"- {table} {row}" for row in (here - there).elements()]
        told += [f"+ {table} {row}" for row in (there - here).elements()]
    return told


class _Reading:
    def __init__(self, tx: Tx, slug: str) -> None:
        self.tx, self.slug = tx, slug
        self.types: dict[str, dict[str, str]] = defaultdict(dict)
        self.references: dict[tuple[str, str], tuple[str, str]] = {}
        self.tables: dict[str, list[Row]] = {}
        self.by_id: dict[tuple[str, int], Row] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.known: dict[tuple[str, int], str] = {}

    async def facts(self) -> Facts:
        for column in await rows(self.tx, _COLUMNS):
            self.types[column.table][column.column] = column.type
        self.references.update(_BY_LAW)
        for reference in await rows(self.tx, _REFERENCES):
            # Where two references share a column, the one to an id says whose row it is.
            if reference.key == "id" or (reference.table, reference.column) not in self.references:
                self.references[reference.table, reference.column] = (reference.target, reference.key)
        for table in self.types:
            found = await rows(self.tx, f"select * from {table}")
            self.tables[table] = [row._mapping for row in found]
            self.by_id.update({(table, row["id"]): row for row in self.tables[table] if isinstance(row.get("id"), int)})
        self._number()
        return {
            table: sorted(self._told(table, row) for row in found if self._wanted(table, row))
            for table, found in self.tables.items()
        }

    def _wanted(self, table: str, row: Row) -> bool:
        """Whether a row is of the cycle that is asked for; what belongs to no cycle is of all."""
        if not self.slug:
            return True
        if "stream" in row:
            return bool(row["stream"].split("/")[0] == self.slug)
        if table == "command":
            return bool(row["id"].rpartition("-")[0] == self.slug.partition(":")[0])
        if table == "cycle_report":
            return bool(row["slug"] == self.slug)
        for column in self.types[table]:
            target = self._target(table, column)
            if target is not None and row[column] is not None:
                return self._wanted(target, self.by_id[target, row[column]])
        return True

    def _number(self) -> None:
        for table, columns in _SUBJECTS.items():
            counted: Counter[tuple[Any, ...]] = Counter()
            for row in sorted(self.tables[table], key=lambda row: int(row["id"])):
                subject = tuple(row[column] for column in columns)
                self.numbers[table, row["id"]] = counted[subject]
                counted[subject] += 1

    def _target(self, table: str, column: str) -> str | None:
        """The table whose id a column holds, through other tables if need be."""
        while reference := self.references.get((table, column)):
            table, column = reference
            if column == "id":
                return table
        return None

    def _told(self, table: str, row: Row) -> str:
        told = {column: self._value(table, column, row) for column in self.types[table] if self._kept(table, column)}
        if table == "audit_event":
            body = json.loads(row["body"])
            told |= {name: body[name] for name in _TOLD if name in body}
        if (table, row.get("id")) in self.numbers:
            told["nth"] = self.numbers[table, row["id"]]
        return json.dumps(told, sort_keys=True, default=str, ensure_ascii=False)

    def _kept(self, table: str, column: str) -> bool:
        numbered = column == "id" and self.types[table]["id"] != "text"
        return not (numbered or self.types[table][column].startswith("timestamp") or f"{table}.{column}" in _TIMED)

    def _value(self, table: str, column: str, row: Row) -> Any:
        value = row[column]
        target = self._target(table, column)
        if target is not None and value is not None:
            return self._name(target, value)
        if f"{table}.{column}" in _TIMED_IN_REPORT and value is not None and self._in_report(table, row):
            return _UNSTABLE.sub("...", value)
        return value if isinstance(value, bool | int | list | None) else str(value)

    def _in_report(self, table: str, row: Row) -> bool:
        phase = row["phase"] if "phase" in row else self.by_id["item_revision", row["revision"]]["phase"]
        return bool(self.by_id["phase", phase]["kind"] == "finalize_report")

    def _name(self, table: str, row_id: int) -> str:
        if (table, row_id) not in self.known:
            told = self._told(table, self.by_id[table, row_id])
            self.known[table, row_id] = f"{table} {sha256(told.encode()).hexdigest()[:10]}"
        return self.known[table, row_id]


def counted(found: Sequence[str]) -> Counter[str]:
    """Audit events by stream and action."""
    parsed = [json.loads(row) for row in found]
    return Counter(f"{event['stream']} {event['action']}" for event in parsed)
