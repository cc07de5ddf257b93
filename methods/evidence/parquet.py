"""Parquet files: one table whose columns are found by name. DuckDB decodes it, on the side of the activities.

A value reads as in a workbook: no ".0", dates in ISO, truth as TRUE or FALSE. A list or a structure, and a number that
is none, is unreadable there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from methods.evidence.limits import PARQUET_ROWS
from methods.evidence.reading import require_columns
from methods.evidence.records import Candidate, Collector, Unreadable
from methods.evidence.tables import Layout
from methods.numbers import plain
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
        return Candidate("", where, f"holds {_kind(values[at])}") if text is None else Candidate(text, where)

    keys = [(as_text(values[at]) or "").strip() for at in layout.keys]
    layout.take(keys, into, place=f"{prefix}row {number}", candidate=candidate)


def as_text(value: object) -> str | None:
    """A value as a person would write it; None for one that is no single value. Doubles have their shortest digits."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) and value.is_finite() else (
                str(value) if isinstance(value, int) else None)
        case float():
            return plain(Decimal(repr(value))) if math.isfinite(value) else None
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return _decoded(value)
        case list() | tuple() | dict():
            return None
        case _:
            return str(value)


def _decoded(value: bytes) -> str | None:
    """Older writers store texts as bytes without saying that they are texts."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _kind(value: object) -> str:
    match value:
        case float() | Decimal():
            return "no number (NaN or infinity)"
        case bytes():
            return "bytes that are no text"
        case _:
            return "several values in one"
