"""How much of the page each column of a table gets: no word is broken while there is room, long texts share the rest.

Measured by the width of letters in a common face, so it is a good guess and always the same one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
_SMALL_LINES = 11
_WHOLE = 16
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


def layout(columns: Sequence[Column], rows: Rows, *, dense: bool) -> Layout:
    """The largest setting in which no word breaks; many rows, and what is `dense`, are compact in any case."""
    needs = [_need(column, [row[place] for row in rows], crowded=len(columns) > _CROWDED)
             for place, column in enumerate(columns)]
    least = sum(low for low, _ in needs) + _PADDING * len(columns)
    allowed = [setting for setting in LINE if setting != "wide" or len(columns) >= _ACROSS]
    fitting = [setting for setting in allowed if least <= LINE[setting]] or allowed[-1:]
    small = dense or len(rows) > _COMPACT_ROWS
    setting = "compact" if fitting[0] == "" and small else fitting[0]
    lines = sum(max(1.0, sum(width(plain(cell)) for cell in row) / LINE[setting]) for row in rows)
    return Layout(setting=setting, widths=_widths(columns, needs, line=LINE[setting]), small=lines <= _SMALL_LINES)


def _widths(columns: Sequence[Column], needs: Sequence[tuple[float, float]], *, line: float) -> tuple[str, ...]:
    given = [least for least, _ in needs]
    # Short values are served first: a register reads well only if its keys stay on one line.
    for long in (False, True):
        spare = line - sum(given) - _PADDING * len(columns)
        wanting = {place: most - given[place] for place, (_, most) in enumerate(needs)
                   if (columns[place].kind == "long") is long}
        wanted = sum(wanting.values())
        share = min(1.0, max(0.0, spare / wanted)) if wanted else 0.0
        for place, wish in wanting.items():
            given[place] += wish * share
    whole = sum(given) + _PADDING * len(columns)
    return tuple(f"{100 * (size + _PADDING) / whole:.2f}%" for size in given)


def _need(column: Column, cells: Sequence[Cell], *, crowded: bool) -> tuple[float, float]:
    """(width below which words break, width that most values fill)."""
    texts = [visible(plain(cell)) for cell in cells]
    extra = 4.0 if column.kind == "status" else 0.0
    heading = _BOLD * max((width(word) for word in column.label.split()), default=1)
    words = _STAND_IN * max((_longest_word(text, column) for text in texts), default=1) + extra
    lengths = sorted(width(text) for text in texts) or [1]
    typical = lengths[-1] if column.kind in ("long", "status") else lengths[(len(lengths) - 1) * 9 // 10]
    most = max(heading, min(typical + extra, _MOST[column.kind]))
    least = max(heading, min(words, _MOST[column.kind] if column.kind != "long" else 18))
    if column.kind == "long":
        least = max(least, min(typical, 26 if crowded else 44))
    elif column.kind == "key":
        least = max(least, min(typical, _WHOLE))
    return least, max(least, most)


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
