"""The versioning engine: cut, submit, withdraw, approve, reject and sign versions. See docs/adr/0002.

Cutting copies nothing: carried items stay open ranges, so a cut costs only what was rejected. The database holds the
laws; this module names the statements. Lock order: phase, version, stream head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models import errors
from models.database import Tx, one, rows, run, scalar
from models.phases import BY_KIND, Phase

_CLOSE = "versions = versions - from_version(:d)"
_OPEN = "versions = versions + from_version(:d)"


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase of a cycle, locked for the rest of the transaction."""

    id: int
    cycle: int
    slug: str
    policy: Phase
    scope: str
    lock_version: int

    @property
    def stream(self) -> str:
        """The audit stream of this phase."""
        return f"{self.slug}/{self.policy.kind}" + (f"/{self.scope}" if self.scope else "")

    def named(self, number: int) -> str:
        """How messages name one of its versions."""
        return f"{self.policy.title}{' of ' + self.scope if self.scope else ''} v{number}"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """The header of a version."""

    number: int
    parent: int | None
    status: str
    created_by: str
    submitted_by: str | None
    content_hash: str | None


_VERSION = "select number, parent, status, created_by, submitted_by, content_hash from version where phase = :p"


async def lock_phase(tx: Tx, slug: str, kind: str, scope: str = "") -> PhaseRow:
    """Lock a phase's row, the first lock of every command; raises `NotFound` when the phase has not begun."""
    if kind not in BY_KIND:
        raise errors.NotFound(f"there is no phase {kind!r}", hint=f"phases: {', '.join(BY_KIND)}")
    row = await one(
        tx,
        "select p.id, p.cycle, p.lock_version from phase p join cycle_report c on c.id = p.cycle"
        " where c.slug = :slug and p.kind = :kind and p.scope = :scope for no key update of p",
        slug=slug,
        kind=kind,
        scope=scope,
    )
    if row is None:
        raise errors.NotFound(
            f"{BY_KIND[kind].title} of cycle {slug!r} has not begun", hint=f"starter.py cycle show {slug}"
        )
    return PhaseRow(row.id, row.cycle, slug, BY_KIND[kind], scope, row.lock_version)


async def touch(tx: Tx, phase: PhaseRow) -> int:
    """Advance the lock version: whoever still holds the old one is told that the draft has moved on."""
    await run(tx, "update phase set lock_version = lock_version + 1 where id = :p", p=phase.id)
    return phase.lock_version + 1


async def versions_of(tx: Tx, phase: PhaseRow) -> list[VersionRow]:
    """All versions of a phase, oldest first."""
    return [VersionRow(*row) for row in await rows(tx, _VERSION + " order by number", p=phase.id)]


async def open_version(tx: Tx, phase: PhaseRow, *statuses: str) -> VersionRow:
    """The open version, which must be in one of the statuses (`draft`, `submitted`)."""
    row = await one(tx, _VERSION + " and status in ('draft', 'submitted')", p=phase.id)
    if row is None:
        raise errors.WrongState(
            f"{phase.policy.title} has no open version",
            hint=f"starter.py version open {phase.slug} {phase.policy.kind}",
        )
    version = VersionRow(*row)
    if version.status not in statuses:
        raise errors.WrongState(
            f"{phase.named(version.number)} is {version.status}, this needs it {' or '.join(statuses)}",
            hint=f"starter.py version show {phase.slug} {phase.policy.kind}",
        )
    return version


def default_parent(versions: Sequence[VersionRow]) -> int | None:
    """The latest version that was not withdrawn, else the latest, else none."""
    standing = [v for v in versions if v.status != "withdrawn"] or list(versions)
    return standing[-1].number if standing else None


@dataclass(frozen=True, slots=True)
class Cut:
    """A new draft: its number, its parent, and the keys of the parent's items that are not in it, sorted."""

    number: int
    parent: int | None
    dropped: Sequence[str] = ()


async def cut(tx: Tx, phase: PhaseRow, *, actor: str, parent: int | None = None) -> Cut:
    """Open the next draft from a parent. O(rejected), O(difference) from an older parent."""
    versions = await versions_of(tx, phase)
    tip = versions[-1].number if versions else 0
    parent = parent if parent is not None else default_parent(versions)
    if parent is not None and not any(v.number == parent for v in versions):
        raise errors.NotFound(
            f"{phase.named(parent)} does not exist", hint=f"starter.py version show {phase.slug} {phase.policy.kind}"
        )
    d = tip + 1
    await run(
        tx,
        "insert into version (phase, number, parent, created_by) values (:p, :d, :parent, :by)",
        p=phase.id,
        d=d,
        parent=parent,
        by=actor,
    )
    await _pin_basis(tx, phase, d)
    if parent is None:
        return Cut(d, None)
    await _return_to(tx, phase, d=d, tip=tip, parent=parent)
    gone = await _drop_rejected(tx, phase, d=d, parent=parent, after=_last_decided(versions, parent))
    return Cut(d, parent, await _keys(tx, gone))


def _last_decided(versions: Sequence[VersionRow], number: int) -> int:
    """The nearest ancestor of a version whose every item was decided; 0 without one. Its rejections went no further."""
    by_number = {version.number: version for version in versions}
    at = by_number[number].parent
    while at is not None and by_number[at].status not in ("approved", "superseded"):
        at = by_number[at].parent
    return at or 0


async def _keys(tx: Tx, revisions: Sequence[int]) -> list[str]:
    if not revisions:
        return []
    found = await rows(
        tx,
        "select i.natural_key from item_revision r join item i on i.id = r.item"
        " where r.id = any(CAST(:ids AS bigint[])) order by 1",
        ids=list(revisions),
    )
    return [row.natural_key for row in found]


async def _pin_basis(tx: Tx, phase: PhaseRow, d: int) -> None:
    await run(
        tx,
        "insert into version_basis (phase, number, upstream_phase, upstream_number)"
        " select :p, :d, u.id, v.number from phase u join phase_policy k on k.kind = u.kind"
        " join version v on v.phase = u.id and v.status = 'approved'"
        " where u.cycle = :cycle and u.scope = '' and k.ordinal < :ordinal",
        p=phase.id,
        d=d,
        cycle=phase.cycle,
        ordinal=phase.policy.order,
    )


async def _return_to(tx: Tx, phase: PhaseRow, *, d: int, tip: int, parent: int) -> None:
    """Undo from the draft on whatever the tip and the parent differ in; nothing when the parent is the tip."""
    if parent == tip:
        return
    for table in ("item_revision", "item_decision"):
        for change, here, gone in ((_CLOSE, "tip", "parent"), (_OPEN, "parent", "tip")):
            await run(
                tx,
                f"update {table} set {change} where phase = :p"  # noqa: S608 - own names only
                f" and versions @> CAST(:{here} AS int) and not versions @> CAST(:{gone} AS int)",
                p=phase.id,
                d=d,
                tip=tip,
                parent=parent,
            )


# From the rejections since the last version that was decided, which are few, not from the items, which are many.
_REFUSED = """
select a.revision, t.id as tester_decision, a.id as approver_decision, a.verdict = 'reject' as refused
  from (select distinct revision from item_decision
         where phase = :p and verdict = 'reject' and version > :after and versions @> CAST(:n AS int)) x
  join item_revision r on r.id = x.revision and r.versions @> CAST(:n AS int)
  join item_decision a on a.revision = r.id and a.role = 'approver' and a.versions @> CAST(:n AS int)
  left join item_decision t on t.revision = r.id and t.role = 'tester' and t.versions @> CAST(:n AS int)
 where a.verdict = 'reject' or t.verdict = 'reject'
"""


async def _drop_rejected(tx: Tx, phase: PhaseRow, *, d: int, parent: int, after: int) -> list[int]:
    """Rejected items leave the draft, and what was said of them with them; where the phase demands rework they return
    undecided instead. The revisions that left."""
    decided = await rows(tx, _REFUSED, p=phase.id, n=parent, after=after)
    if phase.policy.approves_with_rejected:
        gone = [m.revision for m in decided]
        await _close(tx, "item_revision", gone, d)
        return gone
    lapsing = [m.approver_decision for m in decided if m.refused]
    await _close(tx, "item_decision", [*lapsing, *(m.tester_decision for m in decided if m.tester_decision)], d)
    return []


async def _close(tx: Tx, table: str, ids: Sequence[int], d: int) -> None:
    if ids:
        await run(tx, f"update {table} set {_CLOSE} where id = any(CAST(:ids AS bigint[]))", ids=list(ids), d=d)  # noqa: S608


async def submit(tx: Tx, phase: PhaseRow, version: VersionRow, *, actor: str) -> str:
    """Freeze the draft for its approver; returns the content hash that every approver verb names.

    Where the phase asks for sign-offs and the submitter's role is among them, submitting signs."""
    if version.parent is None and not await scalar(
        tx, "select exists (select from member where phase = :p and number = :n)", p=phase.id, n=version.number
    ):
        raise errors.UndecidedItems(
            f"{phase.named(version.number)} is empty", hint=f"starter.py item add {phase.slug} {phase.policy.kind}"
        )
    await _move(tx, phase, version, "submitted", submitted_by=actor)
    content_hash = str(
        await scalar(
            tx, "select content_hash from version where phase = :p and number = :n", p=phase.id, n=version.number
        )
    )
    if phase.policy.submitter in phase.policy.signoffs:
        await sign(tx, phase, version.number, content_hash, actor=actor, role=phase.policy.submitter)
    return content_hash


async def withdraw(tx: Tx, phase: PhaseRow, version: VersionRow, *, actor: str, reason: str) -> None:
    """Give up an open version; its number stays used."""
    await _move(tx, phase, version, "withdrawn", decided_by=actor, reason=reason)


async def reject(tx: Tx, phase: PhaseRow, version: VersionRow, *, actor: str, reason: str) -> None:
    """Send a submitted version back; the next draft is cut from it."""
    await _move(tx, phase, version, "rejected", decided_by=actor, reason=reason)


async def approve(tx: Tx, phase: PhaseRow, version: VersionRow, *, actor: str, reason: str = "") -> None:
    """Make a submitted version the one that counts, in place of the one before it."""
    assert version.content_hash is not None
    if phase.policy.approver in phase.policy.signoffs:
        await sign(tx, phase, version.number, version.content_hash, actor=actor, role=phase.policy.approver)
    await run(tx, "update version set status = 'superseded' where phase = :p and status = 'approved'", p=phase.id)
    await _move(tx, phase, version, "approved", decided_by=actor, reason=reason)


async def _move(tx: Tx, phase: PhaseRow, version: VersionRow, status: str, **values: str) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    await run(
        tx,
        f"update version set status = :status, {columns} where phase = :p and number = :n",  # noqa: S608
        status=status,
        p=phase.id,
        n=version.number,
        **values,
    )


async def sign(tx: Tx, phase: PhaseRow, number: int, content_hash: str, *, actor: str, role: str) -> None:
    """Record a sign-off on the content that the hash names."""
    await run(
        tx,
        "insert into version_signoff (phase, number, role, by, content_hash) values (:p, :n, :role, :by, :hash)",
        p=phase.id,
        n=number,
        role=role,
        by=actor,
        hash=content_hash,
    )
