"""Pieces of an SVG picture: boxes, lines, marks and texts, in tones that stay apart when printed grey.

Built as an element tree, so text is escaped by construction; every picture has a title and a description that a screen
reader speaks. Coordinates have one decimal, so the same picture has the same bytes everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from methods.lettering import fit, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.document import Tone

LETTER = 5.4  # a `width` of one at 10.5 units, on the safe side
INK, EDGE = "#1f2933", "#52606d"
FILLS: dict[Tone, str] = {"good": "#a9cbb7", "note": "#d3e0ee", "warn": "#e3b04b", "bad": "#a02b2b",
                          "alarm": "#4a1010", "plain": "#ffffff"}
HATCHES: tuple[tuple[Tone, str, str, str], ...] = (("warn", "45", "#8a5a00", "5"), ("note", "0", "#7d9cbd", "1.4"))
ON_DARK = ("bad", "alarm")
TITLE_ROOM = 27  # what a label left of a chart may take, in a wide face too

Element = ElementTree.Element


def picture(title: str, description: str, *, wide: float, high: float, ident: str, whole: bool = False) -> Element:
    """An empty picture. A `whole` one is a file of its own: it brings its typeface and a white ground."""
    given = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {wide:.0f} {high:.0f}", "role": "img",
             "aria-labelledby": f"{ident}-title {ident}-desc", "font-size": "10.5", "fill": INK}
    if whole:
        given |= {"width": f"{wide:.0f}", "height": f"{high:.0f}", "font-family": "Helvetica, Arial, sans-serif"}
    svg = Element("svg", given)
    ElementTree.SubElement(svg, "title", {"id": f"{ident}-title"}).text = fit(title, 200)
    ElementTree.SubElement(svg, "desc", {"id": f"{ident}-desc"}).text = fit(description, 400)
    patterns = ElementTree.SubElement(svg, "defs")
    for tone, angle, ink, mark in HATCHES:
        pattern = ElementTree.SubElement(patterns, "pattern", {
            "id": f"{ident}-{tone}", "width": "5", "height": "5", "patternUnits": "userSpaceOnUse",
            "patternTransform": f"rotate({angle})"})
        ElementTree.SubElement(pattern, "rect", {"width": "5", "height": "5", "fill": FILLS[tone]})
        ElementTree.SubElement(pattern, "rect", {"x": "2", "y": "0", "width": "1.4", "height": mark, "fill": ink})
    if whole:
        ElementTree.SubElement(svg, "rect", {"width": f"{wide:.0f}", "height": f"{high:.0f}", "fill": "#ffffff"})
    return svg


def box(svg: Element, x: float, y: float, wide: float, high: float, tone: Tone, ident: str, *, title: str = "") -> None:
    """A box in a tone; `title` is its tooltip."""
    hatched = any(tone == hatch[0] for hatch in HATCHES)
    panel(svg, x, y, wide, high, fill=f"url(#{ident}-{tone})" if hatched else FILLS[tone], title=title)


def panel(svg: Element, x: float, y: float, wide: float, high: float, *, fill: str, edge: str = EDGE,
          radius: float = 0, title: str = "") -> None:
    """A box in any colour."""
    given = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{wide:.1f}", "height": f"{high:.1f}", "fill": fill,
             "stroke": edge, "stroke-width": "0.6"}
    _titled(ElementTree.SubElement(svg, "rect", given | ({"rx": f"{radius:.1f}"} if radius else {})), title)


def line(svg: Element, x1: float, y1: float, x2: float, y2: float, *, ink: str = "#d9dee3", thick: float = 0.8,
         dashed: bool = False, title: str = "") -> None:
    """A straight line."""
    given = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}", "stroke": ink,
             "stroke-width": f"{thick:g}"}
    _titled(ElementTree.SubElement(svg, "line", given | ({"stroke-dasharray": "3 3"} if dashed else {})), title)


def shape(svg: Element, points: Sequence[tuple[float, float]], *, fill: str = EDGE, edge: str = "#ffffff",
          closed: bool = True, title: str = "") -> None:
    """A mark with corners, or an open path through them."""
    path = " ".join(f"{'M' if at == 0 else 'L'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))
    given = {"d": path + ("Z" if closed else ""), "fill": fill if closed else "none", "stroke": edge,
             "stroke-width": "0.8" if closed else "1.4"}
    _titled(ElementTree.SubElement(svg, "path", given), title)


def text(svg: Element, x: float, y: float, said: str, *, anchor: str = "start", light: bool = False,
         halo: bool = False, title: str = "", most: float = 90, size: float = 0, bold: bool = False,
         ink: str = "") -> None:
    """One line of text, cut to a `width` of `most`; a `title` that does not fit beside it becomes the tooltip."""
    given = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    if light or ink:
        given["fill"] = ink or "#ffffff"
    if halo:
        given |= {"paint-order": "stroke", "stroke": "#ffffff", "stroke-width": "3"}
    if size:
        given["font-size"] = f"{size:g}"
    if bold:
        given["font-weight"] = "bold"
    element = ElementTree.SubElement(svg, "text", given)
    element.text = fit(said, most)
    if title and fit(title, min(TITLE_ROOM, most)) != title:
        _titled(element, title)


def legend(svg: Element, x: float, entries: Sequence[tuple[str, Tone]], ident: str, *, y: float = 4) -> None:
    """Names beside boxes in their tones, in one row."""
    for name, tone in entries:
        box(svg, x, y, 11, 11, tone, ident)
        text(svg, x + 16, y + 9.5, name)
        x += 34 + width(name) * LETTER


def lengths(values: Sequence[int], length: float) -> list[float]:
    """`length` shared out in proportion; what is there at all is at least two units wide, at the largest's expense."""
    total = sum(values)
    if not total:
        return [0.0] * len(values)
    sizes = [max(2.0, length * value / total) if value else 0.0 for value in values]
    largest = sizes.index(max(sizes))
    sizes[largest] = max(2.0, sizes[largest] - (sum(sizes) - length))
    return sizes


def written(svg: Element) -> str:
    """The picture as text."""
    return ElementTree.tostring(svg, encoding="unicode")


def _titled(element: Element, title: str) -> None:
    if title:
        ElementTree.SubElement(element, "title").text = fit(title, 200)
