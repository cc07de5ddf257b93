"""`version show --at TIME`: what was approved at a time, and what was open then."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.acting import reading
from cli.changes import require_known, say_more, shown
from cli.clocks import now
from cli.decisions import ITEM_ROW, item_rows
from cli.output import Format, Look, plain, say, show_one
from cli.times import moment_of, told
from cli.viewing import refuse_owners
from models.queries.comments import CommentLine, comments
from models.queries.moments import Approved, Moment, approved_at
from models.queries.versions import Selection

if TYPE_CHECKING:
    from models.phases import Phase

At = Annotated[str, Parameter(help="What was approved at this time: a day (its end), or a date and time; UTC.")]
_TABLE = ("key", "says", "tester", "approver", "counts", "origin", "carried_from", "approved_in", "comments")


async def show_at(
    cycle: str, policy: Phase, time: str, *, owner: str, verdict: str | None, search: str | None, limit: int | None,
    after: str | None, look: Look,
) -> None:
    """Print the version that counted at a time with its items, or say that none did."""
    at = moment_of(time)
    wanted = Selection(limit=shown(limit, look), after=after, verdict=verdict, search=search)
    async with reading() as session, session.reader.begin() as tx:
        await refuse_owners(tx, cycle, policy, look)
        found = await approved_at(tx, cycle, policy, at, scope=owner, wanted=wanted)
        said = [line for line in await comments(tx, found.moment.phase) if line.at <= at]
    require_known(found.after_is_known, after, cycle, policy.kind)
    show_one("approved", _head(found.moment, policy, owner), look, parts={"items": _rows(found, policy, said)},
             columns={"items": _TABLE}, header=(*ITEM_ROW, "counts"),
             hidden=("now",) if found.moment.now == "approved" else ())
    for line in sentences(found.moment, policy, cycle, owner, clock=now()):
        say(line)
    if found.page.items and look.output is Format.TABLE:
        say_more(found.page.more, found.page.items[-1].key, len(found.page.items))


def _head(moment: Moment, policy: Phase, owner: str) -> dict[str, Any]:
    approved = moment.number is not None
    return {
        "kind": policy.kind, "scope": owner, "at": plain(moment.at),
        "number": moment.number, "status": "approved" if approved else "nothing approved", "now": moment.now,
        "approved_by": moment.approved_by, "approved_at": moment.approved_at, "superseded_by": moment.superseded_by,
        "superseded_at": moment.superseded_at, "held": moment.items if approved else None,
        "counting": moment.counting if approved else None, "content_hash": moment.content_hash,
        "manifest_hash": moment.manifest_hash, "open_number": moment.open_number, "open_status": moment.open_status,
        "open_since": moment.open_since, "open_by": moment.open_by,
    }


def _rows(found: Approved, policy: Phase, said: list[CommentLine]) -> list[dict[str, Any]]:
    by_key: dict[str, list[CommentLine]] = {}
    for line in said:
        by_key.setdefault(line.key, []).append(line)
    listed = item_rows(found.page.items, by_key, kind=policy.kind, number=found.moment.number or 0)
    return [{**row, "counts": row["key"] in found.counting} for row in listed]


def sentences(moment: Moment, policy: Phase, cycle: str, owner: str, *, clock: datetime) -> list[str]:
    """What a person wants to know of a moment: how far it is, until when the version counted, what was open, what next.
    """
    ahead = " (that lies ahead: as things stand)" if moment.at > clock else ""
    lines = [f"as of {told(moment.at)}{ahead}: {_counted(moment, policy)}"]
    if moment.open_number is not None and moment.open_since is not None:
        what = "a draft" if moment.open_status == "draft" else "submitted"
        lines.append(f"v{moment.open_number} was open: {what} since {told(moment.open_since)}, by {moment.open_by}")
    else:
        lines.append("no version was open")
    return lines if moment.number is not None else [*lines, _next(moment, policy, cycle, owner)]


def _counted(moment: Moment, policy: Phase) -> str:
    if moment.number is None or moment.approved_at is None:
        return f"nothing of {policy.title} was approved"
    until = "and counts still"
    if moment.superseded_at is not None:
        until = f"and counted until v{moment.superseded_by} took its place at {told(moment.superseded_at)}"
    return f"{policy.title} v{moment.number}, approved by {moment.approved_by} at {told(moment.approved_at)}, {until}"


def _next(moment: Moment, policy: Phase, cycle: str, owner: str) -> str:
    """The command that goes on from nothing: the first approval, the version that was open, or all versions."""
    words = f"{cycle} {policy.kind}{f' --owner {shlex.quote(owner)}' if owner else ''}"
    if moment.next_number is not None and moment.next_at is not None:
        first = f"v{moment.next_number} was the first to be approved"
        return f"{first}: starter.py version show {words} --at {plain(moment.next_at)}"
    if moment.open_number is not None:
        return f"starter.py version show {words} --version {moment.open_number} shows it"
    return f"starter.py version history {words} shows all versions"
