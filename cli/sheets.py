"""Sheets that people fill in: CSV, every cell text, formulas defused so that reading gives back what was written.

A sheet is read as a whole or refused as a whole; every wrong cell is named by row (the header is row 1) and column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from methods.delimited import read_delimited
from methods.text import escape, unescape
from models.errors import MalformedSheet, UnusableFile

_NUMBER = re.compile(r"^[0-9]{1,18}$")
_SHOWN = 20
DECIDED = ("revision", "key", "verdict", "reason")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: its number and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SheetDecision:
    """One decided row of a decision sheet."""

    row: int
    key: str
    revision: int
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionSheet:
    """A decision sheet: the version and side it was written for where it says so, and its rows."""

    version: int | None
    side: str
    decisions: tuple[SheetDecision, ...]
    blank: tuple[int, ...]


def write_sheet(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a new sheet. Raises `UnusableFile` rather than write over one that somebody may have filled in."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(as_sheet(columns, rows))
    except FileExistsError as error:
        raise UnusableFile(f"{str(path)!r} exists already", hint="name another file, or move it away") from error
    except OSError as error:
        raise UnusableFile(f"{str(path)!r} cannot be written: {error.strerror}", hint="name another file") from error


def write_workbook(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]], *,
                   instructions: Sequence[tuple[str, str]], keys: int) -> None:
    """Write a new workbook to fill in: text cells only, header and key columns stay in view, and instructions.

    Raises `UnusableFile` rather than write over one that somebody may have filled in.
    """
    import xlsxwriter

    if path.exists():
        raise UnusableFile(f"{str(path)!r} exists already", hint="name another file, or move it away")
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    # What is typed into a text cell stays as it is typed: no date, no lost zero.
    text, head = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
    sheet, told = book.add_worksheet("Evidence"), book.add_worksheet("Instructions")
    sheet.freeze_panes(1, keys)
    sheet.set_column(0, len(columns) - 1, 20, text)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column, head)
        for number, row in enumerate(rows, start=1):
            sheet.write_string(number, at, row.get(column, ""), text)
    told.set_column(0, 0, 16, head)
    told.set_column(1, 1, 100, book.add_format({"num_format": "@", "text_wrap": True}))
    for number, pair in enumerate(instructions):
        for at, words in enumerate(pair):
            told.write_string(number, at, words)
    try:
        book.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise UnusableFile(f"{str(path)!r} cannot be written", hint="name another file") from error


def as_sheet(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """The text of a sheet."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([escape(column) for column in columns])
    writer.writerows([escape(row.get(column, "")) for column in columns] for row in rows)
    return buffer.getvalue()


def read_sheet(data: bytes, *, name: str, wanted: Collection[str]) -> tuple[Line, ...]:
    """The rows of a sheet with at least the wanted columns. Raises `MalformedSheet`."""
    table = read_delimited(data, name=name, wanted=wanted, refuse=MalformedSheet)
    lines = tuple(
        Line(number, {column: unescape(text) for column, text in cells.items()})
        for number, cells in table.rows()
    )
    if not lines:
        raise MalformedSheet(f"{name} has no rows", hint="fill in at least one row below the header")
    return lines


def read_decisions(data: bytes, *, name: str, verdicts: Collection[str], skip_blank: bool = False) -> DecisionSheet:
    """The decisions of a sheet; rows without a verdict are an error unless they are to be skipped."""
    lines = [_tidy(line) for line in read_sheet(data, name=name, wanted=DECIDED)]
    blank = tuple(line.number for line in lines if not line.cells["verdict"])
    problems = list(_wrong_cells(lines, verdicts))
    if blank and not skip_blank:
        more = ", ..." if len(blank) > _SHOWN else ""
        problems.append(f"column verdict is blank in row {', '.join(map(str, blank[:_SHOWN]))}{more}")
    refuse(problems, name=name, hint="correct the cells; --skip-blank leaves rows without a verdict undecided")
    decisions = tuple(
        SheetDecision(
            line.number, line.cells["key"], int(line.cells["revision"]), line.cells["verdict"], line.cells["reason"]
        )
        for line in lines if line.cells["verdict"]
    )
    version, side = lines[0].cells["version"].removeprefix("v"), lines[0].cells["side"]
    return DecisionSheet(int(version) if _NUMBER.match(version) else None, side, decisions, blank)


def refuse(problems: Sequence[str], *, name: str, hint: str) -> None:
    """Raise `MalformedSheet` with the problems, if there are any."""
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise MalformedSheet(f"{name}: {'; '.join([*problems[:_SHOWN], *more])}", hint=hint)


def _tidy(line: Line) -> Line:
    """Spaces and capitals that people type count for nothing in the cells that are not text."""
    tidy = {name: line.cells.get(name, "").strip().lower() for name in ("revision", "verdict", "version", "side")}
    return Line(line.number, {**line.cells, **tidy})


def _wrong_cells(lines: Sequence[Line], verdicts: Collection[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for line in lines:
        at, key, verdict = f"row {line.number}", line.cells["key"], line.cells["verdict"]
        if not key:
            yield f"{at}, column key: is blank"
        elif seen.setdefault(key, line.number) != line.number:
            yield f"{at}, column key: {key!r} is already in row {seen[key]}"
        if not _NUMBER.match(line.cells["revision"]):
            yield f"{at}, column revision: {line.cells['revision']!r} is not a revision number"
        if verdict and verdict not in verdicts:
            yield f"{at}, column verdict: {verdict!r} is not one of {', '.join(verdicts)}"
