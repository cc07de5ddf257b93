"""Failures and observations: which findings count, which observation holds them, which wait for the next draft."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Tx, rows


@dataclass(frozen=True, slots=True)
class Failure:
    """All counted failures of one attribute in one line of business of an owner."""

    attribute: str
    line_of_business: str
    findings: tuple[str, ...]
    cases_tested: int


async def failures(tx: Tx, cycle: int, owner: str) -> list[Failure]:
    """What an owner's concluded cases amount to: a mismatch counts once evidence is accepted and the run reviewed."""
    found = await rows(
        tx,
        "select attribute, line_of_business, count(*) as tested,"
        "       array_agg(number order by number) filter (where conclusion = 'mismatch') as findings"
        "  from case_state where cycle = :c and owner = :o and state = 'concluded'"
        " group by attribute, line_of_business having bool_or(conclusion = 'mismatch') order by 1, 2",
        c=cycle,
        o=owner,
    )
    return [Failure(row.attribute, row.line_of_business, tuple(row.findings), row.tested) for row in found]


async def decided_findings(tx: Tx, cycle: int, owner: str) -> set[str]:
    """The findings inside decided observations of the approved version."""
    found = await rows(
        tx,
        "select unnest(o.findings) as number from effective e join observation_item o on o.revision = e.revision"
        " where e.cycle = :c and e.scope = :o",
        c=cycle,
        o=owner,
    )
    return {row.number for row in found}
