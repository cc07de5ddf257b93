"""The facts, rebuilt from what the events wrote, and compared with those that are stored.

A row that was written once and never changed is stored as the very line that its event wrote, so that such lines are
matched as text; only what no line matches is taken apart and compared column by column.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, TypeAlias

from models.verification.findings import Finding, Part, Record, row_named

Row: TypeAlias = list[Any]
Key: TypeAlias = tuple[Any, ...]
# A row as the events left it, by column, and the part that wrote it last.
Rebuilt: TypeAlias = tuple[dict[str, Any], Part]
# What the hashes of versions are recomputed from; of other tables nothing is kept.
KEPT = ("item", "item_revision", "item_decision", "version")


def parsed(lines: Iterable[str]) -> list[Row]:
    """The rows of lines: a JSON array each."""
    found: list[Row] = json.loads("[" + ",".join(lines) + "]")
    return found


class Facts:
    """Takes the rows of events in the order of their ids, then the stored rows of every table."""

    def __init__(self, findings: list[Finding]) -> None:
        self.rows = 0
        self._findings = findings
        self._stored: dict[str, tuple[tuple[str, ...], list[Row]]] = {}
        # Per table: the lines of each layout of columns, what was changed later, and what no line matches.
        self._inserted: dict[str, dict[tuple[str, ...], dict[str, Part]]] = defaultdict(dict)
        self._updates: dict[str, list[tuple[Part, list[Row]]]] = defaultdict(list)
        self._touched: dict[str, set[Key]] = defaultdict(set)
        self._unmatched: dict[str, list[tuple[Record, list[Row]]]] = defaultdict(list)
        self._elsewhere: set[int] = set()

    def _wrong(self, where: str, problem: str) -> None:
        self._findings.append(Finding(where, problem))

    def wrote(self, part: Part, body: str, *, elsewhere: bool) -> None:
        """What an event wrote; `elsewhere` is a stream that belongs to no cycle, whose rows may be another's."""
        if elsewhere:
            self._elsewhere.add(part.id)
        lines = body.split("\n")
        if part.op == "insert":
            self._insert(part, lines)
            return
        try:
            rows = parsed(lines)
            self._touched[part.table].update(tuple(row[: part.key]) for row in rows)
            self._updates[part.table].append((part, rows))
        except (ValueError, TypeError):
            self._unreadable(part)

    def _insert(self, part: Part, lines: list[str]) -> None:
        known = self._inserted[part.table].setdefault(part.columns, {})
        written = dict.fromkeys(lines, part)
        for line in known.keys() & written.keys():
            self._wrong(f"rows {part.id}", f"{part.event} writes what {known[line].event} had written: {line}")
        if len(written) < len(lines):
            self._wrong(f"rows {part.id}", f"{part.event} writes a row twice")
        known.update(written)

    def _unreadable(self, part: Part) -> None:
        self._wrong(f"rows {part.id}", f"cannot be read as rows of {part.table}")

    def facts(self, record: Record) -> None:
        """Stored rows of a table: `columns` of each, of which the first `key` name the row."""
        name, columns, width = record["table"], tuple(record["columns"]), record["key"]
        lines = record["body"].split("\n")
        self.rows += len(lines)
        known, touched = self._inserted[name].get(columns, {}), self._touched.get(name)
        if touched or name in KEPT:
            rows = parsed(lines)
            self._stored.setdefault(name, (columns, []))[1].extend(rows)
            unlike = [row for line, row in zip(lines, rows, strict=True)
                      if (touched and tuple(row[:width]) in touched) or known.pop(line, None) is None]
        else:
            unlike = parsed(line for line in lines if known.pop(line, None) is None)
        if unlike:
            self._unmatched[name].append((record, unlike))

    def end(self) -> None:
        """Everything was taken: what no line matched is rebuilt and compared, and rows that are gone show."""
        for name in {*self._inserted, *self._updates, *self._unmatched}:
            rebuilt = self._rebuilt(name)
            for record, rows in self._unmatched[name]:
                for row in rows:
                    key = tuple(row[: record["key"]])
                    expected = rebuilt.pop(key, None)
                    if expected is None:
                        self._wrong(row_named(name, key), "no event wrote it")
                    elif expected[0] != (stored := dict(zip(record["columns"], row, strict=True))):
                        self._compare(row_named(name, key), stored, expected)
            for key, (_, part) in rebuilt.items():
                if part.id not in self._elsewhere or name == "command":
                    self._wrong(row_named(name, key), f"is gone: {part.event} wrote it")

    def _rebuilt(self, name: str) -> dict[Key, Rebuilt]:
        table: dict[Key, Rebuilt] = {}
        for part, row in self._left(name):
            key = tuple(row[: part.key])
            if key in table:
                self._wrong(row_named(name, key), f"{part.event} writes it, {table[key][1].event} had before")
            table[key] = (dict(zip(part.columns, row, strict=True)), part)
        for part, rows in self._updates[name]:
            for row in rows:
                self._change(table, part, row)
        return table

    def _left(self, name: str) -> Iterator[tuple[Part, Row]]:
        """The inserted rows that no stored line matched, in the order of their parts."""
        by_part: dict[Part, list[str]] = defaultdict(list)
        for lines in self._inserted[name].values():
            for line, part in lines.items():
                by_part[part].append(line)
        for part in sorted(by_part, key=lambda part: part.id):
            try:
                rows = parsed(by_part[part])
            except ValueError:
                self._unreadable(part)
                continue
            yield from ((part, row) for row in rows if self._fits(part, row))

    def _fits(self, part: Part, row: Row) -> bool:
        fits = isinstance(row, list) and len(row) == len(part.columns)
        if not fits:
            self._unreadable(part)
        return fits

    def _change(self, table: dict[Key, Rebuilt], part: Part, row: Row) -> None:
        key = tuple(row[: part.key])
        if key not in table or table[key][1].id > part.id:
            if part.id not in self._elsewhere:
                self._wrong(row_named(part.table, key), f"{part.event} changes it, no event wrote it")
        elif self._fits(part, row):
            table[key][0].update(zip(part.columns, row, strict=True))
            table[key] = (table[key][0], part)

    def _compare(self, where: str, stored: Mapping[str, Any], expected: Rebuilt) -> None:
        # A column that came with a later release is not in what earlier events wrote.
        wrote, part = expected
        for column, value in stored.items():
            if column in wrote and wrote[column] != value:
                told = f"{column} is {json.dumps(value)}, {part.event} left it {json.dumps(wrote[column])}"
                self._wrong(where, told)

    def table(self, name: str, *columns: str) -> Iterable[tuple[Any, ...]]:
        """Some columns, two at least, of the stored rows of a table that is `KEPT`."""
        if name not in self._stored:
            return ()
        known, rows = self._stored[name]
        return map(itemgetter(*(known.index(column) for column in columns)), rows)
