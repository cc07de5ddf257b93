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
    """An item in one version; `item` is None where that version does not hold it."""

    version: int
    parent: int | None
    status: str
    revision: int | None
    origin: str
    written_in: int | None
    written_by: str
    written_at: datetime | None
    item: Standing | None


_HISTORY = """
select p.scope as owner, v.number as version, v.parent, v.status, count(r.id) as items,
       count(r.id) filter (where b.id is null) as added,
       count(r.id) filter (where b.digest <> r.digest) as changed,
       count(r.id) filter (where b.digest = r.digest) as carried,
       (select count(*) from item_revision o where o.phase = v.phase and o.versions @> v.parent
           and not exists (select from item_revision n
                            where n.phase = o.phase and n.item = o.item and n.versions @> v.number)) as removed,
       count(a.id) filter (where a.verdict = 'reject') as rejected,
       v.created_by, v.created_at, v.submitted_by, v.submitted_at, v.decided_by, v.decided_at, v.reason
  from phase p
  join cycle_report c on c.id = p.cycle
  join version v on v.phase = p.id
  left join item_revision r on r.phase = v.phase and r.versions @> v.number
  left join item_revision b on b.phase = v.phase and b.item = r.item and b.versions @> v.parent
  left join item_decision a on a.phase = v.phase and a.revision = r.id and a.role = 'approver'
       and a.versions @> v.number
 where c.slug = :slug and p.kind = :kind and (CAST(:scope AS text) is null or p.scope = :scope)
 group by p.id, v.phase, v.number order by p.scope, v.number
"""

_SAYS = (
    "{0}_verdict || case {0}_reason when '' then '' else ' (' || {0}_reason || ')' end"
    " || ' by ' || {0}_by || ' in v' || {0}_in"
)
_TESTER, _APPROVER = _SAYS.format("m.tester"), _SAYS.format("m.approver")

_SIDE = f"""
select m.item, m.natural_key, m.revision, m.origin, m.digest, m.content, m.tester_decision, m.approver_decision,
       coalesce({_TESTER}, '') as tester, coalesce({_APPROVER}, '') as approver
  from member m where m.phase = :phase and m.number = """  # noqa: S608 - own texts only

# The counts come with every page, an empty one too.
_DIFFERENCE = f"""
with a as ({_SIDE}:a), b as ({_SIDE}:b),
d as materialized (
    select item, coalesce(b.natural_key, a.natural_key) as key, coalesce(b.origin, a.origin) as origin,
           case when a.item is null then 'added' when b.item is null then 'removed'
                when a.digest <> b.digest then 'changed'
                when (a.tester, a.approver) is distinct from (b.tester, b.approver) then 'decided'
                else 'carried' end as change,
           a.content as content_before, a.tester as tester_before, a.approver as approver_before,
           b.content as content_after, b.tester as tester_after, b.approver as approver_after
      from a full join b using (item)),
n as (select coalesce(jsonb_object_agg(change, many), '{{}}')::text as counts
        from (select change, count(*) as many from d group by change) x),
k as (select (select id from item where phase = :phase and natural_key = :after) as id),
page as (select d.*, count(*) over () as matched from d cross join k
          where d.change = any(:only) and (CAST(:after AS text) is null or d.item > k.id)
          order by d.item limit CAST(:limit AS int))
select n.counts, k.id as after_id, page.* from n cross join k left join page on true order by page.item
"""  # noqa: S608 - own texts only

_LINEAGE = f"""
select v.number as version, v.parent, v.status, m.revision, coalesce(m.origin, '') as origin,
       m.revised_in as written_in, coalesce(m.revised_by, '') as written_by, m.revised_at as written_at, m.content,
       coalesce({_TESTER}, '') as tester, coalesce({_APPROVER}, '') as approver
  from item i
  join version v on v.phase = i.phase
  left join member m on m.phase = v.phase and m.number = v.number and m.item = i.id
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
