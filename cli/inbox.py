"""`inbox`: what waits for a person, in all running cycles, with the exact next command."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.acting import example, reading
from cli.output import LOOK, Format, Look, names, say, show, show_text
from methods.text import counted

if TYPE_CHECKING:
    from cli.tasks import Task

_ALIKE = 5  # tasks of one kind that are shown in full; a tester may have one per data owner
_NUMBERS = re.compile(r"\d[\d,]*")

app = App(name="inbox", help_epilogue=example("inbox --as jane"))


@app.default
async def inbox(
    *, cycle: Annotated[str, Parameter(help="Only this cycle.")] = "",
    everybody: Annotated[bool, Parameter(name="--all", negative="", help="What waits for anybody.")] = False,
    look: Look = LOOK,
) -> None:
    """Show what waits for a person: phase, what, version, items, due date, age, and the next command.

    A command works as it stands; of the one after `then`, words in capitals are yours to fill in. With --all, or
    without --as and ASSAY_ACTOR: what waits for anybody, by person, those with overdue work first.
    """
    from cli.tasks import Task, tasks
    from cli.waiting import waiting
    from models.queries.cycles import cycle as cycle_named
    from models.queries.cycles import cycles
    from models.settings import Settings

    person = None if everybody else look.actor or Settings.load().actor
    now, found = datetime.now(UTC), []
    async with reading() as session, session.reader.begin() as tx:
        for line in [await cycle_named(tx, cycle)] if cycle else await cycles(tx):
            if not line.ended:
                found += tasks(await waiting(tx, line, now=now))
            if line.status == "on hold":
                say(f"cycle {line.slug} is on hold: {line.reason}")
    mine = [task for task in found if person in (None, task.person)]
    if not mine:
        say(f"nothing waits for {person or 'anybody'}")
    if look.output is not Format.TABLE:
        show("inbox", mine, look, columns=(), header=names(Task))
    elif mine:
        show_text("\n".join(listed(mine, now)) + "\n", look)


def listed(found: Sequence[Task], now: datetime) -> Iterator[str]:
    """Every person's tasks below a line that counts them; a command stands on a line of its own, to be copied."""
    by_person: dict[str, list[Task]] = defaultdict(list)
    for task in found:
        by_person[task.person].append(task)
    late = {person: sum(task.overdue for task in tasks) for person, tasks in by_person.items()}
    for place, person in enumerate(sorted(by_person, key=lambda name: (-late[name], -len(by_person[name]), name))):
        if place:
            yield ""
        tasks = sorted(by_person[person], key=lambda task: (task.on_hold, not task.overdue))
        yield f"{person}: {counted(len(tasks), 'task')}{f', {late[person]} OVERDUE' if late[person] else ''}"
        alike: dict[tuple[str, str, str], list[Task]] = defaultdict(list)
        for task in tasks:
            alike[task.cycle, task.phase, _NUMBERS.sub("#", task.what)].append(task)
        for same in alike.values():
            for task in same[:_ALIKE]:
                yield from _told(task, now)
            if more := same[_ALIKE:]:
                overdue = sum(task.overdue for task in more)
                yield f"  … and {len(more):,} more like this{f', {overdue:,} OVERDUE' if overdue else ''}:" \
                      " --output csv lists them all"


def _told(task: Task, now: datetime) -> Iterator[str]:
    from cli.ages import due, minute, span
    from models.phases import BY_KIND

    titles = [BY_KIND[task.phase].title if task.phase in BY_KIND else "", f"v{task.version}" if task.version else "",
              f"of {task.owner}" if task.owner not in ("", task.person) else ""]
    when = [f"due {minute(task.due_at)} ({due(task.due_at, now)})" if task.due_at else "",
            f"waits {span(now - task.since)}" if task.since else "", task.cycle]
    counts = f", {counted(task.items, 'item')}" if task.items > 1 and f"{task.items:,}" not in task.what else ""
    title = ": ".join(filter(None, (" ".join(filter(None, titles)), task.what)))
    yield f"  {'! ' if task.overdue else '- '}{'ON HOLD  ' if task.on_hold else ''}{title}{counts}"
    yield f"    {', '.join(filter(None, when))}"
    yield f"      {task.command}"
    if task.then:
        yield f"      then {task.then}"
