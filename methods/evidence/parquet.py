"""Parquet files: one table whose columns are found by name. DuckDB decodes it, on the side of the activities.

A value reads as in a workbook: no ".0", dates in ISO, truth as TRUE or FALSE. A list or a structure, and a number that
is none, is unreadable there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from methods.evidence.cells import as_text, kind_of_value
from methods.evidence.limits import PARQUET_ROWS
from methods.evidence.reading import require_columns
from methods.evidence.records import Candidate, Collector, Unreadable
from methods.evidence.tables import Layout
from methods.text import counted
from models.errors import UnusableEvidence


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A decoded file: its columns in order, how many rows it says it has, and the rows of some columns by place."""

    columns: tuple[str, ...]
    row_count: int
    rows: Callable[[Sequence[int]], Iterator[Sequence[object]]]


OpenParquet = Callable[[bytes], ParquetTable]
"""Decodes the bytes of a file; raises `Unreadable` for one that is damaged."""


def read_parquet(
    data: bytes, into: Collector, *, name: str, prefix: str = "", decode: OpenParquet | None = None
) -> str:
    """Hand all rows over; what was read, in words.

    Raises `Unreadable` when the file is damaged or too long, `UnusableEvidence` when it lacks the columns.
    """
    if decode is None:
        raise UnusableEvidence(f"{name} is a Parquet file, which only a worker decodes", hint="save it as CSV")
    table = decode(data)
    if table.row_count > PARQUET_ROWS:
        raise Unreadable(f"is too large: it has {table.row_count:,} rows, {PARQUET_ROWS:,} are read")
    header = [column.strip() for column in table.columns]
    require_columns(header, into.wanted, name=name, where="the file has no column")
    whole = Layout.of(header, into.wanted, name=name)
    into.seen.update(attribute for attribute, _ in whole.columns)
    chosen = sorted({*whole.keys, *(at for _, at in whole.columns)})
    layout = Layout.of([header[at] for at in chosen], into.wanted, name=name)
    for number, values in enumerate(table.rows(chosen), start=1):
        _take(values, number, layout, into, prefix)
    return f"Parquet, {counted(table.row_count, 'row')}, {counted(len(header), 'column')}"


def _take(values: Sequence[object], number: int, layout: Layout, into: Collector, prefix: str) -> None:
    def candidate(attribute: str, at: int) -> Candidate:
        where = f"{prefix}column {into.wanted.columns[attribute]}, row {number}"
        text = as_text(values[at])
        return Candidate("", where, f"holds {kind_of_value(values[at])}") if text is None else Candidate(text, where)

    keys = [(as_text(values[at]) or "").strip() for at in layout.keys]
    layout.take(keys, into, place=f"{prefix}row {number}", candidate=candidate)
