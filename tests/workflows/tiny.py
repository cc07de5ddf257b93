"""Test cycles to size: a dictionary, a report and evidence that agree unless told otherwise. Nothing is random."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from models.messages import CycleInput
from models.store import ContentStore

TESTER, REPORT_OWNER, EXECUTIVE, DATA_EXECUTIVE = "tess", "rhea", "exa", "dora"
KEY, LINE = "account", "line"
ALL_LINES = ("Cards", "Loans")
_EVERYBODY = {
    TESTER: "tester",
    REPORT_OWNER: "report_owner",
    EXECUTIVE: "test_executive",
    DATA_EXECUTIVE: "data_executive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiny:
    """A cycle's shape. Attributes `a1`, `a2` ... hold amounts, are in scope and come from the source `ledger`.

    Record n is `r000n` in the line of business that follows in turn. `heartbeat` is how soon a dead worker is noticed.
    """

    cycle: str
    attributes: int = 2
    lines: Sequence[str] = ALL_LINES
    records: int = 6
    owners: Sequence[str] = ("ann", "bob", "cat")
    heartbeat: float = 10.0
    skipped: Sequence[str] = ("note", "opened")
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    sampling: Mapping[str, Any] = field(default_factory=lambda: {"method": "census"})
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    period: str = "2026-03-31"

    @property
    def slug(self) -> str:
        """The cycle's name in messages."""
        return f"{self.cycle}:tiny"

    @property
    def names(self) -> list[str]:
        """The attributes in scope."""
        return [f"a{at}" for at in range(1, self.attributes + 1)]

    @property
    def keys(self) -> list[str]:
        """The record keys."""
        return [f"r{at:04d}" for at in range(1, self.records + 1)]

    def line_of(self, key: str) -> str:
        """The line of business of a record."""
        return self.lines[(int(key[1:]) - 1) % len(self.lines)]

    def value(self, key: str, attribute: str) -> str:
        """The value as filed."""
        return self.values.get((key, attribute), str(100 * int(key[1:]) + int(attribute[1:])))

    def evidence(
        self,
        *,
        wrong: Mapping[tuple[str, str], str] | None = None,
        without: Sequence[str] = (),
        twice: Sequence[str] = (),
    ) -> bytes:
        """The ledger as an owner exports it: `wrong` values by (record, attribute); records left out, or said twice."""
        told = wrong or {}
        rows = [[key, *(told.get((key, a), self.value(key, a)) for a in self.names)] for key in self.keys]
        rows = [row for row in rows if row[0] not in without]
        rows += [[row[0], *("0" for _ in row[1:])] for row in rows if row[0] in twice]
        return table(["id", *(a.upper() for a in self.names)], rows)

    def report(self) -> bytes:
        """The report as filed."""
        header = [KEY.upper(), LINE.upper(), *(a.upper() for a in self.names), *(s.upper() for s in self.skipped)]
        rows = [
            [key, self.line_of(key), *(self.value(key, a) for a in self.names), *("20260101" for _ in self.skipped)]
            for key in self.keys
        ]
        return table(header, rows)

    def dictionary(self) -> bytes:
        """One line per column."""
        rows = [[KEY, "text", "yes", "yes", "no", KEY.upper()], [LINE, "text", "no", "no", "no", LINE.upper()]]
        rows += [[name, "money", "yes", "no", "yes", name.upper()] for name in self.names]
        rows += [[name, "date", "no", "no", "no", name.upper()] for name in self.skipped]
        return table(["name", "data_type", "mandatory", "primary_key", "critical", "source_column"], rows)

    def cycle_file(self) -> dict[str, Any]:
        """The cycle file's content."""
        people = [{"id": who, "name": who.title(), "roles": [role]} for who, role in _EVERYBODY.items()]
        people += [{"id": who, "name": who.title(), "roles": ["data_owner"]} for who in self.owners]
        return {
            "schema": "assay.cycle/1",
            "cycle": self.cycle,
            "report": {"id": "tiny", "name": "Tiny report", "period": self.period},
            "people": people,
            "data": {
                "dictionary": "dictionary.csv",
                "report": "report.csv",
                "line_of_business": {"column": LINE.upper()},
            },
            "sources": [
                {"name": "ledger", "keys": {KEY: "id"}, "columns": {name: name.upper() for name in self.names}}
            ],
            "sampling": dict(self.sampling),
            **({"field_groups": dict(self.groups)} if self.groups else {}),
        }

    def stored(self, store: ContentStore, *, amends: str = "") -> CycleInput:
        """The cycle's input, with its files in the content store."""
        return CycleInput(
            slug=self.slug,
            cycle_file_sha256=store.put(yaml.safe_dump(self.cycle_file(), sort_keys=False).encode()),
            dictionary_sha256=store.put(self.dictionary()),
            report_sha256=store.put(self.report()),
            started_by=EXECUTIVE,
            amends=amends,
            heartbeat_seconds=self.heartbeat,
        )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()
