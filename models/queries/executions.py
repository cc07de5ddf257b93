"""A row per case with its current execution; one statement."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionLine:
    """A case and what its current run found. `reported` and `evidence` are as compared, once it has run.

    `reason` explains the outcome, or says why the case was waived; `revision` is that of the document,
    `locator` the place in it.
    """

    key: str
    attribute: str
    owner: str | None
    reported: str | None
    evidence: str | None
    outcome: str | None
    reason: str | None
    document: str | None
    revision: int | None
    number: str
    line_of_business: str
    state: str
    conclusion: str | None
    locator: str | None


_EXECUTIONS = """
select s.record_key as key, s.attribute, s.owner,
       case when s.execution is null then s.filed else s.reported end as reported, s.evidence, s.outcome,
       coalesce(s.waiver, s.explanation) as reason, s.document, s.revision_number as revision, s.number,
       s.line_of_business, s.state, s.conclusion, s.locator
  from case_state s join cycle_report c on c.id = s.cycle
 where c.slug = :slug and (CAST(:owner AS text) is null or s.owner = :owner)
   and (CAST(:state AS text) is null or s.state = :state) and (CAST(:outcome AS text) is null or s.outcome = :outcome)
 order by s.id
"""


async def executions(
    tx: Tx, slug: str, *, owner: str | None = None, state: str | None = None, outcome: str | None = None
) -> list[ExecutionLine]:
    """Every case of a cycle, in the order of their numbers; those without a run are there too."""
    found = await rows(tx, _EXECUTIONS, slug=slug, owner=owner, state=state, outcome=outcome)
    return [ExecutionLine(**row._mapping) for row in found]
