"""The report as one PDF on A4, drawn by Typst from report.typ: the same chapters, tables and charts as the page.

What people wrote travels as JSON and is set as text: Typst never reads it as markup. Fonts are those that Typst
brings along and the date is the report's own, so equal input gives equal bytes on every machine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from activities.render import charts
from activities.render.breaking import breakable, printable
from activities.render.columns import LINE, SMALL_LINES, lines, plain
from activities.render.html import draw
from activities.render.sections import chapters
from methods.figures.display import day, moment
from models.document import Bars, Bullets, Entries, Figures, Heading, Mark, Paragraph, Table, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from activities.render.sections import Chapter
    from models.document import AnyBlock, Cell
    from models.items import Section
    from models.report import ReportFacts

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
_PADDING = 2  # units of `width` that a cell's insets take
_MONOSPACED = 1.35  # how much wider than its text by `width` a hash is set
# Tags tell a screen reader what is a heading or a cell. In a report of many thousand cells they take ten times as long
# as the rest, and ten times the room; such a report is read in the page or the workbook then.
_TAGGED = 5000
_LONGEST = 60  # outside of tables, a word longer than this may break anywhere
# What takes more lines may be parted between pages. What takes a page and may not be parted would run off its end.
_ROW_WHOLE = 12
_BOX_WHOLE = 24
_BOX_LINE = 90

_CODE_POINTS = ("A letter that this file has no font for, or that cannot be seen, is printed as its Unicode code "
                "point, such as ⟨U+4E2D⟩. The web page and the workbook of this report show letters of every script.")


def render_pdf(facts: ReportFacts, sections: Sequence[Section]) -> bytes:
    """The report body as PDF. Raises VerificationFailed where facts and sections do not belong together."""
    report = content(facts, sections)
    found = typst.compile(
        str(TEMPLATE), root=str(TEMPLATE.parent), format="pdf", ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(report, ensure_ascii=False)}, timestamp=int(facts.as_of.timestamp()),
        pdf_tags=_cells(report) <= _TAGGED,
    )
    assert isinstance(found, bytes)
    return found


def content(facts: ReportFacts, sections: Sequence[Section]) -> dict[str, Any]:
    """What the template is given: the words of the report in its order, with the room that each column has."""
    cycle, found = facts.cycle, [_chapter(chapter) for chapter in chapters(facts, sections)]
    under = (cycle.institution, cycle.regulation, f"Period ending {day(cycle.period)}", f"Cycle {cycle.id}",
             f"Submitted {moment(facts.as_of)} UTC")
    return {
        "title": printable(f"{cycle.report_name}, {day(cycle.period)}: report of test cycle {cycle.id}"),
        "over": f"Report of a test cycle{f', correcting {cycle.amends}' if cycle.amends else ''}",
        "name": _words(cycle.report_name), "under": [_words(part) for part in under if part],
        "foot": f"Report of test cycle {cycle.id}",
        "chapters": found, "note": _CODE_POINTS if "⟨U+" in json.dumps(found, ensure_ascii=False) else "",
    }


def _cells(report: dict[str, Any]) -> int:
    blocks = [block for chapter in report["chapters"] for block in chapter["blocks"]]
    return sum(len(row) for block in blocks for row in block.get("rows", ()))


def _chapter(chapter: Chapter) -> dict[str, Any]:
    blocks = [block for block in chapter.blocks if not (isinstance(block, Table) and block.where == "workbook")]
    return {
        "number": chapter.number, "name": chapter.name, "title": chapter.title, "comment": _words(chapter.comment),
        "parted": _parted(chapter.comment),
        "blocks": [_block(block, f"{chapter.name}-{place}", headed=place > 0 and blocks[place - 1].kind == "heading")
                   for place, block in enumerate(blocks)],
    }


def _block(block: AnyBlock, ident: str, *, headed: bool) -> dict[str, Any]:
    """A block as data; `headed` tells that a heading stands right above it, so a title would say it twice."""
    match block:
        case Table():
            return _table(block, headed=headed)
        case Bars() | Timeline():
            chart = _labelled(block)
            svg = charts.bars(chart, ident=ident) if isinstance(chart, Bars) else charts.timeline(chart, ident=ident)
            return {"kind": "chart", "title": _words(block.title), "alt": block.description, "svg": printable(svg)}
        case Paragraph():
            return {"kind": "paragraph", "text": _words(block.text), "tone": block.tone,
                    "parted": _parted(block.text)}
        case Heading():
            return {"kind": "heading", "text": _words(block.text)}
        case Bullets():
            return {"kind": "bullets", "items": [_words(item) for item in block.items]}
        case Figures():
            return {"kind": "figures", "items": [
                {"label": figure.label, "value": figure.value, "detail": figure.detail, "tone": figure.tone}
                for figure in block.items]}
        case Entries():
            return {"kind": "entries", "items": [
                {"title": _words(entry.title), "mark": _mark(entry.mark, _LONGEST),
                 "parted": _parted(entry.title, *(field.text for field in entry.fields)),
                 "fields": [{"label": field.label, "text": _words(field.text)} for field in entry.fields]}
                for entry in block.items]}
        case _:  # `chapters` has turned every register into a table
            raise TypeError(f"a block of kind {block.kind!r} cannot be drawn")


def _labelled(chart: Bars | Timeline) -> Bars | Timeline:
    """With labels as they are printed, before a chart cuts them to their room: a code point is longer than a letter."""
    if isinstance(chart, Bars):
        return chart.model_copy(update={"bars": tuple(
            bar.model_copy(update={"label": printable(bar.label)}) for bar in chart.bars)})
    return chart.model_copy(update={"lanes": tuple(
        lane.model_copy(update={"label": printable(lane.label)}) for lane in chart.lanes)})


def _parted(*texts: str) -> bool:
    return sum(lines([printable(text)], [_BOX_LINE]) for text in texts) > _BOX_WHOLE


def _table(table: Table, *, headed: bool) -> dict[str, Any]:
    drawn = draw(table)
    setting = "wide" if "wide" in drawn.css else "compact" if "compact" in drawn.css else ""
    shares = [float(width.rstrip("%")) for width in drawn.widths]
    rooms = [(LINE[setting] * share / 100 - _PADDING) / (_MONOSPACED if column.kind == "hash" else 1)
             for column, share in zip(table.columns, shares, strict=True)]
    needed = [lines([printable(plain(cell)) for cell in row], rooms) for row in drawn.rows]
    return {
        "kind": "table", "title": "" if headed else _words(table.title), "setting": setting,
        "short": sum(needed) <= SMALL_LINES, "note": drawn.note, "empty": "" if table.rows else table.empty,
        "columns": [{"label": column.label, "kind": column.kind, "share": share}
                    for column, share in zip(table.columns, shares, strict=True)],
        "rows": [[_cell(cell, room) for cell, room in zip(row, rooms, strict=True)] for row in drawn.rows],
        "parted": [height > _ROW_WHOLE for height in needed],
    }


def _cell(cell: Cell, room: float) -> str | dict[str, str]:
    return _mark(cell, room) if isinstance(cell, Mark) else breakable(plain(cell), room)


def _mark(mark: Mark, room: float) -> dict[str, str]:
    return {"text": breakable(mark.text, room), "tone": mark.tone}


def _words(text: str) -> str:
    return breakable(text, _LONGEST)
