"""HTML pages, as portals and "save as web page" make them: every table whose first rows hold the header is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from methods.evidence.encodings import encoding_of
from methods.evidence.html_tables import TableParser
from methods.evidence.limits import HEADER_ROWS, LARGEST_HTML
from methods.evidence.reading import require_columns
from methods.evidence.records import Candidate, Collector, Unreadable
from methods.evidence.tables import Layout, is_header
from methods.text import counted

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})",
                      re.IGNORECASE)
_PIECE = 1 << 20


def read_html(data: bytes, into: Collector, *, name: str, prefix: str = "") -> str:
    """Hand the rows of all tables with the header over; what was read, in words.

    Raises `Unreadable` when the page is too large or too deep, `UnusableEvidence` when no table has the header.
    """
    if len(data) > LARGEST_HTML:
        raise Unreadable(f"is too large: as a page it has more than {LARGEST_HTML >> 20} MB")
    encoding = page_encoding(data)
    reading = _Reading(into, name, prefix)
    parser = TableParser(reading.take)
    text = data.decode(encoding)
    for at in range(0, len(text), _PIECE):
        parser.feed(text[at:at + _PIECE])
    parser.close()
    if not reading.layouts:
        where = f"no row among the first {HEADER_ROWS} of its {counted(parser.tables, 'table')} has the column"
        require_columns(reading.nearest, into.wanted, name=name, where=where)
    return f"HTML, {encoding}, {', '.join(f'table {number}' for number in reading.layouts)}"


def page_encoding(data: bytes) -> str:
    """What the bytes show (a mark, valid UTF-8), else what the page says of itself, else what is likely."""
    found = encoding_of(data)
    stated = _CHARSET.search(data[:4096])
    if found.startswith("utf") or stated is None:
        return found
    try:
        data.decode(stated[1].decode())
    except (LookupError, UnicodeError):
        return found
    return stated[1].decode().lower()


class _Reading:
    """What is known of the tables so far: the layout of each that has the header, and the row that came closest."""

    def __init__(self, into: Collector, name: str, prefix: str) -> None:
        self.layouts: dict[int, Layout] = {}
        self.nearest: Sequence[str] = ()
        self._into, self._name, self._prefix = into, name, prefix

    def take(self, table: int, row: int, texts: Sequence[str]) -> None:
        """One row of one table."""
        wanted = self._into.wanted
        # A header of two rows is the lower one, as in workbooks.
        if row <= HEADER_ROWS and is_header(texts, wanted):
            self.layouts[table] = Layout.of(texts, wanted, name=f"{self._name}, table {table}")
            self._into.seen.update(attribute for attribute, _ in self.layouts[table].columns)
        elif table in self.layouts:
            self._hand_over(self.layouts[table], f"{self._prefix}table {table}, row {row}", texts)
        elif not self.nearest or self._hits(texts) > self._hits(self.nearest):
            self.nearest = texts

    def _hits(self, texts: Sequence[str]) -> int:
        wanted = self._into.wanted
        return len({*wanted.keys.values(), *wanted.columns.values()}.intersection(texts))

    def _hand_over(self, layout: Layout, place: str, texts: Sequence[str]) -> None:
        if not any(texts):
            return
        cells = [*texts, *[""] * (layout.width - len(texts))]

        def candidate(attribute: str, at: int) -> Candidate:
            return Candidate(cells[at], f"{place}, column {self._into.wanted.columns[attribute]}")

        layout.take([cells[at] for at in layout.keys], self._into, place=place, candidate=candidate)
