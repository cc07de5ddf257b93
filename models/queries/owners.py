"""Pairs of attribute and line of business, and the owners they are assigned to; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLine:
    """A pair as it stands: `unassigned`, `assigned`, `disputed` or `waived`; `open` counts its undecided cases."""

    attribute: str
    line_of_business: str
    status: str
    owner: str | None
    cases: int
    open: int
    due_at: datetime
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLine:
    """One owner's work. `status` is the latest event of it; the numbers count cases by where they stand.

    `matched` and `mismatched` count those that have run by outcome, the person's conclusion before the comparison's.
    `due_at` is when the first case is due; `asked_until` the day that a request for more time asks for.
    """

    owner: str
    status: str
    reason: str
    cases: int
    open: int
    returned: int
    executing: int
    to_accept: int
    to_review: int
    concluded: int
    waived: int
    due_at: datetime | None
    matched: int = 0
    mismatched: int = 0
    asked_until: date | None = None

    @property
    def executed(self) -> int:
        """Cases that have run on evidence which is not back with the owner."""
        return self.to_accept + self.to_review + self.concluded

    @property
    def handed_in(self) -> int:
        """Cases whose evidence is in."""
        return self.executing + self.executed

    @property
    def settled(self) -> int:
        """Cases on which nothing waits."""
        return self.concluded + self.waived


_PAIRS = """
select a.attribute, a.line_of_business, a.status, a.owner, coalesce(n.cases, 0) as cases, coalesce(n.open, 0) as open,
       a.due_at, a.reason, a.by, a.at
  from (select distinct on (x.attribute, x.line_of_business) x.* from assignment x join cycle_report c on c.id = x.cycle
         where c.slug = :slug order by x.attribute, x.line_of_business, x.id desc) a
  left join (select cycle, attribute, line_of_business, count(*) as cases,
                    count(*) filter (where state not in ('concluded', 'waived')) as open
               from case_state group by 1, 2, 3) n
    on n.cycle = a.cycle and n.attribute = a.attribute and n.line_of_business = a.line_of_business
 order by a.line_of_business, a.attribute
"""

_OWNERS = """
select e.owner, e.event as status, e.reason, count(s.id) as cases,
       count(*) filter (where s.state = 'open') as open, count(*) filter (where s.state = 'returned') as returned,
       count(*) filter (where s.state = 'executing') as executing,
       count(*) filter (where s.state = 'to_accept') as to_accept,
       count(*) filter (where s.state = 'to_review') as to_review,
       count(*) filter (where s.state = 'concluded') as concluded, count(*) filter (where s.state = 'waived') as waived,
       min(s.due_at) filter (where s.state in ('open', 'returned')) as due_at,
       count(*) filter (where s.state in ('to_accept', 'to_review', 'concluded')
                          and coalesce(s.conclusion, s.outcome) in ('match', 'match_within_tolerance')) as matched,
       count(*) filter (where s.state in ('to_accept', 'to_review', 'concluded')
                          and coalesce(s.conclusion, s.outcome) = 'mismatch') as mismatched,
       (select max(w.until) from waiting_extension w where w.cycle = e.cycle and w.owner = e.owner) as asked_until
  from (select distinct on (x.owner) x.* from owner_event x join cycle_report c on c.id = x.cycle
         where c.slug = :slug order by x.owner, x.id desc) e
  left join case_state s on s.cycle = e.cycle and s.owner = e.owner
 group by e.cycle, e.owner, e.event, e.reason order by e.owner
"""


async def pairs(tx: Tx, slug: str) -> list[PairLine]:
    """Every pair of a cycle with its latest assignment."""
    return [PairLine(**row._mapping) for row in await rows(tx, _PAIRS, slug=slug)]


async def owners(tx: Tx, slug: str) -> list[OwnerLine]:
    """Every owner whose work has begun."""
    return [OwnerLine(**row._mapping) for row in await rows(tx, _OWNERS, slug=slug)]
