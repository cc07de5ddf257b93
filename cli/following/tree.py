"""A picture as a tree for a terminal: phases, versions, owners with a small bar of their cases, who is waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.ages import due, minute, span
from cli.following.picture import Part, Picture, Stage, Wait, bars, folded, rest
from methods.drawing import lengths
from models.queries.following import RoundLine

STYLES: Mapping[str, str] = {
    "approved": "green", "done": "green", "complete": "green", "completed": "green", "rejected": "red", "failed": "red",
    "cancelled": "red", "on hold": "yellow", "submitted": "yellow", "waiting": "yellow", "not begun": "dim",
    "withdrawn": "dim", "superseded": "dim", "match": "green", "mismatch": "red", "to decide": "magenta",
    "running": "cyan", "open": "bright_black", "returned": "yellow", "waived": "dim", "working": "cyan",
    "draft": "cyan",
}
# The shades differ without colour, too.
_BLOCKS = {"match": "█", "mismatch": "▓", "to decide": "▒", "running": "▒", "open": "·", "returned": "░", "waived": "×"}
_WIDE, _WAITS = 24, 5


def tree(picture: Picture, *, height: int) -> Tree:
    """The whole picture, with as many owners as fit into so many lines; the others are counted."""
    line = picture.cycle
    root = Tree(Text.assemble(
        (line.slug, "bold"), f"  {line.name}, {line.period}  ", (line.status, STYLES.get(line.status, "")),
        f": {line.reason}" if line.reason else "", f"  since {minute(line.started_at)}",
        (f"   {picture.now:%H:%M:%S} UTC", "dim")), guide_style="dim")
    before = len(picture.stages) + sum(min(len(stage.waits), _WAITS + 1) for stage in picture.stages) + 5
    for stage in picture.stages:
        branch = root.add(_stage(stage))
        for wait in stage.waits[:_WAITS]:
            branch.add(_wait(wait, picture))
        if more := stage.waits[_WAITS:]:
            branch.add(Text(f"and {len(more):,} more", "dim"))
        if picture.parts and stage.phase.stage == "owner" and stage is _last_of_owners(picture.stages):
            _owners(root, picture, max(height - before, 4))
    return root


def _last_of_owners(stages: Sequence[Stage]) -> Stage:
    return [stage for stage in stages if stage.phase.stage == "owner"][-1]


def _stage(stage: Stage) -> Text:
    open_ = stage.total and (stage.done < stage.total or stage.status not in ("approved", "done"))
    told = Text(f"{stage.phase.order} {stage.phase.title:<24}").append(
        f"{stage.status:<11}", STYLES.get(stage.status, ""))
    if open_:
        told.append_text(_gauge(stage.done, stage.total)).append(f" {stage.done:,} of {stage.total:,} {stage.unit}  ")
    return told.append_text(versions(stage.rounds))


def versions(rounds: Sequence[RoundLine]) -> Text:
    """"v1 rejected, v2 approved", each in its colour."""
    return Text(", ").join(Text(f"v{one.number} {one.status}", STYLES.get(one.status, "")) for one in rounds)


def _gauge(done: int, total: int, wide: int = _WIDE) -> Text:
    full = lengths([done, total - done], wide)[0]
    return Text.assemble(("█" * round(full), "green"), ("░" * (wide - round(full)), "dim"))


def _owners(root: Tree, picture: Picture, room: int) -> None:
    shown, others = folded(picture.parts, room, picture.now)
    complete = sum(part.status == "complete" for part in picture.parts)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for part in shown:
        table.add_row(Text(part.owner, "bold" if part.waits else ""), Text(part.status, STYLES[part.status]),
                      _bar(part), _told(part), _waits(part, picture))
    branch = root.add(Text(f"data owners: {complete:,} of {len(picture.parts):,} complete"))
    branch.add(table)
    if others:
        branch.add(Text(rest(others), "dim"))


def _bar(part: Part) -> Text:
    there = list(bars(part))
    sizes = lengths([count for _, count in there], _WIDE)
    blocks = [(_BLOCKS[name] * max(round(size), 1), STYLES[name]) for (name, _), size in zip(there, sizes, strict=True)]
    return Text.assemble(*blocks)[:_WIDE + 4]


def _told(part: Part) -> Text:
    told = Text(", ").join(Text(f"{count:,} {name}", STYLES[name]) for name, count in bars(part))
    return Text.assemble(told, "  observations " if part.rounds else "", versions(part.rounds))


def _waits(part: Part, picture: Picture) -> Text:
    return Text("\n").join(_wait(wait, picture) for wait in part.waits)


def _wait(wait: Wait, picture: Picture) -> Text:
    late = wait.overdue(picture.now)
    since = f" since {span(picture.now - wait.since)}" if wait.since else ""
    when = f", {'' if late else 'due '}{due(wait.due_at, picture.now)}" if wait.due_at else ""
    return Text.assemble(("! " if late else "", "bold red"), f"{wait.what}: ", (", ".join(wait.who), "bold"), since,
                         (when, "bold red" if late else "dim"))
