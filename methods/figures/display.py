"""How figures are written: exact until here, rounded once, the same on every machine and in every language setting.

A share is rounded half up to one decimal, and never to 0% or 100% unless it is exactly that.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = "–"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")


def count(number: int) -> str:
    """1234567 -> '1,234,567'."""
    return f"{number:,}"


def plural(number: int, noun: str, *, many: str = "") -> str:
    """(1, 'case') -> '1 case'; (2, 'case') -> '2 cases'; `many` for nouns that take more than an s."""
    return f"{count(number)} {noun if number == 1 else many or noun + 's'}"


def share(part: int, whole: int) -> str:
    """`part` of `whole` in percent; a dash where there is no whole."""
    if whole == 0:
        return NOTHING
    if part in (0, whole):
        return "100%" if part else "0%"
    tenths = (2000 * part + whole) // (2 * whole)
    if tenths == 0:
        return "<0.1%"
    if tenths == 1000 and part < whole:
        return ">99.9%"
    return f"{tenths // 10}.{tenths % 10}%"


def moment(when: datetime | None) -> str:
    """A time in UTC to the minute; a dash for none."""
    return when.strftime("%Y-%m-%d %H:%M") if when else NOTHING


def day(when: date) -> str:
    """31 March 2026."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def elapsed(start: datetime, end: datetime) -> str:
    """How long something took, in its two largest units."""
    return lasting((end - start).total_seconds())


def lasting(length: float) -> str:
    """A length of so many seconds, in its two largest units."""
    seconds = max(0, round(length))
    for size, unit, lesser, lesser_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // lesser
            return f"{seconds // size} {unit} {rest} {lesser_unit}" if rest else f"{seconds // size} {unit}"
    return f"{seconds} s"


def first_of(names: Iterable[str], total: int, *, most: int = 10) -> str:
    """The first names, and how many more there are."""
    shown = list(islice(names, most))
    if not shown:
        return NOTHING if total == 0 else f"{count(total)} not listed"
    rest = total - len(shown)
    return ", ".join(shown) + (f" and {count(rest)} more" if rest > 0 else "")


def listed(names: Iterable[str]) -> str:
    """'a, b and c'; a dash for none."""
    *front, last = [*names] or [NOTHING]
    return f"{', '.join(front)} and {last}" if front else last


def natural(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """A sort key by which TC-2 comes before TC-10; different texts never tie."""
    parts = re.split(r"([0-9]+)", text)
    # Numbers by length, then by digit: a key may have more digits than an int is read from.
    return tuple((0, len(part.lstrip("0")), part.lstrip("0")) if place % 2 else (1, 0, part)
                 for place, part in enumerate(parts)), text


def filed(value: str | None) -> str:
    """A value as a reader sees it: nothing and blank are told apart."""
    if value is None:
        return "(none)"
    return value if value.strip() else "(blank)"


def spoken(identifier: str) -> str:
    """'match_within_tolerance' -> 'Match within tolerance'."""
    return identifier.replace("_", " ").capitalize()
