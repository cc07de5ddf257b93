"""`inbox`: what waits for a person, in all running cycles, with the exact next command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from cli.acting import example, reading
from cli.output import LOOK, Look, names, say, show

app = App(name="inbox", help_epilogue=example("inbox --as jane"))
_SHOWN = ("phase", "owner", "what", "version", "items", "due_at", "age_days", "command")


@app.default
async def inbox(
    *, cycle: Annotated[str, Parameter(help="Only this cycle.")] = "",
    everybody: Annotated[bool, Parameter(name="--all", negative="", help="What waits for anybody.")] = False,
    look: Look = LOOK,
) -> None:
    """Show what waits for a person: phase, what, version, items, due date, age in days, and the next command.

    Without --as and ASSAY_ACTOR, what waits for anybody.
    """
    from cli.tasks import Task, extensions, tasks
    from models.queries.cycles import cycle as cycle_named
    from models.queries.cycles import cycles, phases
    from models.queries.extensions import extensions as asked
    from models.queries.inbox import pairs_waiting, work_waiting
    from models.queries.people import people
    from models.settings import Settings

    person = None if everybody else look.actor or Settings.load().actor
    now = datetime.now(UTC)
    found = []
    async with reading() as session, session.reader.begin() as tx:
        for line in [await cycle_named(tx, cycle)] if cycle else await cycles(tx):
            if line.ended:
                continue
            pairs, work = await pairs_waiting(tx, line.id), await work_waiting(tx, line.id)
            present = await people(tx, line.slug)
            found += tasks(line, present, await phases(tx, line.id), pairs, work, now=now)
            found += extensions(line, present, await asked(tx, line.slug, waiting=True), now=now)
            if line.status == "on hold":
                say(f"cycle {line.slug} is on hold: {line.reason}")
    mine = [task for task in found if person in (None, task.person)]
    if not mine:
        say(f"nothing waits for {person or 'anybody'}")
    columns = _SHOWN if person else ("person", *_SHOWN)
    show("inbox", mine, look, columns=columns, header=names(Task))
