"""Charts as inline SVG: stacked bars and a timeline, in tones that stay apart when printed grey.

Built as an element tree, so text is escaped by construction; every chart has a title and a description that a screen
reader speaks. Coordinates have one decimal, so the same chart has the same bytes everywhere.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from activities.render.text import fit, width

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from models.document import Bars, Span, Timeline, Tone

WIDTH = 720
LABEL, LABEL_ROOM = 178, 31
LETTER = 5.4  # a `width` of one at 10.5 units, on the safe side
INK = "#1f2933"
FILLS: dict[Tone, str] = {"good": "#a9cbb7", "note": "#d3e0ee", "warn": "#e3b04b", "bad": "#a02b2b",
                          "alarm": "#4a1010", "plain": "#ffffff"}
HATCHES: tuple[tuple[Tone, str, str, str], ...] = (("warn", "45", "#8a5a00", "5"), ("note", "0", "#7d9cbd", "1.4"))
ON_DARK = ("bad", "alarm")


def bars(chart: Bars, *, ident: str) -> str:
    """Horizontal stacked bars with a legend of the series that occur."""
    texts = max((width(bar.text) for bar in chart.bars), default=0)
    room = WIDTH - LABEL - 12 - texts * LETTER
    longest = max(max(sum(bar.values) for bar in chart.bars), 1)
    used = [place for place in range(len(chart.series)) if any(bar.values[place] for bar in chart.bars)]
    top, step = (26, 22)
    svg = _svg(chart.title, chart.description, height=top + step * len(chart.bars) + 4, ident=ident)
    _legend(svg, [(chart.series[place].name, chart.series[place].tone) for place in used], ident)
    for row, bar in enumerate(chart.bars):
        y, x = top + row * step, float(LABEL)
        _text(svg, LABEL - 8, y + 12, fit(bar.label, LABEL_ROOM), anchor="end", title=bar.label)
        length = room if chart.shares else room * sum(bar.values) / longest
        for place, size in enumerate(_lengths(bar.values, length)):
            if bar.values[place]:
                tone = chart.series[place].tone
                _box(svg, x, y + 1, size, 15, tone, ident, title=f"{chart.series[place].name}: {bar.values[place]:,}")
                label = f"{bar.values[place]:,}"
                if not chart.shares and len(used) > 1 and width(label) * LETTER + 6 < size:
                    _text(svg, x + size / 2, y + 12, label, anchor="middle", light=tone in ON_DARK)
            x += size
        _text(svg, x + 6, y + 12, bar.text)
    return _written(svg)


def timeline(chart: Timeline, *, ident: str) -> str:
    """Lanes of spans over a time axis; a span too short to hold its label has it at its side."""
    start = min(span.start for lane in chart.lanes for span in lane.spans)
    end = max(max(span.end for lane in chart.lanes for span in lane.spans), start + timedelta(seconds=1))
    rows = sum(len(lane.spans) for lane in chart.lanes)
    room, step, top = WIDTH - LABEL - 16, 17, 6
    bottom = top + rows * step + 6 * len(chart.lanes)
    svg = _svg(chart.title, chart.description, height=bottom + 22, ident=ident)
    for place in range(5):
        x, moment = LABEL + room * place / 4, start + (end - start) * place / 4
        _line(svg, x, top, x, bottom)
        anchor = {0: "start", 4: "end"}.get(place, "middle")
        _text(svg, x, bottom + 14, _tick(moment, end - start, first=place == 0), anchor=anchor)
    y = float(top)
    for lane in chart.lanes:
        _text(svg, LABEL - 8, y + 12, fit(lane.label, LABEL_ROOM), anchor="end", title=lane.label)
        for span in lane.spans:
            _span(svg, span, y, LABEL + room * ((span.start - start) / (end - start)),
                  max(3.0, room * ((span.end - span.start) / (end - start))), ident)
            y += step
        y += 6
        _line(svg, 0, y - 3, WIDTH, y - 3)
    return _written(svg)


def _span(svg: ElementTree.Element, span: Span, y: float, x: float, size: float, ident: str) -> None:
    x = min(x, WIDTH - 16 - size)
    label = fit(span.label, 44)
    needed = width(label) * LETTER + 8
    _box(svg, x, y + 1, size, 14, span.tone, ident,
         title=f"{span.label}: {span.start:%Y-%m-%d %H:%M:%S} to {span.end:%Y-%m-%d %H:%M:%S} UTC")
    if needed < size:
        _text(svg, x + 5, y + 12, label, light=span.tone in ON_DARK)
    elif x + size + needed < WIDTH:
        _text(svg, x + size + 4, y + 12, label, halo=True)
    else:
        _text(svg, x - 4, y + 12, label, anchor="end", halo=True)


def _lengths(values: Sequence[int], length: float) -> list[float]:
    """`length` shared out in proportion; what is there at all is at least two units wide, at the largest's expense."""
    total = sum(values)
    if not total:
        return [0.0] * len(values)
    sizes = [max(2.0, length * value / total) if value else 0.0 for value in values]
    largest = sizes.index(max(sizes))
    sizes[largest] = max(2.0, sizes[largest] - (sum(sizes) - length))
    return sizes


def _tick(moment: datetime, whole: timedelta, *, first: bool) -> str:
    """A date, or a time where the whole axis is short; the first tick always has the date."""
    if whole >= timedelta(days=5):
        return f"{moment:%Y-%m-%d}"
    time = f"{moment:%H:%M:%S}" if whole < timedelta(hours=2) else f"{moment:%m-%d %H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}" if first else time


def _svg(title: str, description: str, *, height: float, ident: str) -> ElementTree.Element:
    svg = ElementTree.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {height:.0f}", "role": "img",
        "aria-labelledby": f"{ident}-title {ident}-desc", "font-size": "10.5", "fill": INK})
    ElementTree.SubElement(svg, "title", {"id": f"{ident}-title"}).text = fit(title, 200)
    ElementTree.SubElement(svg, "desc", {"id": f"{ident}-desc"}).text = fit(description, 400)
    patterns = ElementTree.SubElement(svg, "defs")
    for tone, angle, ink, mark in HATCHES:
        pattern = ElementTree.SubElement(patterns, "pattern", {
            "id": f"{ident}-{tone}", "width": "5", "height": "5", "patternUnits": "userSpaceOnUse",
            "patternTransform": f"rotate({angle})"})
        ElementTree.SubElement(pattern, "rect", {"width": "5", "height": "5", "fill": FILLS[tone]})
        ElementTree.SubElement(pattern, "rect", {"x": "2", "y": "0", "width": "1.4", "height": mark, "fill": ink})
    return svg


def _legend(svg: ElementTree.Element, entries: Sequence[tuple[str, Tone]], ident: str) -> None:
    x = float(LABEL)
    for name, tone in entries:
        _box(svg, x, 4, 11, 11, tone, ident)
        _text(svg, x + 16, 13.5, name)
        x += 34 + width(name) * LETTER


def _box(svg: ElementTree.Element, x: float, y: float, wide: float, high: float, tone: Tone, ident: str, *,
         title: str = "") -> None:
    hatched = any(tone == hatch[0] for hatch in HATCHES)
    fill = f"url(#{ident}-{tone})" if hatched else FILLS[tone]
    box = ElementTree.SubElement(svg, "rect", {
        "x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{wide:.1f}", "height": f"{high:.1f}", "fill": fill,
        "stroke": "#52606d", "stroke-width": "0.6"})
    if title:
        ElementTree.SubElement(box, "title").text = fit(title, 200)


def _line(svg: ElementTree.Element, x1: float, y1: float, x2: float, y2: float) -> None:
    ElementTree.SubElement(svg, "line", {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}",
                                         "stroke": "#d9dee3", "stroke-width": "0.8"})


def _text(svg: ElementTree.Element, x: float, y: float, text: str, *, anchor: str = "start", light: bool = False,
          halo: bool = False, title: str = "") -> None:
    given = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    if light:
        given["fill"] = "#ffffff"
    if halo:
        given |= {"paint-order": "stroke", "stroke": "#ffffff", "stroke-width": "3"}
    element = ElementTree.SubElement(svg, "text", given)
    element.text = fit(text, 90)
    if title and fit(title, LABEL_ROOM) != title:
        ElementTree.SubElement(element, "title").text = fit(title, 200)


def _written(svg: ElementTree.Element) -> str:
    return ElementTree.tostring(svg, encoding="unicode")
