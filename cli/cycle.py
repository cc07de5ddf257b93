"""`cycle`: start, list, show, hold, resume, cancel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.acting import ACT, Act, example, nothing, perform, reading, who_acts
from cli.output import LOOK, Format, Look, names, say, show, show_one
from models import errors

if TYPE_CHECKING:
    from cli.client import Session

app = App(name="cycle", help="Start a test cycle, see where it stands, hold or cancel it.")
_SHOWN = ("slug", "name", "period", "status", "phase", "started_by", "started_at")
_FIRST = 10


@app.command(help_epilogue=example("cycle start build/d1/cycle.yaml --as jane"))
async def start(
    file: Path, /, *,
    amends: Annotated[str, Parameter(help="The finished cycle that this one corrects.")] = "",
    dry_run: Annotated[bool, Parameter(negative="", help="Check the files and start nothing.")] = False,
    look: Look = LOOK,
) -> None:
    """Start a test cycle from its cycle file; one that runs already is left as it is.

    Cycle file, dictionary and report data are checked against each other and stored by their SHA-256.
    """
    from cli.announcement import details, summary
    from cli.client import connect
    from cli.prepare import read_inputs, store_inputs
    from models.queries.cycles import cycle

    actor = who_acts(look)
    inputs = read_inputs(file, actor=actor, amends=amends)
    roles = next(person.roles for person in inputs.file.people if person.id == actor)
    say(f"acting as {actor} ({', '.join(roles)})")
    async with connect() as session:
        await _require_ended(session, amends)
        if dry_run:
            say(f"dry run: the files of {inputs.slug} are in order; nothing was started")
            return
        given = await store_inputs(session.store, inputs, actor=actor, amends=amends)
        await session.start_cycle(
            given, summary=summary(inputs.file), details=details(inputs.file, given.slug)
        )
        async with session.reader.begin() as tx:
            show_one("cycle", await cycle(tx, given.slug), look, hidden=("id", "closed_at", "reason", "amends"))


@app.command(name="list", help_epilogue=example("cycle list --output json"))
async def list_(*, look: Look = LOOK) -> None:
    """List all test cycles."""
    from models.queries.cycles import CycleLine, cycles

    async with reading() as session, session.reader.begin() as tx:
        show("cycles", await cycles(tx), look, columns=_SHOWN, header=names(CycleLine))


@app.command(name="show", help_epilogue=example("cycle show CYCLE"))
async def show_(cycle: str, /, *, look: Look = LOOK) -> None:
    """Show where a cycle stands: each phase, who is waited for, and what is in the way of the report."""
    from cli.standing import phase_rows
    from models.blockers import blockers
    from models.cycles import find_cycle
    from models.queries.cycles import cycle as cycle_named
    from models.queries.cycles import phases
    from models.queries.owners import owners, pairs
    from models.queries.people import people

    async with reading() as session, session.reader.begin() as tx:
        line = await cycle_named(tx, cycle)
        everybody, assigned, working = await people(tx, cycle), await pairs(tx, cycle), await owners(tx, cycle)
        standing = phase_rows(await phases(tx, line.id), everybody, assigned, working)
        begun = any(row.phase == "data_owner_id" and row.status != "not begun" for row in standing)
        why = await blockers(tx, await find_cycle(tx, cycle)) if begun and not line.ended else []
    if look.output is Format.TABLE and len(why) > _FIRST:
        why = [*why[:_FIRST], f"and {len(why) - _FIRST} more: --output json lists them all"]
    show_one(
        "cycle", line, look, hidden=("id", "closed_at", "amends", "reason"),
        parts={"phases": standing, "blockers": [{"in_the_way": sentence} for sentence in why]},
        columns={"phases": ("phase", "owner", "version", "status", "undecided", "waiting_for", "due_at"),
                 "blockers": ("in_the_way",)},
    )


@app.command(help_epilogue=example("cycle hold CYCLE --reason 'data refiled' --as tara"))
async def hold(cycle: str, /, *, act: Act = ACT) -> None:
    """Refuse all commands until the cycle is resumed."""
    from models.messages import Verb

    await perform(Verb.HOLD, cycle, act, nothing)


@app.command(help_epilogue=example("cycle resume CYCLE --reason 'goes on' --as tara"))
async def resume(cycle: str, /, *, act: Act = ACT) -> None:
    """Take commands again."""
    from models.messages import Verb

    await perform(Verb.RESUME, cycle, act, nothing)


@app.command(help_epilogue=example("cycle cancel CYCLE --reason 'withdrawn' --as tara"))
async def cancel(cycle: str, /, *, act: Act = ACT) -> None:
    """End a cycle for good; all its facts stay."""
    from models.messages import Verb

    await perform(Verb.CANCEL, cycle, act, nothing)


async def _require_ended(session: Session, amends: str) -> None:
    from models.queries.cycles import cycle

    if not amends:
        return
    async with session.reader.begin() as tx:
        line = await cycle(tx, amends)
    if not line.ended:
        why = f"cycle {amends} is {line.status}: only one that has ended is amended"
        raise errors.WrongState(why, hint=f"starter.py cycle show {amends}")
