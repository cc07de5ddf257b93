"""The course of a cycle as queries return it, and the picture that it makes; defaults for what a test does not say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cli.following.picture import Facts, Picture, picture_of
from cli.tasks import Waiting
from models.phases import OWNER_ROUND
from models.queries.following import PairCounts, RoundLine, StepLine
from models.queries.inbox import WorkWaiting
from models.queries.owners import OwnerLine
from tests.cli.builders import NOW, cycle_line, people, phase_line

BEGAN = NOW - timedelta(days=10)


def round_line(**changed: Any) -> RoundLine:
    """Planning v1, approved on the day on which it was begun."""
    named: dict[str, Any] = {
        "kind": "planning", "scope": "", "number": 1, "status": "approved", "created_at": BEGAN,
        "submitted_at": BEGAN + timedelta(hours=4), "decided_at": BEGAN + timedelta(hours=6), "decided_by": "tess",
        "reason": "",
    }
    return RoundLine(**{**named, **changed})


def owner_line(owner: str = "ann", **changed: Any) -> OwnerLine:
    """An owner at work on three open cases."""
    named: dict[str, Any] = {
        "owner": owner, "status": "started", "reason": "", "cases": 3, "open": 3, "returned": 0, "executing": 0,
        "to_accept": 0, "to_review": 0, "concluded": 0, "waived": 0, "due_at": NOW,
    }
    return OwnerLine(**{**named, **changed})


def complete(owner: str = "ann", **changed: Any) -> OwnerLine:
    """An owner whose three cases matched."""
    done = {"status": "completed", "open": 0, "concluded": 3, "matched": 3, **changed}
    return owner_line(owner, **done)


def wanted(owner: str = "ann", **changed: Any) -> WorkWaiting:
    """Evidence that an owner has to hand in, since two days and due tomorrow."""
    named: dict[str, Any] = {"owner": owner, "state": "open", "cases": 3, "since": NOW - timedelta(days=2),
                             "due_at": NOW + timedelta(days=1)}
    return WorkWaiting(**{**named, **changed})


def step(name: str, owner: str = "ann", *, hours: float = 48, **changed: Any) -> StepLine:
    """A step of an owner so many hours after the cycle began."""
    at = BEGAN + timedelta(hours=hours)
    named: dict[str, Any] = {"owner": owner, "step": name, "at": at, "until": at, "cases": 3, "failed": 0, "note": ""}
    return StepLine(**{**named, **changed})


def facts(
    *, owners: Sequence[OwnerLine] = (), rounds: Sequence[RoundLine] = (), work: Sequence[WorkWaiting] = (),
    now: datetime = NOW, cycle: dict[str, Any] | None = None, pairs: PairCounts | None = None, **waiting: Any,
) -> Facts:
    """The facts of a running cycle; its latest versions follow from the rounds."""
    latest = {(one.kind, one.scope): one for one in rounds}
    named: dict[str, Any] = {
        "cycle": cycle_line(**{"started_at": BEGAN, **(cycle or {})}), "people": people(), "pairs": (), "work": work,
        "now": now, "phases": [phase_line(kind=one.kind, scope=one.scope, version=one.number, status=one.status,
                                          undecided=2 if one.status in ("draft", "submitted") else 0)
                               for one in latest.values()],
    }
    return Facts(waiting=Waiting(**{**named, **waiting}), rounds=rounds, owners=owners,
                 pairs=pairs or PairCounts(pairs=0, settled=0))


def drawn(**given: Any) -> Picture:
    """The picture of such facts."""
    return picture_of(facts(**given))


def many(count: int, *, late: int = 1, now: datetime = NOW) -> Picture:
    """Very many complete owners, and a few whose evidence is overdue."""
    slow = [owner_line(f"late{at:04d}") for at in range(late)]
    fast = [complete(f"done{at:04d}") for at in range(count - late)]
    work = [wanted(line.owner, due_at=now - timedelta(days=3)) for line in slow]
    return drawn(owners=[*fast, *slow], work=work, now=now)


def observed(owner: str = "ann", **changed: Any) -> RoundLine:
    """An owner's observations, approved."""
    return round_line(kind=OWNER_ROUND.kind, scope=owner, **changed)
