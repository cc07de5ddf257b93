"""Observations in the latest version of each owner; one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.database import Tx, rows
from models.phases import OWNER_ROUND


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationLine:
    """An observation as it stands. `verdict` is the approver's, else the tester's, else ''."""

    owner: str
    version: int
    status: str
    key: str
    severity: str
    proposed_severity: str
    severity_basis: str
    severity_reason: str
    verdict: str
    title: str
    description: str
    issue_type: str
    root_cause: str
    remediation_plan: str
    remediation_owner: str
    remediation_due: date | None
    cases_tested: int
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersLine:
    """What a data owner sees of an own observation: no value, and no text in which somebody may have quoted one.

    `findings` are numbers of cases; `dispute` is '' or `open` or `answered`.
    """

    version: int
    status: str
    key: str
    severity: str
    verdict: str
    findings: tuple[str, ...]
    dispute: str
    remediation_owner: str
    remediation_due: date | None


_OBSERVATIONS = """
select p.scope as owner, v.number as version, v.status, m.natural_key as key, o.severity,
       coalesce(o.proposed_severity, '') as proposed_severity, coalesce(o.severity_basis, '') as severity_basis,
       coalesce(o.severity_reason, '') as severity_reason,
       coalesce(m.approver_verdict, m.tester_verdict, '') as verdict, o.title, o.description, o.issue_type,
       o.root_cause, o.remediation_plan, o.remediation_owner, o.remediation_due, o.cases_tested, o.findings
  from phase p
  join cycle_report c on c.id = p.cycle
  join version v on v.phase = p.id and v.number = (select max(number) from version l where l.phase = p.id)
  join member m on m.phase = v.phase and m.number = v.number
  join observation_item o on o.revision = m.revision
 where c.slug = :slug and p.kind = :kind and (CAST(:owner AS text) is null or p.scope = :owner)
 order by p.scope, array_position(array['critical', 'high', 'medium', 'low'], o.severity), m.natural_key
"""

_OWN = """
select v.number as version, v.status, m.natural_key as key, o.severity,
       coalesce(m.approver_verdict, m.tester_verdict, '') as verdict, o.remediation_owner, o.remediation_due,
       o.findings,
       case when exists (select from open_dispute d where d.item = m.item) then 'open'
            when exists (select from item_dispute d join item_comment c on c.id = d.comment where c.item = m.item)
            then 'answered' else '' end as dispute
  from phase p
  join cycle_report c on c.id = p.cycle
  join version v on v.phase = p.id and v.number = (select max(number) from version l where l.phase = p.id)
  join member m on m.phase = v.phase and m.number = v.number
  join observation_item o on o.revision = m.revision
 where c.slug = :slug and p.kind = :kind and p.scope = :owner
 order by array_position(array['critical', 'high', 'medium', 'low'], o.severity), m.natural_key
"""


async def owners_lines(tx: Tx, slug: str, *, owner: str) -> list[OwnersLine]:
    """A data owner's observations as they may see them, the gravest first."""
    found = await rows(tx, _OWN, slug=slug, kind=OWNER_ROUND.kind, owner=owner)
    return [OwnersLine(**{**row._mapping, "findings": tuple(row.findings)}) for row in found]


async def observations(tx: Tx, slug: str, *, owner: str | None = None) -> list[ObservationLine]:
    """The observations of a cycle, or of one owner, the gravest first."""
    found = await rows(tx, _OBSERVATIONS, slug=slug, kind=OWNER_ROUND.kind, owner=owner)
    return [ObservationLine(**{**row._mapping, "findings": tuple(row.findings)}) for row in found]
