"""What the verbs of a versioned phase share: the version that is meant, as its actor read it, and what is told."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from activities.situation import Change, Situation
from models import errors, membership, versions
from models.database import one, scalar
from models.items import ITEM_TYPES, Item
from models.phase_state import phase_state
from models.phases import BY_KIND, VERSIONED
from models.versions import PhaseRow, VersionRow


async def phase_of(s: Situation) -> PhaseRow:
    """Lock the phase that a command is about; raises `WrongState` for one without versions."""
    policy = BY_KIND.get(s.command.phase)
    if policy is not None and not policy.versioned:
        raise errors.WrongState(
            f"{policy.title} has no versions", hint=f"versioned phases: {', '.join(p.kind for p in VERSIONED)}"
        )
    return await versions.lock_phase(s.tx, s.cycle.slug, s.command.phase, s.command.scope)


async def done(
    s: Situation, phase: PhaseRow, number: int, *, before: VersionRow | None = None, **rows_: Any
) -> Change:
    """The change that a verb made: the version before and after, and how the phase stands now."""
    lock_version = await versions.touch(s.tx, phase)
    state = await phase_state(s.tx, phase)
    header = await one(
        s.tx,
        "select status, content_hash, manifest_hash from version where phase = :p and number = :n",
        p=phase.id,
        n=number,
    )
    facts = {
        "version": number,
        "status": header.status,
        "content_hash": header.content_hash,
        "manifest_hash": header.manifest_hash,
    }
    return Change(
        phase.stream,
        phase.named(number),
        rows=rows_,
        before={"version": before.number, "status": before.status, "content_hash": before.content_hash}
        if before
        else {},
        after=facts,
        result={**facts, "lock_version": lock_version, "state": state.model_dump(mode="json")},
    )


def require_current(s: Situation, phase: PhaseRow, version: VersionRow) -> None:
    """Refuse a command that was made for another version, other content or an older draft, or does not say for which.

    A draft verb names version and lock version, an approver's verb version and content hash.
    """
    command = s.command
    hint = f"starter.py version show {phase.slug} {phase.policy.kind}" + (
        f" --owner {phase.scope}" if phase.scope else ""
    )
    draft = version.status == "draft"
    if command.version is not None and command.version != version.number:
        raise errors.StaleVersion(
            f"the open version is {phase.named(version.number)}, the command names v{command.version}", hint=hint
        )
    if command.version is not None and command.lock_version is not None and not command.content_hash and not draft:
        raise errors.StaleVersion(f"{phase.named(version.number)} was submitted since it was read", hint=hint)
    if command.version is None or (command.lock_version is None if draft else not command.content_hash):
        raise errors.Malformed(
            f"{command.verb} of {phase.named(version.number)} has to name the version and its"
            f" {'lock version' if draft else 'content hash'}, as they were read",
            hint=hint,
        )
    if command.content_hash and command.content_hash != (version.content_hash or ""):
        raise errors.StaleVersion(
            f"{phase.named(version.number)} holds other content than the command names", hint=hint
        )
    if draft and command.lock_version != phase.lock_version:
        raise errors.StaleVersion(f"{phase.named(version.number)} has changed since it was read", hint=hint)


async def draft_of(s: Situation) -> tuple[PhaseRow, VersionRow]:
    """The draft, for its submitter; whoever acts on it counts as one who made it."""
    phase = await phase_of(s)
    s.actor(phase.policy.submitter)
    version = await versions.open_version(s.tx, phase, "draft")
    require_current(s, phase, version)
    await membership.note_editor(s.tx, phase, version.number, s.command.actor)
    return phase, version


async def submitted_of(s: Situation) -> tuple[PhaseRow, VersionRow]:
    """The submitted version, for an approver who made no part of it."""
    phase = await phase_of(s)
    version = await versions.open_version(s.tx, phase, "submitted")
    require_current(s, phase, version)
    s.actor(phase.policy.approver)
    if not phase.policy.may_approve_own and await scalar(
        s.tx, "select is_maker(:p, :n, :who)", who=s.command.actor, p=phase.id, n=version.number
    ):
        raise errors.SelfApproval(
            f"{s.command.actor} made part of {phase.named(version.number)} and cannot approve it",
            hint=f"another {phase.policy.approver} has to decide",
        )
    return phase, version


def item_of(phase: PhaseRow, content: dict[str, Any], label: str) -> Item:
    """The item that a content describes; raises `Malformed` naming the field."""
    try:
        return ITEM_TYPES[phase.policy.item].model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the item"
        raise errors.Malformed(
            f"{label}: {where}: {first['msg']}", hint="`item show` prints the fields of an item"
        ) from error


def require_why(s: Situation, phase: PhaseRow, version: VersionRow) -> None:
    """Raise `ReasonMissing` when a verb that needs a reason carries none."""
    if not s.command.reason.strip():
        raise errors.ReasonMissing(
            f"{s.command.verb} of {phase.named(version.number)} carries a reason", hint="--reason TEXT"
        )
