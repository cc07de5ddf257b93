"""Test cases as testers see them, and as owners see those they must prove: without any value; one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerCase:
    """What a data owner is asked for. The reported value is not read from the database at all."""

    number: str
    record_key: str
    key_values: tuple[str, ...]
    attribute: str
    line_of_business: str
    owner: str | None
    state: str
    due_at: datetime | None
    instructions: str | None
    document: str | None
    revision: int | None
    returned_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case with everything that is known of it; `reported` is the value as filed."""

    number: str
    record_key: str
    attribute: str
    line_of_business: str
    owner: str | None
    state: str
    due_at: datetime | None
    instructions: str | None
    reported: str | None
    document: str | None
    revision: int | None
    evidence_decision: str | None
    evidence_reason: str | None
    run: int | None
    evidence: str | None
    outcome: str | None
    reason: str | None
    locator: str | None
    conclusion: str | None
    review_reason: str | None
    reviewed_by: str | None
    waiver: str | None


_WHERE = """
 where c.slug = :slug and (CAST(:owner AS text) is null or s.owner = :owner)
   and (CAST(:state AS text) is null or s.state = :state)
   and (CAST(:numbers AS text[]) is null or s.number = any(:numbers))
 order by s.id
"""

_OWNER_CASES = """
select s.number, s.record_key, i.key_values, s.attribute, s.line_of_business, s.owner, s.state, s.due_at,
       s.instructions, s.document, s.revision_number as revision,
       case when s.state <> 'returned' then '' when s.decision = 'return' then s.decision_reason
            when r.problem <> '' then s.document || ' ' || r.problem
            else replace(s.outcome, '_', ' ') || ' in the evidence' end as returned_because
  from case_state s join cycle_report c on c.id = s.cycle join test_case t on t.id = s.id
  join sample_item i on i.revision = t.sample_revision left join document_revision r on r.id = s.document_revision
"""

_CASES = """
select s.number, s.record_key, s.attribute, s.line_of_business, s.owner, s.state, s.due_at, s.instructions,
       s.filed as reported, s.document, s.revision_number as revision, s.decision as evidence_decision,
       s.decision_reason as evidence_reason, s.run, s.evidence, s.outcome, s.explanation as reason, s.locator,
       s.conclusion, s.review_reason, s.reviewed_by, s.waiver
  from case_state s join cycle_report c on c.id = s.cycle
"""


def _list(numbers: Sequence[str] | None) -> list[str] | None:
    return None if numbers is None else list(numbers)


async def owner_cases(
    tx: Tx, slug: str, *, owner: str, state: str | None = None, numbers: Sequence[str] | None = None
) -> list[OwnerCase]:
    """The cases of one owner, as that owner may see them."""
    found = await rows(tx, _OWNER_CASES + _WHERE, slug=slug, owner=owner, state=state, numbers=_list(numbers))
    return [OwnerCase(**{**row._mapping, "key_values": tuple(row.key_values)}) for row in found]


async def cases(
    tx: Tx, slug: str, *, owner: str | None = None, state: str | None = None, numbers: Sequence[str] | None = None
) -> list[CaseLine]:
    """The cases of a cycle, of one owner, in one state, or those with these numbers."""
    found = await rows(tx, _CASES + _WHERE, slug=slug, owner=owner, state=state, numbers=_list(numbers))
    return [CaseLine(**row._mapping) for row in found]
