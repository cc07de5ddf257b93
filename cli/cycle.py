"""`cycle`: start, list, show, hold, resume, cancel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter, validators

from cli.acting import ACT, Act, example, nothing, perform, reading, who_acts
from cli.output import LOOK, Format, Look, names, say, show, show_one
from cli.progress import working
from models import errors

if TYPE_CHECKING:
    from cli.client import Session

app = App(name="cycle", help="Start a test cycle, see where it stands, hold or cancel it.")
_SHOWN = ("slug", "period", "state", "waiting_for", "overdue", "started")
_HIDDEN = ("id", "phase", "closed_at", "amends", "cycle_file_sha256", "dictionary_sha256", "report_sha256")
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
    from cli.prepare import read_inputs, store_inputs, told_by
    from models.queries.cycles import cycle

    actor = who_acts(look)
    with working(f"reading and checking {file.name} and its report data"):
        inputs = read_inputs(file, actor=actor, amends=amends)
    roles = next(person.roles for person in inputs.file.people if person.id == actor)
    say(f"acting as {actor} ({', '.join(roles)})")
    async with connect() as session:
        await _require_ended(session, amends)
        if dry_run:
            show_one("check", told_by(inputs), look)
            say(f"dry run: the files of {inputs.slug} are in order; nothing was started")
            return
        with working(f"storing {inputs.report.name}"):
            given = await store_inputs(session.store, inputs, actor=actor, amends=amends)
        with working(f"waiting for {given.slug} to begin"):
            await session.start_cycle(
                given, summary=summary(inputs.file), details=details(inputs.file, given.slug)
            )
        async with session.reader.begin() as tx:
            show_one("cycle", await cycle(tx, given.slug), look, hidden=("id", "closed_at", "reason", "amends"))


@app.command(name="list", help_epilogue=example("cycle list --output json"))
async def list_(*, look: Look = LOOK) -> None:
    """List all test cycles. A table has those first that run, with who is waited for and what is overdue."""
    from cli.overview import cycle_rows
    from cli.tasks import tasks
    from cli.waiting import waiting
    from models.queries.cycles import CycleLine, cycles

    now = datetime.now(UTC)
    async with reading() as session, session.reader.begin() as tx:
        found = await cycles(tx)
        if look.output is not Format.TABLE:
            show("cycles", found, look, columns=(), header=names(CycleLine))
            return
        work = {line.slug: tasks(await waiting(tx, line, now=now)) for line in found if not line.ended}
    show("cycles", cycle_rows(found, work, now), look, columns=_SHOWN)


@app.command(name="show", help_epilogue=example("cycle show CYCLE --timeline course.svg --graph flow.svg"))
async def show_(
    cycle: str, /, *,
    timeline: Annotated[Path | None, Parameter(help="Write the course so far as a picture (SVG) to this file.")] = None,
    graph: Annotated[Path | None, Parameter(help="Write where it stands as a picture (SVG) to this file.")] = None,
    look: Look = LOOK,
) -> None:
    """Show where a cycle stands: each phase and owner, who is waited for, and what is in the way of the report.

    A picture written before is replaced; any other file is left alone.
    """
    from cli.following.picture import picture_of
    from cli.following.reading import facts_of
    from cli.overview import owner_rows, stage_rows, used
    from cli.pictures.files import write_picture
    from cli.pictures.graph import graph as drawn_graph
    from cli.pictures.timeline import timeline as drawn_timeline
    from cli.standing import phase_rows
    from models.blockers import blockers
    from models.cycles import find_cycle
    from models.queries.following import one_moment, owner_steps
    from models.queries.owners import pairs

    async with reading() as session, session.reader.begin() as tx:
        await one_moment(tx)
        facts = await facts_of(tx, cycle, now=datetime.now(UTC))
        line, picture = facts.waiting.cycle, picture_of(facts)
        why = await blockers(tx, await find_cycle(tx, cycle)) if facts.pairs.pairs and not line.ended else []
        steps = await owner_steps(tx, line.id) if timeline else []
        assigned = await pairs(tx, cycle) if look.output is not Format.TABLE else []
    if timeline:
        write_picture(timeline, drawn_timeline(picture, steps))
    if graph:
        write_picture(graph, drawn_graph(picture))
    if look.output is not Format.TABLE:
        standing = phase_rows(facts.waiting.phases, facts.waiting.people, assigned, facts.owners)
        show_one("cycle", line, look, parts={"phases": standing, "blockers": [{"in_the_way": said} for said in why]})
        return
    more = [f"and {len(why) - _FIRST} more: --output json lists them all"] if len(why) > _FIRST else []
    rows = {"phases": stage_rows(picture), "data_owners": owner_rows(picture),
            "blockers": [{"in_the_way": said} for said in (*why[:_FIRST], *more)]}
    show_one("cycle", line, look, hidden=_HIDDEN, parts=rows,
             columns={name: used(listed) for name, listed in rows.items()})


@app.command(help_epilogue=example("cycle watch CYCLE --until finalize_report"))
async def watch(
    cycle: str, /, *,
    interval: Annotated[
        float, Parameter(help="Seconds between two looks.", validator=validators.Number(gte=0.1))
    ] = 2.0,
    until: Annotated[str, Parameter(help="End well once this phase has begun, or with `completed`.")] = "",
) -> None:
    """Follow a cycle until it ends: phases, versions, owners, who is waited for. Ctrl-C ends it.

    A live tree in a terminal; elsewhere a line per change, with its time in UTC. Ends with 4 when the cycle ended
    without what --until waits for.
    """
    from cli.following.reading import Follower
    from cli.following.watching import wanted
    from cli.following.watching import watch as follow

    end = wanted(until)
    async with reading() as session:
        await follow(Follower(session.reader, cycle), interval=interval, until=end)


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
