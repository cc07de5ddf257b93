"""Delimited text with a header row, read from bytes: delimiter and encoding are found, nothing is repaired or dropped.

Comma, semicolon, bar or tab; UTF-8 with or without a byte order mark, else Windows-1252 or Latin-1. A file of another
kind, a ragged row or a broken quotation is refused, with its row (the header is row 1).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.errors import BadInput, UnusableFile

DELIMITERS = (",", ";", "|", "\t")
_MAGIC = {
    b"PK\x03\x04": "a workbook or a ZIP archive", b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x1f\x8b": "a gzip archive", b"PAR1": "a Parquet file", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive", b"7z\xbc\xaf": "a 7z archive",
    b"{\\rtf": "an RTF document", b"\xff\xfe": "UTF-16 text", b"\xfe\xff": "UTF-16 text",
}
_MARKUP = (b"<!doctype", b"<html", b"<?xml")
_AS_CSV = "save the table as CSV in UTF-8, with a header row, and try again"


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited file whose header has been read; `rows` reads the rest."""

    name: str
    columns: tuple[str, ...]
    delimiter: str
    encoding: str
    text: str = field(repr=False)
    refuse: type[BadInput] = UnusableFile

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Row number and cells by column, as written; blank rows are passed over but counted."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                if number == 1 or not any(cells):
                    continue
                if len(cells) != len(self.columns):
                    raise self.refuse(f"{self.name}, row {number}: {len(cells)} cells, but the header has "
                                      f"{len(self.columns)} columns", hint="correct that row, or quote its texts")
                yield number, dict(zip(self.columns, cells, strict=True))
        except csv.Error as error:
            raise self.refuse(f"{self.name}, row {number + 1}: {error}", hint=_AS_CSV) from error


def read_delimited(data: bytes, *, name: str, wanted: Collection[str] = (), others_may_repeat: bool = False,
                   refuse: type[BadInput] = UnusableFile) -> Delimited:
    """The table that the bytes of a file hold; `name` is how messages call it, `refuse` what they are raised as.

    The delimiter is the one that finds most of the `wanted` columns, then most columns. Raises when the file is empty,
    of another kind, without one of the wanted columns or with two columns of one name; with `others_may_repeat` only
    the wanted ones have to be single.
    """
    if not data.strip(b" \t\r\n\xef\xbb\xbf\0"):
        raise refuse(f"{name} is empty", hint="supply a CSV file with a header row")
    if kind := kind_of(data[:4096]) or ("not text" if b"\0" in data else None):
        raise refuse(f"{name} is {kind}, not a CSV file", hint=_AS_CSV)
    text, encoding = _decoded(data)
    delimiter, columns = read_header(text, wanted=wanted)
    single = [column for column in columns if column and (column in wanted or not others_may_repeat)]
    if repeated := [column for place, column in enumerate(single) if column in single[:place]]:
        raise refuse(f"{name}: the header has the column {repeated[0]!r} twice", hint="give each column its own name")
    if missing := [column for column in dict.fromkeys(wanted) if column not in columns]:
        raise refuse(f"{name}: the header has no column {', '.join(map(repr, missing))}; it has "
                     f"{', '.join(columns[:20])}{', ...' if len(columns) > 20 else ''}",
                     hint="add the missing columns and try again")
    return Delimited(name=name, columns=columns, delimiter=delimiter, encoding=encoding, text=text, refuse=refuse)


def kind_of(head: bytes) -> str | None:
    """What a file is that cannot be delimited text, by its first bytes; None when it can."""
    found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if found is None and head.lstrip().lower().startswith(_MARKUP):
        return "a web page or XML"
    return found or ("not text" if b"\0" in head else None)


def read_header(text: str, *, wanted: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """The delimiter, and the names in the first row, trimmed."""
    def found(delimiter: str) -> tuple[str, ...]:
        try:
            first: Sequence[str] = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), ())
        except csv.Error:
            return ()
        return tuple(name.strip() for name in first)

    headers = {delimiter: found(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda one: (len(set(wanted) & set(headers[one])), len(headers[one])))
    return best, headers[best]


def _decoded(data: bytes) -> tuple[str, str]:
    body = data.removeprefix(codecs.BOM_UTF8)
    for encoding in ("utf-8", "cp1252"):
        try:
            return body.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1"), "latin-1"


@dataclass(frozen=True, slots=True)
class Headed:
    """A header record, such as a transmittal sheet, and the records that it came with; cells are trimmed."""

    header: Mapping[str, str]
    records: tuple[tuple[str, ...], ...]


def read_headed(data: bytes, *, header: Sequence[str], records: Sequence[str], name: str,
                delimiter: str = "|") -> Headed:
    """The file in these bytes: no line of names, the header record first, then one record a line, nothing quoted.

    `header` and `records` name the fields in the order of the file. Raises `UnusableFile` for a file of another kind,
    without a header record, or with a line of another width, which is named.
    """
    if kind := kind_of(data[:4096]) or ("empty" if not data.strip() else None):
        raise UnusableFile(f"{name} is {kind}", hint="supply the file as it was filed")
    text, _ = _decoded(data)
    lines = [(number, [cell.strip() for cell in line.split(delimiter)])
             for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1) if line.strip()]
    for place, (number, cells) in enumerate(lines):
        wanted = len(records) if place else len(header)
        if len(cells) != wanted:
            raise UnusableFile(f"{name}, line {number}: {len(cells)} fields instead of {wanted}",
                               hint="correct that line" if place else "the first line must be the header record")
    (_, first), *rest = lines
    return Headed(header=dict(zip(header, first, strict=True)), records=tuple(tuple(cells) for _, cells in rest))
