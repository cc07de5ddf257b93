"""The flow of a cycle as SVG: nine phases with their state and versions, the owners fanned out between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cli.ages import due
from cli.following.picture import FAILED, Part, Picture, Stage, Wait, bars, folded, rest, versions
from cli.pictures.style import FAINT, LATE, OUTCOMES, STATES, described, head, keys
from methods.drawing import EDGE, Element, lengths, panel, picture, shape, text, written

WIDE, MARGIN, TOP, HIGH, ROW, MOST = 1180, 20, 92, 78, 30, 24
_GAP, _BOX = 40, 196
_NAME, _LEFT_BUS, _RIGHT_BUS = 62, 36, 1146
# Where the three phases of an owner stand: left edge and width.
_COLUMNS = ((196, 266), (492, 362), (884, 240))
_TESTED = 1
_BAR, _LETTERS = 120, 6.2


def graph(shown: Picture) -> str:
    """The SVG of where a cycle stands."""
    parts, others = folded(shown.parts, MOST, shown.now)
    owned = _owner_stages(shown)
    first = [stage for stage in shown.stages if stage.phase.order < owned[0].phase.order]
    last = [stage for stage in shown.stages if stage.phase.order > owned[-1].phase.order]
    fan = TOP + HIGH + 46
    rows = fan + 64
    end = rows + ROW * (max(len(parts), 1) + bool(others)) + 4
    svg = picture(f"Flow of {shown.cycle.slug}", described(shown), wide=WIDE, high=end + HIGH + 54, ident="g",
                  whole=True)
    head(svg, shown.cycle, shown.now, MARGIN, 28)
    states = ("not begun", "working", "waiting", "done", "failed")
    x = keys(svg, MARGIN, 68, [(name, STATES[name][0]) for name in states])
    keys(svg, x + 24, 68, list(OUTCOMES.items()))
    panel(svg, _NAME - 14, fan - 12, _RIGHT_BUS - _NAME + 4, end - fan + 12, fill="none", edge="#c3cdd6", radius=6)
    for place, stage in enumerate(first):
        x = MARGIN + place * (_BOX + _GAP)
        _box(svg, x, TOP, _BOX, stage, shown)
        if place:
            _arrow(svg, [(x - _GAP, TOP + HIGH / 2), (x - 2, TOP + HIGH / 2)])
    for (x, wide), stage in zip(_COLUMNS, owned, strict=True):
        _box(svg, x, fan, wide, stage, shown, high=56)
    _fan(svg, shown, parts, others, rows, start=MARGIN + (len(first) - 1) * (_BOX + _GAP) + _BOX / 2, turn=fan - 26)
    for stage in last:
        _box(svg, WIDE - MARGIN - 276, end + 34, 276, stage, shown)
        _arrow(svg, [(_RIGHT_BUS, rows + 12), (_RIGHT_BUS, end + 32)])
    return written(svg)


def _owner_stages(shown: Picture) -> list[Stage]:
    return [stage for stage in shown.stages if stage.phase.stage == "owner"]


def _fan(svg: Element, shown: Picture, parts: Sequence[Part], others: Sequence[Part], y: float, *, start: float,
         turn: float) -> None:
    """A row per owner between the two lines that lead in and out."""
    count = max(len(parts), 1) + bool(others)
    last = y + ROW * (count - 1) + 12
    _path(svg, [(start, TOP + HIGH), (start, turn), (_LEFT_BUS, turn), (_LEFT_BUS, last)])
    for place in range(count):
        _arrow(svg, [(_LEFT_BUS, y + 12 + ROW * place), (_NAME - 4, y + 12 + ROW * place)])
    if not parts:
        text(svg, _NAME, y + 16, "no data owner is at work yet", ink=FAINT, size=11)
    for place, part in enumerate(parts):
        _row(svg, y + ROW * place, part, shown)
    if others:
        at = y + ROW * len(parts)
        text(svg, _NAME, at + 16, rest(others), ink=FAINT, size=11)
        tally = {name: sum(part.tally[name] for part in others) for name in OUTCOMES}
        _tally(svg, at, tally)


def _row(svg: Element, y: float, part: Part, shown: Picture) -> None:
    text(svg, _NAME, y + 16, part.owner, size=12, bold=True, most=17, title=part.owner,
         ink=LATE if part.status == FAILED else "")
    for place, ((x, wide), cell) in enumerate(zip(_COLUMNS, _cells(part, shown), strict=True)):
        if place:
            _arrow(svg, [(_COLUMNS[place - 1][0] + _COLUMNS[place - 1][1], y + 12), (x - 2, y + 12)])
        _cell(svg, x, y, wide, cell, indent=_BAR + 8 if place == _TESTED else 0)
    _tally(svg, y, part.tally)
    x, wide = _COLUMNS[-1]
    _path(svg, [(x + wide, y + 12), (_RIGHT_BUS, y + 12)])


@dataclass(frozen=True, slots=True)
class Cell:
    """One phase of one owner: its state, what is said of it, and what waits in it."""

    state: str
    words: str
    tip: str = ""
    late: bool = False


def _cells(part: Part, shown: Picture) -> Iterator[Cell]:
    """An owner's three phases, in their order."""
    line = part.line
    asked = line.cases - line.waived
    tally = ", ".join(f"{count:,} {name}" for name, count in bars(part))
    evidence = f"{line.handed_in:,} of {asked:,}" if asked else "no cases"
    observed = versions(part.rounds, most=2) or ("none" if part.status == "complete" else "")
    complete = part.status == "complete"
    stages = [stage.phase.kind for stage in _owner_stages(shown)]
    for kind, words, state in zip(stages, (evidence, tally, observed), (
        _state(line.handed_in, asked, line.handed_in), _state(line.settled, line.cases, line.handed_in),
        part.rounds[-1].status if part.rounds else "done" if complete else "not begun",
    ), strict=True):
        wait = next((wait for wait in part.waits if wait.phase == kind), None)
        if part.status == FAILED and kind == stages[0]:
            told = f"FAILED: {line.reason}" if line.reason else "FAILED"
            yield Cell(FAILED, told, told, late=True)
        elif wait is None:
            yield Cell(state, words, words)
        else:
            late = wait.overdue(shown.now)
            when = f"{due(wait.due_at, shown.now)}: " if late else ""
            who = "" if wait.who == (part.owner,) else f"waits for {', '.join(wait.who)}"
            yield Cell("waiting", f"{when}{', '.join(filter(None, (wait.what if late else words, who)))}",
                       _waiting(wait, shown), late)


def _state(done: int, total: int, begun: int) -> str:
    return "done" if done == total else "working" if begun else "not begun"


def _cell(svg: Element, x: float, y: float, wide: float, cell: Cell, *, indent: float = 0) -> None:
    fill, edge = STATES[cell.state]
    panel(svg, x, y, wide, 24, fill=fill, edge=LATE if cell.late else edge, radius=3, title=cell.tip)
    text(svg, x + 8 + indent, y + 16, cell.words, most=(wide - indent - 12) / _LETTERS, ink=LATE if cell.late else "")


def _tally(svg: Element, y: float, tally: Mapping[str, int]) -> None:
    """Cases by outcome as one bar."""
    x = float(_COLUMNS[_TESTED][0] + 8)
    for (name, count), size in zip(tally.items(), lengths(list(tally.values()), _BAR), strict=True):
        if count:
            panel(svg, x, y + 6, size, 12, fill=OUTCOMES[name], title=f"{count:,} {name}")
        x += size


def _box(svg: Element, x: float, y: float, wide: float, stage: Stage, shown: Picture, *, high: float = HIGH) -> None:
    """A phase: its name, its state, its versions, how far it is, and who is waited for."""
    fill, edge = STATES[stage.status]
    wait = next(iter(stage.waits), None)
    late = wait is not None and wait.overdue(shown.now)
    panel(svg, x, y, wide, high, fill=fill, edge=LATE if late else edge, radius=5)
    panel(svg, x, y, 6, high, fill=edge, edge=edge, radius=3)
    text(svg, x + 14, y + 18, f"{stage.phase.order} {stage.phase.title}", size=13, bold=True)
    counted = f"{stage.done:,} of {stage.total:,} {stage.unit}" if stage.total else ""
    said = [versions(stage.rounds, most=2) or stage.status, counted, _waiting(wait, shown) if wait else ""]
    if stage.phase.stage == "owner":
        said = [", ".join(filter(None, said[:2])), said[2]]
    for place, words in enumerate(filter(None, said)):
        text(svg, x + 14, y + 35 + 16 * place, words, most=(wide - 20) / _LETTERS, title=words,
             ink=LATE if late and words == said[-1] else "")


def _waiting(wait: Wait, shown: Picture) -> str:
    when = due(wait.due_at, shown.now)
    said = f"{', '.join(wait.who)}: {wait.what}"
    return f"{when}, {said}" if wait.overdue(shown.now) else f"{said}, due {when}" if when else said


def _path(svg: Element, points: Sequence[tuple[float, float]]) -> None:
    shape(svg, points, closed=False, edge=EDGE)


def _arrow(svg: Element, points: Sequence[tuple[float, float]]) -> None:
    """A path with a head at its end, which points the way of its last piece."""
    _path(svg, points)
    (x1, y1), (x2, y2) = points[-2:]
    down = x1 == x2 and y2 > y1
    tip = [(x2, y2), (x2 - 4, y2 - 7), (x2 + 4, y2 - 7)] if down else [(x2, y2), (x2 - 7, y2 - 4), (x2 - 7, y2 + 4)]
    shape(svg, tip, fill=EDGE, edge=EDGE)
