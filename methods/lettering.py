"""Text of people as it may be shown: nothing hidden, nothing that turns the reading direction, nothing unprintable.

Such characters are shown by their code point instead of acting, so a report cannot be made to read differently from
what it holds. Escaping for HTML and typing for spreadsheets are separate and come after.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Controls but tab and newline; bidirectional and invisible controls; surrogates; the two noncharacters XML refuses.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
                     "\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
_WIDE = frozenset("WF")
_NARROW = frozenset(" .,:;'|!()[]/ijlIft-")


def visible(text: str) -> str:
    """The text with every acting or unprintable character written as its code point."""
    return _ACTING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


def width(text: str) -> float:
    """How wide a line of text is in a sans-serif face, in halves of its size: about one for a small letter."""
    return sum(_letter(letter) for letter in text)


@cache
def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.56
    if letter in "mwMW@%":
        return 1.7
    if unicodedata.east_asian_width(letter) in _WIDE:
        return 2.0
    return 1.36 if letter.isupper() else 1.12 if letter.isdecimal() else 1.0


def fit(text: str, most: float) -> str:
    """One line of at most such a `width`, cut with an ellipsis."""
    line = " ".join(visible(text[:int(most) * 8]).split())
    if width(line) <= most:
        return line
    used = 1.0
    for place, letter in enumerate(line):
        used += _letter(letter)
        if used > most:
            return f"{line[:place].rstrip()}…"
    return line
