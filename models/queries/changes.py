"""What became of a phase's items from version to version: history, difference, lineage; one statement each.

They read `item_revision` by phase and item (revision_by_phase); nothing is counted that a version does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

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


class Standing(NamedTuple):
    """An item as one version has it: its canonical JSON, and what each side says, "approve by jane in v1"."""

    text: str
    tester: str
    approver: str

    @property
    def content(self) -> Mapping[str, Any]:
        """What the text says, parsed for whoever asks."""
        parsed: Mapping[str, Any] = json.loads(self.text)
        return parsed


class ChangeLine(NamedTuple):
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


class LineageLine(NamedTuple):
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


# On revision_by_phase and rejections. Revisions are looked at once and gathered by the versions they are in, of which
# there are few: those in a version and not in its parent, or the reverse, are what it did; others are only counted.
_HISTORY = """
with f as (select p.id, p.scope from cycle_report c join phase p on p.cycle = c.id
            where c.slug = :slug and p.kind = :kind and (CAST(:scope AS text) is null or p.scope = :scope)),
s as materialized (
    select r.phase, r.item, r.digest, r.versions from f join item_revision r on r.phase = f.id),
g as materialized (select phase, versions, count(*) as many from s group by phase, versions),
t as materialized (
    select v.phase, v.number, g.versions, g.many, g.versions @> v.number as now, g.versions @> v.parent as before
      from f join version v on v.phase = f.id join g on g.phase = v.phase),
h as (select phase, number, sum(many) as items from t where now group by phase, number),
m as (select phase, number, count(*) filter (where now and not before) as added,
             count(*) filter (where now and before and differ) as changed,
             count(*) filter (where before and not now) as removed
        from (select t.phase, t.number, s.item, bool_or(t.now) as now, bool_or(t.before) as before,
                     min(s.digest) <> max(s.digest) as differ
                from t join s on s.phase = t.phase and s.versions = t.versions
               where t.now <> t.before group by t.phase, t.number, s.item) x
       group by phase, number),
d as materialized (
    select d.phase, d.versions as said, r.versions as held, count(*) as many
      from f join item_decision d on d.phase = f.id and d.role = 'approver' and d.verdict = 'reject'
      join item_revision r on r.phase = d.phase and r.id = d.revision group by d.phase, d.versions, r.versions),
refused as (
    select v.phase, v.number, sum(d.many) as many
      from d join version v on v.phase = d.phase and d.said @> v.number and d.held @> v.number
     group by v.phase, v.number)
select f.scope as owner, v.number as version, v.parent, v.status, x.items, x.added, x.changed,
       x.items - x.added - x.changed as carried, x.removed, x.rejected,
       v.created_by, v.created_at, v.submitted_by, v.submitted_at, v.decided_by, v.decided_at, v.reason
  from f
  join version v on v.phase = f.id
  left join h on h.phase = v.phase and h.number = v.number
  left join m on m.phase = v.phase and m.number = v.number
  left join refused on refused.phase = v.phase and refused.number = v.number
 cross join lateral (
       select coalesce(h.items, 0)::bigint as items, coalesce(m.changed, 0) as changed,
              coalesce(case when v.parent is null then h.items else m.added end, 0)::bigint as added,
              coalesce(m.removed, 0) as removed, coalesce(refused.many, 0)::bigint as rejected) x
 order by f.scope, v.number
"""

_SAYS = (
    "coalesce({0}.verdict || case {0}.reason when '' then '' else ' (' || {0}.reason || ')' end"
    " || ' by ' || {0}.by || ' in v' || {0}.version, '')"
)

# What two versions have in common is not looked at but counted: a revision and its decisions are rows that are in both.
# The counts come with every page, an empty one too. On revision_by_phase and decision_by_phase.
_DIFFERENCE = f"""
with held as materialized (
    select id, item, digest, versions @> CAST(:a AS int) as was, versions @> CAST(:b AS int) as is_now
      from item_revision where phase = :phase),
moved as materialized (select id, item, digest, was from held where was <> is_now),
kept as materialized (select count(*) as many from held where was and is_now),
decided as materialized (
    select distinct r.id, r.item from item_decision d join held r on r.id = d.revision
     where d.phase = :phase and (d.versions @> CAST(:a AS int)) <> (d.versions @> CAST(:b AS int))
       and r.was and r.is_now),
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
    select item, id, id, 'carried' from held
     where 'carried' = any(:only) and was and is_now and id not in (select id from decided)),
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
       r.version as written_in, coalesce(r.by, '') as written_by, r.at as written_at,
       coalesce(q.by || ': ' || q.reason, '') as requested, r.content, {_SAYS.format("rt")} as tester,
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
        ChangeLine(key, change, origin, _standing(*said[:3]), _standing(*said[3:]))
        for _, _, _, change, key, origin, *said in found if key is not None
    ]
    counts = {kind: json.loads(found[0].counts).get(kind, 0) for kind in KINDS}
    more = found[0].matched - len(lines) if lines else 0
    return Difference(counts, lines, more, after_key is None or found[0].after_id is not None)


async def item_lineage(tx: Tx, phase: int, key: str) -> list[LineageLine]:
    """An item in each version of its phase, oldest first; empty when the phase never had it."""
    return [LineageLine._make((*line, _standing(text, tester, approver)))
            for *line, text, tester, approver in await rows(tx, _LINEAGE, phase=phase, key=key)]


def _standing(text: str | None, tester: str, approver: str) -> Standing | None:
    return None if text is None else Standing(text, tester, approver)
