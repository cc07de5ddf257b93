"""The verbs of a whole cycle: assign owners, waive pairs, retry or waive an owner, hold, resume, cancel, hand over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from activities.situation import Change, Situation, VerbHandler
from methods.text import counted
from models import errors
from models.cycles import PersonRow, require_role
from models.database import one, rows, run, scalar
from models.messages import MAX_OWNERS, Verb
from models.owner_progress import latest_event
from models.payloads import Named, Pair, Pairs
from models.phases import CLOSING

_OPEN_CASES = "state not in ('concluded', 'waived')"


def _stream(s: Situation) -> str:
    return f"{s.cycle.slug}/data_owner_id"


async def current_pairs(s: Situation) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Status and owner of every (attribute, line of business) pair, from its latest row."""
    found = await rows(
        s.tx,
        "select distinct on (attribute, line_of_business) attribute, line_of_business, status, owner from assignment"
        " where cycle = :c order by attribute, line_of_business, id desc",
        c=s.cycle.id,
    )
    return {(row.attribute, row.line_of_business): (row.status, row.owner) for row in found}


async def lock_pairs(s: Situation) -> None:
    """Lock the pairs of the cycle; raises `WrongState` before there are any, `SuccessorBegun` once they are settled."""
    # One order for all: the cycle's own row of the phase, so two executives cannot cross.
    locked = await scalar(
        s.tx, "select id from phase where cycle = :c and kind = 'data_owner_id' for no key update", c=s.cycle.id
    )
    if locked is None:
        raise errors.WrongState(
            "Data Owner ID has not begun: it needs an approved sample", hint=f"starter.py cycle show {s.cycle.slug}"
        )
    if await scalar(
        s.tx, "select exists (select from phase where cycle = :c and kind = :k)", c=s.cycle.id, k=CLOSING.kind
    ):
        raise errors.SuccessorBegun(
            f"owners are named no more: {CLOSING.title} has begun",
            hint="correct a finished cycle by `cycle start --amends`",
        )


def _known(pairs: Sequence[Pair], current: dict[tuple[str, str], tuple[str, str | None]], slug: str) -> None:
    unknown = [
        f"{p.attribute} / {p.line_of_business}" for p in pairs if (p.attribute, p.line_of_business) not in current
    ]
    if len({(p.attribute, p.line_of_business) for p in pairs}) != len(pairs):
        raise errors.Malformed("a pair is named twice in one command", hint="name every pair once")
    if unknown:
        raise errors.NotFound(f"no such pair: {', '.join(unknown[:10])}", hint=f"starter.py owner list {slug}")


def _covered(executive: PersonRow, pairs: Sequence[Pair]) -> None:
    foreign = sorted({p.line_of_business for p in pairs if not executive.covers(p.line_of_business)})
    if foreign:
        raise errors.WrongRole(
            f"{executive.person} is data executive of {', '.join(executive.lines_of_business)}, not"
            f" of {', '.join(foreign)}",
            hint="the data executive of that line of business assigns it",
        )


async def assign(s: Situation) -> Change:
    """Name the owner of pairs; open cases move, concluded ones and their evidence stay where they are."""
    executive = s.actor("data_executive")
    await lock_pairs(s)
    pairs = s.payload(Pairs).pairs
    current = await current_pairs(s)
    _known(pairs, current, s.cycle.slug)
    _covered(executive, pairs)
    for pair in pairs:
        owner = require_role(dict(s.people), pair.owner, ("data_owner",))
        if not owner.covers(pair.line_of_business):
            raise errors.WrongRole(
                f"{owner.person} is no data owner of {pair.line_of_business}",
                hint=f"starter.py people list {s.cycle.slug}",
            )
    moved = [p for p in pairs if current[p.attribute, p.line_of_business][1] not in (None, p.owner)]
    if moved and not s.command.reason.strip():
        raise errors.ReasonMissing(
            f"{moved[0].attribute} / {moved[0].line_of_business} has an owner; a change carries a reason",
            hint="--reason TEXT",
        )
    owners = {owner for _, owner in current.values() if owner} | {p.owner for p in pairs}
    if len(owners) > MAX_OWNERS:
        raise errors.TooLarge(
            f"a cycle takes {MAX_OWNERS} data owners, this would make {len(owners)}", hint="split the report"
        )
    await _write(s, pairs, "assigned")
    await _move_cases(s, pairs)
    former = sorted({str(current[p.attribute, p.line_of_business][1]) for p in moved})
    named = sorted({p.owner for p in pairs})
    return Change(
        _stream(s),
        f"{counted(len(pairs), 'pair')} assigned",
        result={"owners": named, "former": former, "pairs": len(pairs), "left": _left(current, pairs, "assigned")},
        rows={
            "pairs": [
                [p.attribute, p.line_of_business, current[p.attribute, p.line_of_business][1], p.owner] for p in pairs
            ]
        },
    )


async def _write(s: Situation, pairs: Sequence[Pair], status: str) -> None:
    await run(
        s.tx,
        "insert into assignment (cycle, attribute, line_of_business, status, owner, reason, due_at, by)"
        " select :c, p.attribute, p.line, :status, nullif(p.owner, ''), :reason,"
        "        clock_timestamp() + make_interval(days => (select days from duty where cycle = :c"
        " and name = 'assignment')), :by"
        "   from unnest(CAST(:attributes AS text[]), CAST(:lines AS text[]), CAST(:owners AS"
        " text[])) as p(attribute, line, owner)",
        c=s.cycle.id,
        status=status,
        reason=s.command.reason,
        by=s.command.actor,
        attributes=[p.attribute for p in pairs],
        lines=[p.line_of_business for p in pairs],
        owners=[p.owner for p in pairs],
    )


async def _move_cases(s: Situation, pairs: Sequence[Pair]) -> None:
    await run(
        s.tx,
        "insert into case_owner (test_case, owner, due_at, by)"  # noqa: S608 - own text only
        " select t.id, p.owner, clock_timestamp() + make_interval(days =>"
        "        (select days from duty where cycle = :c and name = 'evidence')), :by"
        "   from unnest(CAST(:attributes AS text[]), CAST(:lines AS text[]), CAST(:owners AS"
        " text[])) as p(attribute, line, owner)"
        "   join case_state t on t.cycle = :c and t.attribute = p.attribute and t.line_of_business = p.line"
        f" where t.{_OPEN_CASES} and t.owner is distinct from p.owner order by t.id",
        c=s.cycle.id,
        by=s.command.actor,
        attributes=[p.attribute for p in pairs],
        lines=[p.line_of_business for p in pairs],
        owners=[p.owner for p in pairs],
    )


def _left(current: dict[tuple[str, str], tuple[str, str | None]], pairs: Sequence[Pair], now: str) -> dict[str, int]:
    """How many pairs are in which status, once these are in a new one."""
    changed = {key: status for key, (status, _) in current.items()}
    changed |= {(pair.attribute, pair.line_of_business): now for pair in pairs}
    return dict(sorted(Counter(changed.values()).items()))


async def waive_cases_of(s: Situation, where: str, **values: object) -> list[str]:
    """Waive the open cases that a condition on `case_state` selects; their numbers."""
    found = await rows(
        s.tx,
        f"select id, number from case_state where cycle = :c and {_OPEN_CASES} and {where} order by id",  # noqa: S608
        c=s.cycle.id,
        **values,
    )
    await run(
        s.tx,
        "insert into case_waiver (test_case, reason, by) select id, :reason, :by from"
        " unnest(CAST(:ids AS bigint[])) id",
        reason=s.command.reason,
        by=s.command.actor,
        ids=[row.id for row in found],
    )
    return [row.number for row in found]


def require_reason(s: Situation) -> None:
    """Refuse a command without a reason."""
    if not s.command.reason.strip():
        raise errors.ReasonMissing(f"{s.command.verb.value.replace('_', ' ')} carries a reason", hint="--reason TEXT")


async def waive_pairs(s: Situation) -> Change:
    """Declare pairs untestable; their open cases are waived with the same reason."""
    executive = s.actor("data_executive")
    require_reason(s)
    await lock_pairs(s)
    pairs = s.payload(Pairs).pairs
    current = await current_pairs(s)
    _known(pairs, current, s.cycle.slug)
    _covered(executive, pairs)
    await _write(s, [Pair(attribute=p.attribute, line_of_business=p.line_of_business) for p in pairs], "waived")
    waived: list[str] = []
    for pair in pairs:
        waived += await waive_cases_of(
            s, "attribute = :a and line_of_business = :l", a=pair.attribute, l=pair.line_of_business
        )
    former = sorted(
        {str(current[p.attribute, p.line_of_business][1]) for p in pairs if current[p.attribute, p.line_of_business][1]}
    )
    return Change(
        _stream(s),
        f"{len(pairs)} pairs waived",
        result={"former": former, "cases": len(waived), "left": _left(current, pairs, "waived")},
        rows={"pairs": [[p.attribute, p.line_of_business] for p in pairs], "cases": waived},
    )


async def _owner_event(s: Situation, owner: str, event: str) -> None:
    await run(
        s.tx,
        "insert into owner_event (cycle, owner, event, reason, by) values (:c, :o, :e, :r, :by)",
        c=s.cycle.id,
        o=owner,
        e=event,
        r=s.command.reason,
        by=s.command.actor,
    )


async def _failed(s: Situation, owner: str) -> None:
    latest = await latest_event(s.tx, s.cycle.id, owner)
    if latest is None:
        raise errors.NotFound(f"{owner} is no data owner of this cycle", hint=f"starter.py owner list {s.cycle.slug}")
    if latest != "failed":
        raise errors.WrongState(
            f"the work of {owner} is {latest}, not failed", hint=f"starter.py owner list {s.cycle.slug}"
        )


async def retry_owner(s: Situation) -> Change:
    """Start a failed owner's work again."""
    s.actor("tester", "test_executive")
    owner = s.payload(Named).name
    await _failed(s, owner)
    await _owner_event(s, owner, "retried")
    return Change(
        _stream(s), f"{owner} is retried", result={"owners": [owner]}, rows={"owner": owner, "event": "retried"}
    )


async def waive_owner(s: Situation) -> Change:
    """Give up a failed owner's work: its open cases are waived with the reason."""
    s.actor("tester", "test_executive")
    require_reason(s)
    owner = s.payload(Named).name
    await _failed(s, owner)
    await _owner_event(s, owner, "waived")
    cases = await waive_cases_of(s, "owner = :o", o=owner)
    return Change(
        _stream(s),
        f"{owner} is waived",
        result={"cases": len(cases), "former": [owner]},
        rows={"owner": owner, "event": "waived", "cases": cases},
    )


async def _hold(s: Situation, held: bool) -> Change:
    s.actor("test_executive", "tester")
    require_reason(s)
    if s.cycle.held == held:
        raise errors.WrongState(
            f"cycle {s.cycle.slug} is {'' if held else 'not '}on hold", hint=f"starter.py cycle show {s.cycle.slug}"
        )
    await run(
        s.tx,
        "insert into cycle_hold (cycle, held, reason, by) values (:c, :h, :r, :by)",
        c=s.cycle.id,
        h=held,
        r=s.command.reason,
        by=s.command.actor,
    )
    return Change(
        s.cycle.slug,
        "on hold" if held else "resumed",
        before={"held": not held},
        after={"held": held},
        result={"held": held},
    )


async def hold(s: Situation) -> Change:
    """Refuse all commands until the cycle is resumed; work that runs is finished."""
    return await _hold(s, True)


async def resume(s: Situation) -> Change:
    """Take commands again."""
    return await _hold(s, False)


async def cancel(s: Situation) -> Change:
    """End the cycle for good; all facts stay."""
    s.actor("test_executive", "tester")
    require_reason(s)
    await run(
        s.tx,
        "insert into cycle_closing (cycle, outcome, reason, by) values (:c, 'cancelled', :r, :by)",
        c=s.cycle.id,
        r=s.command.reason,
        by=s.command.actor,
    )
    return Change(
        s.cycle.slug,
        f"cycle {s.cycle.slug} is cancelled",
        after={"outcome": "cancelled"},
        result={"outcome": "cancelled"},
    )


async def reassign_person(s: Situation) -> Change:
    """Hand a person's role in this cycle to somebody else, with the lines of business that come with it."""
    s.actor("test_executive")
    require_reason(s)
    asked = s.payload(Named)
    if not asked.successor.strip():
        raise errors.Malformed("nobody is named who takes over", hint="--successor PERSON")
    former = require_role(dict(s.people), asked.name, (asked.role,))
    if asked.role == "data_owner":
        raise errors.Malformed(
            "a data owner's work is moved pair by pair", hint=f"starter.py owner reassign {s.cycle.slug} ..."
        )
    taker = s.people.get(asked.successor)
    lines = (
        () if not former.lines_of_business else (*former.lines_of_business, *(taker.lines_of_business if taker else ()))
    )
    await _person(
        s, former.person, former.name, tuple(r for r in former.roles if r != asked.role), former.lines_of_business
    )
    await _person(
        s,
        asked.successor,
        taker.name if taker else asked.successor,
        (*(r for r in (taker.roles if taker else ()) if r != asked.role), asked.role),
        tuple(sorted(set(lines))),
    )
    return Change(
        s.cycle.slug,
        f"{asked.role} passes from {former.person} to {asked.successor}",
        before={asked.role: former.person},
        after={asked.role: asked.successor},
        result={"role": asked.role},
    )


async def _person(s: Situation, who: str, name: str, roles: tuple[str, ...], lines: tuple[str, ...]) -> None:
    await one(
        s.tx,
        "insert into person (cycle, person, name, roles, lines_of_business, by, reason) values"
        " (:c, :who, :name, CAST(:roles AS text[]), CAST(:lines AS text[]), :by, :reason) returning id",
        c=s.cycle.id,
        who=who,
        name=name,
        roles=list(roles),
        lines=list(lines),
        by=s.command.actor,
        reason=s.command.reason,
    )


HANDLERS: dict[Verb, VerbHandler] = {
    Verb.ASSIGN: assign,
    Verb.WAIVE_PAIRS: waive_pairs,
    Verb.RETRY_OWNER: retry_owner,
    Verb.WAIVE_OWNER: waive_owner,
    Verb.HOLD: hold,
    Verb.RESUME: resume,
    Verb.CANCEL: cancel,
    Verb.REASSIGN_PERSON: reassign_person,
}
