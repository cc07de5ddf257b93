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
from activities.render.columns import LINE, plain
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
    cycle = facts.cycle
    under = (cycle.institution, cycle.regulation, f"Period ending {day(cycle.period)}", f"Cycle {cycle.id}",
             f"Submitted {moment(facts.as_of)} UTC")
    return {
        "title": printable(f"{cycle.report_name}, {day(cycle.period)}: report of test cycle {cycle.id}"),
        "over": f"Report of a test cycle{f', correcting {cycle.amends}' if cycle.amends else ''}",
        "name": _words(cycle.report_name), "under": [_words(part) for part in under if part],
        "foot": f"Report of test cycle {cycle.id}",
        "chapters": [_chapter(chapter) for chapter in chapters(facts, sections)],
    }


def _cells(report: dict[str, Any]) -> int:
    blocks = [block for chapter in report["chapters"] for block in chapter["blocks"]]
    return sum(len(row) for block in blocks for row in block.get("rows", ()))


def _chapter(chapter: Chapter) -> dict[str, Any]:
    blocks = [block for block in chapter.blocks if not (isinstance(block, Table) and block.where == "workbook")]
    return {
        "number": chapter.number, "name": chapter.name, "title": chapter.title, "comment": _words(chapter.comment),
        "blocks": [_block(block, f"{chapter.name}-{place}", headed=place > 0 and blocks[place - 1].kind == "heading")
                   for place, block in enumerate(blocks)],
    }


def _block(block: AnyBlock, ident: str, *, headed: bool) -> dict[str, Any]:
    """A block as data; `headed` tells that a heading stands right above it, so a title would say it twice."""
    match block:
        case Table():
            return _table(block, headed=headed)
        case Bars() | Timeline():
            svg = charts.bars(block, ident=ident) if isinstance(block, Bars) else charts.timeline(block, ident=ident)
            return {"kind": "chart", "title": _words(block.title), "alt": block.description, "svg": printable(svg)}
        case Paragraph():
            return {"kind": "paragraph", "text": _words(block.text), "tone": block.tone}
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
                 "fields": [{"label": field.label, "text": _words(field.text)} for field in entry.fields]}
                for entry in block.items]}
        case _:  # `chapters` has turned every register into a table
            raise TypeError(f"a block of kind {block.kind!r} cannot be drawn")


def _table(table: Table, *, headed: bool) -> dict[str, Any]:
    drawn = draw(table)
    setting = "wide" if "wide" in drawn.css else "compact" if "compact" in drawn.css else ""
    shares = [float(width.rstrip("%")) for width in drawn.widths]
    rooms = [LINE[setting] * share / 100 - _PADDING for share in shares]
    return {
        "kind": "table", "title": "" if headed else _words(table.title), "setting": setting,
        "short": "short" in drawn.css, "note": drawn.note, "empty": "" if table.rows else table.empty,
        "columns": [{"label": column.label, "kind": column.kind, "share": share}
                    for column, share in zip(table.columns, shares, strict=True)],
        "rows": [[_cell(cell, room / (_MONOSPACED if column.kind == "hash" else 1))
                  for cell, room, column in zip(row, rooms, table.columns, strict=True)] for row in drawn.rows],
    }


def _cell(cell: Cell, room: float) -> str | dict[str, str]:
    return _mark(cell, room) if isinstance(cell, Mark) else breakable(plain(cell), room)


def _mark(mark: Mark, room: float) -> dict[str, str]:
    return {"text": breakable(mark.text, room), "tone": mark.tone}


def _words(text: str) -> str:
    return breakable(text, _LONGEST)
