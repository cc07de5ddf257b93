"""What became of a phase's items from version to version: history, difference, lineage; one statement each.

They read `item_revision` by phase and item (revision_by_phase); nothing is counted that a version does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.database import Tx, rows
from models.queries.parts import decisions

ADDED, REMOVED, CHANGED, DECIDED, CARRIED = "added", "removed", "changed", "decided", "carried"
KINDS = (ADDED, REMOVED, CHANGED, DECIDED, CARRIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """A version and what it did to its parent's items: `items` = `added` + `changed` + `carried`."""

    owner: str
    version: int
    parent: int | None
    status: str
    items: int
    added: int
    changed: int
    carried: int
    removed: int
    rejected: int
    created_by: str
    created_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item as one version has it: its content, and what each side says, "approve by jane in v1"."""

    content: Mapping[str, Any]
    tester: str
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """An item that two versions hold differently, or alike (`carried`); `decided` is one whose decisions alone differ.

    `before` or `after` is None where the item is not in that version.
    """

    key: str
    change: str
    origin: str
    before: Standing | None
    after: Standing | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A page of the difference of two versions, with the counts of the whole of it; `more` come after the page."""

    counts: Mapping[str, int]
    lines: list[ChangeLine]
    more: int
    after_is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousDecision:
    """The approver's last word on an item in an earlier version, whatever revision it was on."""

    key: str
    verdict: str
    reason: str
    by: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageLine:
    """An item in one version; `item` is None where that version does not hold it.

    `requested` is "mike: large exposure" when this content came because somebody asked for it.
    """

    version: int
    parent: int | None
    status: str
    revision: int | None
    origin: str
    written_in: int | None
    written_by: str
    written_at: datetime | None
    requested: str
    item: Standing | None


# On revision_by_phase and decision_by_phase. Rows that are in a version and not in its parent, or the reverse, are what
# it did; the others are only counted.
_HISTORY = """
with f as (select p.id, p.scope from cycle_report c join phase p on p.cycle = c.id
            where c.slug = :slug and p.kind = :kind and (CAST(:scope AS text) is null or p.scope = :scope)),
refused as materialized (
    select d.phase, d.versions as said, r.versions as held
      from f join item_decision d on d.phase = f.id and d.role = 'approver' and d.verdict = 'reject'
      join item_revision r on r.phase = d.phase and r.id = d.revision)
select f.scope as owner, v.number as version, v.parent, v.status, h.items, m.added, m.changed,
       h.items - m.added - m.changed as carried, m.removed,
       (select count(*) from refused x where x.phase = f.id and x.said @> v.number and x.held @> v.number) as rejected,
       v.created_by, v.created_at, v.submitted_by, v.submitted_at, v.decided_by, v.decided_at, v.reason
  from f
  join version v on v.phase = f.id
 cross join lateral (
       select count(*) as items from item_revision r where r.phase = v.phase and r.versions @> v.number) h
 cross join lateral (
       select count(*) filter (where now and not before) as added, count(*) filter (where now and before and differ)
              as changed, count(*) filter (where before and not now) as removed
         from (select bool_or(held) as now, bool_or(not held) as before, min(digest) <> max(digest) as differ
                 from (select r.item, r.digest, r.versions @> v.number as held from item_revision r
                        where r.phase = v.phase
                          and (r.versions @> v.number) <> coalesce(r.versions @> v.parent, false)) x
                group by item) y) m
 order by f.scope, v.number
"""

_SAYS = (
    "coalesce({0}.verdict || case {0}.reason when '' then '' else ' (' || {0}.reason || ')' end"
    " || ' by ' || {0}.by || ' in v' || {0}.version, '')"
)

# What two versions have in common is not looked at but counted: a revision and its decisions are rows that are in both.
# The counts come with every page, an empty one too. On revision_by_phase and decision_by_phase.
_DIFFERENCE = f"""
with moved as materialized (
    select id, item, digest, versions @> CAST(:a AS int) as was from item_revision
     where phase = :phase and (versions @> CAST(:a AS int)) <> (versions @> CAST(:b AS int))),
kept as materialized (
    select count(*) as many from item_revision
     where phase = :phase and versions @> CAST(:a AS int) and versions @> CAST(:b AS int)),
decided as materialized (
    select distinct r.id, r.item from item_decision d join item_revision r on r.id = d.revision
     where d.phase = :phase and (d.versions @> CAST(:a AS int)) <> (d.versions @> CAST(:b AS int))
       and r.phase = :phase and r.versions @> CAST(:a AS int) and r.versions @> CAST(:b AS int)),
d as materialized (
    select item, o.id as before, n.id as after,
           case when o.id is null then 'added' when n.id is null then 'removed' when o.digest <> n.digest then 'changed'
                when (select array_agg(row(role, verdict, reason, by, version) order by role) from item_decision
                       where phase = :phase and revision = o.id and versions @> CAST(:a AS int)) is distinct from
                     (select array_agg(row(role, verdict, reason, by, version) order by role) from item_decision
                       where phase = :phase and revision = n.id and versions @> CAST(:b AS int)) then 'decided'
                else 'carried' end as change
      from (select * from moved where was) o full join (select * from moved where not was) n using (item)
    union all
    select item, id, id, 'decided' from decided
    union all
    select item, id, id, 'carried' from item_revision
     where 'carried' = any(:only) and phase = :phase and versions @> CAST(:a AS int) and versions @> CAST(:b AS int)
       and id not in (select id from decided)),
n as (select coalesce(jsonb_object_agg(change, many), '{{}}') || jsonb_build_object('carried',
             (select many from kept) - (select count(*) from decided)
             + (select count(*) from d where change = 'carried' and before <> after)) as counts
        from (select change, count(*) as many from d group by change) x),
k as (select (select id from item where phase = :phase and natural_key = :after) as id),
page as (select d.*, count(*) over () as matched from d cross join k
          where d.change = any(:only) and (CAST(:after AS text) is null or d.item > k.id)
          order by d.item limit CAST(:limit AS int))
select n.counts::text as counts, k.id as after_id, page.matched, page.change, i.natural_key as key,
       coalesce(w.origin, o.origin) as origin,
       o.content as content_before, {_SAYS.format("ot")} as tester_before, {_SAYS.format("oa")} as approver_before,
       w.content as content_after, {_SAYS.format("wt")} as tester_after, {_SAYS.format("wa")} as approver_after
  from n cross join k
  left join page on true
  left join item i on i.phase = :phase and i.id = page.item
  left join item_revision o on o.id = page.before
  {decisions("o", "CAST(:a AS int)")}
  left join item_revision w on w.id = page.after
  {decisions("w", "CAST(:b AS int)")}
 order by page.item
"""  # noqa: S608 - own texts only

# On one_item_per_key, revision_by_phase and decision_by_phase.
_LINEAGE = f"""
select v.number as version, v.parent, v.status, r.id as revision, coalesce(r.origin, '') as origin,
       r.version as written_in, coalesce(r.by, '') as written_by, r.at as written_at, r.content,
       coalesce(q.by || ': ' || q.reason, '') as requested, {_SAYS.format("rt")} as tester,
       {_SAYS.format("ra")} as approver
  from item i
  join version v on v.phase = i.phase
  left join item_revision r on r.phase = i.phase and r.item = i.id and multirange_contains_elem(r.versions, v.number)
  left join item_request_landing l on l.revision = r.id
  left join item_request q on q.id = l.request
  {decisions("r", "v.number")}
 where i.phase = :phase and i.natural_key = :key order by v.number
"""  # noqa: S608 - own texts only


# On decision_by_phase.
_PREVIOUS = """
select distinct on (r.item) i.natural_key as key, d.verdict, d.reason, d.by, d.version
  from item_decision d join item_revision r on r.id = d.revision join item i on i.id = r.item
 where d.phase = :phase and d.role = 'approver' and d.version < :number order by r.item, d.id desc
"""


async def previous_decisions(tx: Tx, phase: int, number: int) -> list[PreviousDecision]:
    """What the approver last said in versions before this one, of each item that was decided."""
    return [PreviousDecision(**row._mapping) for row in await rows(tx, _PREVIOUS, phase=phase, number=number)]


async def history(tx: Tx, slug: str, kind: str, *, scope: str | None = None) -> list[HistoryLine]:
    """The versions of a phase, oldest first; of one owner, or of all where versions are per owner."""
    return [HistoryLine(**row._mapping) for row in await rows(tx, _HISTORY, slug=slug, kind=kind, scope=scope)]


async def difference(
    tx: Tx, phase: int, before: int, after: int, *, only: Collection[str] = KINDS, limit: int | None = None,
    after_key: str | None = None,
) -> Difference:
    """What differs between two versions, in the order in which the items first came; `only` names kinds of change."""
    found = await rows(
        tx, _DIFFERENCE, phase=phase, a=before, b=after, only=list(only), limit=limit, after=after_key
    )
    lines = [
        ChangeLine(key=row.key, change=row.change, origin=row.origin,
                   before=_standing(row.content_before, row.tester_before, row.approver_before),
                   after=_standing(row.content_after, row.tester_after, row.approver_after))
        for row in found if row.key is not None
    ]
    counts = {kind: json.loads(found[0].counts).get(kind, 0) for kind in KINDS}
    more = found[0].matched - len(lines) if lines else 0
    return Difference(counts, lines, more, after_key is None or found[0].after_id is not None)


async def item_lineage(tx: Tx, phase: int, key: str) -> list[LineageLine]:
    """An item in each version of its phase, oldest first; empty when the phase never had it."""
    return [
        LineageLine(**{name: value for name, value in row._mapping.items()
                       if name not in ("content", "tester", "approver")},
                    item=_standing(row.content, row.tester, row.approver))
        for row in await rows(tx, _LINEAGE, phase=phase, key=key)
    ]


def _standing(content: str | None, tester: str, approver: str) -> Standing | None:
    return None if content is None else Standing(content=json.loads(content), tester=tester, approver=approver)
