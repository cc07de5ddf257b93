"""Where a versioned phase stands and who is waited for, derived from the facts in one statement."""

from __future__ import annotations

from models.cycles import people
from models.database import Tx, one
from models.messages import PhaseState
from models.phases import Phase
from models.versions import PhaseRow

_STATE = """
select v.number, v.status, count(m.revision) as items,
       count(m.revision) filter (
           where case v.status when 'draft' then m.tester_verdict else m.approver_verdict end is null) as undecided,
       (select number from version a where a.phase = :p and a.status = 'approved') as approved,
       (select array_agg(role) from version_signoff s where s.phase = :p and s.number = v.number) as signed,
       coalesce(v.submitted_at, v.created_at) + make_interval(days => coalesce(
           (select days from duty where cycle = :cycle and name = :duty), 0)) as due_at,
       coalesce(v.decided_at, v.submitted_at, v.created_at) as since
  from version v left join member m on m.phase = v.phase and m.number = v.number and v.status in ('draft', 'submitted')
 where v.phase = :p group by v.phase, v.number order by v.number desc limit 1
"""


def waiting_for(policy: Phase, status: str, signed: tuple[str, ...]) -> tuple[str, ...]:
    """The roles whose turn it is: the submitter of a draft or rework, the missing signers, the approver."""
    if status == "approved":
        return ()
    if status != "submitted":
        return (policy.submitter,)
    missing = tuple(role for role in policy.signoffs if role not in signed and role != policy.approver)
    return missing or (policy.approver,)


async def phase_state(tx: Tx, phase: PhaseRow) -> PhaseState:
    """The latest version of a phase and whose turn it is."""
    row = await one(tx, _STATE, p=phase.id, cycle=phase.cycle, duty=phase.policy.duty)
    if row is None:
        return PhaseState(waiting_for=(phase.policy.submitter,))
    roles = waiting_for(phase.policy, row.status, tuple(row.signed or ()))
    everybody = await people(tx, phase.cycle) if roles else {}
    return PhaseState(
        version=row.number,
        status=row.status,
        items=row.items,
        undecided=row.undecided,
        approved=row.approved,
        waiting_for=roles,
        people=tuple(p.person for p in everybody.values() if set(p.roles) & set(roles)),
        since=row.since,
        due_at=row.due_at,
    )
