"""One quarter as published: which data file and which layout file belong to which schedule.

A file is a layout when it describes columns, whatever it is called. Data and layout belong together when their names
agree once `D_` and the dates that follow the schedule's name are taken off; the longest agreement wins.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from examples.fca_call_report.errors import ColumnCountMismatch, MissingColumn, MissingSchedule
from examples.fca_call_report.layout import Layout, decode, parse_layout
from examples.fca_call_report.table import Table, read_table
from models.errors import UnusableFile

_MONTH = "(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*"
_DATE = "|".join((
    r"[QG]?(?:\d{8}|\d{6}|\d{4})", r"(?:\d\d){1,2}Q\d", r"Q\d\d{4}", r"\d\d[_\-]\d\d(?:\d\d)?",
    rf"{_MONTH}(?:\d\d){{1,2}}", rf"\d{{4}}{_MONTH}"))
_DATES = re.compile(rf"(?:[_\-. ]?(?:{_DATE}))+")
_LEADING = re.compile(r"^(?:D[_\-. ]?)?(?:[QG]?\d{4,8}[_\-. ]?)*")
_TEXT_SUFFIXES = {"", ".txt", ".csv", ".dat", ".asc", ".lay"}
_HINT = "give the archive of one quarter as the Farm Credit Administration publishes it"


@dataclass(frozen=True, slots=True)
class Published:
    """A schedule's data file with every layout file whose name agrees, best agreement first."""

    file: str
    text: str
    layouts: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Quarter:
    """The schedules of one quarter by name. `unnamed` are data files without layout, `empty` layouts without data."""

    source: str
    schedules: Mapping[str, Published]
    unnamed: tuple[str, ...]
    empty: tuple[str, ...]

    def table(self, schedule: str) -> Table:
        """A schedule's records, every column named. Raises ColumnCountMismatch."""
        published = self.schedules[schedule]
        return read_table(published.text, published.layouts, schedule=schedule, file=published.file)

    def find(self, family: str, *, columns: Sequence[str]) -> Table:
        """The schedule of a family (RIE: RIE, RIE1, RIE2...) that holds the columns; the exact name comes first.

        Raises MissingSchedule, MissingColumn, or the ColumnCountMismatch of the only schedule that could hold them.
        """
        members = [name for name in sorted(self.schedules, key=lambda name: (len(name), name))
                   if re.fullmatch(rf"{family}(?:\d[A-Z]?)?", name)]
        if not members:
            raise MissingSchedule(schedule=family, lacks=self._lack(family), present=self.schedules)
        unread: list[ColumnCountMismatch] = []
        for table in self._readable(members, unread):
            if table.records and all(table.place(column) is not None for column in columns):
                return table
        if unread:
            raise unread[0]
        raise self._missing(family, [self.table(name) for name in members], columns)

    def _readable(self, members: Iterable[str], unread: list[ColumnCountMismatch]) -> Iterator[Table]:
        for name in members:
            try:
                yield self.table(name)
            except ColumnCountMismatch as mismatch:
                unread.append(mismatch)

    def _missing(self, family: str, tables: Sequence[Table],
                 columns: Sequence[str]) -> MissingSchedule | MissingColumn:
        nearest = min(tables, key=lambda table: len(_lacking(table, columns)))
        lacking = _lacking(nearest, columns)
        if not lacking:
            return MissingSchedule(schedule=family, lacks=f"{nearest.file} holds no records", present=self.schedules)
        files = [f"{table.layout.file} and {table.file}" for table in tables]
        return MissingColumn(schedule=family, columns=lacking, files=files)

    def _lack(self, family: str) -> str:
        for files, lack in ((self.unnamed, "has no layout file"), (self.empty, "has no data file")):
            for file in files:
                if any(re.fullmatch(rf"{family}\d?", code) for code in _codes(file)):
                    return f"{file} {lack}"
        return "neither data nor layout is in the archive"


def read_quarter(path: Path) -> Quarter:
    """Read a quarter from the published archive, or from a folder it was unpacked to.

    Raises UnusableFile when there is no such archive or it holds no layouts.
    """
    texts = {name: decode(content) for name, content in sorted(_contents(path))}
    parsed = {name: parse_layout(text, file=name) for name, text in texts.items()}
    layouts = [layout for layout in parsed.values() if len(layout.columns) > 1]
    data = [name for name, layout in parsed.items() if len(layout.columns) <= 1]
    if not layouts:
        raise UnusableFile(f"{path} holds no layout files (D_*.TXT)", hint=_HINT)
    codes = {layout.file: set(_codes(layout.file)) for layout in layouts}
    paired = {name: match for name in data if (match := _pair(name, layouts, codes))}
    # Later files of one schedule replace earlier ones: the agency adds the date of generation to the name.
    schedules = {code: Published(name, texts[name], found) for name, (code, found) in paired.items()}
    used = {layout.file for published in schedules.values() for layout in published.layouts}
    return Quarter(str(path), schedules, unnamed=tuple(name for name in data if name not in paired),
                   empty=tuple(layout.file for layout in layouts if layout.file not in used))


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from ((file.name, file.read_bytes()) for file in path.rglob("*") if file.is_file() and _is_text(file))
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                inside = PurePosixPath(entry.filename.replace("\\", "/"))
                if not entry.is_dir() and _is_text(inside):
                    yield inside.name, archive.read(entry)
    # RuntimeError: an encrypted entry, or one packed by a method that Python does not unpack.
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as problem:
        raise UnusableFile(f"{path} cannot be read as a ZIP archive: {problem}", hint=_HINT) from problem


def _is_text(path: PurePosixPath | Path) -> bool:
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return not hidden and path.suffix.lower() in _TEXT_SUFFIXES


def _pair(name: str, layouts: Sequence[Layout],
          codes: Mapping[str, set[str]]) -> tuple[str, tuple[Layout, ...]] | None:
    """The schedule that a data file holds, and the layouts whose names (`codes`) agree best with it, latest first."""
    known = set[str]().union(*codes.values())
    best = next((code for code in _codes(name) if code in known), None)
    if best is None:
        return None
    agreed = [layout for layout in layouts if best in codes[layout.file]]
    # Both may carry the same date: it tells which belong together, but is no part of the schedule's name.
    schedule = [code for code in _codes(name) if code in codes[agreed[0].file]][-1]
    return schedule, tuple(sorted(agreed, key=lambda layout: layout.file, reverse=True))


def _codes(name: str) -> list[str]:
    """The schedule names that a file name may stand for, longest first: `RC1299.TXT` is RC1299, or RC of 12/99."""
    stem = PurePosixPath(name).stem.upper()
    stems = [stem, re.sub(r"^D[_\-. ]?", "", stem), _LEADING.sub("", stem)]
    found = {stem[:end] for stem in stems for end in range(1, len(stem) + 1)
             if stem[end - 1].isalnum() and (end == len(stem) or _DATES.fullmatch(stem[end:]))}
    return sorted(found, key=lambda code: (-len(code), code))


def _lacking(table: Table, columns: Sequence[str]) -> list[str]:
    return [column for column in columns if table.place(column) is None]
