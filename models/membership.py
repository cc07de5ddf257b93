"""What is in a draft and what was decided about it: add, edit, remove and decide items, by the batch.

A change of content is a new revision that supersedes the old one and starts undecided; the origin of an item never
changes. Statements select ids first and act on `= any`, which keeps their plans good on fresh tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models import errors
from models.database import Tx, rows, run
from models.items import Item, Origin
from models.versions import PhaseRow

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """An item as it stands in a version."""

    revision: int
    item: int
    natural_key: str
    origin: str
    digest: str
    tester_verdict: str | None
    approver_verdict: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One side's word on one revision."""

    revision: int
    verdict: str
    reason: str = ""


async def members(tx: Tx, phase: PhaseRow, number: int, keys: Sequence[str] | None = None) -> dict[str, MemberRow]:
    """The items of a version by natural key; with `keys`, those only."""
    found = await rows(
        tx,
        "select revision, item, natural_key, origin, digest, tester_verdict, approver_verdict from member"
        " where phase = :p and number = :n and (CAST(:keys AS text[]) is null or natural_key = any(:keys))",
        p=phase.id,
        n=number,
        keys=None if keys is None else list(keys),
    )
    return {row.natural_key: MemberRow(*row) for row in found}


@dataclass(frozen=True, slots=True)
class Undecided:
    """An item that waits for one side's verdict, with what the tester said of it."""

    natural_key: str
    revision: int
    tester_verdict: str | None


async def undecided(tx: Tx, phase: PhaseRow, number: int, role: str) -> list[Undecided]:
    """What a version has that a side (`tester`, `approver`) has not decided, by natural key."""
    found = await rows(
        tx,
        "select i.natural_key, r.id, t.verdict from item_revision r join item i on i.id = r.item"
        "  left join item_decision t on t.phase = r.phase and t.revision = r.id and t.role = 'tester'"
        "   and multirange_contains_elem(t.versions, CAST(:n AS int))"
        " where r.phase = :p and multirange_contains_elem(r.versions, CAST(:n AS int)) and not exists"
        " (select from item_decision x where x.phase = r.phase and x.revision = r.id and x.role = :role"
        "   and multirange_contains_elem(x.versions, CAST(:n AS int)))"
        " order by i.natural_key",
        p=phase.id,
        n=number,
        role=role,
    )
    return [Undecided(*row) for row in found]


async def add(tx: Tx, phase: PhaseRow, d: int, items: Sequence[Item], *, origin: Origin, actor: str) -> dict[str, int]:
    """Add items to the draft; revision ids by natural key. Added by a person, that is their decision too.

    `origin` is that of items never seen before; one that comes back keeps its own."""
    keys = [item.natural_key for item in items]
    if len(set(keys)) != len(keys):
        raise errors.Malformed("the same item is named twice", hint="name every item once")
    made = await rows(
        tx,
        "insert into item (phase, natural_key) select :p, k from unnest(CAST(:keys AS text[])) k"
        " on conflict do nothing returning natural_key, id",
        p=phase.id,
        keys=keys,
    )
    known = {key: Known(item, None, 0, origin.value, None) for key, item in made}
    if seen := [key for key in keys if key not in known]:
        known |= await _known(tx, phase, d, seen)
    present = sorted(key for key, item in known.items() if item.revision)
    if present:
        raise errors.Conflict(f"in {phase.named(d)} already: {', '.join(present[:10])}", hint="edit instead of adding")
    return await _revise(tx, phase, d, items, known, actor=actor)


@dataclass(frozen=True, slots=True)
class Known:
    """An item that the phase has: its latest revision ever, and the one that is in the version, if it is."""

    item: int
    last: int | None
    revision: int
    origin: str
    digest: str | None


async def _known(tx: Tx, phase: PhaseRow, d: int, keys: Sequence[str]) -> dict[str, Known]:
    found = await rows(
        tx,
        "select i.natural_key, i.id, max(r.id), "
        " coalesce(max(r.id) filter (where r.versions @> CAST(:d AS int)), 0), min(r.origin),"
        "       max(r.digest) filter (where r.versions @> CAST(:d AS int))"
        "  from item i join item_revision r on r.phase = i.phase and r.item = i.id"
        " where i.phase = :p and i.natural_key = any(CAST(:keys AS text[])) group by i.id",
        p=phase.id,
        d=d,
        keys=list(keys),
    )
    return {key: Known(*rest) for key, *rest in found}


async def edit(tx: Tx, phase: PhaseRow, d: int, items: Sequence[Item], *, actor: str) -> dict[str, int]:
    """New content for items of the draft; unchanged content makes no revision. Revision ids by natural key."""
    known = await require(tx, phase, d, [item.natural_key for item in items])
    changed = [item for item in items if item.digest() != known[item.natural_key].digest]
    await _leave(tx, [known[item.natural_key].revision for item in changed], d)
    return await _revise(tx, phase, d, changed, known, actor=actor)


async def remove(tx: Tx, phase: PhaseRow, d: int, keys: Sequence[str]) -> None:
    """Take items out of the draft; they stay in lineage and may be added again."""
    await _leave(tx, [item.revision for item in (await require(tx, phase, d, keys)).values()], d)


async def require(tx: Tx, phase: PhaseRow, number: int, keys: Sequence[str]) -> dict[str, Known]:
    """The named items of a version; raises `NotFound` naming those that are not in it."""
    known = await _known(tx, phase, number, keys)
    missing = [key for key in keys if key not in known or not known[key].revision]
    if missing:
        raise errors.NotFound(
            f"not in {phase.named(number)}: {', '.join(missing[:10])}{' ...' if len(missing) > 10 else ''}",
            hint=f"starter.py version show {phase.slug} {phase.policy.kind}",
        )
    return known


async def _leave(tx: Tx, revisions: Sequence[int], d: int) -> None:
    await run(
        tx,
        "update item_revision set versions = versions - from_version(:d) where id = any(CAST(:ids AS bigint[]))",
        d=d,
        ids=list(revisions),
    )


def _common(values: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """What all values are and none of them, or nothing and all of them: an array is sent only where they differ."""
    return (values[0], []) if len(set(values)) == 1 else (None, values)


async def _revise(
    tx: Tx, phase: PhaseRow, d: int, items: Sequence[Item], known: Mapping[str, Known], *, actor: str
) -> dict[str, int]:
    of = [known[item.natural_key] for item in items]
    origin, origins = _common([one.origin for one in of])
    written = await rows(
        tx,
        "insert into item_revision (phase, item, version, versions, origin, supersedes, content, by)"
        " select :p, n.item, :d, from_version(:d), coalesce(n.origin, :origin), n.supersedes, n.content, :by"
        "   from unnest(CAST(:items AS bigint[]), CAST(:supersedes AS bigint[]), CAST(:contents AS text[]),"
        "        CAST(:origins AS text[])) as n(item, supersedes, content, origin) returning item, id",
        p=phase.id,
        d=d,
        by=actor,
        items=[one.item for one in of],
        supersedes=[one.last for one in of] if any(one.last for one in of) else [],
        contents=[item.canonical() for item in items],
        origin=origin,
        origins=origins,
    )
    revisions = dict(tuple(row) for row in written)
    ids = {item.natural_key: revisions[one.item] for item, one in zip(items, of, strict=True)}
    if actor != SYSTEM:
        verdicts = [Verdict(revision, "approve") for revision in ids.values()]
        await _say(tx, phase, d, verdicts, role="tester", actor=actor)
    return ids


async def decide(tx: Tx, phase: PhaseRow, number: int, verdicts: Sequence[Verdict], *, role: str, actor: str) -> None:
    """Record one side's verdicts on revisions of the open version, in place of what that side said before."""
    await run(
        tx,
        "update item_decision set versions = versions - from_version(:n)"
        " where phase = :p and revision = any(CAST(:ids AS bigint[])) and role = :role and upper_inf(versions)",
        p=phase.id,
        n=number,
        ids=[verdict.revision for verdict in verdicts],
        role=role,
    )
    await _say(tx, phase, number, verdicts, role=role, actor=actor)


async def _say(tx: Tx, phase: PhaseRow, number: int, verdicts: Sequence[Verdict], *, role: str, actor: str) -> None:
    verdict, several = _common([one.verdict for one in verdicts])
    reason, reasons = _common([one.reason for one in verdicts])
    await run(
        tx,
        "insert into item_decision (phase, revision, version, versions, role, verdict, reason, by)"
        " select :p, v.revision, :n, from_version(:n), :role, coalesce(v.verdict, :verdict),"
        "        coalesce(v.reason, :reason), :by"
        "   from unnest(CAST(:ids AS bigint[]), CAST(:verdicts AS text[]), CAST(:reasons AS text[]))"
        "        as v(revision, verdict, reason)",
        p=phase.id,
        n=number,
        role=role,
        by=actor,
        ids=[one.revision for one in verdicts],
        verdict=verdict,
        verdicts=several,
        reason=reason,
        reasons=reasons,
    )


async def note_editor(tx: Tx, phase: PhaseRow, d: int, actor: str) -> None:
    """Remember who worked on a draft: a removal leaves no row, yet its author may not approve."""
    await run(
        tx,
        "insert into version_editor (phase, number, person) values (:p, :d, :who) on conflict do nothing",
        p=phase.id,
        d=d,
        who=actor,
    )
