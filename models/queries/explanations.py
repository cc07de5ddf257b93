"""Explanations of failing records and what became of them; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationLine:
    """Why `records` of the `failed` records of a rule fail; `status` is waiting, approved or rejected.

    `covers` is `all` or the keys that are named. It `counts` when it is approved and the rule's latest result is the
    one that was explained. `phase` and `role` say where, and who has to decide it.
    """

    number: int
    rule: str
    attribute: str
    status: str
    counts: bool
    records: int
    failed: int
    covers: str
    reason: str
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    phase: str
    role: str
    due_at: datetime


_EXPLANATIONS = """
select e.number, r.name as rule, r.attribute,
       case d.verdict when 'approve' then 'approved' when 'reject' then 'rejected' else 'waiting' end as status,
       coalesce(d.verdict = 'approve' and exists (
           select from explained_result y join version v on v.phase = y.phase and v.number = y.number
            where y.phase = e.phase and y.item = x.item and y.sha256 = e.result_sha256 and y.gate = 'explainable'
              and v.status = 'approved'), false) as counts,
       e.records, x.failed,
       case when e.whole then 'all' else (select string_agg(k.key, ', ' order by k.key collate "C")
           from explained_key k where k.explanation = e.id) end as covers,
       e.reason, e.by, e.at, d.by as decided_by, d.at as decided_at, d.reason as decision_reason,
       p.kind as phase, o.approver as role,
       e.at + make_interval(days => coalesce((select days from duty t
           where t.cycle = p.cycle and t.name = 'review'), 0)) as due_at
  from explanation e
  join explained_result x on x.result = e.result
  join rule_item r on r.revision = x.revision
  join phase p on p.id = e.phase
  join phase_policy o on o.kind = p.kind
  left join explanation_decision d on d.explanation = e.id
 where p.cycle = :cycle and (not :waiting or d.explanation is null)
 order by e.number
"""


async def explanations(tx: Tx, cycle: int, *, waiting: bool = False) -> list[ExplanationLine]:
    """The explanations of a cycle, or only those that wait for a decision; oldest first."""
    return [ExplanationLine(**row._mapping) for row in await rows(tx, _EXPLANATIONS, cycle=cycle, waiting=waiting)]
