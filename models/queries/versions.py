"""Versions as readers see them: header, items with both sides' decisions, lineage, rule results; one statement each."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from models import errors
from models.database import Tx, one, rows
from models.phases import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHead:
    """The header of a version. `signed` and `basis` read "role: person" and "phase v1"."""

    phase: int
    kind: str
    scope: str
    number: int
    parent: int | None
    status: str
    items: int
    tester_undecided: int
    approver_undecided: int
    created_by: str
    created_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    content_hash: str | None
    manifest_hash: str | None
    lock_version: int
    signed: tuple[str, ...]
    basis: tuple[str, ...]

    @property
    def side(self) -> str:
        """Whose decisions the version takes now, or took last: `tester` in a draft, else `approver`."""
        return "tester" if self.status == "draft" else "approver"


class MemberLine(NamedTuple):
    """An item in a version. `..._in` is the version in which that was written or decided; an earlier one is carried.

    `text` is the canonical JSON that the database holds. A tuple, since a version has ten thousands of them.
    """

    key: str
    revision: int
    origin: str
    revised_in: int
    tester_verdict: str | None
    tester_reason: str | None
    tester_by: str | None
    tester_in: int | None
    approver_verdict: str | None
    approver_reason: str | None
    approver_by: str | None
    approver_in: int | None
    text: str

    @property
    def content(self) -> dict[str, Any]:
        """What the text says, parsed for whoever asks."""
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    def verdict_of(self, side: str) -> tuple[str, str]:
        """Verdict and reason of `tester` or `approver`, '' where there is none."""
        if side == "tester":
            return self.tester_verdict or "", self.tester_reason or ""
        return self.approver_verdict or "", self.approver_reason or ""

    def carried_from(self, number: int) -> str:
        """"v1" when the item was written in an earlier version than this one, else ''."""
        return f"v{self.revised_in}" if self.revised_in < number else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which items of a version are wanted; by default all.

    `after` is the key of the last item seen, `undecided` a side that has not decided, `verdict` one that either side
    gave, `search` a text that key, content or reasons hold, whatever its capitals. Unless `counted`, a page does not
    tell how many come after it, for which the whole version has to be looked through.
    """

    limit: int | None = None
    after: str | None = None
    undecided: str | None = None
    verdict: str | None = None
    search: str | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Items of a version, and how many more of those wanted come after them; None when they were not counted."""

    items: list[MemberLine]
    more: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionLine:
    """One revision of an item, with what was decided on it in which versions."""

    revision: int
    written_in: int
    versions: str
    origin: str
    by: str
    at: datetime
    decisions: tuple[str, ...]
    content: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """What an approved rule found over the whole report; the failing keys lie in the content store, a line each.

    failed = explained + open: the records that approved explanations cover, and the rest.
    """

    name: str
    attribute: str
    dimension: str
    gate: str
    severity: str
    passed: int
    failed: int
    explained: int
    open: int
    total: int
    version: int
    keys_sha256: str


_READ = attrgetter(*MemberLine._fields)

_HEAD = """
select p.id as phase, p.kind, p.scope, v.number, v.parent, v.status, count(m.revision) as items,
       count(*) filter (where m.revision is not null and m.tester_verdict is null) as tester_undecided,
       count(*) filter (where m.revision is not null and m.approver_verdict is null) as approver_undecided,
       v.created_by, v.created_at, v.submitted_by, v.submitted_at, v.decided_by, v.decided_at, v.reason,
       v.content_hash, v.manifest_hash, p.lock_version,
       coalesce((select array_agg(s.role || ': ' || s.by order by s.at) from version_signoff s
                  where s.phase = v.phase and s.number = v.number), '{}') as signed,
       coalesce((select array_agg(u.kind || ' v' || b.upstream_number order by u.id)
                   from version_basis b join phase u on u.id = b.upstream_phase
                  where b.phase = v.phase and b.number = v.number), '{}') as basis
  from version v
  join phase p on p.id = v.phase
  join cycle_report c on c.id = p.cycle
  left join member m on m.phase = v.phase and m.number = v.number
 where c.slug = :slug and p.kind = :kind and p.scope = :scope
   and v.number = coalesce(CAST(:number AS int), (select max(number) from version l where l.phase = p.id))
 group by p.id, v.phase, v.number
"""

# Texts come last, by id: joins and sorts carry what is narrow.
_MEMBERS = """
select m.key, m.revision, m.origin, m.revised_in, m.tester_verdict, m.tester_reason, m.tester_by, m.tester_in,
       m.approver_verdict, m.approver_reason, m.approver_by, m.approver_in, r.content as text{matched}
  from (select natural_key as key, revision, item, origin, revised_in, tester_verdict, tester_reason, tester_by,
               tester_in, approver_verdict, approver_reason, approver_by, approver_in{counted}
          from member where phase = :phase and number = :number{wanted}
         order by item limit CAST(:limit AS int)) m
  join item_revision r on r.id = m.revision
 order by m.item
"""
_AFTER = "item > (select id from item where item.phase = :phase and item.natural_key = :after)"
_WANTED = {
    "after": _AFTER,
    "undecided": "case :undecided when 'tester' then tester_verdict else approver_verdict end is null",
    "verdict": ":verdict in (tester_verdict, approver_verdict)",
    "search": "strpos(lower(concat_ws(E'\n', natural_key, content, tester_reason, approver_reason)),"
    " lower(:search)) > 0",
}
_ALL_AFTER = "(select count(*) from item_revision where phase = :phase and versions @> CAST(:number AS int){after})"


def _counting(asked: Collection[str]) -> str:
    """How many are wanted from the page on. With nothing to look for, what was decided after it need not be read."""
    if set(asked) - {"after"}:
        return "count(*) over ()"
    after = f" and {_AFTER}" if "after" in asked else ""
    return _ALL_AFTER.format(after=after)


_LINEAGE = """
select r.id as revision, r.version as written_in, r.versions::text as versions, r.origin, r.by, r.at, r.content,
       coalesce((select array_agg('v' || d.version || ' ' || d.role || ' ' || d.by || ': ' || d.verdict
                                  || case d.reason when '' then '' else ' (' || d.reason || ')' end order by d.id)
                   from item_decision d where d.revision = r.id), '{}') as decisions
  from item i join item_revision r on r.item = i.id
 where i.phase = :phase and i.natural_key = :key order by r.id
"""

_PLACE = """
select p.id as phase, (select max(number) from version v where v.phase = p.id) as last
  from cycle_report c join phase p on p.cycle = c.id where c.slug = :slug and p.kind = :kind and p.scope = :scope
"""

_RESULTS = """
select r.name, r.attribute, r.dimension, r.gate, r.severity, x.passed, x.failed, s.explained, s.open, x.total,
       x.number as version, x.keys_sha256
  from rule_result x
  join explained_result s on s.result = x.id
  join rule_item r on r.revision = x.revision
  join phase p on p.id = x.phase
  join cycle_report c on c.id = p.cycle
 where c.slug = :slug and p.kind = :kind
   and x.number = coalesce(CAST(:number AS int), (select max(number) from rule_result l where l.phase = p.id))
 order by x.failed desc, r.name
"""


async def version_head(tx: Tx, slug: str, phase: Phase, *, scope: str = "", number: int | None = None) -> VersionHead:
    """The header of a version, the latest unless one is named; raises `NotFound`."""
    row = await one(tx, _HEAD, slug=slug, kind=phase.kind, scope=scope, number=number)
    if row is None:
        raise missing(slug, phase, scope, number)
    return VersionHead(**{**row._mapping, "signed": tuple(row.signed), "basis": tuple(row.basis)})


async def phase_id(tx: Tx, slug: str, phase: Phase, *, scope: str = "", numbers: Sequence[int] = ()) -> int:
    """The id of a phase that has versions, those numbers among them; raises `NotFound`."""
    row = await one(tx, _PLACE, slug=slug, kind=phase.kind, scope=scope)
    if row is None or row.last is None:
        raise missing(slug, phase, scope)
    # Numbers are gapless.
    if beyond := [number for number in numbers if number > row.last]:
        raise missing(slug, phase, scope, beyond[0])
    return int(row.phase)


def missing(slug: str, phase: Phase, scope: str, number: int | None = None) -> errors.NotFound:
    """The error for a phase that has not begun, or has no such version."""
    named = f"{phase.title}{' of ' + scope if scope else ''} of cycle {slug!r}"
    said = f"{named} has no version {number}" if number else f"{named} has not begun"
    return errors.NotFound(said, hint=f"starter.py cycle show {slug}")


async def members(tx: Tx, head: VersionHead) -> list[MemberLine]:
    """The items of a version, in the order in which they first came."""
    return (await page(tx, head, Selection())).items


async def page(tx: Tx, head: VersionHead, wanted: Selection) -> Page:
    """Some of the items of a version, in the order in which they first came."""
    asked = {name: value for name in _WANTED if (value := getattr(wanted, name)) is not None}
    counted = wanted.counted and wanted.limit is not None  # without a limit none are left
    sql = _MEMBERS.format(
        matched=", m.matched" if counted else "", counted=f", {_counting(asked)} as matched" if counted else "",
        wanted="".join(f" and {_WANTED[name]}" for name in asked),
    )
    found = await rows(tx, sql, phase=head.phase, number=head.number, limit=wanted.limit, **asked)
    items = [MemberLine._make(row[: len(MemberLine._fields)]) for row in found]
    if wanted.limit is None or not found:
        return Page(items, 0)
    return Page(items, found[0].matched - len(items) if counted else None)


def member_line(row: Any) -> MemberLine:
    """An item as a row has it, whatever else the row has."""
    return MemberLine._make(_READ(row))


async def lineage(tx: Tx, phase: int, key: str) -> list[RevisionLine]:
    """All revisions of an item, oldest first; empty when the phase never had it."""
    return [
        RevisionLine(**{**row._mapping, "decisions": tuple(row.decisions), "content": json.loads(row.content)})
        for row in await rows(tx, _LINEAGE, phase=phase, key=key)
    ]


async def rule_results(tx: Tx, slug: str, phase: Phase, *, number: int | None = None) -> list[RuleLine]:
    """The results of an approved version's rules, those with failures first."""
    return [RuleLine(**row._mapping) for row in await rows(tx, _RESULTS, slug=slug, kind=phase.kind, number=number)]
