"""Cycles, phases and owners as rows of a table for people: ages instead of moments, and what is overdue is marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cli.ages import ago, due, span
from cli.following.picture import Picture, Stage, Wait, bars, folded, rest, versions
from cli.tasks import Task
from models.phases import BY_KIND
from models.queries.cycles import CycleLine

_NAMES = 4
_OWNERS = 30
Row = dict[str, str]


def cycle_rows(found: Sequence[CycleLine], work: Mapping[str, Sequence[Task]], now: datetime) -> list[Row]:
    """A row per cycle: those that run first, those with something overdue before the others, then the newest."""
    late = {slug: [task for task in tasks if task.overdue] for slug, tasks in work.items()}
    first = sorted(found, key=lambda line: (line.ended, not late.get(line.slug), -line.id))
    return [{
        "slug": line.slug, "period": str(line.period), "state": _state(line),
        "waiting_for": some(task.person for task in work.get(line.slug, ())),
        "overdue": _overdue(late.get(line.slug, ()), now), "started": ago(line.started_at, now),
    } for line in first]


def stage_rows(picture: Picture) -> list[Row]:
    """A row per phase; what waits for single owners is theirs."""
    return [{"phase": f"{stage.phase.order} {stage.phase.title}", "state": versions(stage.rounds) or stage.status,
             "done": _done(stage), **_waits(stage.waits, picture.now)} for stage in picture.stages]


def owner_rows(picture: Picture) -> list[Row]:
    """A row per owner; of very many those that need somebody, and how the others are."""
    shown, others = folded(picture.parts, _OWNERS, picture.now)
    rows = [{"owner": part.owner, "status": part.status,
             "cases": ", ".join(f"{count:,} {name}" for name, count in bars(part)),
             "observations": versions(part.rounds), **_waits(part.waits, picture.now)} for part in shown]
    return [*rows, {**dict.fromkeys(rows[0], ""), "cases": rest(others)}] if others else rows


def used(rows: Sequence[Row]) -> list[str]:
    """The columns in which there is something."""
    return [name for name in (rows[0] if rows else ()) if any(row[name] for row in rows)]


def some(people: Iterable[str]) -> str:
    """People by name, each once; of very many the first few."""
    named = list(dict.fromkeys(people))
    return ", ".join([*named[:_NAMES], *([f"{len(named) - _NAMES} more"] if len(named) > _NAMES else [])])


def _state(line: CycleLine) -> str:
    title = BY_KIND[line.phase].title if line.phase in BY_KIND and not line.ended else ""
    return ": ".join(filter(None, (line.status, title)))


def _overdue(late: Sequence[Task], now: datetime) -> str:
    dues = [task.due_at for task in late if task.due_at]
    return f"! {len(dues)}, by {span(now - min(dues))}" if dues else ""


def _done(stage: Stage) -> str:
    return f"{stage.done:,} of {stage.total:,} {stage.unit}" if stage.total else ""


def _waits(waits: Sequence[Wait], now: datetime) -> Row:
    """Who is waited for and what for, since the longest and due the soonest."""
    since = [wait.since for wait in waits if wait.since]
    dues = [wait.due_at for wait in waits if wait.due_at]
    what = some(wait.what for wait in waits)
    return {"waiting_for": some(name for wait in waits for name in wait.who), "what": what,
            "since": ago(min(since, default=None), now), "due": due(min(dues, default=None), now)}
