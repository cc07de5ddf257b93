"""Comments on items, and the questions among them that still wait for an answer; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentLine:
    """A comment on an item. `version` was the latest of the phase when it was written."""

    key: str
    version: int
    question: bool
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question that waits: `role` is the side that has to answer it, by a comment on the same item."""

    kind: str
    scope: str
    key: str
    version: int
    text: str
    by: str
    at: datetime
    role: str
    due_at: datetime


# On comment_by_phase, or on one_item_per_key and comment_by_item when a key is given.
_COMMENTS = """
select i.natural_key as key, c.version, c.question, c.text, c.by, c.at
  from item_comment c join item i on i.id = c.item
 where c.phase = :phase and (CAST(:key AS text) is null or i.natural_key = :key) order by c.id
"""

# An answer is a later comment of the answering side on the same item; a later decision on the version ends the matter.
_QUESTIONS = """
select p.kind, p.scope, i.natural_key as key, c.version, c.text, c.by, c.at, r.role,
       c.at + make_interval(days => coalesce((select days from duty d
           where d.cycle = p.cycle and d.name = 'review'), 0)) as due_at
  from phase p
  join item_comment c on c.phase = p.id and c.question
  join item i on i.id = c.item
  cross join lateral (select answering_role(p.id, c.by) as role) r
 where p.cycle = :cycle
   and not exists (select from item_comment a where a.item = c.item and a.id > c.id and a.by <> c.by
                      and holds_role(p.cycle, a.by, r.role))
   and not exists (select from version v where v.phase = p.id and v.decided_at > c.at
                      and v.status in ('approved', 'rejected', 'superseded'))
 order by c.id
"""


async def comments(tx: Tx, phase: int, *, key: str | None = None) -> list[CommentLine]:
    """The comments of a phase, or on one of its items, oldest first."""
    return [CommentLine(**row._mapping) for row in await rows(tx, _COMMENTS, phase=phase, key=key)]


async def open_questions(tx: Tx, cycle_id: int) -> list[OpenQuestion]:
    """The questions of a cycle that wait for an answer, oldest first."""
    return [OpenQuestion(**row._mapping) for row in await rows(tx, _QUESTIONS, cycle=cycle_id)]
