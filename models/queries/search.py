"""Items of a cycle by a text in their key, content or decisions, over all its phases; one statement.

There is no index on texts, which would slow every item that is written: a phase's items are read by revision_by_phase,
and their texts looked through.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from models.database import Tx, rows
from models.queries.parts import decisions

KEY, TESTER_REASON, APPROVER_REASON = "key", "tester_reason", "approver_reason"
_ALL = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An item that holds the text, as a version of its phase has it.

    `places` names where: `key`, fields of the content, `tester_reason`, `approver_reason`. `revised_in` is the version
    in which the content was written.
    """

    key: str
    kind: str
    scope: str
    number: int
    status: str
    revision: int
    revised_in: int
    origin: str
    tester_verdict: str | None
    tester_reason: str | None
    approver_verdict: str | None
    approver_reason: str | None
    places: tuple[str, ...]
    content: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, by key and then by phase, and how many more come after it. A page never parts a key's hits."""

    hits: list[Hit]
    more: int


# `near` may hold the text in the name of a field or between two; `hits` hold it in a key, a value or a reason.
# Decisions are looked up for what was found, not for all.
_SEARCH = f"""
with latest as (
    select p.id as phase, p.kind, p.scope, k.ordinal, k.keeps, v.number, v.status
      from cycle_report c join phase p on p.cycle = c.id join phase_policy k on k.kind = p.kind
     cross join lateral (select number, status from version
                          where phase = p.id and (not :effective or status = 'approved')
                          order by number desc limit 1) v
     where c.slug = :slug and p.kind = any(:kinds)),
near as materialized (
    select r.id from latest l join item_revision r on r.phase = l.phase and r.versions @> l.number
      join item i on i.phase = l.phase and i.id = r.item
     where strpos(lower(r.content), lower(:escaped)) > 0 or strpos(lower(i.natural_key), lower(:text)) > 0
    union
    select d.revision from latest l join item_decision d on d.phase = l.phase and d.versions @> l.number
     where d.reason <> '' and strpos(lower(d.reason), lower(:text)) > 0),
told as (
    select l.ordinal, l.kind, l.scope, l.number, l.status, i.natural_key as key, r.id as revision,
           r.version as revised_in, r.origin, r.content, rt.verdict as tester_verdict, rt.reason as tester_reason,
           ra.verdict as approver_verdict, ra.reason as approver_reason
      from near
      join item_revision r on r.id = near.id
      join latest l on l.phase = r.phase and r.versions @> l.number
      join item i on i.id = r.item {decisions("r", "l.number")}
     where (CAST(:after AS text) is null or i.natural_key collate "C" > :after)
       and (CAST(:verdict AS text) is null or :verdict in (rt.verdict, ra.verdict))
       and (not :effective or rt.verdict = 'approve' and ra.verdict = any (l.keeps))),
hits as (
    select told.*, p.places from told cross join lateral (select array_remove(array[
               case when strpos(lower(key), lower(:text)) > 0 then 'key' end,
               case when strpos(lower(tester_reason), lower(:text)) > 0 then 'tester_reason' end,
               case when strpos(lower(approver_reason), lower(:text)) > 0 then 'approver_reason' end], null)
           || array(select f.key from jsonb_each_text(content::jsonb) with ordinality f(key, value, at)
                     where strpos(lower(f.value), lower(:text)) > 0 or strpos(lower(f.value), lower(:escaped)) > 0
                     order by f.at) as places) p
     where p.places <> '{{}}'),
page as (select *, count(*) over () as matched from hits
          order by key collate "C" fetch first (CAST(:limit AS int)) rows with ties)
select key, kind, scope, number, status, revision, revised_in, origin, tester_verdict, tester_reason, approver_verdict,
       approver_reason, places, content, matched
  from page order by key collate "C", ordinal, scope
"""  # noqa: S608 - own texts only


async def search(
    tx: Tx, slug: str, text: str, *, kinds: Collection[str], effective: bool = False, verdict: str | None = None,
    limit: int | None = None, after: str | None = None,
) -> Found:
    """The items of those phases that hold the text, whatever its capitals, in the latest version of each phase.

    With `effective`: among those that count now. A page ends with the last hit of a key, so that it may hold some more
    than `limit`; the next begins `after` that key.
    """
    found = await rows(
        tx, _SEARCH, slug=slug, text=text, escaped=json.dumps(text, ensure_ascii=False)[1:-1], kinds=list(kinds),
        effective=effective, verdict=verdict, limit=limit or _ALL, after=after,
    )
    hits = [_hit(row) for row in found]
    return Found(hits, found[0].matched - len(hits) if found else 0)


def _hit(row: Any) -> Hit:
    named = {name: value for name, value in row._mapping.items() if name != "matched"}
    return Hit(**{**named, "places": tuple(row.places), "content": json.loads(row.content)})
