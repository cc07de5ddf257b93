"""What an operator watches: how much waits, for which role, since when and past its due date; and what was refused.

Numbers over all running cycles, by a handful of labels, never by cycle or person; one statement each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from models.database import Tx, rows
from models.phase_state import waiting_for
from models.phases import BY_KIND, PHASES, VERSIONED

_ASSIGNING = next(p.submitter for p in PHASES if not p.versioned and p.stage == "cycle")
_SUPPLYING, _TESTING = (p.submitter for p in PHASES if not p.versioned and p.stage == "owner")


@dataclass(slots=True, kw_only=True)
class Waits:
    """What waits for one role: how many, how many past their due date, and since when the oldest."""

    waiting: int = 0
    overdue: int = 0
    oldest: datetime | None = None

    def add(self, count: int, overdue: int, since: datetime | None) -> None:
        """Take so many more into account."""
        self.waiting += count
        self.overdue += overdue
        self.oldest = min((at for at in (self.oldest, since) if at is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The numbers as of `at`, by the database's clock.

    `versions`, `cases` and `pairs` by role; `case_states` by state; `cycles` by status; `refused` by code of the error.
    """

    at: datetime
    versions: dict[str, Waits] = field(default_factory=dict)
    cases: dict[str, Waits] = field(default_factory=dict)
    pairs: dict[str, Waits] = field(default_factory=dict)
    case_states: dict[str, int] = field(default_factory=dict)
    cycles: dict[str, int] = field(default_factory=dict)
    failed_owners: int = 0
    refused: dict[str, int] = field(default_factory=dict)


_RUNNING = "(select id from cycle_report c where not exists (select from cycle_closing z where z.cycle = c.id))"

_CYCLES = """
select coalesce(z.outcome, case when h.held then 'on hold' else 'running' end) as status, count(*) as cycles
  from cycle_report c left join cycle_closing z on z.cycle = c.id
  left join lateral (select held from cycle_hold where cycle = c.id order by id desc limit 1) h on true
 group by 1
"""

_VERSIONS = f"""
with latest as (
    select p.cycle, p.kind, v.phase, v.number, v.status, coalesce(v.decided_at, v.submitted_at, v.created_at) as since,
           coalesce(v.submitted_at, v.created_at) + make_interval(days => coalesce(d.days, 0)) as due_at
      from phase p join unnest(CAST(:kinds AS text[]), CAST(:duties AS text[])) as x(kind, duty) on x.kind = p.kind
      join lateral (select * from version where phase = p.id order by number desc limit 1) v on true
      left join duty d on d.cycle = p.cycle and d.name = x.duty
     where p.cycle in {_RUNNING} and v.status <> 'approved')
select l.kind, l.status, s.signed, count(*) as versions, min(l.since) as since,
       count(*) filter (where l.due_at < now()) as overdue
  from latest l cross join lateral (
       select coalesce(array_agg(role order by role), '{{}}') as signed from version_signoff
        where phase = l.phase and number = l.number) s
 group by l.kind, l.status, s.signed
"""  # noqa: S608 - own text only

_CASES = f"""
with days as (select cycle, coalesce(max(days) filter (where name = 'evidence'), 0) as evidence,
                     coalesce(max(days) filter (where name = 'execution'), 0) as execution from duty group by cycle),
     known as (
    select s.state, case when s.state in ('open', 'returned') then s.due_at - make_interval(days => d.evidence)
                         else s.executed_at end as since,
           case when s.state in ('open', 'returned') then s.due_at
                else s.executed_at + make_interval(days => d.execution) end as due_at
      from case_state s join days d on d.cycle = s.cycle where s.cycle in {_RUNNING})
select state, count(*) as cases, min(since) as since, count(*) filter (where due_at < now()) as overdue
  from known group by state
"""  # noqa: S608 - own text only

_PAIRS = f"""
select count(*) as pairs, min(a.at) as since, count(*) filter (where a.due_at < now()) as overdue
  from (select distinct on (cycle, attribute, line_of_business) * from assignment where cycle in {_RUNNING}
         order by cycle, attribute, line_of_business, id desc) a
 where a.status in ('unassigned', 'disputed')
"""  # noqa: S608 - own text only

_FAILED = f"""
select count(*) as owners
  from (select distinct on (cycle, owner) event from owner_event where cycle in {_RUNNING}
         order by cycle, owner, id desc) e
 where e.event = 'failed'
"""  # noqa: S608 - own text only

_REFUSED = """
select body::jsonb ->> 'refusal' as code, count(*) as commands from audit_event where action like '%.refused' group by 1
"""

# Who is waited for by a case in each state that somebody has to act on.
_OF_CASES = {"open": _SUPPLYING, "returned": _SUPPLYING, "to_accept": _TESTING, "to_review": _TESTING}


async def operations(tx: Tx) -> Operations:
    """All numbers, read in one transaction."""
    kinds, duties = [p.kind for p in VERSIONED], [p.duty for p in VERSIONED]
    states = await rows(tx, _CASES)
    (pairs,) = await rows(tx, _PAIRS)
    (failed,) = await rows(tx, _FAILED)
    (clock,) = await rows(tx, "select now() as at")
    return Operations(
        at=clock.at,
        versions=_by_role(
            (role, row.versions, row.overdue, row.since)
            for row in await rows(tx, _VERSIONS, kinds=kinds, duties=duties)
            for role in waiting_for(BY_KIND[row.kind], row.status, tuple(row.signed))
        ),
        cases=_by_role(
            (_OF_CASES[row.state], row.cases, row.overdue, row.since) for row in states if row.state in _OF_CASES
        ),
        pairs=_by_role([(_ASSIGNING, pairs.pairs, pairs.overdue, pairs.since)]),
        case_states={row.state: row.cases for row in states},
        cycles={row.status: row.cycles for row in await rows(tx, _CYCLES)},
        failed_owners=failed.owners,
        refused={row.code: row.commands for row in await rows(tx, _REFUSED)},
    )


def _by_role(found: Iterable[tuple[str, int, int, datetime | None]]) -> dict[str, Waits]:
    by_role: dict[str, Waits] = {}
    for role, count, overdue, since in found:
        by_role.setdefault(role, Waits()).add(count, overdue, since)
    return by_role
