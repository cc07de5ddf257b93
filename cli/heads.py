"""The version that a command is about, named by what was read of it, so that a stale command is refused.

A draft verb names version and lock version, an approver's verb version and content hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.acting import Intent, Setting
from models import errors

if TYPE_CHECKING:
    from models.payloads import Message
    from models.phases import Phase
    from models.queries.versions import VersionHead

Number = Annotated[int | None, Parameter(name="--version", help="The version meant; refused when it is not open.")]
Shown = Annotated[int | None, Parameter(name="--version", help="Another version than the latest.")]
Content = Annotated[str, Parameter(help="The content hash that was seen; refused when it has changed.")]
Owner = Annotated[str, Parameter(help="The data owner, where versions are per owner.")]
AllOwners = Annotated[bool, Parameter(negative="", help="Act on every owner whose version waits for you.")]
Signal = Annotated[bool, Parameter(negative="", help="Send as a signal, without waiting for an answer.")]


async def current(setting: Setting, phase: Phase, owner: str) -> VersionHead:
    """The latest version of a phase; raises `NotFound` when the phase has not begun."""
    from models.queries.versions import version_head

    async with setting.session.reader.begin() as tx:
        return await version_head(tx, setting.cycle.slug, phase, scope=owner)


def alone(**given: object) -> None:
    """Raise `BadInput` when something is said that is of one version, for a command over all owners."""
    if named := [name.replace("_", "-") for name, value in given.items() if value]:
        raise errors.BadInput(f"--{named[0]} is of one version", hint="leave it out, or name one --owner")


def draft_intent(head: VersionHead, payload: Message | None = None, *, version: int | None = None) -> Intent:
    """A command on the draft as it was read."""
    if version is not None and version != head.number:
        return Intent(payload=payload, version=version)
    return Intent(payload=payload, version=head.number, lock_version=head.lock_version)


def approver_intent(
    head: VersionHead, payload: Message | None = None, *, version: int | None = None, content_hash: str = ""
) -> Intent:
    """A command on the submitted version as it was read, or as the caller says it was seen."""
    if version is not None and version != head.number:
        return Intent(payload=payload, version=version, content_hash=content_hash)
    return Intent(payload=payload, version=head.number, content_hash=content_hash or head.content_hash or "")
