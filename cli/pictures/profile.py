"""The profile of the report data as SVG: a row per attribute, the weakest score first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from cli.pictures.style import FAINT, head, keys
from methods.drawing import Element, line, panel, picture, text, written
from methods.figures.display import plural
from methods.profile import AttributeProfile
from models.queries.cycles import CycleLine

WIDE, LEFT, RIGHT, TOP, ROW, MOST = 1180, 20, 24, 132, 19, 120
# Where the columns begin; bars and boxes are so long.
_STATED, _SPREAD, _FAR, _PATTERN, _SCORE = 230, 420, 760, 850, 1010
_BAR, _BOX = 150, 200
_STATES, _DISTINCT, _BLANK, _MIDDLE = "#7da7d1", "#3d6f9e", "#e4e7ea", "#a9cbb7"
_GOOD, _FAIR, _POOR = "#8fc3a4", "#e3b04b", "#a02b2b"


def profile_picture(cycle: CycleLine, attributes: Sequence[AttributeProfile], scores: Mapping[str, Decimal],
                    report: Decimal | None, now: datetime) -> str:
    """The SVG of all attributes, at most 120 of them: those that score least, then those without a score."""
    shown = sorted(attributes, key=lambda one: (one.attribute not in scores, scores.get(one.attribute, 0)))[:MOST]
    bottom = TOP + ROW * max(len(shown), 1)
    told = f"data quality score {report}%" if report is not None else "no rule has run yet"
    svg = picture(f"Profile of {cycle.slug}", f"{plural(len(attributes), 'attribute')}; {told}", wide=WIDE,
                  high=bottom + 42, ident="p", whole=True)
    head(svg, cycle, now, LEFT, 28)
    text(svg, WIDE - RIGHT, 28, told, size=16, bold=True, anchor="end")
    keys(svg, LEFT, 68, [("stated", _STATES), ("distinct", _DISTINCT), ("blank", _BLANK),
                         ("middle half of the numbers", _MIDDLE)])
    for x, said in ((LEFT, "Attribute"), (_STATED, "Records"), (_SPREAD, "Minimum, quartiles, maximum"),
                    (_FAR, "Far out"), (_PATTERN, "Commonest pattern"), (_SCORE, "Score")):
        text(svg, x, 100, said, bold=True)
    line(svg, LEFT, TOP - 8, WIDE - RIGHT, TOP - 8)
    for at, one in enumerate(shown):
        _row(svg, TOP + ROW * at, one, scores.get(one.attribute))
    if len(shown) < len(attributes):
        text(svg, LEFT, bottom + 18, f"{len(shown)} of {len(attributes):,} attributes, those that score least",
             ink=FAINT)
    return written(svg)


def _row(svg: Element, y: float, one: AttributeProfile, score: Decimal | None) -> None:
    text(svg, LEFT, y + 13, one.attribute, most=34, title=one.attribute)
    _records(svg, y, one)
    _spread(svg, y, one)
    if one.far_out:
        tip = ", ".join(f"{value} ({count:,})" for value, count in one.far_out_values)
        text(svg, _FAR, y + 13, f"{one.far_out:,}", ink=_POOR, title=tip)
    if one.patterns:
        text(svg, _PATTERN, y + 13, one.patterns[0][0], most=26, title=one.patterns[0][0], ink=FAINT)
    if score is None:
        text(svg, _SCORE, y + 13, "no rule", ink=FAINT)
        return
    fill = _GOOD if score == 100 else _FAIR if score >= 95 else _POOR
    panel(svg, _SCORE, y + 5, 90, 9, fill=_BLANK)
    panel(svg, _SCORE, y + 5, max(float(score) * 0.9, 1), 9, fill=fill, title=f"{score}%")
    text(svg, WIDE - RIGHT, y + 13, f"{score}%", anchor="end")


def _records(svg: Element, y: float, one: AttributeProfile) -> None:
    """All records, those that state something, and how many different values they state, on one scale."""
    stated = one.total - one.blank
    tip = f"{stated:,} of {one.total:,} stated, {one.distinct:,} distinct"
    panel(svg, _STATED, y + 5, _BAR, 9, fill=_BLANK, title=tip)
    for count, fill in ((stated, _STATES), (one.distinct, _DISTINCT)):
        if count and one.total:
            panel(svg, _STATED, y + 5, max(_BAR * count / one.total, 1), 9, fill=fill, title=tip)


def _spread(svg: Element, y: float, one: AttributeProfile) -> None:
    """A box from the first quartile to the third, with the median, between minimum and maximum; words for texts."""
    if not one.median:
        said = f"{one.minimum} to {one.maximum}" if one.minimum else "blank throughout"
        text(svg, _SPREAD, y + 13, said, most=50, ink=FAINT, title=said)
        return
    low, first, middle, third, high = (float(number) for number in (
        one.minimum, one.quartile_1, one.median, one.quartile_3, one.maximum))
    tip = f"{one.minimum}, {one.quartile_1}, {one.median}, {one.quartile_3}, {one.maximum}"

    def at(number: float) -> float:
        return _SPREAD + _BOX * ((number - low) / (high - low) if high > low else 0.5)

    line(svg, at(low), y + 9.5, at(high), y + 9.5, ink=FAINT, title=tip)
    panel(svg, at(first), y + 4, max(at(third) - at(first), 2), 11, fill=_MIDDLE, title=tip)
    line(svg, at(middle), y + 4, at(middle), y + 15, ink="#1f2933", thick=1.6, title=tip)
    said = f"{one.minimum} to {one.maximum}"
    text(svg, _SPREAD + _BOX + 10, y + 13, said, most=22, ink=FAINT, title=said)
