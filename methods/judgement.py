"""One case judged on what a document says of it: where the value stands, and the outcome with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from methods.comparison import Outcome, compare, compare_group
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


def judge_group(reported: Mapping[str, str | None], evidence: Evidence, *, key: str, group: str, data_type: DataType,
                spec: Comparison) -> Mapping[str, Judged]:
    """Judge the tested attributes of a group for one record together; their places are those of the whole group.

    Empty when the document does not state exactly one readable value for each: then each is judged by itself.
    """
    found = {name: evidence.find(key, attribute=name) for name in reported}
    if evidence.problem or any(len(candidates) != 1 or candidates[0].problem for candidates in found.values()):
        return {}
    stated = {name: one.value for name, (one,) in found.items()}
    judged = compare_group(reported, stated, data_type=data_type, spec=spec)
    places = "; ".join(one.locator for (one,) in list(found.values())[:_NAMED])
    return {name: Judged(replace(outcome, reason=f"in the group {group}: {outcome.reason}"), places)
            for name, outcome in judged.members.items()}


def _one(reported: str | None, found: Candidate, data_type: DataType, spec: Comparison) -> Outcome:
    if found.problem:
        return Outcome("unreadable", reported, None, f"{found.locator}: {found.problem}")
    return compare(reported, found.value, data_type=data_type, spec=spec)


def _differing(document: str, found: Sequence[Candidate]) -> str:
    told = [f"{one.problem or quoted(one.value.strip())} in {one.locator}" for one in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{document} holds different values: {'; '.join(told)}{more}"
