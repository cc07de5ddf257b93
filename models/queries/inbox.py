"""What waits outside the versioned phases: pairs without an owner, and the work on cases; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows
from models.phases import OWNER_ROUND
from models.queries.evidence import READ_AS_QUERY


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsWaiting:
    """Pairs of one line of business that a data executive has to assign, or assign anew after a dispute."""

    line_of_business: str
    unassigned: int
    disputed: int
    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkWaiting:
    """An owner's cases in one state that somebody has to act on.

    Besides states of cases: `failed` is the owner's work as a whole, `to_plan` counts observations without a plan,
    `query` counts queries that were handed in and run once they are accepted.
    """

    owner: str
    state: str
    cases: int
    since: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsWaiting:
    """Submitted observations on one attribute, over all owners."""

    attribute: str
    owners: int
    observations: int


_PAIRS = """
select a.line_of_business, count(*) filter (where a.status = 'unassigned') as unassigned,
       count(*) filter (where a.status = 'disputed') as disputed, min(a.at) as since, min(a.due_at) as due_at
  from (select distinct on (attribute, line_of_business) * from assignment where cycle = :cycle
         order by attribute, line_of_business, id desc) a
 where a.status in ('unassigned', 'disputed') group by a.line_of_business order by a.line_of_business
"""

_WORK = """
with days as (select coalesce(max(days), 0) as execution from duty where cycle = :cycle and name = 'execution')
select s.owner, s.state, count(*) as cases,
       case when s.state in ('open', 'returned')
            then min((select min(at) from case_owner o where o.test_case = s.id and o.owner = s.owner))
            else min(s.executed_at) end as since,
       case when s.state in ('open', 'returned') then min(s.due_at)
            else min(s.executed_at + make_interval(days => d.execution)) end as due_at
  from case_state s cross join days d
 where s.cycle = :cycle and s.state in ('open', 'returned', 'to_accept', 'to_review') group by s.owner, s.state
union all
select e.owner, 'failed', 0, e.at, null
  from (select distinct on (owner) owner, event, at from owner_event where cycle = :cycle order by owner, id desc) e
 where e.event = 'failed'
union all
select f.owner, 'query', count(*), min(r.at), min(r.at + make_interval(days => t.execution))
  from document f join document_revision r on r.document = f.id cross join days t
 where f.cycle = :cycle and starts_with(r.read_as, :query)
   and not exists (select from document_revision n where n.document = r.document and n.revision > r.revision)
   and not exists (select from document_decision x where x.revision = r.id)
 group by f.owner
union all
select owner, 'to_plan', count(*), min(since), null from unplanned where cycle = :cycle group by owner
 order by owner, state
"""

_OBSERVED = """
select o.attribute, count(distinct p.scope) as owners, count(*) as observations
  from phase p
  join version v on v.phase = p.id and v.status = 'submitted'
  join member m on m.phase = v.phase and m.number = v.number
  join observation_item o on o.revision = m.revision
 where p.cycle = :cycle and p.kind = :kind
 group by o.attribute order by owners desc, o.attribute
"""


async def pairs_waiting(tx: Tx, cycle_id: int) -> list[PairsWaiting]:
    """Pairs without an owner, by line of business."""
    return [PairsWaiting(**row._mapping) for row in await rows(tx, _PAIRS, cycle=cycle_id)]


async def work_waiting(tx: Tx, cycle_id: int) -> list[WorkWaiting]:
    """Cases that wait for evidence, for its acceptance or for a review, by owner and state; and failed owners."""
    return [WorkWaiting(**row._mapping) for row in await rows(tx, _WORK, cycle=cycle_id, query=READ_AS_QUERY)]


async def observations_waiting(tx: Tx, cycle_id: int) -> list[ObservationsWaiting]:
    """What the approver has to decide on observations, by attribute, those of most owners first."""
    return [ObservationsWaiting(**row._mapping)
            for row in await rows(tx, _OBSERVED, cycle=cycle_id, kind=OWNER_ROUND.kind)]
