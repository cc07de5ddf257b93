"""The report as one HTML file that needs nothing else: styles and charts inside, no script, printing well on A4.

Everything that people wrote is escaped by the template engine and shown by `visible`; byte-identical for equal input.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from activities.render import charts
from activities.render.columns import layout, parts
from activities.render.sections import chapters, shown
from methods.figures.display import count, day, moment
from methods.lettering import visible
from models.document import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.document import Bars, Cell, Rows, Table, Timeline
    from models.items import Section
    from models.report import ReportFacts


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table as the template needs it: the rows to show, column widths in percent, and how it is set."""

    table: Table
    rows: Rows
    widths: tuple[str, ...]
    css: str
    note: str


def render_html(facts: ReportFacts, sections: Sequence[Section]) -> bytes:
    """The report body as UTF-8. Raises VerificationFailed where facts and sections do not belong together."""
    template = environment().get_template("report.html.j2")
    return template.render(facts=facts, cycle=facts.cycle, chapters=chapters(facts, sections)).encode()


@cache
def environment() -> Environment:
    """The template engine: escapes all output, refuses unknown names."""
    env = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True,
                      undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown_plainly)
    env.globals.update(draw=draw, bars=_bars, timeline=_timeline, is_mark=_is_mark)
    env.filters.update(count=count, day=day, moment=moment, breakable=_breakable)
    return env


def _shown_plainly(value: object) -> object:
    """Applied by the engine to whatever a template prints, before it escapes it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _is_mark(cell: Cell) -> bool:
    return isinstance(cell, Mark)


def _bars(chart: Bars, ident: str) -> Markup:
    return Markup(charts.bars(chart, ident=ident))  # noqa: S704 - an element tree escapes its text itself


def _timeline(chart: Timeline, ident: str) -> Markup:
    return Markup(charts.timeline(chart, ident=ident))  # noqa: S704 - an element tree escapes its text itself


def draw(table: Table) -> Drawn:
    """A table with the rows that the document shows and the room for each column."""
    rows = table.rows[:shown(table)]
    found = layout(table.columns, rows, dense=table.dense)
    across = found.setting == "wide" and bool(rows)
    css = " ".join(name for name, on in (("wide", across), ("compact", across or found.setting == "compact"),
                                         ("short", found.small)) if on)
    return Drawn(table=table, rows=rows, widths=found.widths, css=css, note=_note(table, len(rows)))


def _breakable(name: str) -> Markup:
    return Markup("<wbr>").join(parts(visible(name)))


def _note(table: Table, number: int) -> str:
    total = len(table.rows)
    where = f" All are in sheet “{table.sheet}” of the workbook." if table.sheet else ""
    if number == total:
        return ""
    if number == 0:
        return f"{count(total)} rows: too many to read on paper.{where}"
    order = f", {table.order}" if table.order else ""
    return f"The first {count(number)} of {count(total)} rows{order}.{where}"
