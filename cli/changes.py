"""`version history`, `version diff`, `item lineage`: what became of items from version to version."""

from __future__ import annotations

import re
import shlex
from typing import Annotated

from cyclopts import Parameter

from cli.acting import phase_named, reading, versioned
from cli.differences import change_rows, field_rows, history_row, lineage_rows
from cli.heads import Owner
from cli.output import LOOK, Format, Look, names, say, show, show_one
from cli.viewing import refuse_owners
from models import errors
from models.phases import OWNER_ROUND
from models.queries import changes
from models.queries.changes import CARRIED, KINDS, Difference, HistoryLine
from models.queries.cycles import cycle as cycle_named
from models.queries.resolved import resolved
from models.queries.versions import phase_id

FIRST = 50
_NUMBER = re.compile(r"^v?([1-9][0-9]{0,8})$")
Limit = Annotated[int | None, Parameter(help="At most so many items; a table shows 50, other formats all.")]
After = Annotated[str | None, Parameter(name="--after", help="Only items that come after this key.")]
_DIFF = ("key", "change", "origin", "field", "before", "after")
_HISTORY = ("version", "parent", "status", "items", "changes", "created", "submitted", "decided", "reason")


async def history(cycle: str, phase: str, /, *, owner: Owner = "", look: Look = LOOK) -> None:
    """Show the versions of a phase: who made, submitted and decided each, and what it changed of its parent.

    Where versions are per data owner: those of all owners, unless --owner names one.
    """
    policy = phase_named(phase)
    if owner or policy.stage == "cycle":
        policy = versioned(phase, owner)
    async with reading() as session, session.reader.begin() as tx:
        found = await changes.history(tx, cycle, policy.kind, scope=owner or None)
        if not found:
            await phase_id(tx, cycle, policy, scope=owner)
    columns = _HISTORY if policy.stage == "cycle" else ("owner", *_HISTORY)
    lines = [history_row(line) for line in found] if look.output is Format.TABLE else found
    show("history", lines, look, columns=columns, header=names(HistoryLine))


async def diff(
    cycle: str, phase: str, before: str, after: str, /, *, owner: Owner = "",
    only: Annotated[str, Parameter(help=f"Kinds of change, with commas: {', '.join(KINDS)}.")] = "",
    limit: Limit = None, after_key: After = None, look: Look = LOOK,
) -> None:
    """Show what differs between two versions, field by field: VERSION VERSION, such as v1 v2.

    `decided` are items whose decisions alone differ. Items that are alike are counted; --only carried lists them. The
    counts are those of the whole difference, whichever page of it is shown. CSV has a row per field.
    """
    policy = versioned(phase, owner)
    numbers = [number(before), number(after)]
    kinds = kinds_of(only)
    async with reading() as session, session.reader.begin() as tx:
        await refuse_owners(tx, cycle, policy, look)
        found_in = await phase_id(tx, cycle, policy, scope=owner, numbers=numbers)
        found = await changes.difference(
            tx, found_in, *numbers, only=kinds, limit=shown(limit, look), after_key=after_key
        )
    require_known(found.after_is_known, after_key, cycle, policy.kind)
    told = {"phase": policy.kind, "owner": owner, "before": f"v{numbers[0]}", "after": f"v{numbers[1]}",
            **found.counts}
    as_json = look.output is Format.JSON
    listed = change_rows(found.lines) if as_json else field_rows(found.lines, short=look.output is Format.TABLE)
    show_one("diff", told, look, parts={"items": listed}, columns={"items": _DIFF}, header=_DIFF)
    _say_more(found, look)


async def lineage(cycle: str, phase: str, key: str, /, *, owner: Owner = "", look: Look = LOOK) -> None:
    """Show an item in each version: where it comes from, what changed, who decided what, and what was carried."""
    policy = versioned(phase, owner)
    async with reading() as session, session.reader.begin() as tx:
        await refuse_owners(tx, cycle, policy, look)
        found = await changes.item_lineage(tx, await phase_id(tx, cycle, policy, scope=owner), key)
        in_cycle = (await cycle_named(tx, cycle)).id
        passed = await resolved(tx, in_cycle, owner=owner, keys=[key]) if policy == OWNER_ROUND else []
    if not found:
        raise never_had(cycle, policy.title, policy.kind, key)
    for line in passed:
        say(f"{line.said}, on {line.document} revision {line.revision_number}")
    show("lineage", lineage_rows(found), look,
         columns=("version", "status", "item", "what", "origin", "requested", "written", "tester", "approver"))


def number(text: str) -> int:
    """A version as people write it, 2 or v2. Raises `BadInput`."""
    if (found := _NUMBER.match(text.lower())) is None:
        raise errors.BadInput(f"{text!r} is not a version", hint="such as v1, or 1")
    return int(found[1])


def kinds_of(only: str) -> tuple[str, ...]:
    """The kinds of change that are asked for; by default all that are one. Raises `BadInput` naming them."""
    named = tuple(word.strip() for word in only.split(",") if word.strip())
    if unknown := [word for word in named if word not in KINDS]:
        raise errors.BadInput(f"{unknown[0]!r} is no kind of change", hint=f"kinds: {', '.join(KINDS)}")
    return named or tuple(kind for kind in KINDS if kind != CARRIED)


def shown(limit: int | None, look: Look) -> int | None:
    """How many rows to show: a table of thousands is read by nobody, data is whole. Raises `BadInput`."""
    if limit is not None and limit < 1:
        raise errors.BadInput(f"--limit {limit} shows nothing", hint="--limit 50")
    return limit or (FIRST if look.output is Format.TABLE else None)


def require_known(known: bool, key: str | None, cycle: str, kind: str) -> None:
    """Raise `NotFound` when the key to go on after is none."""
    if not known:
        raise errors.NotFound(f"--after {key!r}: there is no such item", hint=f"starter.py version show {cycle} {kind}")


def say_more(more: int | None, last: str, shown_now: int) -> None:
    """Tell that there is more, and how to see it."""
    if more:
        say(f"{shown_now} shown, {more} more: --after {shlex.quote(last)} shows the next, --limit N more at once")


def _say_more(found: Difference, look: Look) -> None:
    if not found.lines:
        say("nothing of that kind differs")
    elif look.output is Format.TABLE:
        say_more(found.more, found.lines[-1].key, len(found.lines))


def never_had(cycle: str, title: str, kind: str, key: str) -> errors.NotFound:
    """The error for an item that the phase never had."""
    return errors.NotFound(f"{title} of {cycle} never had {key!r}", hint=f"starter.py version show {cycle} {kind}")
