"""Workbooks: every sheet whose first rows hold the header is read, hidden ones too; cells as a person sees them.

Text stays text. Numbers have at most 15 digits, as in Excel, and no ".0"; zeros that a format puts in front and a
percent sign are part of the value (0.05 shown as 5.00% is 5%), roundings of a format are not. Dates are ISO, truth is
TRUE or FALSE, a formula gives its stored result. An error or a formula without a stored result is unreadable there.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import repeat
from typing import Any

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from methods.evidence.limits import HEADER_ROWS, PARTS, RATIO, SHEET_ROWS, UNPACKED
from methods.evidence.reading import require_columns
from methods.evidence.records import Candidate, Collector, Unreadable, Wanted, causes
from methods.evidence.tables import Layout, is_header
from models.errors import UnusableFile

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_EDGE = 200  # bytes of a piece that are looked at again with the next one
_ZEROS = re.compile(r"0[0 \-]*0|0")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_NO_RESULT = "a formula without a stored result: open the workbook, save it and hand it in again"
_MEGABYTE = 1 << 20
Row = list[Candidate]


def read_workbook(data: bytes, into: Collector, *, name: str, prefix: str = "") -> str:
    """Hand the rows of all sheets with the header over; what was read, in words.

    Raises `Unreadable` when the file is damaged, a bomb or too large, `UnusableEvidence` when no sheet has the header.
    """
    with _guarded():
        _check_parts(data)
        return _read_sheets(data, into, name, prefix)


def sheet_rows(data: bytes, *, name: str) -> Iterator[list[str]]:
    """The one table of a workbook as rows of text, the header first; blank rows are passed over, hidden sheets too.

    Raises `Unreadable` when the file is damaged, a bomb or too large; `UnusableFile` when none or several of its
    visible sheets hold something, for a row that is wider than the header, and for a cell without a readable value.
    """
    with _guarded():
        _check_parts(data)
        results = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        filled = [sheet for sheet in results.worksheets if sheet.sheet_state == "visible" and _holds_something(sheet)]
        if len(filled) != 1:
            titles = ", ".join(repr(sheet.title) for sheet in filled)
            raise UnusableFile(f"{name} has {f'tables on the sheets {titles}' if filled else 'nothing on any sheet'}",
                               hint="save the sheet with the report data as a workbook of its own")
        [sheet] = filled
        merged, computed = _scan(sheet)
        width = 0
        for number, row in enumerate(_rows(sheet, formulas[sheet.title] if computed else None, merged,
                                           f"sheet {sheet.title!r}"), start=1):
            if number > SHEET_ROWS:
                raise Unreadable(f"is too large: its sheet has more than {SHEET_ROWS:,} rows")
            cells = _texts(row, name)
            if not any(map(str.strip, cells)):
                continue
            width = width or len(cells)
            if len(cells) > width:
                raise UnusableFile(f"{name}, row {number}: {len(cells)} cells, but the header has {width} columns",
                                   hint="correct that row")
            yield cells + [""] * (width - len(cells))


def _holds_something(sheet: Any) -> bool:
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


def _texts(row: Row, name: str) -> list[str]:
    """The cells of a row up to the last one that says something."""
    if wrong := next((cell for cell in row if cell.problem), None):
        raise UnusableFile(f"{name}, {wrong.locator}: {wrong.problem}", hint="correct that cell and save the workbook")
    cells = [cell.value for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


@contextmanager
def _guarded() -> Iterator[None]:
    """What parsers raise over a damaged file, as `Unreadable`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that do not concern values
            yield
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, EOFError,
            OSError, zipfile.error) as error:
        raise Unreadable(f"is damaged: {_why(error)}") from error


def _why(error: BaseException) -> str:
    if any(isinstance(cause, DefusedXmlException) for cause in causes(error)):
        return "it declares XML entities, which no workbook needs"
    return str(error).split("\n")[0][:100] or "its parts do not fit"


def _check_parts(data: bytes) -> None:
    """Sizes first, before anything is unpacked: a part never gives more than its directory entry says."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("is encrypted: it asks for a password")
    total = sum(part.file_size for part in parts)
    for part in parts:
        if part.file_size > max(_MEGABYTE, RATIO * part.compress_size):
            raise Unreadable(f"is a ZIP bomb: {part.filename} unpacks to more than {RATIO} times its size")
    if total > UNPACKED or len(parts) > PARTS:
        raise Unreadable(f"is too large: unpacked it has {total / _MEGABYTE:,.0f} MB in {len(parts)} parts")


def _read_sheets(data: bytes, into: Collector, name: str, prefix: str) -> str:
    results = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    read, nearest, rows = [], _Nearest(), 0
    for sheet in results.worksheets:
        told = f"{'' if sheet.sheet_state == 'visible' else 'hidden '}sheet {sheet.title!r}"
        merged, computed = _scan(sheet)
        grid = _rows(sheet, formulas[sheet.title] if computed else None, merged, f"{prefix}{told}")
        layout: Layout | None = None
        for number, row in enumerate(grid, start=1):
            if (rows := rows + 1) > SHEET_ROWS:
                raise Unreadable(f"is too large: its sheets have more than {SHEET_ROWS:,} rows")
            # A header of two rows is the lower one, where it names more of the columns.
            if number <= HEADER_ROWS and is_header(header := nearest.consider(row, into.wanted), into.wanted):
                layout = Layout.of(header, into.wanted, name=f"{name}, {told}")
                into.seen.update(attribute for attribute, _ in layout.columns)
            elif layout is not None:
                _take(row, layout, into, f"{prefix}{told}, row {number}")
            elif number > HEADER_ROWS:
                break
        read += [told] if layout is not None else []
    if not read:
        titles = ", ".join(sheet.title for sheet in results.worksheets[:10])
        require_columns(nearest.header, into.wanted, name=name,
                        where=f"no row among the first {HEADER_ROWS} of its sheets ({titles}) has the column")
    return f"workbook, {', '.join(read)}"


class _Nearest:
    """The row that came closest to a header, for the message that there is none."""

    def __init__(self) -> None:
        self.header: list[str] = []
        self._hits = -1

    def consider(self, row: Row, wanted: Wanted) -> list[str]:
        """The names in a row, on one line each."""
        header = [" ".join(cell.value.split()) for cell in row]
        hits = len({*wanted.keys.values(), *wanted.columns.values()}.intersection(header))
        if hits > self._hits:
            self.header, self._hits = header, hits
        return header


def _take(row: Row, layout: Layout, into: Collector, place: str) -> None:
    if not any(cell.value.strip() or cell.problem for cell in row):
        return
    blank = Candidate("", place)
    cells = row + [blank] * (layout.width - len(row))
    layout.take([cells[at].value.strip() for at in layout.keys], into, place=place,
                candidate=lambda _, at: cells[at])


def _rows(sheet: Any, formulas: Any, merged: dict[tuple[int, int], tuple[int, int]], told: str) -> Iterator[Row]:
    """The rows of a sheet as candidates; a cell merged with those above it says what they say."""
    sheet.reset_dimensions()
    if formulas is not None:
        formulas.reset_dimensions()
    asked_rows = formulas.iter_rows() if formulas is not None else repeat(())
    anchors = set(merged.values())
    widest = max((column for _, column in anchors), default=0)
    kept: dict[tuple[int, int], Candidate] = {}
    for number, (cells, asked) in enumerate(zip(sheet.iter_rows(), asked_rows, strict=False), 1):
        row = []
        for column in range(1, max(len(cells), widest) + 1):
            found = kept.get(merged.get((number, column), (0, 0)))
            if found is None:
                where = f"{told}, cell {get_column_letter(column)}{number}"
                formula = column <= len(asked) and asked[column - 1].data_type == "f"
                found = _candidate(cells[column - 1], formula=formula, where=where) if column <= len(cells) else (
                    Candidate("", where))
            if (number, column) in anchors:
                kept[number, column] = found
            row.append(found)
        yield row


def _scan(sheet: Any) -> tuple[dict[tuple[int, int], tuple[int, int]], bool]:
    """Cells below the first one of a merged range, in its column, with that first one; and whether there are formulas.

    Ranges stand after all rows, so they are looked for before the rows are read. Without formulas one reading will do.
    """
    tail, computed = b"", False
    with sheet._get_source() as source:
        while piece := source.read(_MEGABYTE):
            tail = tail + piece if b"mergeCell" in tail else tail[-_EDGE:] + piece
            computed = computed or _FORMULA.search(tail) is not None
    found = {}
    for match in _MERGE.finditer(tail):
        left, top, _, bottom = (edge or 0 for edge in range_boundaries(match[1].decode()))
        found.update({(row, left): (top, left) for row in range(top + 1, min(bottom, SHEET_ROWS) + 1)})
    return found, computed


def _candidate(cell: Any, *, formula: bool, where: str) -> Candidate:
    value = cell.value
    if value is None:
        # A formula whose result is the empty text has the type of a text; one that was never run has none.
        return Candidate("", where, _NO_RESULT if formula and cell.data_type == "n" else "")
    if cell.data_type == "e":
        return Candidate("", where, f"the cell shows the error {value}")
    return Candidate(shown(value, cell.number_format or "General"), where)


def shown(value: object, number_format: str) -> str:
    """A cell's value as text; see the module for what of its format counts."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, _QUOTED.sub("", number_format).split(";")[0])
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    exact = Decimal(value) if isinstance(value, int) else Decimal(format(value, ".15g"))
    if "%" in number_format:
        return f"{_plain(exact * 100)}%"
    if _ZEROS.fullmatch(number_format) and exact == exact.to_integral_value() and exact >= 0:
        digits = iter(_plain(exact).zfill(number_format.count("0")))
        extra = len(_plain(exact)) - number_format.count("0")
        first = "".join(next(digits) for _ in range(max(extra, 0)))
        return first + "".join(next(digits) if letter == "0" else letter for letter in number_format)
    return _plain(exact)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
