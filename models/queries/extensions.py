"""Requests for more time and their answers; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionLine:
    """A data owner's request for more time; `status` is open, granted or refused.

    `cases` counts those it is for, of which `still_open` are yet to be proved by the owner; `due_at` is when the first
    of them was due as it was asked, `granted_until` the day that was granted.
    """

    number: int
    owner: str
    status: str
    cases: int
    still_open: int
    due_at: datetime
    until: date
    reason: str
    asked_at: datetime
    granted_until: date | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


_EXTENSIONS = """
select r.number, r.owner,
       case d.verdict when 'grant' then 'granted' when 'refuse' then 'refused' else 'open' end as status,
       count(*) as cases,
       count(*) filter (where s.owner = r.owner and s.state in ('open', 'returned')) as still_open,
       min(c.due_at) as due_at, r.until, r.reason, r.at as asked_at,
       d.until as granted_until, d.by as decided_by, d.at as decided_at, d.reason as decision_reason
  from extension_request r
  join cycle_report z on z.id = r.cycle
  join extension_case c on c.request = r.id
  join case_state s on s.id = c.test_case
  left join extension_decision d on d.request = r.id
 where z.slug = :slug and (CAST(:owner AS text) is null or r.owner = :owner)
   and (CAST(:waiting AS boolean) is not true or d.request is null)
 group by r.id, d.request order by r.number
"""


async def extensions(tx: Tx, slug: str, *, owner: str | None = None, waiting: bool = False) -> list[ExtensionLine]:
    """The requests of a cycle, of one owner, or only those that wait for an answer; oldest first."""
    found = await rows(tx, _EXTENSIONS, slug=slug, owner=owner, waiting=waiting)
    return [ExtensionLine(**row._mapping) for row in found]
