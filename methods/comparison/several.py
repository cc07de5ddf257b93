"""Values that hold several, in any order: "1;5;3" is "3;1;5". The whole is one value, with at most one error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from methods.comparison.outcomes import Outcome, Result, both
from methods.comparison.pairing import pair_up
from methods.text import quoted

MOST = 50  # values of one collection; each is compared with each
_Compare = Callable[[str, str], Outcome]
# What a pair may be for the whole to be this.
_LEVELS: tuple[tuple[Result, frozenset[Result]], ...] = (
    ("match", frozenset({"match"})),
    ("match_within_tolerance", frozenset({"match", "match_within_tolerance"})),
    ("needs_review", frozenset({"match", "match_within_tolerance", "needs_review"})),
)


def split(text: str, separator: str) -> list[str]:
    """The values in a text, trimmed, without the blank ones."""
    return [part for part in (one.strip() for one in text.split(separator)) if part]


def compare_collections(reported: Sequence[str], evidence: Sequence[str], compare: _Compare, *, show: str) -> Outcome:
    """Every value on one side has its own on the other, by `compare`; how often a value occurs counts.

    Symmetric and monotone in a tolerance where `compare` is. Evidence with an unreadable value is unreadable.
    """
    left, right = show.join(reported), show.join(evidence)
    if max(len(reported), len(evidence)) > MOST:
        return Outcome("needs_review", left, right, f"{both(left, right)}: more than {MOST} values")
    if spoilt := next((one for one in (compare("", value) for value in evidence) if one.result == "unreadable"), None):
        return Outcome("unreadable", left, right, spoilt.reason)
    found = {(i, j): compare(one, other) for i, one in enumerate(reported) for j, other in enumerate(evidence)}
    pairs: Mapping[int, int] = {}
    for result, allowed in _LEVELS:
        pairs = pair_up(len(reported), len(evidence), _among(found, allowed))
        if len(pairs) == len(reported) == len(evidence):
            return Outcome(result, left, right, f"{both(left, right)}: {_SAID[result]}")
    extra = [one for i, one in enumerate(reported) if i not in pairs]
    missing = [one for j, one in enumerate(evidence) if j not in pairs.values()]
    return Outcome("mismatch", left, right, f"{both(left, right)}: {_odd('reported', extra)}"
                   f"{' and ' if extra and missing else ''}{_odd('stated by the evidence', missing)}")


def _among(found: Mapping[tuple[int, int], Outcome], allowed: Set[Result]) -> Callable[[int, int], bool]:
    return lambda i, j: found[i, j].result in allowed


_SAID: Mapping[Result, str] = {
    "match": "the same values", "match_within_tolerance": "the same values within the tolerance",
    "needs_review": "the same values, if some are read as one of what they can mean"}


def _odd(who: str, values: Sequence[str]) -> str:
    return f"only {who} is {', '.join(map(quoted, values[:5]))}" if values else ""
