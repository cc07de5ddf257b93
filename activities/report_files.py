"""The report data as filed, made into the delimited UTF-8 text that is loaded: gzip, Parquet, XLSX, other encodings.

Plain text in UTF-8 is used as it is. Everything else is written anew into a folder of the caller's, row by row and
cell by cell as text; the file as filed stays what is stored and hashed.
"""

from __future__ import annotations

import csv
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from activities.tables import opened
from methods import duckdb_sql as sql
from methods.delimited import kind_of
from methods.encoded_text import Utf8Check, decoded, encoding_named, mark_of
from methods.evidence.encodings import encoding_of, wide_encoding
from methods.evidence.limits import LARGEST as LARGEST_WORKBOOK
from methods.evidence.records import Unreadable
from methods.evidence.workbook import sheet_rows
from models.errors import UnusableFile

UNPACKED = 64 << 30  # bytes that a gzip file may hold
_CHUNK = 8 << 20
_PIECE = 1 << 20  # stays in the processor's cache: in pieces of 8 MiB a byte takes five times as long to check
_SAMPLE = 1 << 20
_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_SAVE = "save it as CSV, bar-delimited text, Parquet or XLSX"
_PLAIN = (r"BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|FLOAT|DOUBLE|VARCHAR|DATE|TIME|TIMESTAMP[A-Z_ ]*"
          r"|UUID|ENUM\(.*\)")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of delimited text in UTF-8 with a header row, and what it was made from, in words: `gzip, cp1252`.

    `only_blanks`: no value is known to end in other white space than the blank.
    """

    path: Path
    read_as: str
    only_blanks: bool = False


def go_on() -> None:
    """Nobody asks to end the work."""


def as_text(path: Path, *, name: str, folder: Path, encoding: str = "",
            pause: Callable[[], None] = go_on) -> TextFile:
    """The report data as text; what had to be written is in `folder`.

    `encoding` is that of text as the cycle file states it; '' finds it. `pause` is called between pieces and may raise
    to end the work. Raises `UnusableFile` for a file that is missing, empty, damaged, too large, of another kind, or
    not in the encoding that was stated.
    """
    if encoding:
        encoding = encoding_named(encoding)
    into, told = Path(tempfile.mkdtemp(dir=folder)), []
    head = _head(path, name)
    if head.startswith(_GZIP):
        path, told = _unpacked(path, into / path.name.removesuffix(".gz"), name, pause), ["gzip"]
        head = _head(path, name)
    if head.startswith(_PARQUET):
        return TextFile(_from_parquet(path, into / f"{path.name}.csv", name), ", ".join([*told, "Parquet"]))
    if head.startswith(_ZIP):
        return TextFile(_from_workbook(path, into / f"{path.name}.csv", name, pause), ", ".join([*told, "XLSX"]))
    found = encoding or mark_of(head) or _wide(head[:4096]) or "utf-8"
    if not found.startswith(("utf-16", "utf-32")):
        _refuse_other(head, name)
    only_blanks = False
    if found in ("utf-8-sig", "utf-8"):
        found, only_blanks = _checked(path, name, pause, stated=bool(encoding))
    if found == "utf-8":
        return TextFile(path, ", ".join([*told, "text, utf-8"]), only_blanks)
    written = _transcoded(path, into / f"{path.name}.txt", name, found, pause)
    return TextFile(written, ", ".join([*told, f"text, {found}"]))


def _head(path: Path, name: str) -> bytes:
    with opened(path, name) as file:
        head = file.read(_CHUNK)
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise UnusableFile(f"{name} is empty", hint="supply a CSV file with a header row")
    return head


def _wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: at least every fourth byte is NUL, where in text of letters every other is."""
    likely = kind_of(head) == "not text" and 4 * head.count(b"\0") >= len(head)
    return wide_encoding(head) if likely else None


def _refuse_other(head: bytes, name: str) -> None:
    if kind := kind_of(head):
        raise UnusableFile(f"{name} is {kind}, not a CSV file", hint=_SAVE)


def _checked(path: Path, name: str, pause: Callable[[], None], *, stated: bool) -> tuple[str, bool]:
    """`utf-8`, and whether its values end in no other white space than blanks; else the encoding that the lines which
    are not UTF-8 are most likely in."""
    check = Utf8Check()
    for piece in _pieces(path, name, pause):
        if b"\0" in piece:
            raise UnusableFile(f"{name} is not text, not a CSV file", hint=_SAVE)
        if not check.take(piece):
            break
    if check.valid():
        return "utf-8", check.only_blanks
    if stated:
        raise UnusableFile(f"{name}, line {_line_at(path, name, check.line_begins)}: it is not UTF-8",
                           hint="state the encoding that it is in (data.encoding in the cycle file)")
    with opened(path, name) as file:
        file.seek(check.line_begins)
        return encoding_of(file.read(_SAMPLE).rsplit(b"\n", 1)[0]), False


def _pieces(path: Path, name: str, pause: Callable[[], None]) -> Iterator[bytes]:
    with opened(path, name) as file:
        while piece := file.read(_PIECE):
            pause()
            yield piece


def _line_at(path: Path, name: str, begins: int) -> int:
    """The number of the line that begins at a byte; counting while all is well would take longer than the check."""
    with opened(path, name) as file:
        pieces = iter(lambda: file.read(min(_PIECE, begins - file.tell())), b"")
        return 1 + sum(piece.count(b"\n") for piece in pieces)


def _transcoded(path: Path, into: Path, name: str, encoding: str, pause: Callable[[], None]) -> Path:
    with into.open("w", encoding="utf-8", newline="") as text:
        try:
            for piece in decoded(_pieces(path, name, pause), encoding):
                if "\0" in piece:
                    raise UnusableFile(f"{name} is not text, not a CSV file", hint=_SAVE)
                text.write(piece)
        except UnicodeError as error:
            raise UnusableFile(f"{name} is not in {encoding} throughout: {error}",
                               hint="state the encoding that it is in (data.encoding in the cycle file)") from error
    return into


def _unpacked(path: Path, into: Path, name: str, pause: Callable[[], None]) -> Path:
    size = 0
    with into.open("wb") as file:
        try:
            for piece in _members(_pieces(path, name, pause)):
                size += file.write(piece)
                if size > UNPACKED:
                    raise UnusableFile(f"{name}: unpacked it has more than {UNPACKED >> 30} GB", hint="split the file")
        except (zlib.error, EOFError) as error:
            raise UnusableFile(f"{name} is a damaged gzip file: {error}", hint="pack it again") from error
    return into


def _members(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What all members of a gzip file hold, in pieces of bounded size; zeros between and after them are padding."""
    member = None
    for piece in pieces:
        rest = piece
        while rest := rest if member else rest.lstrip(b"\0"):
            member = member or zlib.decompressobj(wbits=31)
            yield member.decompress(rest, _CHUNK)
            rest, member = (member.unused_data, None) if member.eof else (member.unconsumed_tail, member)
    if member:
        yield member.flush()
        if not member.eof:
            raise EOFError("its end is missing")


def _from_parquet(path: Path, into: Path, name: str) -> Path:
    """Every column cast to text by DuckDB. Nested columns and bytes have no text that a rule could mean."""
    source = f"read_parquet({sql.text(str(path), 'path')})"
    with duckdb.connect(config={"memory_limit": "400MB", "threads": "2"}) as connection:
        try:
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608 - quoted
            names = ", ".join(sql.text(str(row[0]), "column") for row in described)
            odd = connection.execute(
                f"SELECT n, t FROM (SELECT unnest([{names}]) AS n, unnest(?) AS t) "  # noqa: S608 - quoted
                f"WHERE NOT regexp_full_match(t, '{_PLAIN}')", [[row[1] for row in described]]).fetchone()
            if odd:
                raise UnusableFile(f"{name}: the column {odd[0]!r} is {odd[1]}, which is no single value",
                                   hint="give it a column of text, numbers or dates")
            kept = ", ".join(f"CAST({column} AS VARCHAR) AS {column}"
                             for column in (sql.identifier(str(row[0])) for row in described))
            connection.execute(f"COPY (SELECT {kept} FROM {source}) TO {sql.text(str(into), 'path')} "  # noqa: S608
                               "(FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"')")
        except duckdb.Error as error:
            raise UnusableFile(f"{name} is a Parquet file that cannot be read: {str(error).splitlines()[0]}",
                               hint="write it again") from error
    return into


def _from_workbook(path: Path, into: Path, name: str, pause: Callable[[], None]) -> Path:
    if path.stat().st_size > LARGEST_WORKBOOK:
        raise UnusableFile(f"{name}: a workbook of more than {LARGEST_WORKBOOK >> 20} MB is not read",
                           hint="save the table as CSV or Parquet")
    with into.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        try:
            for number, row in enumerate(sheet_rows(path.read_bytes(), name=name)):
                if number % 1_000 == 0:
                    pause()
                writer.writerow(row)
        except Unreadable as error:
            raise UnusableFile(f"{name} is a workbook or a ZIP archive that cannot be read: it {error}",
                               hint="save it again as XLSX, or as CSV") from error
    return into
