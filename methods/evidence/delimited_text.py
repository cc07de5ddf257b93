"""Delimited text of any delimiter and encoding: both are found by where the wanted columns appear.

Lines before the header and after the last row are passed over; a row whose width differs from the header's is never
taken apart: what it says of its record is unreadable, with its number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from methods.delimited import DELIMITERS
from methods.evidence.encodings import encoding_of
from methods.evidence.limits import HEADER_ROWS
from methods.evidence.reading import require_columns
from methods.evidence.records import Candidate, Collector, Unreadable, Wanted
from methods.evidence.tables import Layout, is_header
from methods.text import counted, unescape

_NAMES = {",": "comma", ";": "semicolon", "|": "bar", "\t": "tab", " ": "space"}
_HEAD_LINES = 4 * HEADER_ROWS


class Header(NamedTuple):
    """The header row: its delimiter and names, its number among the rows and the line it begins on, from 0."""

    delimiter: str
    names: tuple[str, ...]
    number: int
    line: int


def read_text(data: bytes, into: Collector, *, name: str, prefix: str = "") -> str:
    """Hand all rows over; what the file was read as, in words. Raises `Unreadable` and `UnusableEvidence`."""
    encoding = encoding_of(data)
    header = find_header(list(islice(_lines(data, encoding), _HEAD_LINES)), into.wanted, name=name)
    layout = Layout.of(header.names, into.wanted, name=name)
    into.seen.update(attribute for attribute, _ in layout.columns)
    rows = _rows(islice(_lines(data, encoding), header.line, None), header)
    odd = sum(not _take(cells, number, layout, into, prefix) for number, cells in rows)
    told = [f"CSV, {_NAMES.get(header.delimiter, header.delimiter)}, {encoding}"]
    told += [f"header in row {header.number}"] if header.number > 1 else []
    told += [f"{counted(odd, 'row')} of another width passed over"] if odd else []
    return ", ".join(told)


def find_header(lines: Sequence[str], wanted: Wanted, *, name: str) -> Header:
    """The first row with the wanted columns, under the delimiter that makes most columns of it.

    Raises `UnusableEvidence` naming the missing columns of the row that came closest.
    """
    named = {*wanted.keys.values(), *wanted.columns.values()}
    tried: list[Header] = []
    for delimiters in (DELIMITERS, _others(lines, named)):
        heads = [list(_heads(lines, delimiter)) for delimiter in delimiters]
        found = [one for one in (next((h for h in head if is_header(h.names, wanted)), None) for head in heads) if one]
        if found:
            return max(found, key=lambda one: (len(named.intersection(one.names)), len(one.names)))
        tried += [header for head in heads for header in head]
    nearest = max(tried, key=lambda one: (len(named.intersection(one.names)), len(one.names)))
    require_columns(nearest.names, wanted, name=name, where="the header has no column")
    raise AssertionError("a row without a wanted column missing is the header")


def _others(lines: Sequence[str], named: set[str]) -> list[str]:
    """Whatever else stands between the words of a line that has several of the header's."""
    likely = [line for line in lines if sum(column in line for column in named) > 1]
    found = dict.fromkeys(letter for line in likely for letter in line.rstrip("\r\n"))
    return [letter for letter in found if not letter.isalnum() and letter not in "\"'_" and letter not in DELIMITERS]


def _heads(lines: Sequence[str], delimiter: str) -> Iterator[Header]:
    """The first rows, each as if it were the header."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ")
    line, number = 0, 0
    try:
        for number, cells in enumerate(islice(reader, HEADER_ROWS), start=1):
            yield Header(delimiter, tuple(cell.strip() for cell in cells), number, line)
            line = reader.line_num
    except csv.Error:
        return


def _rows(lines: Iterator[str], header: Header) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells below the header; blank rows are passed over but counted."""
    reader = csv.reader(lines, delimiter=header.delimiter, strict=True, skipinitialspace=header.delimiter != " ")
    number = header.number - 1
    try:
        for number, cells in enumerate(reader, start=header.number):
            if number > header.number and any(cells):
                yield number, cells
    except csv.Error as error:
        raise Unreadable(f"is damaged in row {number + 1}: {error}") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"is damaged after row {number}: not {error.encoding}") from error


def _take(cells: list[str], number: int, layout: Layout, into: Collector, prefix: str) -> bool:
    """Hand a row over; False for one of another width that no wanted record is in, such as "5 rows" at the end."""
    wrong = ""
    if len(cells) != layout.width:
        while len(cells) > layout.width and not cells[-1].strip():
            cells.pop()
        wrong = "" if len(cells) == layout.width else f"row {number} has {len(cells)} cells, the header {layout.width}"
    parts = [cells[at].strip() if at < len(cells) else "" for at in layout.keys]
    if not into.wants(parts):
        if into.wants(plain := [unescape(part) for part in parts]):
            parts = plain  # as our own sheets write a key that could be taken for a formula
        elif wrong:
            return False
        elif all(parts):
            into.pass_over(parts)
            return True

    def candidate(attribute: str, at: int) -> Candidate:
        where = f"{prefix}column {into.wanted.columns[attribute]}, row {number}"
        return Candidate("", where, wrong) if wrong else Candidate(cells[at], where)

    layout.take(parts, into, place=f"{prefix}row {number}", candidate=candidate)
    return True


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    yield from (line.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in line else line for line in text)
