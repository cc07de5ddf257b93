"""Attributes that count as one: the five race fields of a HMDA record are one data field, with at most one error.

Source: FFIEC HMDA Examiner Transaction Testing (August 2017): the fields of an ethnicity or race group count once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from methods.comparison.outcomes import PASSES, Outcome, Result
from methods.comparison.pairing import pair_up
from methods.comparison.several import compare_collections
from methods.comparison.values import compare
from methods.text import quoted
from models.cycle_file import Comparison
from models.items import DataType


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """The group as one value, and what that makes of each attribute in it."""

    whole: Outcome
    members: Mapping[str, Outcome]


def compare_group(reported: Mapping[str, str | None], evidence: Mapping[str, str | None], *, data_type: DataType,
                  spec: Comparison) -> GroupOutcome:
    """Judge the attributes of a group together; both maps have the same attributes, in the order of the report.

    Which attribute holds which value does not matter, and blank ones do not count. An attribute whose value the
    evidence states anywhere in the group matches. What only the evidence states is missing from the first attribute
    that was left blank. A group of which the evidence has no attribute at all is not found.
    """
    names = list(reported)
    if all(evidence.get(name) is None for name in names):
        single = {name: compare(reported[name], None, data_type=data_type, spec=spec) for name in names}
        return GroupOutcome(next(iter(single.values())), single)
    claims = [name for name in names if (reported[name] or "").strip()]
    proofs = [name for name in names if (evidence.get(name) or "").strip()]

    def judged(one: str, other: str) -> Outcome:
        return compare(one, other, data_type=data_type, spec=spec)

    whole = compare_collections([reported[name] or "" for name in claims], [evidence[name] or "" for name in proofs],
                                judged, show=" | ")
    found = [[judged(reported[one] or "", evidence[other] or "") for other in proofs] for one in claims]
    pairs = pair_up(len(claims), len(proofs), lambda i, j: found[i][j].result == "match")
    if len(pairs) < len(claims):
        pairs = pair_up(len(claims), len(proofs), lambda i, j: found[i][j].result in PASSES)
    left_over = [evidence[name] or "" for j, name in enumerate(proofs) if j not in pairs.values()]
    members: dict[str, Outcome] = {}
    for name in names:
        at = claims.index(name) if name in claims else None
        if at is not None and at in pairs:
            members[name] = found[at][pairs[at]]
        elif whole.result in PASSES or (at is None and not left_over):
            members[name] = judged(reported[name] or "", "")
        else:
            members[name] = _odd(reported[name] or "", left_over.pop(0) if left_over else "", whole)
    return GroupOutcome(whole, members)


def count_errors(results: Mapping[str, Result], groups: Mapping[str, Collection[str]]) -> int:
    """How many data fields of one record are in error: each attribute that mismatches, a group at most once."""
    grouped = {name for members in groups.values() for name in members}
    wrong = {name for name, result in results.items() if result == "mismatch"}
    return len(wrong - grouped) + sum(bool(wrong.intersection(members)) for members in groups.values())


def _odd(reported: str, missing: str, whole: Outcome) -> Outcome:
    result: Result = whole.result if whole.result in ("unreadable", "needs_review") else "mismatch"
    left, right = reported.strip(), missing.strip()
    return Outcome(result, left, right, f"reported {quoted(left)}, left over in the evidence of the group "
                   f"{quoted(right)}: {whole.reason}")
