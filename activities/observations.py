"""Observations follow from failures: one per attribute and line of business of an owner, its failed cases as findings.

What arrives while a version is with its approver waits as the difference between failures and observations, and lands
in the next draft. A tester's own words in an observation are never overwritten.
"""

from __future__ import annotations

from activities.phases import begin_phase_row, propose
from methods.comparison import Outcome
from methods.severity import propose as propose_judgement
from models import audit, membership, versions
from models.cycle_file import SeverityScale
from models.cycles import CycleRow
from models.database import Tx, rows
from models.findings import Failure, failures
from models.items import Attribute, Observation, Origin
from models.phases import OWNER_ROUND
from models.pinned import effective
from models.queries.resolved import resolved
from models.versions import PhaseRow


async def sync_observations(tx: Tx, cycle: CycleRow, owner: str, scale: SeverityScale) -> None:
    """Open, extend or shrink the draft so that it holds exactly the failures that count, as severe as `scale` says."""
    found = await failures(tx, cycle.id, owner)
    begun = await rows(
        tx,
        "select id from phase where cycle = :c and kind = :k and scope = :o",
        c=cycle.id,
        k=OWNER_ROUND.kind,
        o=owner,
    )
    if not found and not begun:
        return
    await begin_phase_row(tx, cycle.id, OWNER_ROUND.kind, owner)
    phase = await versions.lock_phase(tx, cycle.slug, OWNER_ROUND.kind, owner)
    standing = await versions.versions_of(tx, phase)
    latest = standing[-1] if standing else None
    if latest and latest.status in ("submitted", "rejected", "withdrawn"):
        return
    wanted = await _observations(tx, cycle, found, scale)
    if latest is None:
        await propose(tx, phase, list(wanted.values()))
        return
    current = await _current(tx, phase, latest.number)
    if _findings(current) == _findings(wanted):
        return
    drafted = latest.status == "draft"
    number = latest.number if drafted else (await versions.cut(tx, phase, actor=membership.SYSTEM)).number
    await _adjust(tx, phase, number, current, wanted)


async def _observations(
    tx: Tx, cycle: CycleRow, found: list[Failure], scale: SeverityScale
) -> dict[str, Observation]:
    attributes = {
        pinned.content.name: pinned.content for pinned in await effective(tx, cycle.id, "planning", Attribute)
    }
    made = [await _observation(tx, cycle, attributes[failure.attribute], failure, scale) for failure in found]
    return {observation.natural_key: observation for observation in made}


async def _observation(
    tx: Tx, cycle: CycleRow, attribute: Attribute, failure: Failure, scale: SeverityScale
) -> Observation:
    told = await rows(
        tx,
        "select conclusion, reported, evidence, coalesce(nullif(review_reason, ''), explanation) as"
        " reason from case_state"
        " where cycle = :c and number = any(:numbers) order by number",
        c=cycle.id,
        numbers=list(failure.findings),
    )
    outcomes = [Outcome("mismatch", row.reported, row.evidence, row.reason) for row in told]
    judged = propose_judgement(
        attribute,
        line_of_business=failure.line_of_business,
        failed=outcomes,
        tested=failure.cases_tested,
        scale=scale,
    )
    return Observation(
        attribute=failure.attribute,
        line_of_business=failure.line_of_business,
        title=judged.title,
        description=judged.description,
        severity=judged.severity,
        proposed_severity=judged.severity,
        severity_basis=judged.basis,
        cases_tested=failure.cases_tested,
        findings=failure.findings,
    )


async def _current(tx: Tx, phase: PhaseRow, number: int) -> dict[str, Observation]:
    found = await rows(
        tx, "select natural_key, content from member where phase = :p and number = :n", p=phase.id, n=number
    )
    return {row.natural_key: Observation.model_validate_json(row.content) for row in found}


def _cases(observations: dict[str, Observation]) -> set[str]:
    return {number for observation in observations.values() for number in observation.findings}


def _findings(observations: dict[str, Observation]) -> dict[str, tuple[str, ...]]:
    return {key: observation.findings for key, observation in observations.items()}


def _moved(present: Observation, wanted: Observation) -> Observation:
    """The observation on other findings: what is computed follows them, what the tester said stays."""
    followed = ["findings", "cases_tested", "description", "proposed_severity", "severity_basis"]
    if present.severity == present.proposed_severity and not present.severity_reason:
        followed.append("severity")
    return present.model_copy(update={name: getattr(wanted, name) for name in followed})


async def _adjust(
    tx: Tx, phase: PhaseRow, number: int, current: dict[str, Observation], wanted: dict[str, Observation]
) -> None:
    # A draft cut from an approved version has dropped nothing; one cut from a rejected version may have.
    present = await _current(tx, phase, number)
    new = [o for key, o in wanted.items() if key not in present]
    gone = [key for key in present if key not in wanted]
    moved = [
        _moved(present[key], o)
        for key, o in wanted.items()
        if key in present and present[key].findings != o.findings
    ]
    added = (
        await membership.add(tx, phase, number, new, origin=Origin.GENERATED, actor=membership.SYSTEM) if new else {}
    )
    edited = await membership.edit(tx, phase, number, moved, actor=membership.SYSTEM) if moved else {}
    if gone:
        await membership.remove(tx, phase, number, gone)
    await versions.touch(tx, phase)
    told = await resolved(tx, phase.cycle, owner=phase.scope, keys=[*gone, *edited])
    passed = {line.case_number: line.run for line in told}
    left = _cases(current) - _cases(wanted)
    await audit.append(
        tx,
        phase.stream,
        actor=membership.SYSTEM,
        role="system",
        action="sync_observations",
        subject=phase.named(number),
        reason="",
        after={"version": number, "status": "draft"},
        rows={"added": added, "edited": edited, "removed": gone, "before": sorted(current),
              **({"resolved": {number: run for number, run in passed.items() if number in left}} if left else {})},
    )
