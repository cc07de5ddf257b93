"""The data files: one record per institution, each of its columns named by the schedule's layout.

Most schedules hold a record per line; some break a record over many lines, each but the last ending in a comma.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, product

from examples.fca_call_report.errors import ColumnCountMismatch, DuplicateInstitution
from examples.fca_call_report.layout import Layout, column_names

KEY = "UNINUM"
Record = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One schedule of one quarter. `absent` names the columns of the layout that the data ends before."""

    schedule: str
    file: str
    layout: Layout
    names: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def absent(self) -> tuple[str, ...]:
        """Columns at the end of the layout that the data does not carry."""
        if any(column.repeats for column in self.layout.columns):
            return ()
        return tuple(column.name for column in self.layout.columns[len(self.names):])

    def place(self, column: str) -> int | None:
        """Where a column stands, in whichever case the layout spells it; None if it is not there."""
        return next((place for place, name in enumerate(self.names) if name.upper() == column.upper()), None)

    def values(self, column: str) -> tuple[str, ...]:
        """A column's values, one per record. The column must be there."""
        place = self.place(column)
        if place is None:
            raise KeyError(f"schedule {self.schedule} has no column {column}")
        return tuple(record[place] for record in self.records)


def read_table(text: str, layouts: Sequence[Layout], *, schedule: str, file: str) -> Table:
    """The schedule's records under the first layout that fits them; exact fits come before early ends.

    A record with fewer repetitions than the longest gets blanks in their place. Raises ColumnCountMismatch.
    """
    records = tuple(_records(text, layouts[0]))
    readings = [records]
    if records and not any(record[-1] for record in records):
        readings.append(tuple(record[:-1] for record in records))  # every line ends in a comma that ends nothing
    fitting, refused = [], []
    for layout, reading in product(layouts, readings):
        try:
            fitting.append(_named(reading, layout, schedule=schedule, file=file))
        except ColumnCountMismatch as mismatch:
            refused.append(mismatch)
    if not fitting:
        raise refused[0]
    return min(fitting, key=lambda table: len(table.absent))


def one_per_institution(table: Table) -> Table:
    """The table with repeated lines counted once; raises DuplicateInstitution when two records of one differ."""
    first: dict[str, int] = {}
    for place, key in enumerate(table.values(KEY)):
        before = first.setdefault(key, place)
        if table.records[before] != table.records[place]:
            raise DuplicateInstitution(schedule=table.schedule, file=table.file, institution=key,
                                       records=(before + 1, place + 1))
    kept = tuple(table.records[place] for place in first.values())
    return Table(table.schedule, table.file, table.layout, table.names, kept)


def _records(text: str, layout: Layout) -> list[Record]:
    names = [column.name.upper() for column in layout.columns if not column.repeats]
    period = [names.index(name) for name in ("MONTH", "YEAR") if name in names]
    whole: list[str] = []
    stated: list[str] | None = None
    for line in filter(str.strip, text.split("\n")):
        said = _at(line, period)
        stated = stated or said
        # A line that does not repeat month and year after a dangling comma goes on with the record before it.
        if whole and whole[-1].rstrip().endswith(",") and said != stated:
            whole[-1] = whole[-1].rstrip() + line
        else:
            whole.append(line)
    return [tuple(field.strip() for field in fields) for fields in csv.reader(whole, skipinitialspace=True)]


def _at(line: str, places: Sequence[int]) -> list[str]:
    fields = next(csv.reader([line], skipinitialspace=True))
    return [fields[place].strip().lstrip("0") if place < len(fields) else "" for place in places]


def _named(records: Sequence[Record], layout: Layout, *, schedule: str, file: str) -> Table:
    widest = max(records, key=len, default=("",) * len(layout.columns))
    names = column_names(layout, len(widest), schedule=schedule, data=file)
    for number, record in enumerate(records, start=1):
        if len(record) < len(widest) and not layout.group:
            raise ColumnCountMismatch(
                schedule=schedule, layout=layout.file, data=file, named=f"{len(layout.columns)} columns",
                present=f"{len(record)} columns in record {number} and {len(widest)} in others")
        column_names(layout, len(record), schedule=schedule, data=file)
    return Table(schedule, file, layout, names, tuple(_widened(record, widest, layout) for record in records))


def _widened(record: Record, widest: Record, layout: Layout) -> Record:
    """A record with fewer repetitions: each stands where the widest record has the same code (its first column)."""
    if len(record) == len(widest):
        return record
    slots = [block[0] for block in _repetitions(widest, layout)]
    blocks = _repetitions(record, layout)
    known = len({block[0] for block in blocks} & set(slots)) == len(blocks)
    spread = [("",) * len(layout.group) for _ in slots]
    for number, block in enumerate(blocks):
        spread[slots.index(block[0]) if known else number] = block
    after = len(record) - (len(layout.columns) - layout.group.stop)
    return (*record[:layout.group.start], *chain.from_iterable(spread), *record[after:])


def _repetitions(record: Record, layout: Layout) -> list[Record]:
    after = len(record) - (len(layout.columns) - layout.group.stop)
    return [record[place:place + len(layout.group)]
            for place in range(layout.group.start, after, len(layout.group))]
