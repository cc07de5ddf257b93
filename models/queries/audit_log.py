"""The events of a cycle as people read them, the latest first; on the key of the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models import errors
from models.database import Tx, one, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event: a command, a refusal or a step of the system. `event` is "STREAM#SEQ"."""

    event: str
    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    reason: str
    refusal: str
    message: str
    command_id: str | None
    workflow_id: str
    hash: str


_EVENTS = """
select e.stream || '#' || e.seq as event, e.at, e.actor, coalesce(b.body ->> 'role', '') as role, e.action,
       coalesce(b.body ->> 'subject', '') as subject, coalesce(b.body ->> 'reason', '') as reason,
       coalesce(b.body ->> 'refusal', '') as refusal, coalesce(b.body ->> 'message', '') as message,
       e.command_id, coalesce(b.body ->> 'workflow_id', '') as workflow_id, e.hash
  from audit_event e cross join lateral (select e.body::jsonb as body offset 0) b
 where (e.stream = :slug or starts_with(e.stream, :slug || '/'))
   and (:phase = '' or e.stream = :slug || '/' || :phase or starts_with(e.stream, :slug || '/' || :phase || '/'))
   and (:actor = '' or e.actor = :actor) and (not :refused or e.action like '%.refused')
   and (CAST(:at AS timestamptz) is null or (e.at, e.stream, e.seq) < (:at, :stream, CAST(:seq AS bigint)))
 order by e.at desc, e.stream desc, e.seq desc limit :limit
"""


async def events(
    tx: Tx, slug: str, *, phase: str = "", actor: str = "", refused: bool = False, limit: int = 50, before: str = ""
) -> list[EventLine]:
    """Events of a cycle, of one phase, person or refusals only; `before` is the last event that was seen.

    Raises `NotFound` when there is no such event.
    """
    stream, _, seq = before.rpartition("#")
    seen = None
    if before:
        seen = await one(tx, "select at from audit_event where stream = :s and seq = :n", s=stream,
                         n=int(seq) if seq.isdecimal() else 0)
        if seen is None:
            raise errors.NotFound(f"there is no event {before!r}", hint="name one as STREAM#SEQ, as the log prints it")
    found = await rows(
        tx, _EVENTS, slug=slug, phase=phase, actor=actor, refused=refused, limit=limit,
        at=seen and seen.at, stream=stream, seq=int(seq) if seen else None,
    )
    return [EventLine(**row._mapping) for row in found]
