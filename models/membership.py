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


async def require(tx: Tx, phase: PhaseRow, number: int, keys: Sequence[str]) -> dict[str, MemberRow]:
    """The named items of a version; raises `NotFound` naming those that are not in it."""
    found = await members(tx, phase, number, keys)
    missing = [key for key in keys if key not in found]
    if missing:
        raise errors.NotFound(
            f"not in {phase.named(number)}: {', '.join(missing[:10])}{' ...' if len(missing) > 10 else ''}",
            hint=f"starter.py version show {phase.slug} {phase.policy.kind}",
        )
    return found


async def add(tx: Tx, phase: PhaseRow, d: int, items: Sequence[Item], *, origin: Origin, actor: str) -> dict[str, int]:
    """Add items to the draft; revision ids by natural key. Added by a person, that is their decision too.

    `origin` is that of items never seen before; one that comes back keeps its own."""
    keys = [item.natural_key for item in items]
    if len(set(keys)) != len(keys):
        raise errors.Malformed("the same item is named twice", hint="name every item once")
    present = sorted(await members(tx, phase, d, keys))
    if present:
        raise errors.Conflict(f"in {phase.named(d)} already: {', '.join(present[:10])}", hint="edit instead of adding")
    await run(
        tx,
        "insert into item (phase, natural_key) select :p, k from unnest(CAST(:keys AS text[])) k on"
        " conflict do nothing",
        p=phase.id,
        keys=keys,
    )
    origins = {**dict.fromkeys(keys, origin.value), **await _first_origins(tx, phase, keys)}
    return await _revise(tx, phase, d, items, origins=origins, actor=actor)


async def _first_origins(tx: Tx, phase: PhaseRow, keys: Sequence[str]) -> dict[str, str]:
    found = await rows(
        tx,
        "select distinct on (r.item) i.natural_key, r.origin from item i join item_revision r on r.item = i.id"
        " where i.phase = :p and r.phase = :p and i.natural_key = any(CAST(:keys AS text[])) order by r.item, r.id",
        p=phase.id,
        keys=list(keys),
    )
    return {row.natural_key: row.origin for row in found}


async def edit(tx: Tx, phase: PhaseRow, d: int, items: Sequence[Item], *, actor: str) -> dict[str, int]:
    """New content for items of the draft; unchanged content makes no revision. Revision ids by natural key."""
    present = await require(tx, phase, d, [item.natural_key for item in items])
    changed = [item for item in items if item.digest() != present[item.natural_key].digest]
    await _leave(tx, [present[item.natural_key].revision for item in changed], d)
    origins = {key: member.origin for key, member in present.items()}
    return await _revise(tx, phase, d, changed, origins=origins, actor=actor)


async def remove(tx: Tx, phase: PhaseRow, d: int, keys: Sequence[str]) -> list[int]:
    """Take items out of the draft; they stay in lineage and may be added again."""
    revisions = [member.revision for member in (await require(tx, phase, d, keys)).values()]
    await _leave(tx, revisions, d)
    return revisions


async def _leave(tx: Tx, revisions: Sequence[int], d: int) -> None:
    await run(
        tx,
        "update item_revision set versions = versions - from_version(:d) where id = any(CAST(:ids AS bigint[]))",
        d=d,
        ids=list(revisions),
    )


async def _revise(
    tx: Tx, phase: PhaseRow, d: int, items: Sequence[Item], *, origins: Mapping[str, str], actor: str
) -> dict[str, int]:
    keys = [item.natural_key for item in items]
    written = await rows(
        tx,
        "insert into item_revision (phase, item, version, versions, origin, supersedes, content, by)"
        " select :p, i.id, :d, from_version(:d), n.origin,"
        "        (select max(r.id) from item_revision r where r.phase = :p and r.item = i.id), n.content, :by"
        "   from unnest(CAST(:keys AS text[]), CAST(:contents AS text[]), CAST(:origins AS text[])) with ordinality"
        "        as n(key, content, origin, at) join item i on i.phase = :p and i.natural_key = n.key order by n.at"
        " returning id, (select natural_key from item where item.id = item_revision.item) as key",
        p=phase.id,
        d=d,
        by=actor,
        keys=keys,
        contents=[item.canonical() for item in items],
        origins=[origins[key] for key in keys],
    )
    ids = {row.key: row.id for row in written}
    if actor != SYSTEM:
        await decide(tx, phase, d, [Verdict(ids[key], "approve") for key in keys], role="tester", actor=actor)
    return ids


async def decide(tx: Tx, phase: PhaseRow, number: int, verdicts: Sequence[Verdict], *, role: str, actor: str) -> None:
    """Record one side's verdicts on revisions of the open version, in place of what that side said before."""
    ids = [verdict.revision for verdict in verdicts]
    await run(
        tx,
        "update item_decision set versions = versions - from_version(:n)"
        " where phase = :p and revision = any(CAST(:ids AS bigint[])) and role = :role and upper_inf(versions)",
        p=phase.id,
        n=number,
        ids=ids,
        role=role,
    )
    await run(
        tx,
        "insert into item_decision (phase, revision, version, versions, role, verdict, reason, by)"
        " select :p, v.revision, :n, from_version(:n), :role, v.verdict, v.reason, :by"
        "   from unnest(CAST(:ids AS bigint[]), CAST(:verdicts AS text[]), CAST(:reasons AS text[]))"
        "        as v(revision, verdict, reason)",
        p=phase.id,
        n=number,
        role=role,
        by=actor,
        ids=ids,
        verdicts=[verdict.verdict for verdict in verdicts],
        reasons=[verdict.reason for verdict in verdicts],
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
