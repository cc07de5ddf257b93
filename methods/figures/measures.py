"""How the metrics of a cycle are put in words, in the report and at the command line alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures.display import NOTHING, count, lasting, share, spoken

if TYPE_CHECKING:
    from models.report import Metric


def named(metric: Metric) -> str:
    """'Approval time, created to approved'."""
    return f"{spoken(metric.measure)}, {metric.of.replace('_', ' ')}" if metric.of else spoken(metric.measure)


def value(metric: Metric) -> str:
    """The figure itself: '2 d 3 h', '12.5%', '1.33 versions per round'; a dash where there is none."""
    if metric.unit == "share":
        return share(metric.part, metric.whole)
    figure = amount(metric.value, metric.unit)
    return figure if metric.unit == "seconds" or figure == NOTHING else f"{figure} {metric.unit}"


def amount(number: float | None, unit: str) -> str:
    """A mean, median or percentile without its unit; times say theirs."""
    if number is None:
        return NOTHING
    if unit == "seconds":
        return lasting(number)
    return f"{number:.2f}"


def base(metric: Metric) -> str:
    """What it was computed from: '3 of 12'."""
    return f"{count(metric.part)} of {count(metric.whole)}"
