"""How much of the page each column of a table gets: no word is broken while there is room, long texts share the rest.

Measured by the width of letters in a common face, so it is a good guess and always the same one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from methods.figures.display import count
from methods.lettering import visible, width
from models.document import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.document import Cell, Column, Rows

# What a line of the table holds, in units of `width`, by how it is set: on A4, compact on A4, compact on A4 across.
LINE = {"": 115, "compact": 136, "wide": 202}
# Beyond this a value wraps.
_MOST = {"text": 24, "long": 90, "key": 26, "number": 14, "status": 24, "time": 18, "hash": 62}
_COMPACT_ROWS = 30
_PADDING = 2
# Where the common face is missing a wider one stands in: words must not break even then, nor those of bold headings.
_BOLD = 1.28
_STAND_IN = 1.13
_CROWDED = 8
_ACROSS = 11  # a table of fewer columns is never worth turning the page
SMALL_LINES = 12
_WHOLE = 16
_BENT = 18
# Parts of the room that short values get before long ones; the one that takes the fewest lines is taken, and of several
# the first: a register reads well only if its keys stay on one line.
_TO_SHORT = (1.0, 0.75, 0.5, 0.25, 0.0)
_LOOKED_AT = 100
_KEPT_WHOLE = ("number", "time")
_JOINTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[._/:|,])")
_SPACES = re.compile(r"[ \n]+")


def parts(text: str) -> list[str]:
    """A long name in the parts after which it may break: 'PastDueAmount.not_null' has five; short ones are whole."""
    if width(text) <= _WHOLE:
        return [text]
    return [part for part in _JOINTS.split(text) if part]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is set (a key of `LINE`), its columns' widths in percent, and whether it needs few lines."""

    setting: str
    widths: tuple[str, ...]
    small: bool


@dataclass(frozen=True, slots=True)
class _Need:
    """The width below which words break, and that which most values fill; what `bends` breaks words at any width."""

    least: float
    most: float
    bends: bool


def layout(columns: Sequence[Column], rows: Rows, *, dense: bool) -> Layout:
    """The largest setting in which no word breaks; many rows, and what is `dense`, are compact in any case."""
    texts = [[visible(plain(cell)) for cell in row] for row in rows]
    needs = [_need(column, [row[place] for row in texts], crowded=len(columns) > _CROWDED)
             for place, column in enumerate(columns)]
    least = sum(need.least for need in needs) + _PADDING * len(columns)
    allowed = [setting for setting in LINE if setting != "wide" or len(columns) >= _ACROSS]
    fitting = [setting for setting in allowed if least <= LINE[setting]] or allowed[-1:]
    small = dense or len(rows) > _COMPACT_ROWS
    setting = "compact" if fitting[0] == "" and small else fitting[0]
    looked_at = texts[:: len(texts) // _LOOKED_AT + 1]
    shares = min((_shares(columns, needs, line=LINE[setting], short=short) for short in _TO_SHORT),
                 key=lambda shares: _lines(looked_at, shares, LINE[setting]))
    needed = _lines(texts[:SMALL_LINES + 1], shares, LINE[setting])
    return Layout(setting=setting, widths=tuple(f"{100 * share:.2f}%" for share in shares),
                  small=needed <= SMALL_LINES)


def _lines(rows: Sequence[Sequence[str]], shares: Sequence[float], line: float) -> int:
    rooms = [line * share - _PADDING for share in shares]
    return sum(lines(row, rooms) for row in rows)


def lines(texts: Sequence[str], rooms: Sequence[float]) -> int:
    """About how many lines a row of such texts takes, where a line of each holds so much, in units of `width`."""
    return max(sum(max(1, ceil(width(line) / room)) for line in text.split("\n"))
               for text, room in zip(texts, rooms, strict=True))


def _shares(columns: Sequence[Column], needs: Sequence[_Need], *, line: float, short: float) -> list[float]:
    given = _fitted(needs, line - _PADDING * len(columns))
    # Short values get their part of the room first, then long ones theirs, then short ones what these leave.
    for long, part in ((False, short), (True, 1.0), (False, 1.0)):
        spare = (line - sum(given) - _PADDING * len(columns)) * part
        wanting = {place: need.most - given[place] for place, need in enumerate(needs)
                   if (columns[place].kind == "long") is long}
        wanted = sum(wanting.values())
        share = min(1.0, max(0.0, spare / wanted)) if wanted else 0.0
        for place, wish in wanting.items():
            given[place] += wish * share
    whole = sum(given) + _PADDING * len(columns)
    return [(size + _PADDING) / whole for size in given]


def _fitted(needs: Sequence[_Need], room: float) -> list[float]:
    """The least widths, cut to the room: long texts and words that break anyway give way before short words do."""
    stiff = sum(need.least for need in needs if not need.bends)
    bending = _even([need.least for need in needs if need.bends], room - stiff)
    cut = iter(max(size, _BENT) for size in bending)
    sizes = [min(need.least, next(cut)) if need.bends else need.least for need in needs]
    return _even(sizes, room)


def _even(sizes: list[float], room: float) -> list[float]:
    """The sizes, the largest cut to one size where all together need more than the room."""
    left, ascending = room, sorted(sizes)
    for place, size in enumerate(ascending):
        even = left / (len(ascending) - place)
        if size > even:
            return [min(one, even) for one in sizes]
        left -= size
    return sizes


def _need(column: Column, texts: Sequence[str], *, crowded: bool) -> _Need:
    extra = 4.0 if column.kind == "status" else 0.0
    heading = _BOLD * max((width(word) for word in column.label.split()), default=1)
    words = _STAND_IN * max((_longest_word(text, column) for text in texts), default=1) + extra
    lengths = sorted(width(text) for text in texts) or [1]
    typical = lengths[-1] if column.kind in ("long", "status") else lengths[(len(lengths) - 1) * 9 // 10]
    most = max(heading, min(typical + extra, _MOST[column.kind]))
    least = max(heading, min(words, _MOST[column.kind] if column.kind != "long" else 18))
    if column.kind == "long":
        least = max(least, min(typical, 26 if crowded else 44))
    elif column.kind in ("key", "text"):
        least = max(least, min(typical, _WHOLE))
    return _Need(least, max(least, most), bends=column.kind == "long" or words > _MOST[column.kind])


def _longest_word(text: str, column: Column) -> float:
    if column.kind in _KEPT_WHOLE:
        return width(text)
    if column.kind == "hash":
        return min(width(text), 18)
    words = [part for word in _SPACES.split(text) for part in (parts(word) if column.kind == "key" else [word])]
    return max((width(word) for word in words), default=1)


def plain(cell: Cell) -> str:
    """The text of a cell as displayed."""
    return cell.text if isinstance(cell, Mark) else count(cell) if isinstance(cell, int) else cell
