"""A cycle at one moment, as somebody who follows it wants to see it: a value made of facts, with nothing of the screen.

Phases with their versions and how far they are, owners with their cases by outcome, and who is waited for since when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cli.tasks import Task, Waiting, tasks
from models.phases import OWNER_ROUND, PHASES, Phase
from models.queries.cycles import CycleLine
from models.queries.following import PairCounts, RoundLine
from models.queries.owners import OwnerLine

BEGUN, DONE, FAILED, NOT_BEGUN = "working", "done", "failed", "not begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a picture is made of, as it was read."""

    waiting: Waiting
    rounds: Sequence[RoundLine]
    owners: Sequence[OwnerLine]
    pairs: PairCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something that waits for one or several people."""

    who: tuple[str, ...]
    what: str
    phase: str
    owner: str
    since: datetime | None
    due_at: datetime | None

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been done."""
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One of the nine phases. `done` of `total` counts `unit`; `waits` are those that are no single owner's.

    `times` are those of a phase without versions: when it began, and when it was done or last changed.
    """

    phase: Phase
    status: str
    rounds: tuple[RoundLine, ...]
    done: int
    total: int
    unit: str
    waits: tuple[Wait, ...] = ()
    times: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One owner's part of the cycle. `status`: failed, waiting, working or complete."""

    line: OwnerLine
    status: str
    rounds: tuple[RoundLine, ...]
    waits: tuple[Wait, ...]

    @property
    def owner(self) -> str:
        """Whose part it is."""
        return self.line.owner

    @property
    def tally(self) -> dict[str, int]:
        """Cases by outcome or, before there is one, by where they stand; together all cases of the owner."""
        line = self.line
        return {"match": line.matched, "mismatch": line.mismatched,
                "to decide": line.executed - line.matched - line.mismatched, "running": line.executing,
                "open": line.open, "returned": line.returned, "waived": line.waived}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A cycle at the moment `now`."""

    cycle: CycleLine
    stages: tuple[Stage, ...]
    parts: tuple[Part, ...]
    now: datetime

    @property
    def waits(self) -> tuple[Wait, ...]:
        """Everything that waits, in the order of the phases, then of the owners."""
        return tuple(wait for waits in (*(stage.waits for stage in self.stages), *(part.waits for part in self.parts))
                     for wait in waits)


def picture_of(facts: Facts) -> Picture:
    """The picture that facts make."""
    waits = waits_of(tasks(facts.waiting))
    parts = tuple(_part(line, facts, [wait for wait in waits if wait.owner == line.owner]) for line in facts.owners)
    owned = {part.owner for part in parts}
    free = [wait for wait in waits if wait.owner not in owned]
    stages = tuple(_stage(phase, facts, parts, [wait for wait in free if wait.phase == phase.kind]) for phase in PHASES)
    return Picture(cycle=facts.waiting.cycle, stages=stages, parts=parts, now=facts.waiting.now)


def waits_of(found: Sequence[Task]) -> list[Wait]:
    """The same thing that waits for several people is one wait."""
    who: dict[tuple[str, str, str], list[Task]] = defaultdict(list)
    for task in found:
        who[task.phase, task.owner, task.what].append(task)
    return [Wait(who=tuple(task.person for task in same), what=what, phase=phase, owner=owner, since=same[0].since,
                 due_at=same[0].due_at) for (phase, owner, what), same in who.items()]


def ordered(parts: Sequence[Part], now: datetime) -> list[Part]:
    """Owners that need attention first: failed, overdue, waited for, at work, complete."""
    def urgency(part: Part) -> tuple[bool, bool, bool, bool, str]:
        late = any(wait.overdue(now) for wait in part.waits)
        return part.status != FAILED, not late, not part.waits, part.status == "complete", part.owner
    return sorted(parts, key=urgency)


def folded(parts: Sequence[Part], most: int, now: datetime) -> tuple[list[Part], list[Part]]:
    """At most so many owners to be shown, and the rest; all are shown in their own order when there is room."""
    if len(parts) <= most:
        return list(parts), []
    first = ordered(parts, now)
    return first[:most], first[most:]


def rest(parts: Sequence[Part]) -> str:
    """The owners that are not shown, in words: "and 970 more: 940 complete, 30 working"."""
    counts = {status: sum(part.status == status for part in parts)
              for status in (FAILED, "waiting", BEGUN, "complete")}
    return f"and {len(parts):,} more: {', '.join(f'{n:,} {status}' for status, n in counts.items() if n)}"


def versions(rounds: Sequence[RoundLine], *, most: int = 20) -> str:
    """"v1 rejected, v2 approved"; of very many only the last."""
    said = [f"v{one.number} {one.status}" for one in rounds]
    return ", ".join(said if len(said) <= most else ["…", *said[-most:]])


def _part(line: OwnerLine, facts: Facts, waits: Sequence[Wait]) -> Part:
    done = line.status in ("completed", "waived")
    mine = tuple(one for one in facts.rounds if one.scope == line.owner)
    # Observations that are decided together with those of other owners are one wait, which is the phase's.
    waited = bool(waits) or (mine[-1:] and mine[-1].status == "submitted")
    status = FAILED if line.status == "failed" else "waiting" if waited else "complete" if done else BEGUN
    return Part(line=line, status=status, rounds=mine, waits=tuple(waits))


def _stage(phase: Phase, facts: Facts, parts: Sequence[Part], waits: Sequence[Wait]) -> Stage:
    mine = tuple(one for one in facts.rounds if one.kind == phase.kind)
    status, done, total, unit = _progress(phase, facts, parts, mine)
    alone = phase.stage == "cycle" and not phase.versioned
    times = (facts.pairs.begun_at, facts.pairs.changed_at) if alone else (None, None)
    return Stage(phase=phase, status=status, rounds=mine if phase.stage == "cycle" else (), done=done, total=total,
                 unit=unit, waits=tuple(waits), times=(times[0], times[1]) if times[0] and times[1] else None)


def _progress(
    phase: Phase, facts: Facts, parts: Sequence[Part], mine: Sequence[RoundLine]
) -> tuple[str, int, int, str]:
    """State of a phase, and how much of what is done."""
    if phase.stage == "owner":
        return _owners_progress(phase, facts, parts)
    if not phase.versioned:
        total, done = facts.pairs.pairs, facts.pairs.settled
        return (NOT_BEGUN if not total else DONE if done == total else BEGUN), done, total, "pairs assigned"
    latest = [line for line in facts.waiting.phases if line.kind == phase.kind]
    total = sum(line.items for line in latest)
    return mine[-1].status if mine else NOT_BEGUN, total - sum(line.undecided for line in latest), total, "decided"


def _owners_progress(phase: Phase, facts: Facts, parts: Sequence[Part]) -> tuple[str, int, int, str]:
    if not parts:
        return NOT_BEGUN, 0, 0, ""
    failed = any(part.status == FAILED for part in parts)
    if phase == OWNER_ROUND:
        latest = [line for line in facts.waiting.phases if line.kind == phase.kind]
        total, left = sum(line.items for line in latest), sum(line.undecided for line in latest)
        complete = all(part.status == "complete" for part in parts)
        status = FAILED if failed else DONE if complete else BEGUN if latest else NOT_BEGUN
        return status, total - left, total, "observations decided"
    asked = sum(part.line.cases - part.line.waived for part in parts)
    counted: Mapping[str, tuple[int, str]] = {
        "data_owner": (sum(part.line.handed_in for part in parts), "cases with evidence"),
        "tester": (sum(part.line.executed for part in parts), "cases run"),
    }
    done, unit = counted[phase.submitter]
    left = asked - (done if phase.submitter == "data_owner" else sum(part.line.concluded for part in parts))
    return (FAILED if failed else BEGUN if left else DONE), done, asked, unit


def bars(part: Part) -> Iterator[tuple[str, int]]:
    """The parts of an owner's tally that are there."""
    return ((name, count) for name, count in part.tally.items() if count)
