"""The verbs of more time: a data owner asks, a tester grants or refuses.

What is granted is a later due date of the cases that are still open, as a later row; nothing is rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from activities.cycle_files import load_cycle_file
from activities.situation import Change, Situation, VerbHandler
from activities.verbs.cycle import require_reason
from activities.verbs.owner_parts import lock_owner, self_of, stream_of
from methods.text import first_ten
from models import errors
from models.database import one, rows, run
from models.messages import Verb
from models.payloads import Extension, ExtensionVerdict

_OPEN = """
select s.id, s.number, s.attribute, s.line_of_business, s.due_at, w.number as asked
  from case_state s left join waiting_extension w on w.test_case = s.id and w.owner = s.owner
 where s.cycle = :c and s.owner = :o and s.state in ('open', 'returned') order by s.id
"""
_REQUEST = """
insert into extension_request (cycle, owner, until, reason, command_id, by)
values (:c, :o, :until, :reason, :command, :o) returning id, number
"""
_CASES = """
insert into extension_case (request, test_case, due_at)
select :request, s.id, s.due_at from case_state s where s.id = any(CAST(:cases AS bigint[])) order by s.id
"""
_GRANT = """
with moved as (
    insert into case_owner (test_case, owner, due_at, instructions, by)
    select s.id, s.owner, end_of(:until), s.instructions, :by
      from extension_case c join case_state s on s.id = c.test_case
     where c.request = :request and s.owner = :o and s.state in ('open', 'returned') and s.due_at < end_of(:until)
     order by s.id returning test_case)
select t.number from moved join test_case t on t.id = moved.test_case order by t.id
"""


async def extend(s: Situation) -> Change:
    """Ask for more time for open cases, which stay due as they were until a tester grants it."""
    owner = self_of(s)
    require_reason(s)
    await lock_owner(s)
    asked = s.payload(Extension)
    chosen = _chosen(s, await rows(s.tx, _OPEN, c=s.cycle.id, o=owner), asked)
    _later(s, asked.until, max(case.due_at for case in chosen))
    made = await one(
        s.tx,
        _REQUEST,
        c=s.cycle.id,
        o=owner,
        until=asked.until,
        reason=s.command.reason,
        command=s.command.command_id,
    )
    await run(s.tx, _CASES, request=made.id, cases=[case.id for case in chosen])
    numbers = [case.number for case in chosen]
    return Change(
        stream_of(s, "request_info"),
        f"extension {made.number}: {owner} asks for {_counted(numbers)} until {asked.until}",
        rows={"extension": made.number, "until": asked.until.isoformat(), "cases": numbers},
        result={"extension": made.number, "until": asked.until.isoformat(), "cases": len(numbers)},
    )


async def grant_extension(s: Situation) -> Change:
    """Grant more time: the cases that are still open are due at the end of the day asked for, or of another."""
    asked, owner = s.payload(ExtensionVerdict), await _judging(s)
    request = await _waiting(s, owner, asked.number)
    until = asked.until or request.until
    _later(s, until, request.due_at)
    await _decide(s, request.id, "grant", until)
    moved = await rows(s.tx, _GRANT, request=request.id, o=owner, until=until, by=s.command.actor)
    if not moved:
        raise errors.WrongState(
            f"extension {request.number} is for nothing any more: its cases are handed in, waived or moved",
            hint=f"starter.py case refuse {s.cycle.slug} {request.number} --reason TEXT",
        )
    return Change(
        stream_of(s, "request_info"),
        f"extension {request.number} granted: {len(moved)} cases of {owner} are due {until}",
        rows={"extension": request.number, "verdict": "grant", "until": until.isoformat(),
              "cases": [row.number for row in moved]},
        result={"extension": request.number, "until": until.isoformat(), "cases": len(moved)},
    )


async def refuse_extension(s: Situation) -> Change:
    """Refuse more time: the cases stay due as they are."""
    asked, owner = s.payload(ExtensionVerdict), await _judging(s)
    require_reason(s)
    request = await _waiting(s, owner, asked.number)
    await _decide(s, request.id, "refuse", None)
    return Change(
        stream_of(s, "request_info"),
        f"extension {request.number} of {owner} refused",
        rows={"extension": request.number, "verdict": "refuse"},
        result={"extension": request.number},
    )


def _chosen(s: Situation, found: Sequence[Any], asked: Extension) -> list[Any]:
    """The open cases that a request means; raises what is wrong with it, naming cases."""
    owner, hint = s.command.scope, f"starter.py case list {s.cycle.slug} --mine --as {s.command.scope}"
    foreign = sorted(set(asked.cases) - {case.number for case in found})
    if foreign:
        raise errors.WrongState(f"not open cases of {owner}: {first_ten(foreign)}", hint=hint)
    chosen = [case for case in found if (not asked.cases or case.number in asked.cases) and _proved(s, asked, case)]
    if not chosen:
        of = f" that {asked.source} could prove" if asked.source else ""
        raise errors.WrongState(f"{owner} has no open cases{of}", hint=hint)
    waiting = [case for case in chosen if case.asked is not None]
    if waiting:
        raise errors.WrongState(
            f"extension {waiting[0].asked} waits for an answer for {first_ten([case.number for case in waiting])}",
            hint=f"starter.py case extensions {s.cycle.slug}",
        )
    return chosen


def _proved(s: Situation, asked: Extension, case: Any) -> bool:
    """Whether the named source proves a case; any does when none is named."""
    if not asked.source:
        return True
    sources = load_cycle_file(s.store, s.cycle.cycle_file_sha256).sources
    source = next((source for source in sources if source.name == asked.source), None)
    if source is None:
        named = ", ".join(source.name for source in sources)
        raise errors.NotFound(f"there is no source {asked.source!r}", hint=f"sources: {named}")
    lines = source.lines_of_business
    return case.attribute in source.columns and (not lines or case.line_of_business in lines)


def _later(s: Situation, until: date, due_at: datetime) -> None:
    """Refuse a day that is over, or that ends no later than what is to be extended is due."""
    end = datetime.combine(until, time.max, UTC)
    if end <= datetime.now(UTC):
        raise errors.WrongState(f"{until} is over", hint="--until DATE, a day to come")
    if until <= due_at.astimezone(UTC).date():
        raise errors.WrongState(
            f"the cases are due {due_at.astimezone(UTC).date()}; {until} is no later day", hint="--until DATE"
        )


async def _judging(s: Situation) -> str:
    """The owner whose request a tester answers, locked."""
    s.actor("tester")
    return await lock_owner(s)


async def _waiting(s: Situation, owner: str, number: int) -> Any:
    """The owner's request of that number. Raises `NotFound`, or `WrongState` when it was answered."""
    found = await one(
        s.tx,
        "select r.id, r.number, r.until, r.by, d.verdict, d.by as decided_by,"
        " (select max(due_at) from extension_case c where c.request = r.id) as due_at"
        "  from extension_request r left join extension_decision d on d.request = r.id"
        " where r.cycle = :c and r.owner = :o and r.number = :n",
        c=s.cycle.id,
        o=owner,
        n=number,
    )
    hint = f"starter.py case extensions {s.cycle.slug}"
    if found is None:
        raise errors.NotFound(f"{owner} asked for no extension {number}", hint=hint)
    if found.verdict:
        said = {"grant": "granted", "refuse": "refused"}[found.verdict]
        raise errors.WrongState(f"extension {number} was {said} by {found.decided_by}", hint=hint)
    if found.by == s.command.actor:
        raise errors.SelfApproval(f"{found.by} asked for extension {number}", hint="another tester decides it")
    return found


async def _decide(s: Situation, request: int, verdict: str, until: date | None) -> None:
    await run(
        s.tx,
        "insert into extension_decision (request, verdict, until, reason, by)"
        " values (:request, :verdict, CAST(CAST(:until AS text) AS date), :reason, :by)",
        request=request,
        verdict=verdict,
        until=until.isoformat() if until else None,
        reason=s.command.reason,
        by=s.command.actor,
    )


def _counted(numbers: Sequence[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"{len(numbers)} cases"


HANDLERS: dict[Verb, VerbHandler] = {
    Verb.EXTEND: extend,
    Verb.GRANT_EXTENSION: grant_extension,
    Verb.REFUSE_EXTENSION: refuse_extension,
}
