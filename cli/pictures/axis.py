"""Time as a distance: an axis, its ticks, and a version as a bar along it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.ages import span as length_of
from cli.pictures.style import STATES
from methods.drawing import Element, panel
from models.queries.following import RoundLine


@dataclass(frozen=True, slots=True)
class Axis:
    """Moments to places between two edges."""

    start: datetime
    end: datetime
    left: float
    right: float

    def at(self, moment: datetime) -> float:
        """Where a moment is."""
        share = (moment - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)


_STEPS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
          2_592_000, 7_776_000, 31_536_000)


def ticks(start: datetime, end: datetime, *, most: int = 11) -> list[tuple[datetime, str]]:
    """Round moments between two, about `most` of them at the most, with what to call them."""
    whole = (end - start).total_seconds()
    step = next((step for step in _STEPS if whole / step <= most), _STEPS[-1])
    first = start.replace(hour=0, minute=0, second=0, microsecond=0)
    count = int((start - first).total_seconds() // step) + 1
    pattern = next(said for said, fits in (
        ("%H:%M:%S", step < 60), ("%H:%M", whole < 86_400), ("%m-%d %H:%M", step < 86_400), ("%Y-%m-%d", True)) if fits)
    found = []
    while (moment := first + timedelta(seconds=step * count)) <= end:
        found.append((moment, moment.strftime(pattern)))
        count += 1
    return found


def version_bar(svg: Element, axis: Axis, y: float, one: RoundLine, end: datetime, *, high: float) -> None:
    """A version: its draft, then its review in the colour of what became of it; an open one lasts until `end`."""
    x1, x2 = axis.at(one.created_at), axis.at(one.decided_at or end)
    tip = f"{one.kind} v{one.number} {one.status}, {length_of((one.decided_at or end) - one.created_at)}" + (
        f": {one.reason}" if one.reason else "")
    review = axis.at(one.submitted_at) if one.submitted_at else x2
    if review - x1 > 0.5:
        fill, edge = STATES["draft" if one.status != "withdrawn" or one.submitted_at else "withdrawn"]
        panel(svg, x1, y + 3, review - x1, high - 6, fill=fill, edge=edge, title=tip)
    if one.submitted_at:
        fill, edge = STATES["approved" if one.status == "superseded" else one.status]
        panel(svg, review, y + 3, max(x2 - review, 3), high - 6, fill=fill, edge=edge, title=tip)
