"""How many records a plan takes of a population, and by which rule: what the attribute method and the tables say."""

from __future__ import annotations

from fractions import Fraction

from methods.sampling.attributes import Size, percent, sample_size
from methods.sampling.tables import TABLES
from methods.text import counted
from models.cycle_file import Sampling


def attribute_size(plan: Sampling, population: int | None) -> Size:
    """The size that the rates of an attribute plan ask for. Raises `BadInput` when there is none."""
    return sample_size(tolerable=Fraction(plan.tolerable_rate or 0), expected=Fraction(plan.expected_rate or 0),
                       risk=Fraction(plan.risk or 0), population=population)


def planned_size(plan: Sampling, population: int) -> int:
    """How many records are drawn of so many. Raises `BadInput` when the method has no size for them."""
    if plan.method == "attribute":
        return attribute_size(plan, population).size
    return TABLES[plan.method].row(population).sizes(population)[1] if plan.method in TABLES else plan.size


def rule_of(plan: Sampling, population: int) -> str:
    """The rule behind the size, in words."""
    if plan.method in TABLES:
        row = TABLES[plan.method].row(population)
        first, total = row.sizes(population)
        staged = f"{first:,} of them as the initial sample; " if first < total else ""
        return f"({staged}a data field fails at {counted(row.threshold, 'error')})"
    size = attribute_size(plan, population)
    tolerable, expected, risk = (percent(Fraction(rate or 0))
                                 for rate in (plan.tolerable_rate, plan.expected_rate, plan.risk))
    return (f"(tolerable rate {tolerable}, expected rate {expected}, risk {risk}; supported with up to "
            f"{counted(size.acceptable, 'deviation')})")
