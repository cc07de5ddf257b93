"""The tables of an HTML page, row by row, as a browser would lay them out. Nothing is fetched, no entity is declared.

Tags that are left open end where HTML says that they do; a cell over several rows says the same in each, one over
several columns stands in the first. Scripts and styles are no text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html.parser import HTMLParser

from methods.evidence.limits import HTML_CELLS, HTML_DEPTH
from methods.evidence.records import Unreadable

Rows = Callable[[int, int, Sequence[str]], None]
_SPANS = 1_000  # columns or rows that one cell may take, as browsers have it
_SILENT = frozenset({"script", "style", "template"})
_BREAKS = frozenset({"br", "p", "div", "li", "ul", "ol", "hr", "h1", "h2", "h3", "h4", "h5", "h6"})


class _Table:
    """A table that is being read: its number on the page, its rows so far, and what hangs down into the next one."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.rows = 0
        self.hanging: dict[int, tuple[int, str]] = {}
        self.row: list[tuple[str, int, int]] | None = None
        self.cell: list[str] | None = None
        self.spans = (1, 1)


class TableParser(HTMLParser):
    """Calls `rows` with table number, row number and texts for every row; both count from 1.

    Raises `Unreadable` for a page whose tables are too deep in each other or too large.
    """

    def __init__(self, rows: Rows) -> None:
        super().__init__(convert_charrefs=True)
        self._rows = rows
        self._open: list[_Table] = []
        self._silent: list[str] = []
        self._cells = 0
        self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell, and close whatever that ends."""
        if self._silent or tag in _SILENT:
            self._silent += [tag] if tag in _SILENT else []
        elif tag == "table":
            self._open_table()
        elif tag == "tr":
            self._end_row()
            if self._open:
                self._open[-1].row = []
        elif tag in ("td", "th") and self._open:
            self._open_cell({name: value or "" for name, value in attrs})
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself holds nothing, as XHTML has it; an empty cell is a cell."""
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a table, row or cell."""
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
        elif tag == "table" and self._open:
            self._end_row()
            self._open.pop()
        elif tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Text belongs to the cell that is open."""
        if not self._silent and self._open and (cell := self._open[-1].cell) is not None:
            cell.append(data)

    def close(self) -> None:
        """The end of the page ends everything."""
        super().close()
        while self._open:
            self._end_row()
            self._open.pop()

    def _open_table(self) -> None:
        if len(self._open) >= HTML_DEPTH:
            raise Unreadable(f"is too deep: its tables stand more than {HTML_DEPTH} deep in each other")
        self.tables += 1
        self._open.append(_Table(self.tables))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        table = self._open[-1]
        self._end_cell()
        if table.row is None:
            table.row = []
        table.cell = []
        table.spans = _span(attributes.get("colspan", "")), _span(attributes.get("rowspan", ""))
        self._count(table.spans[0])

    def _end_cell(self) -> None:
        if self._open and (cell := self._open[-1].cell) is not None:
            table = self._open[-1]
            assert table.row is not None, "a cell opens a row"
            table.row.append((" ".join("".join(cell).split()), *table.spans))
            table.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if not self._open or self._open[-1].row is None:
            return
        table = self._open[-1]
        texts = _laid_out(table.row or [], table.hanging)
        self._count(len(texts) - sum(columns for _, columns, _ in table.row or []))
        table.row, table.rows = None, table.rows + 1
        self._rows(table.number, table.rows, texts)

    def _count(self, more: int) -> None:
        self._cells += more
        if self._cells > HTML_CELLS:
            raise Unreadable(f"is too large: its tables have more than {HTML_CELLS:,} cells")


def _laid_out(row: Sequence[tuple[str, int, int]], hanging: dict[int, tuple[int, str]]) -> list[str]:
    """The texts of a row, with the cells that hang down from the rows above in between; `hanging` is kept up."""
    texts: list[str] = []

    def hang() -> None:
        while len(texts) in hanging:
            left, text = hanging.pop(len(texts))
            if left > 1:
                kept[len(texts)] = (left - 1, text)
            texts.append(text)

    kept: dict[int, tuple[int, str]] = {}
    for text, columns, rows in row:
        hang()
        for at in range(columns):
            # Only the first of several columns says something, so that a title over a table is no value.
            said = text if at == 0 else ""
            if rows > 1:
                kept[len(texts)] = (rows - 1, said)
            texts.append(said)
    hang()
    hanging.clear()
    hanging.update(kept)
    return texts


def _span(stated: str) -> int:
    return min(max(int(stated), 1), _SPANS) if stated.isascii() and stated.isdigit() and len(stated) < 6 else 1
