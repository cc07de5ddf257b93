"""How the versions of a cycle went, as SVG: a row each, with what its approval took, what was rejected and carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cli.pictures.axis import Axis, ticks, version_bar
from cli.pictures.style import FAINT, STATES, head, keys
from methods.drawing import Element, line, panel, picture, text, written
from methods.figures.display import NOTHING, plural, share
from methods.figures.measures import amount, base, named, value
from models.measures import Metric
from models.phases import BY_KIND
from models.queries.cycles import CycleLine
from models.queries.metrics import ALL, VersionLine

WIDE, LEFT, RIGHT, TOP, ROW, GAP, MOST = 1180, 20, 24, 138, 19, 8, 80
# Where the columns begin; the bars of a share are so long.
_VERSION, _TIME, _REJECTED, _CARRIED, _COURSE = 196, 320, 610, 748, 894
_BAR, _SHARE = 126, 60
_REJECT, _CARRY = "#a02b2b", "#7d9cbd"
_MEASURED = {
    _TIME: ("Draft + review", ("approval_time", "submitted_to_decided")),
    _REJECTED: ("Items rejected", ("rejection_rate", "items")),
    _CARRIED: ("Items carried", ("carry_forward_rate", "")),
}


def versions_picture(
    cycle: CycleLine, versions: Sequence[VersionLine], figures: Sequence[Metric], now: datetime
) -> str:
    """The SVG of all versions of a cycle up to `now`, or to its end; `figures` head the columns."""
    end = cycle.closed_at or now
    shown = _chosen(versions, end)
    groups = sum(one.kind != before.kind for one, before in zip(shown[1:], shown, strict=False))
    bottom = TOP + ROW * max(len(shown), 1) + GAP * groups
    svg = picture(f"Versions of {cycle.slug}", _described(versions, figures), wide=WIDE,
                  high=bottom + 42, ident="m", whole=True)
    head(svg, cycle, now, LEFT, 28)
    states = [(name, STATES[name][0]) for name in ("draft", "submitted", "approved", "rejected", "withdrawn")]
    keys(svg, LEFT, 68, [*states, ("rejected items", _REJECT), ("carried items", _CARRY)])
    _headings(svg, figures)
    axis = Axis(cycle.started_at, max(end, cycle.started_at + timedelta(seconds=1)), _COURSE, WIDE - RIGHT)
    _grid(svg, axis, bottom)
    if not shown:
        text(svg, LEFT, TOP + 13, "no version has been made yet", ink=FAINT)
    _rows(svg, axis, shown, end)
    if len(shown) < len(versions):
        said = f"{len(shown)} of {len(versions):,} versions, of data owners those that took longest; figures are of all"
        text(svg, LEFT, bottom + 18, said, ink=FAINT)
    return written(svg)


def _chosen(versions: Sequence[VersionLine], end: datetime) -> list[VersionLine]:
    """Those of the cycle itself, and of data owners those that took longest, as many as there is room for."""
    own = [one for one in versions if not one.scope]
    others = sorted((one for one in versions if one.scope), key=lambda one: -_took(one, end).total_seconds())
    kept = {id(one) for one in (*own, *others[:max(MOST - len(own), 0)])}
    return [one for one in versions if id(one) in kept]


def _described(versions: Sequence[VersionLine], figures: Sequence[Metric]) -> str:
    told = [f"{named(found).lower()} {value(found)}" for _, key in _MEASURED.values() if (found := _of(figures, key))]
    return "; ".join([plural(len(versions), "version"), *told])


def _of(figures: Sequence[Metric], key: tuple[str, str]) -> Metric | None:
    return next((one for one in figures if (one.measure, one.of, one.phase) == (*key, ALL)), None)


def _headings(svg: Element, figures: Sequence[Metric]) -> None:
    """A heading per column, with the figure of all versions together."""
    text(svg, LEFT, 100, "Phase and version", bold=True)
    for x, (title, key) in _MEASURED.items():
        text(svg, x, 100, title, bold=True)
        found = _of(figures, key)
        text(svg, x, 115, _summary(found) if found else "nothing to show yet", ink=FAINT, most=48)
    text(svg, _COURSE, 100, "Course", bold=True)
    line(svg, LEFT, TOP - 4, WIDE - RIGHT, TOP - 4)


def _summary(found: Metric) -> str:
    if found.unit == "share":
        return f"{value(found)}, {base(found)}"
    if found.value is None:
        return "no review has ended yet"
    spread: Mapping[str, float | None] = {"median": found.median, "90%": found.p90}
    return f"review: mean {value(found)}, " + ", ".join(f"{name} {amount(x, found.unit)}" for name, x in spread.items())


def _grid(svg: Element, axis: Axis, bottom: float) -> None:
    for moment, said in ticks(axis.start, axis.end, most=4):
        x = axis.at(moment)
        line(svg, x, TOP - 4, x, bottom)
        text(svg, x, TOP - 10, said, anchor="end" if x > axis.right - 20 else "middle", ink=FAINT)
    first, last = (f"{moment:%Y-%m-%d %H:%M}" for moment in (axis.start, axis.end))
    text(svg, axis.right, bottom + 18, f"UTC, from {first} to {last}", anchor="end", ink=FAINT)


def _rows(svg: Element, axis: Axis, shown: Sequence[VersionLine], end: datetime) -> None:
    longest = max((_took(one, end) for one in shown), default=timedelta()) or timedelta(seconds=1)
    y, kind = float(TOP), ""
    for one in shown:
        if one.kind != kind:
            if kind:
                line(svg, LEFT, y + GAP / 2, WIDE - RIGHT, y + GAP / 2)
                y += GAP
            kind = one.kind
            text(svg, LEFT, y + 13, f"{BY_KIND[kind].order} {BY_KIND[kind].title}", bold=True, most=25)
        said = f"v{one.number} {one.scope}".rstrip()
        text(svg, _VERSION, y + 13, said, most=19, title=said)
        _time(svg, y, one, longest, end)
        _share_of(svg, _REJECTED, y, one.rejected, one.decided, _REJECT, "decided")
        _share_of(svg, _CARRIED, y, one.carried, one.items if one.parent else 0, _CARRY, "items")
        version_bar(svg, axis, y, one, end, high=ROW)
        y += ROW


def _took(one: VersionLine, end: datetime) -> timedelta:
    return (one.decided_at or end) - one.created_at


def _time(svg: Element, y: float, one: VersionLine, longest: timedelta, end: datetime) -> None:
    """What the draft took and what its review took, as lengths that begin together, and in words."""
    scale = Axis(one.created_at, one.created_at + longest, _TIME, _TIME + _BAR)
    version_bar(svg, scale, y, one, end, high=ROW)
    drafting = _said((one.submitted_at or one.decided_at or end) - one.created_at)
    review = f" + {_said((one.decided_at or end) - one.submitted_at)}" if one.submitted_at else ""
    goes_on = "" if one.decided_at else ", open"
    text(svg, _TIME + _BAR + 8, y + 13, f"{drafting}{review}{goes_on}", most=24)


def _said(length: timedelta) -> str:
    return amount(length.total_seconds(), "seconds")


def _share_of(svg: Element, x: float, y: float, part: int, whole: int, fill: str, noun: str) -> None:
    if not whole:
        text(svg, x, y + 13, NOTHING, ink=FAINT)
        return
    panel(svg, x, y + 5, _SHARE, ROW - 10, fill="#ffffff", edge="#c3cdd6")
    if part:
        size = max(_SHARE * part / whole, 2)
        panel(svg, x, y + 5, size, ROW - 10, fill=fill, edge=fill, title=f"{part:,} of {whole:,} {noun}")
    text(svg, x + _SHARE + 6, y + 13, f"{share(part, whole)} of {whole:,}", most=16)
