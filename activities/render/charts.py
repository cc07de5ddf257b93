"""Charts as inline SVG: stacked bars and a timeline, drawn with the pieces of `methods.drawing`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from methods.drawing import LETTER, ON_DARK, TITLE_ROOM, box, legend, lengths, line, picture, text, written
from methods.lettering import fit, width

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree import ElementTree

    from models.document import Bars, Span, Timeline

WIDTH = 720
LABEL = 178
STAND_IN = 1.2  # how much wider the letters are of the face that a machine without the common ones shows


def bars(chart: Bars, *, ident: str) -> str:
    """Horizontal stacked bars with a legend of the series that occur."""
    texts = max((width(bar.text) for bar in chart.bars), default=0)
    room = WIDTH - LABEL - 12 - texts * LETTER * STAND_IN
    longest = max(max(sum(bar.values) for bar in chart.bars), 1)
    used = [place for place in range(len(chart.series)) if any(bar.values[place] for bar in chart.bars)]
    top, step = (26, 22)
    svg = picture(chart.title, chart.description, wide=WIDTH, high=top + step * len(chart.bars) + 4, ident=ident)
    legend(svg, LABEL, [(chart.series[place].name, chart.series[place].tone) for place in used], ident)
    for row, bar in enumerate(chart.bars):
        y, x = top + row * step, float(LABEL)
        text(svg, LABEL - 8, y + 12, fit(bar.label, TITLE_ROOM), anchor="end", title=bar.label)
        length = room if chart.shares else room * sum(bar.values) / longest
        for place, size in enumerate(lengths(bar.values, length)):
            if bar.values[place]:
                tone = chart.series[place].tone
                box(svg, x, y + 1, size, 15, tone, ident, title=f"{chart.series[place].name}: {bar.values[place]:,}")
                count = f"{bar.values[place]:,}"
                if not chart.shares and len(used) > 1 and width(count) * LETTER + 6 < size and count != bar.text:
                    text(svg, x + size / 2, y + 12, count, anchor="middle", light=tone in ON_DARK,
                         halo=tone in ("warn", "note"))
            x += size
        text(svg, x + 6, y + 12, bar.text)
    return written(svg)


def timeline(chart: Timeline, *, ident: str) -> str:
    """Lanes of spans over a time axis; a span too short to hold its label has it at its side."""
    start = min(span.start for lane in chart.lanes for span in lane.spans)
    end = max(max(span.end for lane in chart.lanes for span in lane.spans), start + timedelta(seconds=1))
    rows = sum(len(lane.spans) for lane in chart.lanes)
    room, step, top = WIDTH - LABEL - 16, 17, 6
    bottom = top + rows * step + 6 * len(chart.lanes)
    svg = picture(chart.title, chart.description, wide=WIDTH, high=bottom + 22, ident=ident)
    for place in range(5):
        x, moment = LABEL + room * place / 4, start + (end - start) * place / 4
        line(svg, x, top, x, bottom)
        anchor = {0: "start", 4: "end"}.get(place, "middle")
        text(svg, x, bottom + 14, _tick(moment, end - start, first=place == 0), anchor=anchor)
    y = float(top)
    for lane in chart.lanes:
        text(svg, LABEL - 8, y + 12, fit(lane.label, TITLE_ROOM), anchor="end", title=lane.label)
        for span in lane.spans:
            _span(svg, span, y, LABEL + room * ((span.start - start) / (end - start)),
                  max(3.0, room * ((span.end - span.start) / (end - start))), ident)
            y += step
        y += 6
        line(svg, 0, y - 3, WIDTH, y - 3)
    return written(svg)


def _span(svg: ElementTree.Element, span: Span, y: float, x: float, size: float, ident: str) -> None:
    x = min(x, WIDTH - 16 - size)
    label = fit(span.label, 44)
    needed = width(label) * LETTER + 8
    box(svg, x, y + 1, size, 14, span.tone, ident,
        title=f"{span.label}: {span.start:%Y-%m-%d %H:%M:%S} to {span.end:%Y-%m-%d %H:%M:%S} UTC")
    if needed < size:
        text(svg, x + 5, y + 12, label, light=span.tone in ON_DARK)
    elif x + size + needed < WIDTH:
        text(svg, x + size + 4, y + 12, label, halo=True)
    else:
        text(svg, x - 4, y + 12, label, anchor="end", halo=True)


def _tick(moment: datetime, whole: timedelta, *, first: bool) -> str:
    """A date, or a time where the whole axis is short; the first tick always has the date."""
    if whole >= timedelta(days=5):
        return f"{moment:%Y-%m-%d}"
    time = f"{moment:%H:%M:%S}" if whole < timedelta(hours=2) else f"{moment:%m-%d %H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}" if first else time
