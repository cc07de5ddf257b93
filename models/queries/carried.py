"""Observations that earlier cycles of the report left unresolved, judged by this cycle's tests; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.database import Tx, rows

_CARRIED = """
select from_cycle, from_period, owner, natural_key as key, severity, title, root_cause, remediation_plan,
       remediation_owner, remediation_due, state, tested, failed, coalesce(number, '') as case_number, run
  from carried where cycle = :c
 order by array_position(array['critical', 'high', 'medium', 'low'], severity), natural_key, owner
"""
_BY_ATTRIBUTE = "select attribute, count(*) as n from carried where cycle = :c group by attribute"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedLine:
    """An observation of an earlier cycle: `owner` and plan are from then, `state` from this cycle's tests.

    `open`: not tested, or not yet; `recurs`: a case failed again; `resolved`: the cases `tested` passed, the last of
    them `case_number` in its `run`.
    """

    from_cycle: str
    from_period: date
    owner: str
    key: str
    severity: str
    title: str
    root_cause: str
    remediation_plan: str
    remediation_owner: str
    remediation_due: date | None
    state: str
    tested: int
    failed: int
    case_number: str
    run: int | None


async def carried(tx: Tx, cycle: int) -> list[CarriedLine]:
    """The carried observations of a cycle, the gravest first."""
    return [CarriedLine(**row._mapping) for row in await rows(tx, _CARRIED, c=cycle)]


async def carried_by_attribute(tx: Tx, cycle: int) -> dict[str, int]:
    """How many carried observations each attribute has."""
    return {row.attribute: row.n for row in await rows(tx, _BY_ATTRIBUTE, c=cycle)}
