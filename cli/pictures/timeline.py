"""A cycle over time as SVG: every version of every phase, every owner's steps, and what is overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cli.ages import span as length_of
from cli.following.picture import FAILED, Part, Picture, Stage, Wait, bars, folded, rest
from cli.pictures.axis import Axis, ticks, version_bar
from cli.pictures.style import FAINT, LATE, OUTCOMES, STATES, described, head, keys
from methods.drawing import LETTER, TITLE_ROOM, Element, line, panel, picture, shape, text, written
from methods.lettering import fit, width
from models.phases import OWNER_ROUND, PHASES
from models.queries.following import RoundLine, StepLine

WIDE, LABEL, RIGHT, TOP, ROW = 1180, 190, 24, 92, 19
MOST = 60
ROUNDS = 8
_OF_OWNERS = [phase.order for phase in PHASES if phase.stage == "owner"]
_OWNERS = f"{_OF_OWNERS[0]} to {_OF_OWNERS[-1]}, by data owner"
# How a step of an owner is drawn: its shape and its colour.
_MARKS: Mapping[str, tuple[str, str, str]] = {
    "asked": ("bar", "#52606d", "asked"), "handed_in": ("up", "#2f6da8", "evidence handed in"),
    "return": ("down", "#a87408", "returned"), "accept": ("dot", "#3f7d57", "accepted"),
    "reviewed": ("diamond", "#6d4a9c", "reviewed"), "completed": ("square", "#3f7d57", "complete"),
    "failed": ("cross", LATE, "failed"),
}


def timeline(shown: Picture, steps: Sequence[StepLine]) -> str:
    """The SVG of a cycle's course up to `now`, or to its end."""
    parts, others = folded(shown.parts, MOST, shown.now)
    stages = [stage for stage in shown.stages if stage.phase.stage == "cycle"]
    rows = sum(max(len(stage.rounds[-ROUNDS:]), 1) for stage in stages) + len(parts) + bool(others) + bool(parts)
    bottom = TOP + ROW * rows + 12 * (bool(parts) + 1)
    axis = Axis(shown.cycle.started_at, max(_end(shown), shown.cycle.started_at + timedelta(seconds=1)), LABEL,
                WIDE - RIGHT)
    svg = picture(f"Timeline of {shown.cycle.slug}", described(shown), wide=WIDE, high=bottom + 46, ident="t",
                  whole=True)
    head(svg, shown.cycle, shown.now, 20, 28)
    _keys(svg)
    _grid(svg, axis, bottom)
    y = float(TOP)
    for stage in stages:
        y = _phase(svg, axis, y, stage, shown)
        if parts and not stage.phase.versioned:
            y = _owners(svg, axis, y, parts, others, steps, shown)
    if not shown.cycle.ended:
        x = axis.at(shown.now)
        line(svg, x, TOP - 8, x, bottom, ink=LATE, thick=1, dashed=True)
        text(svg, x, TOP - 11, "now", anchor="end", ink=LATE, bold=True)
    return written(svg)


def _owners(svg: Element, axis: Axis, y: float, parts: Sequence[Part], others: Sequence[Part],
            steps: Sequence[StepLine], shown: Picture) -> float:
    """A row per owner between two rules, and one for those that are not shown; where the next row begins."""
    by_owner: dict[str, list[StepLine]] = defaultdict(list)
    for step in steps:
        by_owner[step.owner].append(step)
    line(svg, 20, y + 3, WIDE - RIGHT, y + 3)
    y += 6
    text(svg, 20, y + 13, _OWNERS, bold=True)
    for part in parts:
        y += ROW
        _owner(svg, axis, y, part, by_owner[part.owner], shown)
    if others:
        y += ROW
        text(svg, LABEL, y + 13, rest(others), ink=FAINT, most=150)
    y += ROW
    line(svg, 20, y + 3, WIDE - RIGHT, y + 3)
    return y + 6


def _keys(svg: Element) -> None:
    states = [(name, STATES[name][0]) for name in ("draft", "submitted", "approved", "rejected", "withdrawn")]
    x = keys(svg, 20, 68, [*states, ("cases run", OUTCOMES["match"])])
    for kind, colour, name in _MARKS.values():
        _mark(svg, x + 6, 64, kind, colour)
        text(svg, x + 15, 68, name)
        x += 34 + width(name) * LETTER * 1.1
    line(svg, x, 64, x + 22, 64, ink=LATE, thick=2)
    text(svg, x + 27, 68, "overdue")


def _grid(svg: Element, axis: Axis, bottom: float) -> None:
    for moment, said in ticks(axis.start, axis.end):
        x = axis.at(moment)
        line(svg, x, TOP - 4, x, bottom)
        text(svg, x, bottom + 16, said, anchor="middle", ink=FAINT)
    first, last = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (axis.start, axis.end))
    text(svg, LABEL, bottom + 33, f"UTC, from {first} to {last}", ink=FAINT)


def _phase(svg: Element, axis: Axis, y: float, stage: Stage, shown: Picture) -> float:
    """A row per version of a phase, or one that says how far it is; where the next row begins."""
    waits = stage.waits
    text(svg, 20, y + 13, f"{stage.phase.order} {stage.phase.title}", bold=True, most=TITLE_ROOM)
    for one in stage.rounds[-ROUNDS:]:
        late = _late(svg, axis, y, waits, shown) if one is stage.rounds[-1] else ""
        why = f": {one.reason}" if one.reason else f" by {one.decided_by}" if one.decided_by else ""
        version_bar(svg, axis, y, one, _end(shown), high=ROW)
        x1, x2 = _edges(axis, one, shown)
        _beside(svg, x1, x2, y, f"v{one.number} {one.status}{why}", late)
        y += ROW
    if stage.rounds:
        return y
    late = _late(svg, axis, y, waits, shown)
    if stage.times is None:
        text(svg, LABEL + 4, y + 13, stage.status, ink=FAINT, halo=True)
        return y + ROW
    x1, x2 = axis.at(stage.times[0]), axis.at(stage.times[1] if stage.status == "done" else _end(shown))
    fill, edge = STATES[stage.status]
    panel(svg, x1, y + 3, max(x2 - x1, 3), ROW - 6, fill=fill, edge=edge, title=stage.status)
    _beside(svg, x1, x2, y, f"{stage.done:,} of {stage.total:,} {stage.unit}", late)
    return y + ROW


def _beside(svg: Element, x1: float, x2: float, y: float, said: str, late: str = "", *, busy: float = 0) -> None:
    """A name to the right of what it names, else at its end unless that is `busy` up to there, else to the left."""
    label = fit(f"{late}, {said}" if late else said, 70)
    ink, needed = LATE if late else "", width(label) * LETTER * 1.1 + 10
    if x2 + needed < WIDE - RIGHT:
        text(svg, x2 + 6, y + 13, label, halo=True, ink=ink)
    elif needed < x2 - max(x1, busy):
        if busy:
            panel(svg, x2 - needed - 4, y + 4, needed, 12, fill="#ffffff", edge="#ffffff")
        text(svg, x2 - 8, y + 13, label, anchor="end", ink=ink)
    elif x1 - needed > LABEL:
        text(svg, x1 - 6, y + 13, label, anchor="end", halo=True, ink=ink)
    elif late:
        # Being late is said in any case, over the end of what is late.
        panel(svg, x2 - width(late) * LETTER * 1.1 - 12, y + 4, width(late) * LETTER * 1.1 + 6, 11, fill="#ffffff",
              edge="#ffffff")
        text(svg, x2 - 8, y + 13, late, anchor="end", ink=ink)


def _end(shown: Picture) -> datetime:
    return shown.cycle.closed_at or shown.now


def _edges(axis: Axis, one: RoundLine, shown: Picture) -> tuple[float, float]:
    return axis.at(one.created_at), axis.at(one.decided_at or _end(shown))


def _owner(svg: Element, axis: Axis, y: float, part: Part, steps: Sequence[StepLine], shown: Picture) -> None:
    tally = ", ".join(f"{count:,} {name}" for name, count in bars(part)) or "no cases"
    waits = part.waits or _shared(part, shown)
    late = _late(svg, axis, y, waits, shown)
    text(svg, 30, y + 13, part.owner, title=f"{part.owner}: {part.status}, {tally}", most=22, bold=bool(late),
         ink=LATE if late or part.status == FAILED else "")
    if not steps:
        return
    over = [step.at for step in steps if step.step in ("completed", "waived")] if part.status == "complete" else []
    x1, x2 = axis.at(steps[0].at), axis.at(over[-1] if over else _end(shown))
    line(svg, x1, y + 10, x2, y + 10, ink="#b4bcc4", thick=1.2, title=tally)
    for step in steps:
        if step.step == "executed":
            x = axis.at(step.at)
            panel(svg, x, y + 6, max(axis.at(step.until) - x, 3), 8, fill=OUTCOMES["match"], edge="#3f7d57",
                  title=f"{step.cases:,} cases run, {step.failed:,} mismatches: {step.note}")
    for one in part.rounds:
        version_bar(svg, axis, y, one, _end(shown), high=ROW)
    for step in steps:
        if step.step in _MARKS:
            kind, colour, name = _MARKS[step.step]
            told = (name, f"{step.at:%Y-%m-%d %H:%M}", f"{step.cases:,} cases" if step.cases else "", step.note)
            _mark(svg, axis.at(step.at), y + 10, kind, colour, title=", ".join(filter(None, told)))
    who = ", ".join(name for wait in waits[:1] for name in wait.who if name != part.owner)
    said = f"{waits[0].what}{f': {who}' if who else ''}" if late else tally
    if part.status == FAILED:
        said, late = part.line.reason or tally, "FAILED"
    busy = [axis.at(step.until) for step in steps] + [_edges(axis, one, shown)[1] for one in part.rounds]
    _beside(svg, x1, x2 + 4, y, said, late, busy=max(busy) + 8)


def _shared(part: Part, shown: Picture) -> tuple[Wait, ...]:
    """What waits for the observations of several owners at a stroke, when this owner's are among them."""
    if part.rounds[-1:] and part.rounds[-1].status == "submitted":
        return tuple(wait for stage in shown.stages if stage.phase == OWNER_ROUND for wait in stage.waits)
    return ()


def _late(svg: Element, axis: Axis, y: float, waits: Sequence[Wait], shown: Picture) -> str:
    """A line from when it was due until now; how long that is."""
    dues = [wait.due_at for wait in waits if wait.due_at and wait.overdue(shown.now)]
    if not dues:
        return ""
    line(svg, axis.at(min(dues)), y + ROW - 2, axis.at(shown.now), y + ROW - 2, ink=LATE, thick=2)
    return f"OVERDUE by {length_of(shown.now - min(dues))}"


def _mark(svg: Element, x: float, y: float, kind: str, colour: str, *, title: str = "") -> None:
    corners: Mapping[str, Sequence[tuple[float, float]]] = {
        "up": ((0, -5), (5, 4), (-5, 4)), "down": ((0, 5), (5, -4), (-5, -4)),
        "bar": ((-1.5, -5), (1.5, -5), (1.5, 5), (-1.5, 5)),
        "diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)), "square": ((-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)),
        "dot": ((-2, -4), (2, -4), (4, -2), (4, 2), (2, 4), (-2, 4), (-4, 2), (-4, -2)),
        "cross": ((-5, -3), (-3, -5), (0, -2), (3, -5), (5, -3), (2, 0), (5, 3), (3, 5), (0, 2), (-3, 5), (-5, 3),
                  (-2, 0)),
    }
    shape(svg, [(x + dx, y + dy) for dx, dy in corners[kind]], fill=colour, title=title)
