"""One case judged on what a document says of it: where the value stands, and the outcome with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from methods.comparison import Outcome, compare
from methods.evidence import Candidate, Evidence
from methods.text import quoted
from models.cycle_file import Comparison
from models.items import DataType

_NAMED = 5  # differing candidates that a reason names


class Judged(NamedTuple):
    """The outcome of a case, and where its evidence stands in the document ('' when it stands nowhere)."""

    outcome: Outcome
    locator: str


def judge(reported: str | None, evidence: Evidence, *, key: str, attribute: str, document: str, data_type: DataType,
          spec: Comparison) -> Judged:
    """Judge one case; `document` is how the reason calls the file.

    A document that cannot be read makes its cases `unreadable`; candidates that compare alike are one, those that do
    not go to a person with all their places (`needs_review`).
    """
    if evidence.problem:
        return Judged(Outcome("unreadable", reported, None, f"{document} {evidence.problem}"), "")
    found = evidence.find(key, attribute=attribute)
    if not found:
        return Judged(compare(reported, None, data_type=data_type, spec=spec), "")
    outcomes = [_one(reported, one, data_type, spec) for one in found]
    if len({(outcome.result, outcome.evidence) for outcome in outcomes}) == 1 and not any(one.problem for one in found):
        return Judged(outcomes[0], found[0].locator)
    if len(found) == 1:
        return Judged(outcomes[0], found[0].locator)
    return Judged(Outcome("needs_review", reported, None, _differing(document, found)),
                  "; ".join(one.locator for one in found[:_NAMED]))


def _one(reported: str | None, found: Candidate, data_type: DataType, spec: Comparison) -> Outcome:
    if found.problem:
        return Outcome("unreadable", reported, None, f"{found.locator}: {found.problem}")
    return compare(reported, found.value, data_type=data_type, spec=spec)


def _differing(document: str, found: Sequence[Candidate]) -> str:
    told = [f"{one.problem or quoted(one.value.strip())} in {one.locator}" for one in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{document} holds different values: {'; '.join(told)}{more}"
