"""What a version must contain before it may count, per item type; an objection in words, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.items import Attribute, Item, Observation, Sample, Scope

_NAMED = 10


def _attributes(items: Sequence[Attribute]) -> str:
    if not any(a.primary_key for a in items):
        return "no primary-key attribute is left: records could not be looked up"
    return (
        ""
        if any(not a.primary_key for a in items)
        else "no attribute besides the primary key is left: nothing could be tested"
    )


def _scope(items: Sequence[Scope]) -> str:
    return "" if any(s.action == "test" for s in items) else "no attribute is left to test"


def _samples(items: Sequence[Sample]) -> str:
    return "" if items else "no sample is left to test"


GATES: dict[str, Callable[[Sequence[Any]], str]] = {"attribute": _attributes, "scope": _scope, "sample": _samples}


def _observations(items: Sequence[Observation]) -> str:
    lacking = [f"{o.natural_key} ({o.severity})" for o in items if not o.planned]
    more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    return (
        f"no remediation plan with an owner and a due date: {', '.join(lacking[:_NAMED])}{more}" if lacking else ""
    )


SUBMIT_GATES: dict[str, Callable[[Sequence[Any]], str]] = {"observation": _observations}


def objection_to_submit(item: str, items: Sequence[Item]) -> str:
    """Why a draft cannot go to its approver as it stands; nothing when it can."""
    return SUBMIT_GATES[item](items) if item in SUBMIT_GATES else ""


def objection(item: str, items: Sequence[Item]) -> str:
    """Why the effective set would not do; nothing when it will."""
    return GATES[item](items) if item in GATES else ""
