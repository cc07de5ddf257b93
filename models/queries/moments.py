"""What was approved at a time: the version that counted then, its items, and which version was open; one statement.

A version counts from the moment at which it is approved until the next one is, that moment excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from models.database import Tx, rows
from models.phases import Phase
from models.queries.parts import decisions
from models.queries.versions import Page, Selection, member_line, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A phase at a time. `number` is the version approved then, None for none; `now` is that version's status today.

    `items` are all that it holds, `counting` those that both sides kept. `open_status` is draft or submitted, as of
    then.
    """

    phase: int
    at: datetime
    number: int | None
    approved_by: str | None
    approved_at: datetime | None
    superseded_by: int | None
    superseded_at: datetime | None
    now: str | None
    items: int
    counting: int
    content_hash: str | None
    manifest_hash: str | None
    open_number: int | None
    open_status: str | None
    open_since: datetime | None
    open_by: str | None
    next_number: int | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Approved:
    """A phase at a time, a page of the items of the version approved then, and which of them counted, by key."""

    moment: Moment
    page: Page
    counting: frozenset[str]
    after_is_known: bool


# On version_pkey, revision_by_phase and decision_by_phase. Approved versions follow one another by number, and what is
# decided is never open again, so that a version's own row tells what it was then. Revisions and decisions are brought
# together by counting, since a join over all of them would go row by row. The moment comes with the first row only.
_APPROVED = f"""
with f as (select p.id, k.keeps from cycle_report c join phase p on p.cycle = c.id
             join phase_policy k on k.kind = p.kind
            where c.slug = :slug and p.kind = :kind and p.scope = :scope),
v as (select f.id as phase, f.keeps, a.number, a.decided_by as approved_by, a.decided_at as approved_at,
             a.status as now, a.content_hash, a.manifest_hash,
             case when a.number is not null then s.number end as superseded_by,
             case when a.number is not null then s.decided_at end as superseded_at,
             o.number as open_number, case when o.submitted_at <= :at then 'submitted' else 'draft' end as open_status,
             case when o.submitted_at <= :at then o.submitted_at else o.created_at end as open_since,
             case when o.submitted_at <= :at then o.submitted_by else o.created_by end as open_by,
             s.number as next_number, s.decided_at as next_at
        from f
        left join lateral (
             select * from version where phase = f.id and status in ('approved', 'superseded') and decided_at <= :at
              order by number desc limit 1) a on true
        left join lateral (
             select * from version where phase = f.id and status in ('approved', 'superseded') and decided_at > :at
              order by number limit 1) s on true
        left join lateral (
             select * from version where phase = f.id and created_at <= :at
                and (decided_at > :at or status in ('draft', 'submitted')) order by number desc limit 1) o on true),
m as materialized (
    select revision, min(item) as item, max(tester) as tester, max(approver) as approver
      from (select r.id as revision, r.item, null as tester, null as approver
              from v join item_revision r on r.phase = v.phase and multirange_contains_elem(r.versions, v.number)
            union all
            select d.revision, null, case d.role when 'tester' then d.verdict end,
                   case d.role when 'approver' then d.verdict end
              from v join item_decision d on d.phase = v.phase and multirange_contains_elem(d.versions, v.number)) x
     group by revision having count(item) > 0),
n as (select count(*) as items, count(*) filter (where tester = 'approve' and approver = any (keeps)) as counting
        from m cross join f),
k as (select (select id from item where phase = (select id from f) and natural_key = :after) as id),
head as (select v.*, n.items, n.counting, k.id as after_id, 1 as place from v cross join n cross join k),
page as (select m.*, m.tester = 'approve' and m.approver = any (f.keeps) as counts, count(*) over () as matched,
                row_number() over (order by m.item) as place
           from m cross join f cross join k
          where (CAST(:after AS text) is null or m.item > k.id)
            and (CAST(:verdict AS text) is null or :verdict in (m.tester, m.approver))
            and (CAST(:search AS text) is null or exists (
                 select from v join item_revision r on r.id = m.revision join item i on i.id = r.item
                 {decisions("r", "v.number")}
                  where strpos(lower(concat_ws(E'\\n', i.natural_key, r.content, rt.reason, ra.reason)),
                               lower(:search)) > 0))
          order by m.item limit CAST(:limit AS int))
select h.phase, h.number, h.approved_by, h.approved_at, h.superseded_by, h.superseded_at, h.now, h.items, h.counting,
       h.content_hash, h.manifest_hash, h.open_number,
       case when h.open_number is not null then h.open_status end as open_status, h.open_since, h.open_by,
       h.next_number, h.next_at, h.after_id, i.natural_key as key, r.id as revision, r.origin,
       r.version as revised_in, rt.verdict as tester_verdict, rt.reason as tester_reason, rt.by as tester_by,
       rt.version as tester_in, ra.verdict as approver_verdict, ra.reason as approver_reason, ra.by as approver_by,
       ra.version as approver_in, r.content as text,
       page.counts, page.matched
  from head h
  full join page using (place)
  left join item_revision r on r.id = page.revision
  left join item i on i.id = r.item
  {decisions("r", "(select number from v)")}
 order by place
"""  # noqa: S608 - own texts only

_OF_THE_MOMENT = tuple(field.name for field in fields(Moment) if field.name != "at")


async def approved_at(
    tx: Tx, slug: str, phase: Phase, at: datetime, *, scope: str = "", wanted: Selection | None = None
) -> Approved:
    """What was approved at a time, with a page of its items; raises `NotFound` for a phase that never began."""
    wanted = wanted or Selection()
    asked = {name: getattr(wanted, name) for name in ("limit", "after", "verdict", "search")}
    found = await rows(tx, _APPROVED, slug=slug, kind=phase.kind, scope=scope, at=at, **asked)
    if not found:
        raise missing(slug, phase, scope)
    head = found[0]
    moment = Moment(at=at, **{name: head._mapping[name] for name in _OF_THE_MOMENT})
    listed = [(member_line(row), row.counts) for row in found if row.key is not None]
    page = Page([line for line, _ in listed], head.matched - len(listed) if listed else 0)
    counting = frozenset(line.key for line, counts in listed if counts)
    return Approved(moment, page, counting, wanted.after is None or head.after_id is not None)
