"""Comments on items, and the questions among them that still wait for an answer; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentLine:
    """A comment on an item. `version` was the latest of the phase when it was written.

    `dispute` is '' for what disputes nothing, else `open` or `answered`.
    """

    key: str
    version: int
    question: bool
    dispute: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question that waits: `role` is the side that has to answer it, by a comment on the same item.

    A dispute waits whatever becomes of the version, until it is answered or the observation changes.
    """

    kind: str
    scope: str
    key: str
    version: int
    text: str
    by: str
    at: datetime
    role: str
    due_at: datetime
    dispute: bool = False


# On comment_by_phase, or on one_item_per_key and comment_by_item when a key is given.
_COMMENTS = """
select i.natural_key as key, c.version, c.question, c.text, c.by, c.at,
       case when d.comment is null then '' when o.comment is null then 'answered' else 'open' end as dispute
  from item_comment c join item i on i.id = c.item
  left join item_dispute d on d.comment = c.id left join open_dispute o on o.comment = c.id
 where c.phase = :phase and (CAST(:key AS text) is null or i.natural_key = :key) order by c.id
"""

_QUESTIONS = """
select q.kind, q.scope, q.natural_key as key, q.version, q.text, q.by, q.at, q.role,
       d.comment is not null as dispute, q.at + make_interval(days => coalesce((select days from duty d
           where d.cycle = q.cycle and d.name = 'review'), 0)) as due_at
  from question q left join item_dispute d on d.comment = q.id
 where q.cycle = :cycle
   and case when d.comment is null then q.answered_at is null and q.decided_at is null
            else exists (select from open_dispute o where o.comment = q.id) end
 order by q.id
"""


async def comments(tx: Tx, phase: int, *, key: str | None = None) -> list[CommentLine]:
    """The comments of a phase, or on one of its items, oldest first."""
    return [CommentLine(**row._mapping) for row in await rows(tx, _COMMENTS, phase=phase, key=key)]


async def open_questions(tx: Tx, cycle_id: int) -> list[OpenQuestion]:
    """The questions of a cycle that wait for an answer, oldest first."""
    return [OpenQuestion(**row._mapping) for row in await rows(tx, _QUESTIONS, cycle=cycle_id)]
