"""Tables on pages: ruled ones by their cells, others by what stands below each word of the header.

A table goes on over the following pages, whether they repeat the header or not, as long as its columns stay in place.
"""

from __future__ import annotations

from collections.abc import Sequence

from methods.evidence.page_layout import Cell, Line, Page, Segment, place
from methods.evidence.records import Candidate, Collector, Wanted
from methods.evidence.tables import Layout, is_header

_SLACK = 3.0  # points by which columns of one table differ from page to page


def read_tables(pages: Sequence[Page], wanted: Wanted, *, name: str, prefix: str) -> Collector | None:
    """The rows of the tables with the wanted columns, ruled ones first; None when no page has such a header."""
    return _ruled(pages, wanted, name, prefix) or _unruled(pages, wanted, name, prefix)


def _ruled(pages: Sequence[Page], wanted: Wanted, name: str, prefix: str) -> Collector | None:
    into, layout, edges = Collector(wanted), None, (0.0, 0.0)
    for page in pages:
        for table in page.tables:
            around = _edges(table)
            going = layout is not None and len(table[0]) == layout.width and all(
                abs(one - other) <= _SLACK for one, other in zip(around, edges, strict=True))
            for row in table:
                header = [text for text, _ in row]
                if is_header(header, wanted):
                    layout, edges, going = Layout.of(header, wanted, name=name), around, True
                    into.seen.update(attribute for attribute, _ in layout.columns)
                elif going and layout is not None:
                    _take([*row, *[("", (0, 0, 0, 0))] * (layout.width - len(row))], layout, into, page.number, prefix)
    return into if layout is not None else None


def _edges(table: Sequence[Sequence[Cell]]) -> tuple[float, float]:
    boxes = [box for row in table for _, box in row if any(box)]
    return min(box[0] for box in boxes), max(box[2] for box in boxes)


def _unruled(pages: Sequence[Page], wanted: Wanted, name: str, prefix: str) -> Collector | None:
    into, layout = Collector(wanted), None
    columns: Line = ()
    for page in pages:
        for line in page.lines:
            header = [segment.text for segment in line]
            if is_header(header, wanted):
                layout, columns = Layout.of(header, wanted, name=name), line
                into.seen.update(attribute for attribute, _ in layout.columns)
            elif layout is not None and (row := _row(line, columns)) and all(row[at][0] for at in layout.keys):
                _take(row, layout, into, page.number, prefix)
    return into if layout is not None else None


def _row(line: Line, columns: Line) -> list[Cell]:
    """The cells of a line below a header: each segment goes to the one column that it stands under, or none do."""
    cells: list[list[Segment]] = [[] for _ in columns]
    for segment in line:
        under = [at for at, column in enumerate(columns) if segment.overlap(column) > 0]
        if len(under) > 1:
            return []
        nearest = max(range(len(columns)), key=lambda at: segment.overlap(columns[at]))
        cells[under[0] if under else nearest].append(segment)
    if any(len(cell) > 1 for cell in cells) or sum(map(bool, cells)) < min(2, len(columns)):
        return []
    return [(cell[0].text, (cell[0].x0, cell[0].top, cell[0].x1, cell[0].bottom)) if cell else ("", (0, 0, 0, 0))
            for cell in cells]


def _take(row: Sequence[Cell], layout: Layout, into: Collector, page: int, prefix: str) -> None:
    if not any(text for text, _ in row):
        return

    def candidate(attribute: str, at: int) -> Candidate:
        text, box = row[at]
        shown = box if any(box) else row[layout.keys[0]][1]
        where = prefix + place(page, shown, f"column {into.wanted.columns[attribute]!r}")
        return Candidate(text, where, "its font does not say which letters it shows" if "(cid:" in text else "")

    first = prefix + place(page, row[layout.keys[0]][1], "a row without a key")
    layout.take([row[at][0].strip() for at in layout.keys], into, place=first, candidate=candidate)
