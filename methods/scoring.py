"""The data quality score of an attribute and of a report, in percent, computed exactly.

    attribute = sum(weight * passed / total) / sum(weight) over its rules, weight = severity weight * dimension weight
    report    = mean of its attributes' scores

Severity weighs 1.0 critical, 0.8 high, 0.6 medium, 0.4 low; dimension 1.0 completeness and accuracy, 0.9 validity,
0.8 consistency, 0.7 uniqueness, 0.6 timeliness. A rule that ran over no records passes. Scores are cut to two decimals,
not rounded: only what has no failing record scores 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Protocol, TypeAlias

SEVERITY_WEIGHT = {"critical": Fraction(10, 10), "high": Fraction(8, 10), "medium": Fraction(6, 10),
                   "low": Fraction(4, 10)}
DIMENSION_WEIGHT = {"completeness": Fraction(10, 10), "accuracy": Fraction(10, 10), "validity": Fraction(9, 10),
                    "consistency": Fraction(8, 10), "uniqueness": Fraction(7, 10), "timeliness": Fraction(6, 10)}


class Weighed(Protocol):
    """What a score takes from a rule; `models.items.Rule` is one."""

    @property
    def attribute(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def dimension(self) -> str: ...


class Counted(Protocol):
    """What a score takes from a result; `methods.rules.RuleResult` is one."""

    @property
    def passed(self) -> int: ...
    @property
    def total(self) -> int: ...


Measured: TypeAlias = Iterable[tuple[Weighed, Counted]]


def attribute_scores(measured: Measured) -> Mapping[str, Decimal]:
    """Percent with two decimals by attribute, of the attributes that have a rule."""
    return {attribute: _percent(score) for attribute, score in _scores(measured).items()}


def report_score(measured: Measured) -> Decimal | None:
    """Percent with two decimals, from the unrounded scores; None when no rule ran."""
    scores = _scores(measured)
    return _percent(sum(scores.values(), Fraction(0)) / len(scores)) if scores else None


def _scores(measured: Measured) -> dict[str, Fraction]:
    earned: dict[str, Fraction] = {}
    possible: dict[str, Fraction] = {}
    for rule, result in measured:
        weight = SEVERITY_WEIGHT[rule.severity] * DIMENSION_WEIGHT[rule.dimension]
        rate = Fraction(result.passed, result.total) if result.total else Fraction(1)
        earned[rule.attribute] = earned.get(rule.attribute, Fraction(0)) + weight * rate
        possible[rule.attribute] = possible.get(rule.attribute, Fraction(0)) + weight
    return {attribute: earned[attribute] / possible[attribute] for attribute in sorted(earned)}


def _percent(score: Fraction) -> Decimal:
    return Decimal(floor(score * 10_000)).scaleb(-2)
