"""Files that people name: missing, a folder, empty or of another kind is said before anything is sent or stored."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from methods.delimited import kind_of, read_header
from methods.text import WHITE_SPACE
from models.errors import MalformedCycleFile, UnusableFile

LARGEST = 64 << 20
WORKBOOK = b"PK\x03\x04"
_HEAD = 4 << 20
_CHUNK = 8 << 20


def require_file(path: Path, what: str) -> Path:
    """The path, which must be a readable file with something in it; raises `UnusableFile` saying what it is instead."""
    if not path.exists():
        raise UnusableFile(f"{what} {str(path)!r} does not exist", hint="check the path")
    if path.is_dir():
        raise UnusableFile(f"{what} {str(path)!r} is a folder, not a file", hint="name the file itself")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        why = f"{what} {str(path)!r} cannot be read: {error.strerror}"
        raise UnusableFile(why, hint="check its permissions") from error
    if not first:
        raise UnusableFile(f"{what} {str(path)!r} is empty", hint="nothing was stored or sent")
    return path


def require_text(path: Path, what: str) -> Path:
    """The path of a file of text, of any size; raises `UnusableFile` for another kind."""
    with require_file(path, what).open("rb") as file:
        chunk = file.read(_CHUNK)
        kind = kind_of(chunk)
        while chunk and not kind:
            kind = "not text" if b"\0" in chunk else None
            chunk = file.read(_CHUNK)
    if kind:
        raise UnusableFile(f"{what} {str(path)!r} is {kind}, not a text file", hint="save it as text in UTF-8")
    return path


def read_small(path: Path, what: str, *, largest: int = LARGEST) -> bytes:
    """The bytes of a text file; raises `UnusableFile` when it is larger than `largest` bytes."""
    data = require_text(path, what).read_bytes()
    if len(data) > largest:
        raise UnusableFile(f"{what} {str(path)!r} has more than {largest:,} bytes", hint="split the file")
    return data


def read_sheet_file(path: Path, *, largest: int = LARGEST) -> bytes:
    """The bytes of a decision sheet, CSV or XLSX. Raises `UnusableFile` when it is neither, or too large."""
    with require_file(path, "the sheet").open("rb") as file:
        workbook = file.read(len(WORKBOOK)) == WORKBOOK
    if path.stat().st_size > largest:
        raise UnusableFile(f"the sheet {str(path)!r} has more than {largest:,} bytes",
                           hint="write a new sheet with `version show --sheet`, and fill in that one")
    if not workbook:
        return read_small(path, "the sheet", largest=largest)
    return path.read_bytes()


def read_header_of(path: Path) -> tuple[str, ...]:
    """The column names in the first row of a CSV file. Raises `MalformedCycleFile` when it has none or one twice."""
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(codecs.BOM_UTF8)
    _, columns = read_header(head.decode("utf-8", errors="replace"))
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        why = f"{path.name}: the header has the column {repeated[0]!r} twice"
        raise MalformedCycleFile(why, hint="give each column its own name")
    if not any(columns):
        raise MalformedCycleFile(f"{path.name} has no header row", hint="the first row names the columns")
    return columns


def count_values(path: Path, column: str) -> Mapping[str, int]:
    """How many rows of a CSV file hold each value of a column, trimmed, in the order in which they first occur.

    Streams the file. Rows that are cut short are passed over: Data Profiling names them when it reads everything.
    Raises `UnusableFile` for a quotation that does not end.
    """
    found = Counter[str]()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        delimiter, columns = read_header(file.read(_HEAD))
        at = columns.index(column)
        file.seek(0)
        rows = csv.reader(file, delimiter=delimiter)
        try:
            next(rows)
            found.update(cells[at].strip(WHITE_SPACE) for cells in rows if len(cells) > at)
        except csv.Error as error:
            raise UnusableFile(f"{path.name}, line {rows.line_num}: {error}", hint="end every quotation") from error
    return found
