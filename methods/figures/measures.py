"""How the metrics of a cycle are put in words, in the report and at the command line alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures.display import NOTHING, count, lasting, share, spoken

if TYPE_CHECKING:
    from models.measures import Metric


def named(metric: Metric) -> str:
    """'Approval time, created to approved', or 'Rework rounds (rounds per item)'."""
    of = f", {metric.of.replace('_', ' ')}" if metric.of else ""
    return f"{spoken(metric.measure)}{of}" + ("" if _plain(metric) else f" ({metric.unit})")


def value(metric: Metric) -> str:
    """The figure itself: '2 d 3 h', '12.5%', '1.33'; a dash where there is none."""
    return share(metric.part, metric.whole) if metric.unit == "share" else amount(metric.value, metric.unit)


def amount(number: float | None, unit: str) -> str:
    """A mean, median or percentile; times say their units."""
    if number is None:
        return NOTHING
    return lasting(number) if unit == "seconds" else f"{number:.2f}"


def base(metric: Metric) -> str:
    """What it was computed from: '3 of 12' where those are some of these, else '11 / 4'."""
    return f"{count(metric.part)} {'of' if _plain(metric) else '/'} {count(metric.whole)}"


def _plain(metric: Metric) -> bool:
    """Whether the figure is a share or a time, and not so many of one thing for each of another."""
    return metric.unit in ("share", "seconds")
