"""The facts, rebuilt from what the events wrote, and compared with those that are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from models.verification.findings import Finding, Part, Record, row_named

Key: TypeAlias = tuple[Any, ...]
# A row as the events left it, and the part that wrote it last.
Rebuilt: TypeAlias = tuple[list[Any], Part]


def parsed(body: str) -> list[list[Any]]:
    """The rows of a body: a JSON array a line."""
    found: list[list[Any]] = json.loads("[" + body.replace("\n", ",") + "]")
    return found


class Facts:
    """Takes the rows of events in the order of their ids, then the stored rows of every table."""

    def __init__(self, findings: list[Finding]) -> None:
        self.rows = 0
        self.stored: dict[str, tuple[tuple[str, ...], list[list[Any]]]] = {}
        self._findings = findings
        self._rebuilt: dict[str, dict[Key, Rebuilt]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._elsewhere: set[int] = set()

    def _wrong(self, where: str, problem: str) -> None:
        self._findings.append(Finding(where, problem))

    def wrote(self, part: Part, body: str, *, elsewhere: bool) -> None:
        """What an event wrote; `elsewhere` is a stream that belongs to no cycle, whose rows may be another's."""
        if elsewhere:
            self._elsewhere.add(part.id)
        try:
            if part.op == "insert":
                self._insert(part, parsed(body))
            else:
                self._update(part, parsed(body))
        except (ValueError, TypeError):
            self._wrong(f"rows {part.id}", f"cannot be read as rows of {part.table}")

    def _insert(self, part: Part, rows: list[list[Any]]) -> None:
        table, width = self._rebuilt.setdefault(part.table, {}), part.key
        self._columns[part.table] = part.columns
        for row in rows:
            key = tuple(row[:width])
            if key in table:
                self._wrong(row_named(part.table, key), f"{part.event} writes it, {table[key][1].event} had before")
            table[key] = (row, part)

    def _update(self, part: Part, rows: list[list[Any]]) -> None:
        table, width = self._rebuilt.setdefault(part.table, {}), part.key
        known = self._columns.get(part.table, part.columns)
        places = [known.index(name) for name in part.columns]
        for row in rows:
            key = tuple(row[:width])
            if key not in table:
                if part.id not in self._elsewhere:
                    self._wrong(row_named(part.table, key), f"{part.event} changes it, no event wrote it")
                continue
            values = table[key][0]
            for place, value in zip(places, row, strict=True):
                values[place] = value
            table[key] = (values, part)

    def facts(self, record: Record) -> None:
        """Stored rows of a table: `columns` of each, of which the first `key` name the row."""
        name, columns, width = record["table"], tuple(record["columns"]), record["key"]
        rebuilt = self._rebuilt.setdefault(name, {})
        same = columns == self._columns.get(name)
        kept = self.stored.setdefault(name, (columns, []))[1]
        found = parsed(record["body"])
        kept += found
        self.rows += len(found)
        for row in found:
            expected = rebuilt.pop(tuple(row[:width]), None)
            if expected is None:
                self._wrong(row_named(name, tuple(row[:width])), "no event wrote it")
            elif not (same and expected[0] == row):
                self._compare(name, width, columns, row, expected)

    def _compare(self, name: str, width: int, columns: Sequence[str], row: list[Any], expected: Rebuilt) -> None:
        values, part = expected
        # A column that came with a later release is not in what earlier events wrote.
        wrote = dict(zip(self._columns[name], values, strict=False))
        for column, value in zip(columns, row, strict=True):
            if column in wrote and wrote[column] != value:
                told = f"{column} is {json.dumps(value)}, {part.event} left it {json.dumps(wrote[column])}"
                self._wrong(row_named(name, tuple(row[:width])), told)

    def end(self) -> None:
        """Everything was taken: rows that are gone show now."""
        for name, rows in self._rebuilt.items():
            for key, (_, part) in rows.items():
                if part.id not in self._elsewhere or name == "command":
                    self._wrong(row_named(name, key), f"is gone: {part.event} wrote it")

    def table(self, name: str, *columns: str) -> Iterable[list[Any]]:
        """Some columns of the stored rows of a table."""
        if name not in self.stored:
            return ()
        known, rows = self.stored[name]
        places = [known.index(column) for column in columns]
        return ([row[place] for place in places] for row in rows)
