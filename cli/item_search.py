"""`item search`: a text in the items of all phases of a cycle, and where in each it stands."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cli.acting import phase_named, reading, versioned
from cli.changes import Limit, shown
from cli.output import LOOK, Format, Look, cell, say, show
from cli.viewing import is_owner, refuse_owners, tells_values, viewer
from models import errors
from models.phases import VERSIONED
from models.queries.search import KEY, Found, Hit, search

if TYPE_CHECKING:
    from models.phases import Phase

_TEXTS = re.compile(r'"((?:[^"\\]|\\.)*)"(?!\s*:)')
_AROUND = 40  # characters shown on each side of what was found
_TABLE = ("key", "phase", "owner", "version", "status", "found", "tester", "approver", "revision")
_VERDICTS = tuple(dict.fromkeys(word for p in VERSIONED for word in (*p.tester_verdicts, *p.approver_verdicts)))


async def search_(
    cycle: str, text: str, /, *,
    phase: Annotated[str, Parameter(help="Only items of this phase.")] = "",
    verdict: Annotated[str | None, Parameter(help="Only items with this verdict of either side.")] = None,
    effective: Annotated[bool, Parameter(negative="", help="Among what counts now: approved, kept by both.")] = False,
    limit: Limit = None,
    after: Annotated[str | None, Parameter(help="Only keys that come after this one, in alphabetical order.")] = None,
    look: Look = LOOK,
) -> None:
    """Find items of a cycle by a text in their key (its beginning, or any part), content or reasons.

    Searched is the latest version of each phase, the one that `version show` shows, whatever its status; with
    --effective, what counts now. Capitals do not matter. One key's items of all phases stand together, on one page.
    """
    if not text.strip():
        raise errors.BadInput("there is no text to search for", hint="item search CYCLE TEXT")
    if verdict is not None and verdict not in _VERDICTS:
        raise errors.BadInput(f"{verdict!r} is no verdict", hint=f"verdicts: {', '.join(_VERDICTS)}")
    policies = _searched(phase)
    async with reading() as session, session.reader.begin() as tx:
        hidden = await _hidden(tx, cycle, policies, look, named=bool(phase))
        kinds = [policy.kind for policy in policies if policy not in hidden]
        found = await search(
            tx, cycle, text, kinds=kinds, effective=effective, verdict=verdict, limit=shown(limit, look), after=after
        )
    show("hits", [_row(hit, text) for hit in found.hits], look, columns=_TABLE, header=_HEADER)
    if hidden:
        say(f"not searched, since data owners are not shown it: {', '.join(policy.title for policy in hidden)}")
    _say_more(found, cycle, text, look, effective=effective)


def _searched(phase: str) -> tuple[Phase, ...]:
    if not phase:
        return VERSIONED
    policy = phase_named(phase)
    return (policy,) if policy.versioned else (versioned(phase, ""),)


async def _hidden(tx: Any, cycle: str, policies: tuple[Phase, ...], look: Look, *, named: bool) -> list[Phase]:
    """The phases whose items the person who looks is not shown. Raises `WrongRole` when one was asked for by name."""
    if named:
        await refuse_owners(tx, cycle, policies[0], look)
    restricted = is_owner(await viewer(tx, cycle, look))
    return [policy for policy in policies if restricted and tells_values(policy)]


def _row(hit: Hit, text: str) -> dict[str, Any]:
    return {
        "key": hit.key, "phase": hit.kind, "owner": hit.scope, "version": f"v{hit.number}", "status": hit.status,
        "found": [f"{place}: {_excerpt(hit, place, text)}" if place != KEY else KEY for place in hit.places
                  if hit.content.get(place) != hit.key],
        "tester": hit.tester_verdict, "approver": hit.approver_verdict, "revision": hit.revision, "origin": hit.origin,
        "written_in": f"v{hit.revised_in}", "places": list(hit.places),
    }


_HEADER = ("key", "phase", "owner", "version", "status", "found", "tester", "approver", "revision", "origin",
           "written_in", "places")


def _excerpt(hit: Hit, place: str, text: str) -> str:
    """What stands around the text in a field; of a value that is JSON, in its texts."""
    whole = cell(hit.content[place] if place in hit.content else getattr(hit, place))
    whole = " ".join((" ".join(_TEXTS.findall(whole)) if whole.startswith("{") else whole).split())
    at = max(whole.lower().find(" ".join(text.lower().split())), 0)
    begin, end = max(at - _AROUND, 0), at + len(text) + _AROUND
    return f"{'...' if begin else ''}{whole[begin:end]}{'...' if end < len(whole) else ''}"


def _say_more(found: Found, cycle: str, text: str, look: Look, *, effective: bool) -> None:
    where = "among what counts now" if effective else "in the latest version of each phase"
    if not found.hits:
        other = f"starter.py version show {cycle} PHASE --version N --search {shlex.quote(text)}"
        say(f"nothing found {where}; an earlier version: {other}")
    elif found.more and look.output is Format.TABLE:
        following = f"--after {shlex.quote(found.hits[-1].key)} shows the next, --limit N more at once"
        say(f"{len(found.hits)} found {where}, {found.more} more: {following}")
    else:
        say(f"{len(found.hits)} found {where}")
