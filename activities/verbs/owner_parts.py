"""What the verbs of one data owner's work share: who acts, what is locked, which runs are asked for."""

from __future__ import annotations

from activities.situation import Situation
from models import errors
from models.database import rows, run


def stream_of(s: Situation, kind: str) -> str:
    """The audit stream of one of the owner's phases."""
    return f"{s.cycle.slug}/{kind}/{s.command.scope}"


async def lock_owner(s: Situation) -> str:
    """Lock the owner's phases in one order and return the owner; raises `NotFound` when nothing was asked of them."""
    locked = await rows(
        s.tx,
        "select id from phase where cycle = :c and scope = :o order by id for no key update",
        c=s.cycle.id,
        o=s.command.scope,
    )
    if not locked:
        raise errors.NotFound(
            f"nothing has been asked of {s.command.scope!r} yet", hint=f"starter.py owner list {s.cycle.slug}"
        )
    return s.command.scope


def self_of(s: Situation) -> str:
    """The data owner who acts, on their own work; raises `WrongRole`."""
    person = s.actor("data_owner")
    if person.person != s.command.scope:
        raise errors.WrongRole(
            f"{person.person} acts on their own cases only, not on those of {s.command.scope}",
            hint=f"--owner {person.person}",
        )
    return person.person


async def request_runs(s: Situation, cause: str, cases: list[tuple[int, int]]) -> None:
    """Ask for a run of each case on a document revision, in the name of the command."""
    await run(
        s.tx,
        "insert into execution_request (test_case, request, cause, revision, by) select t, :request, :cause, r, :by"
        " from unnest(CAST(:cases AS bigint[]), CAST(:revisions AS bigint[])) as x(t, r)",
        request=s.command.command_id,
        cause=cause,
        by=s.command.actor,
        cases=[case for case, _ in cases],
        revisions=[revision for _, revision in cases],
    )
