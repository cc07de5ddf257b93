"""Figures as plain Python makes them from the raw rows of a cycle, and how they are held against the product's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from models.database import Tx, rows
from models.measures import Metric

Key = tuple[str, str, str]
ROUNDED = 1e-4
# How the rows of a cycle are found in each table; everything else is left to Python.
_WHERE = {
    "phase": "x.cycle = :c",
    **dict.fromkeys(
        ("version", "item", "item_revision", "item_decision", "version_signoff", "item_comment"),
        "x.phase in (select id from phase where cycle = :c)",
    ),
    **dict.fromkeys(
        ("person", "assignment", "test_case", "document", "owner_event", "extension_request", "cycle_closing"),
        "x.cycle = :c",
    ),
    **dict.fromkeys(
        ("case_owner", "case_waiver", "case_evidence", "execution_request", "execution"),
        "x.test_case in (select id from test_case where cycle = :c)",
    ),
    "execution_review": "x.execution in (select e.id from execution e join test_case t on t.id = e.test_case"
                        " where t.cycle = :c)",
    "document_revision": "x.document in (select id from document where cycle = :c)",
    "document_decision": "x.revision in (select r.id from document_revision r join document d on d.id = r.document"
                         " where d.cycle = :c)",
    "extension_decision": "x.request in (select id from extension_request where cycle = :c)",
}


@dataclass(frozen=True)
class Figure:
    """What a metric has to be."""

    value: float | None
    median: float | None
    p90: float | None
    part: int
    whole: int
    open: int | None


def agree(found: Mapping[Key, Metric], expected: Mapping[Key, Figure]) -> None:
    """Both have the same figures, times to a tenth of a millisecond."""
    assert sorted(expected) == sorted(found)
    for key, figure in expected.items():
        line = found[key]
        assert (figure.part, figure.whole, figure.open) == (line.part, line.whole, line.open), key
        assert [figure.value, figure.median, figure.p90] == [
            pytest.approx(known, rel=1e-9, abs=ROUNDED) if known is not None else None
            for known in (line.value, line.median, line.p90)
        ], key


async def raw(tx: Tx, cycle: int) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that a cycle has, ranges as text."""
    found = {}
    for table, where in _WHERE.items():
        ranges = ", x.versions::text as versions_text" if table in ("item_revision", "item_decision") else ""
        said = await rows(tx, f"select x.*{ranges} from {table} x where {where}", c=cycle)
        found[table] = [dict(row._mapping) for row in said]
        if found[table] and "id" in found[table][0]:
            found[table].sort(key=lambda row: row["id"])
    return found


def holds(row: Mapping[str, Any], number: int) -> bool:
    """Whether a row is in a version: "{[1,3),[5,)}" holds 1, 2, 5 and everything after."""
    parts = re.findall(r"\[(\d+),(\d*)\)", row["versions_text"])
    return any(int(low) <= number and (not high or number < int(high)) for low, high in parts)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Interpolated between the two values next to the place."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean, None of nothing."""
    return sum(values) / len(values) if values else None


def spread(values: Iterable[float], *, whole: int, open_: int | None = None, part: int | None = None) -> Figure:
    """A figure that is a mean."""
    known = list(values)
    return Figure(mean(known), percentile(known, 0.5), percentile(known, 0.9), len(known) if part is None else part,
                  whole, open_)


def ratio(part: int, whole: int) -> Figure:
    """A figure that is a share."""
    return Figure(part / whole if whole else None, None, None, part, whole, None)
