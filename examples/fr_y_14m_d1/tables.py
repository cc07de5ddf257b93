"""The forms in which a system exports a table: CSV, delimited text packed with gzip, and a workbook with a cover sheet.

All are written row by row, so that a form holds no more in memory for a million rows than for ten; the same rows give
the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

Cell = str | float | int | date
Put = Callable[[Sequence[Cell]], None]
MOST_ROWS = 1_000_000  # a sheet ends at row 1,048,576


@dataclass(frozen=True)
class Heading:
    """What a table says of itself: its columns with the data type of each, and words for people."""

    columns: Sequence[str]
    kinds: Sequence[str]
    institution: str
    system: str
    line_of_business: str
    as_of: date


@dataclass(frozen=True)
class Form:
    """How a table is written: `open` gives the function that takes rows, and finishes the file on leaving."""

    suffix: str
    open: Callable[[Path, Heading], AbstractContextManager[Put]]


@contextmanager
def _csv(path: Path, heading: Heading) -> Iterator[Put]:
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(heading.columns)
        yield writer.writerow


@contextmanager
def _packed(path: Path, heading: Heading) -> Iterator[Put]:
    # Neither the file's name nor a time goes into the packed bytes.
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        writer = csv.writer(text, delimiter="|", lineterminator="\n")
        writer.writerow(heading.columns)
        yield writer.writerow


@contextmanager
def _workbook(path: Path, heading: Heading) -> Iterator[Put]:
    book = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                "strings_to_numbers": False})
    book.set_properties({"title": _title(heading), "author": heading.institution,
                         "created": datetime(heading.as_of.year, heading.as_of.month, heading.as_of.day)})  # noqa: DTZ001
    cover = book.add_worksheet("Cover")
    extract = _ExtractSheet(book, heading)
    try:
        yield extract.put
        _write_cover(book, cover, heading, rows=extract.rows)
    finally:
        book.close()


_FORMATS = {"money": "#,##0.00##", "number": "0.000###", "percent": "0.000", "integer": "0", "date": "yyyy-mm-dd"}
_US_LETTER = 1  # the number that the format gives this paper
_TOP = 4  # rows above the header


def _title(heading: Heading) -> str:
    return f"{heading.system}: {heading.line_of_business}"


class _ExtractSheet:
    """The second sheet: title and date above the header, then a row per account."""

    def __init__(self, book: Any, heading: Heading) -> None:
        self.rows = 0
        self._sheet = book.add_worksheet("Extract")
        base = {"font_name": "Arial", "font_size": 9}
        text = book.add_format({**base, "num_format": "@"})
        by_kind = {kind: book.add_format({**base, "num_format": form}) for kind, form in _FORMATS.items()}
        self._formats = [by_kind.get(kind, text) for kind in heading.kinds]
        self._text = text
        header = book.add_format({**base, "bold": True, "bg_color": "#1D3A5F", "font_color": "#FFFFFF", "bottom": 1})
        for at, (name, kind) in enumerate(zip(heading.columns, heading.kinds, strict=True)):
            self._sheet.set_column(at, at, max(len(name) + 3, 22 if at < 2 else 12 if kind == "text" else 13))
        self._sheet.write_string(0, 0, _title(heading), book.add_format({**base, "bold": True, "font_size": 14}))
        self._sheet.write_string(1, 0, f"As of {_spoken(heading.as_of)}", book.add_format(base))
        self._sheet.write_string(2, 0, "Amounts in US dollars, rates in percent a year", book.add_format(base))
        for at, name in enumerate(heading.columns):
            self._sheet.write_string(_TOP, at, name, header)
        self._sheet.freeze_panes(_TOP + 1, 1)
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.set_paper(_US_LETTER)
        self._sheet.fit_to_pages(4, 0)
        self._sheet.repeat_columns(0)
        self._sheet.repeat_rows(_TOP)

    def put(self, cells: Sequence[Cell]) -> None:
        """The next row, typed by what each cell is."""
        if self.rows == MOST_ROWS:
            raise ValueError(f"a workbook holds {MOST_ROWS:,} accounts; build a smaller portfolio")
        self.rows += 1
        for at, (cell, form) in enumerate(zip(cells, self._formats, strict=True)):
            match cell:
                case str():
                    self._sheet.write_string(_TOP + self.rows, at, cell, self._text)
                case date():
                    self._sheet.write_datetime(_TOP + self.rows, at, cell, form)
                case _:
                    self._sheet.write_number(_TOP + self.rows, at, cell, form)


def _write_cover(book: Any, cover: Any, heading: Heading, *, rows: int) -> None:
    base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    bold, text = book.add_format({**base, "bold": True}), book.add_format({**base, "text_wrap": True, "align": "left"})
    cover.hide_gridlines(2)
    cover.set_paper(_US_LETTER)
    cover.fit_to_pages(1, 1)
    cover.set_column(0, 0, 22)
    cover.set_column(1, 1, 64)
    title = {**base, "bold": True, "font_size": 18, "font_color": "#1D3A5F"}
    cover.write_string(1, 0, heading.institution, book.add_format({**title, "font_size": 11}))
    cover.write_string(2, 0, heading.system, book.add_format(title))
    pairs = (
        ("Portfolio", heading.line_of_business), ("As of", _spoken(heading.as_of)), ("Accounts", f"{rows:,}"),
        ("Prepared by", "Card Systems, Data Delivery"), ("Classification", "Internal"),
        ("Sheets", "Extract: a row per account, as the ledger holds it; nothing was adjusted"),
    )
    for at, (label, value) in enumerate(pairs, start=4):
        cover.write_string(at, 0, label, bold)
        cover.write_string(at, 1, value, text)


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


CSV = Form(".csv", _csv)
PACKED = Form(".txt.gz", _packed)
WORKBOOK = Form(".xlsx", _workbook)
