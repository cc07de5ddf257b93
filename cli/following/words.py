"""A picture in sentences, and what two pictures differ in: one line per change, nothing twice.

Sentences hold moments, never ages, so that time alone changes none of them but the one that says what is overdue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cli.ages import minute, second
from cli.following.picture import FAILED, Part, Picture, Wait, bars, folded, rest
from models.phases import BY_KIND

Sentences = dict[tuple[str, ...], str]
_MOST = 12
_ONCE = ("wait", "overdue")
_NUMBERS = re.compile(r"\d[\d,]*")


def changes(before: Picture | None, after: Picture) -> list[str]:
    """What is new in a picture, each line with its time; of a first picture, where everything stands."""
    known = sentences(before) if before else {}
    stands = sentences(after, most=None if before else _MOST)
    # A wait is said when it begins, not each time that one item less is left of it.
    fresh = [said for key, said in stands.items() if key not in known or (key[0] not in _ONCE and known[key] != said)]
    return [f"{second(after.now)} {said}" for said in fresh]


def sentences(picture: Picture, *, most: int | None = None) -> Sentences:
    """A sentence per thing that can change. With `most`, only so many owners, and how the others are."""
    shown, others = (list(picture.parts), []) if most is None else folded(picture.parts, most, picture.now)
    said: Sentences = {("cycle",): cycle_said(picture)}
    for stage in picture.stages:
        title = stage.phase.title
        for one in stage.rounds:
            why = f": {one.reason}" if one.reason else ""
            said["round", stage.phase.kind, str(one.number)] = f"{title} v{one.number} {one.status}{why}"
        if not stage.phase.versioned and stage.phase.stage == "cycle" and stage.total:
            said["stage", stage.phase.kind] = f"{title}: {stage.done:,} of {stage.total:,} {stage.unit}"
        said |= {key: text for wait in stage.waits for key, text in _waiting(wait, picture)}
    for part in shown:
        said |= dict(_part(part, picture))
    if others:
        said["others",] = rest(others)
    if picture.cycle.ended:
        # Its end is the last that is said of it, and nobody is waited for any more.
        said = {key: text for key, text in said.items() if key[0] not in (*_ONCE, "cycle")}
        said["cycle",] = cycle_said(picture)
    return said


def cycle_said(picture: Picture) -> str:
    """The cycle itself: running, on hold, completed or cancelled, and why."""
    line = picture.cycle
    return f"cycle {line.slug} {line.status}{f': {line.reason}' if line.reason else ''}"


def _part(part: Part, picture: Picture) -> Iterator[tuple[tuple[str, ...], str]]:
    tally = ", ".join(f"{count:,} {name}" for name, count in bars(part)) or "no cases"
    why = f": {part.line.reason}" if part.status == FAILED else ""
    yield ("owner", part.owner), f"{part.owner}: {tally}{', complete' if part.status == 'complete' else ''}"
    if part.status == FAILED:
        yield ("failed", part.owner), f"{part.owner} FAILED{why}"
    for one in part.rounds:
        yield (("round", one.kind, part.owner, str(one.number)),
               f"{part.owner}: observations v{one.number} {one.status}{f': {one.reason}' if one.reason else ''}")
    for wait in part.waits:
        yield from _waiting(wait, picture)


def _waiting(wait: Wait, picture: Picture) -> Iterator[tuple[tuple[str, ...], str]]:
    due = f", due {minute(wait.due_at)}" if wait.due_at else ""
    key = (wait.phase, wait.owner, _NUMBERS.sub("#", wait.what), *wait.who, due)
    whose = f" of {wait.owner}" if wait.owner and wait.who != (wait.owner,) else ""
    title = BY_KIND[wait.phase].title + whose
    yield ("wait", *key), f"{title} waits for {', '.join(wait.who)}: {wait.what}{due}"
    if wait.overdue(picture.now):
        yield ("overdue", *key), f"{title} is OVERDUE, waits for {', '.join(wait.who)}: {wait.what}"
