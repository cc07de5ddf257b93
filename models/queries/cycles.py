"""Cycles and their phases as readers see them; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models import errors
from models.database import Tx, one, rows
from models.phases import VERSIONED


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleLine:
    """A test cycle. `status`: running, on hold, completed or cancelled; `reason` is that of a hold or of the end."""

    slug: str
    name: str
    period: date
    status: str
    phase: str
    started_by: str
    started_at: datetime
    closed_at: datetime | None
    reason: str
    amends: str | None
    cycle_file_sha256: str
    dictionary_sha256: str
    report_sha256: str
    id: int

    @property
    def ended(self) -> bool:
        """Whether the cycle takes no more commands, ever."""
        return self.status in ("completed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """The latest version of a versioned phase; `scope` is the owner whose observations it holds, else ''."""

    kind: str
    scope: str
    version: int
    status: str
    items: int
    undecided: int
    approved: int | None
    signed: tuple[str, ...]
    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the facts say of the run that a command was meant for; None where there is nothing."""

    outcome: str | None
    phase: int | None
    approved: int | None
    latest: int | None
    latest_status: str | None
    owner_event: str | None


_CYCLES = """
select c.slug, c.name, c.period, coalesce(z.outcome, case when h.held then 'on hold' else 'running' end) as status,
       coalesce((select p.kind from phase p join phase_policy k on k.kind = p.kind where p.cycle = c.id
                  order by k.ordinal desc limit 1), '') as phase,
       c.started_by, c.started_at, z.at as closed_at,
       coalesce(z.reason, case when h.held then h.reason end, '') as reason,
       a.slug as amends, c.cycle_file_sha256, c.dictionary_sha256, c.report_sha256, c.id
  from cycle_report c
  left join cycle_closing z on z.cycle = c.id
  left join cycle_report a on a.id = c.amends
  left join lateral (select held, reason from cycle_hold where cycle = c.id order by id desc limit 1) h on true
 where CAST(:slug AS text) is null or c.slug = :slug
 order by c.id
"""

_PHASES = """
select p.kind, p.scope, v.number as version, v.status, count(m.revision) as items,
       count(m.revision) filter (where v.status in ('draft', 'submitted') and
           case v.status when 'draft' then m.tester_verdict else m.approver_verdict end is null) as undecided,
       (select number from version a where a.phase = p.id and a.status = 'approved') as approved,
       coalesce((select array_agg(role order by role) from version_signoff s
                  where s.phase = v.phase and s.number = v.number), '{}') as signed,
       coalesce(v.decided_at, v.submitted_at, v.created_at) as since,
       coalesce(v.submitted_at, v.created_at) + make_interval(days => coalesce((select days from duty d
           where d.cycle = p.cycle and d.name = x.duty), 0)) as due_at
  from phase p
  join phase_policy k on k.kind = p.kind
  join unnest(CAST(:kinds AS text[]), CAST(:duties AS text[])) as x(kind, duty) on x.kind = p.kind
  join version v on v.phase = p.id and v.number = (select max(number) from version l where l.phase = p.id)
  left join member m on m.phase = v.phase and m.number = v.number
 where p.cycle = :cycle
 group by p.id, k.ordinal, x.duty, v.phase, v.number
 order by k.ordinal, p.scope
"""

_STANDING = """
select z.outcome, p.id as phase,
       (select number from version v where v.phase = p.id and v.status = 'approved') as approved,
       l.number as latest, l.status as latest_status,
       (select event from owner_event e where e.cycle = c.id and e.owner = :scope
         order by id desc limit 1) as owner_event
  from cycle_report c
  left join cycle_closing z on z.cycle = c.id
  left join phase p on p.cycle = c.id and p.kind = :kind and p.scope = :scope
  left join lateral (select number, status from version where phase = p.id order by number desc limit 1) l on true
 where c.slug = :slug
"""


async def cycles(tx: Tx) -> list[CycleLine]:
    """All cycles, oldest first."""
    return [CycleLine(**row._mapping) for row in await rows(tx, _CYCLES, slug=None)]


async def cycle(tx: Tx, slug: str) -> CycleLine:
    """The cycle of that name; raises `NotFound`."""
    if (found := await find_cycle(tx, slug)) is None:
        raise errors.NotFound(f"there is no cycle {slug!r}", hint="starter.py cycle list")
    return found


async def find_cycle(tx: Tx, slug: str) -> CycleLine | None:
    """The cycle of that name, or None."""
    row = await one(tx, _CYCLES, slug=slug)
    return None if row is None else CycleLine(**row._mapping)


async def phases(tx: Tx, cycle_id: int) -> list[PhaseLine]:
    """The latest version of every versioned phase that has begun, in the order of the phases."""
    duties = {phase.kind: phase.duty for phase in VERSIONED}
    found = await rows(tx, _PHASES, cycle=cycle_id, kinds=list(duties), duties=list(duties.values()))
    return [PhaseLine(**{**row._mapping, "signed": tuple(row.signed)}) for row in found]


async def standing(tx: Tx, slug: str, *, kind: str, scope: str) -> Standing | None:
    """What is on record of a phase or an owner of a cycle; None when there is no such cycle."""
    row = await one(tx, _STANDING, slug=slug, kind=kind, scope=scope)
    return None if row is None else Standing(**row._mapping)
