"""Pairs of attribute and line of business, as people name them: by flags, by a sheet, or all of a line or an owner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.acting import Setting
from cli.files import read_small
from cli.sheets import read_sheet, refuse
from models import errors
from models.payloads import Pair
from models.queries.owners import PairLine, pairs

_COLUMNS = ("attribute", "line_of_business", "owner")


def pairs_named(attributes: Sequence[str], line: str, owner: str) -> list[Pair]:
    """Attributes of one line of business."""
    return [Pair(attribute=name, line_of_business=line, owner=owner) for name in attributes]


def pairs_of_sheet(sheet: Path) -> list[Pair]:
    """The pairs of a sheet. Raises `MalformedSheet`, naming row and column."""
    lines = read_sheet(read_small(sheet, "the sheet"), name=sheet.name, wanted=_COLUMNS)
    seen: dict[tuple[str, str], int] = {}
    problems = []
    for line in lines:
        problems += [f"row {line.number}, column {name}: is blank" for name in _COLUMNS if not line.cells[name].strip()]
        pair = (line.cells["attribute"].strip(), line.cells["line_of_business"].strip())
        if (first := seen.setdefault(pair, line.number)) != line.number:
            problems.append(f"row {line.number}, column attribute: {pair[0]} / {pair[1]} is already in row {first}")
    refuse(problems, name=sheet.name, hint="a row per pair, each with its owner")
    return [Pair(**{name: line.cells[name].strip() for name in _COLUMNS}) for line in lines]


async def pairs_without_owner(setting: Setting, line: str, owner: str) -> list[Pair]:
    """The pairs of a line of business that nobody has; raises `NotFound` when there are none."""
    return _chosen(
        [pair for pair in await _all(setting)
         if pair.line_of_business == line and pair.status in ("unassigned", "disputed")],
        owner, f"no pair of {line!r} is without an owner", setting.cycle.slug,
    )


async def pairs_of_owner(setting: Setting, former: str, successor: str, line: str) -> list[Pair]:
    """The pairs of an owner in the actor's lines of business, or in one line; raises `NotFound` when there are none."""
    actor = setting.people.get(setting.actor)
    return _chosen(
        [pair for pair in await _all(setting) if pair.owner == former
         and (pair.line_of_business == line if line else actor is None or actor.covers(pair.line_of_business))],
        successor, f"{former} has no pair in your lines of business", setting.cycle.slug,
    )


async def _all(setting: Setting) -> list[PairLine]:
    async with setting.session.reader.begin() as tx:
        return await pairs(tx, setting.cycle.slug)


def _chosen(found: Sequence[PairLine], owner: str, otherwise: str, slug: str) -> list[Pair]:
    if not found:
        raise errors.NotFound(otherwise, hint=f"starter.py owner list {slug}")
    return [Pair(attribute=one.attribute, line_of_business=one.line_of_business, owner=owner) for one in found]
