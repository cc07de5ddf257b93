"""`metrics`: how the testing itself went, computed from the facts when asked; docs/metrics.md defines each figure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.acting import example, phase_named, reading
from cli.ages import day
from cli.output import LOOK, Format, Look, names, record, show

if TYPE_CHECKING:
    from models.measures import Metric
    from models.queries.metrics import RequestLine

app = App(name="metrics", help="How the testing went: versions, approvals, rework, turnaround, waiting.")
_SHOWN = ("measure", "phase", "value", "median", "90_percent", "from", "open")
_REQUESTED = ("requested_at", "request", "owner", "subject", "requested_by", "responded_by", "turnaround")

PhaseName = Annotated[str, Parameter(name="--phase", help="Only this phase.")]
Since = Annotated[str, Parameter(help="Only what began on that day or later, YYYY-MM-DD (UTC).")]


@app.command(name="show", help_epilogue=example("metrics show CYCLE --phase scoping --since 2026-01-01"))
async def show_(cycle: str | None = None, /, *, phase: PhaseName = "", since: Since = "", look: Look = LOOK) -> None:
    """Show the metrics of a cycle, or of all cycles together when none is named.

    How many versions a phase took and how long their approval, how much was rejected, carried forward and reworked, how
    often owners changed, how long requests and each role took. docs/metrics.md says how each figure is computed.
    """
    from models.measures import Metric
    from models.queries.cycles import cycle as cycle_named
    from models.queries.metrics import metrics

    kind, first = phase_named(phase).kind if phase else None, _beginning(since)
    async with reading() as session, session.reader.begin() as tx:
        line = await cycle_named(tx, cycle) if cycle else None
        found = await metrics(tx, line.id if line else None, phase=kind, since=first)
    if look.output is Format.TABLE:
        show("metrics", [_worded(metric) for metric in found], look, columns=_SHOWN)
    else:
        show("metrics", [metric.model_dump() for metric in found], look, columns=(), header=tuple(Metric.model_fields))


def _worded(metric: Metric) -> dict[str, str]:
    from methods.figures.measures import amount, base, named, value

    spread = {"median": metric.median, "90_percent": metric.p90}
    return {
        "measure": named(metric), "phase": metric.phase, "value": value(metric), "from": base(metric),
        "open": f"{metric.open:,}" if metric.open else "",
        **{name: "" if number is None else amount(number, metric.unit) for name, number in spread.items()},
    }


@app.command(help_epilogue=example("metrics requests CYCLE --phase test_execution --output csv"))
async def requests(
    cycle: str, /, *, phase: PhaseName = "", since: Since = "",
    owner: Annotated[str, Parameter(help="Only what concerns this data owner's work.")] = "", look: Look = LOOK,
) -> None:
    """List what was asked for and when it was answered: runs of cases, clarifications, more time.

    A run is `initial`, `revised` (new evidence) or a `retest`. A data owner sees what concerns the own work.
    """
    from cli.viewing import owner_to_show, viewer
    from models.queries.cycles import cycle as cycle_named
    from models.queries.metrics import RequestLine
    from models.queries.metrics import requests as asked

    kind, first = phase_named(phase).kind if phase else None, _beginning(since)
    async with reading() as session, session.reader.begin() as tx:
        whose = owner_to_show(await viewer(tx, cycle, look), owner)
        found = await asked(tx, (await cycle_named(tx, cycle)).id, phase=kind, owner=whose, since=first)
    if look.output is Format.TABLE:
        told = [{**record(line), "turnaround": _turnaround(line)} for line in found]
        show("requests", told, look, columns=_REQUESTED)
    else:
        show("requests", found, look, columns=(), header=names(RequestLine))


def _turnaround(line: RequestLine) -> str:
    from methods.figures.measures import amount

    if line.turnaround is None:
        return "lapsed" if line.lapsed_at else "open"
    return amount(line.turnaround, "seconds")


def _beginning(since: str) -> datetime | None:
    """The first moment of a day, None for ''."""
    return datetime.combine(day(since, "--since"), datetime.min.time(), UTC) if since else None


@app.command(help_epilogue=example("metrics plot CYCLE --svg versions.svg"))
async def plot(
    cycle: str, /, *, svg: Annotated[Path, Parameter(help="Write the picture (SVG) to this file.")]
) -> None:
    """Draw every version of a cycle: what its approval took, what was rejected and carried forward, and its course.

    A picture written before is replaced; any other file is left alone.
    """
    from cli.pictures.files import write_picture
    from cli.pictures.metrics import versions_picture
    from models.queries.cycles import cycle as cycle_named
    from models.queries.following import one_moment
    from models.queries.metrics import metrics, version_lines

    async with reading() as session, session.reader.begin() as tx:
        await one_moment(tx)
        line = await cycle_named(tx, cycle)
        versions, figures = await version_lines(tx, line.id), await metrics(tx, line.id)
    write_picture(svg, versions_picture(line, versions, figures, datetime.now(UTC)))
