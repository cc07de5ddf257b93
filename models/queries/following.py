"""What somebody who follows a cycle sees of its course: every version, each owner's steps; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, one, rows, run


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """A version and when its state changed; `scope` is the owner whose observations it holds, else ''."""

    kind: str
    scope: str
    number: int
    status: str
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """Something that happened in an owner's work, from `at` to `until`, to so many cases.

    `step` is asked, handed_in, accept, return, executed (`failed` counts mismatches), reviewed, or the work as a whole:
    failed, retried, waived, completed. `note` names a document or gives a reason.
    """

    owner: str
    step: str
    at: datetime
    until: datetime
    cases: int
    failed: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """Pairs of attribute and line of business: all, those settled, when that began and last changed."""

    pairs: int
    settled: int
    begun_at: datetime | None = None
    changed_at: datetime | None = None


# Every change of a cycle is one audit event, so the events of all its streams are a clock of its facts.
_PULSE = "select coalesce(sum(seq), 0) as n from stream_head where stream = :slug or starts_with(stream, :slug || '/')"

_ROUNDS = """
select p.kind, p.scope, v.number, v.status, v.created_at, v.submitted_at, v.decided_at, v.decided_by, v.reason
  from phase p join phase_policy k on k.kind = p.kind join version v on v.phase = p.id
 where p.cycle = :cycle order by k.ordinal, p.scope, v.number
"""

_PAIRS = """
select count(*) as pairs, count(*) filter (where status in ('assigned', 'waived')) as settled,
       (select min(at) from assignment where cycle = :cycle) as begun_at,
       (select max(at) from assignment where cycle = :cycle) as changed_at
  from (select distinct on (attribute, line_of_business) status from assignment where cycle = :cycle
         order by attribute, line_of_business, id desc) a
"""

_STEPS = """
with revision as (select r.*, d.owner, d.name from document d join document_revision r on r.document = d.id
                   where d.cycle = :cycle)
select o.owner, 'asked' as step, min(o.at) as at, max(o.at) as until, count(distinct t.id) as cases, 0 as failed,
       '' as note
  from test_case t join case_owner o on o.test_case = t.id where t.cycle = :cycle group by o.owner
union all
select owner, 'handed_in', at, at, covered, 0, name || ' revision ' || revision from revision
union all
select r.owner, x.verdict, x.at, x.at, r.covered, 0, r.name || case x.reason when '' then '' else ': ' || x.reason end
  from revision r join document_decision x on x.revision = r.id
union all
select r.owner, 'executed', min(e.at), max(e.at), count(*), count(*) filter (where e.outcome = 'mismatch'), min(r.name)
  from revision r join execution e on e.revision = r.id group by r.owner, e.request
union all
select r.owner, 'reviewed', min(w.at), max(w.at), count(distinct e.test_case), 0, ''
  from revision r join execution e on e.revision = r.id join execution_review w on w.execution = e.id
 group by r.owner, date_trunc('minute', w.at)
union all
select owner, event, at, at, 0, 0, reason from owner_event where cycle = :cycle and event <> 'started'
 order by owner, at
"""


async def one_moment(tx: Tx) -> None:
    """Let all statements of a transaction that has just begun see the facts of one moment."""
    await run(tx, "set transaction isolation level repeatable read, read only")


async def pulse(tx: Tx, slug: str) -> int:
    """A number that grows with every change of a cycle and with nothing else."""
    return int((await one(tx, _PULSE, slug=slug)).n)


async def rounds(tx: Tx, cycle_id: int) -> list[RoundLine]:
    """Every version of every phase, in the order of the phases."""
    return [RoundLine(**row._mapping) for row in await rows(tx, _ROUNDS, cycle=cycle_id)]


async def pair_counts(tx: Tx, cycle_id: int) -> PairCounts:
    """How many pairs there are, and how many are settled."""
    return PairCounts(**(await one(tx, _PAIRS, cycle=cycle_id))._mapping)


async def owner_steps(tx: Tx, cycle_id: int) -> list[StepLine]:
    """What happened in each owner's work, in order."""
    return [StepLine(**row._mapping) for row in await rows(tx, _STEPS, cycle=cycle_id)]
