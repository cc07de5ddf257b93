"""What a comparison ends in, and the words that every type says it with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from methods.numbers import plain
from methods.text import quoted

Result = Literal["match", "match_within_tolerance", "mismatch", "not_found", "unreadable", "needs_review"]
PASSES = frozenset[Result]({"match", "match_within_tolerance"})
# From best to worst: several comparisons that count as one are as good as the worst of them.
_ORDER: tuple[Result, ...] = ("match", "match_within_tolerance", "needs_review", "unreadable", "not_found", "mismatch")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result with both values as they were compared (None: there was none) and the reason, one sentence."""

    result: Result
    reported: str | None
    evidence: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Why a text can mean several values, or none for sure; continues the sentence "the value of the evidence ..."."""

    reason: str


def worst(results: Iterable[Result]) -> Result:
    """The worst of some results; a match when there is none."""
    return max(results, key=_ORDER.index, default="match")


def both(left: str, right: str) -> str:
    """How most reasons begin."""
    return f"reported {quoted(left)}, evidence {quoted(right)}"


def by_distance(left: str, right: str, apart: Decimal, *, most: Decimal, unit: str = "", after: str = "") -> Outcome:
    """Two values by how far they are apart, in `unit`; `after` says what was done to both before."""
    if apart == 0 and not after:
        return Outcome("match", left, right, f"{both(left, right)}: equal")
    if apart == 0:
        return Outcome("match_within_tolerance", left, right, f"{both(left, right)}: equal {after}")
    differ = f"{both(left, right)}: {f'{after} ' if after else ''}they differ by {plain(apart)}{unit}"
    if apart <= most:
        return Outcome("match_within_tolerance", left, right, f"{differ}, within the tolerance of {plain(most)}{unit}")
    allowed = f"more than the tolerance of {plain(most)}{unit}" if most > 0 else "and no difference is tolerated"
    return Outcome("mismatch", left, right, f"{differ}, {allowed}")
