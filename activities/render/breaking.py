"""Text as Typst may set it: every letter has a glyph in the fonts at hand, and no word is wider than its room.

A letter without a glyph would print as an empty box, which hides what it was; its code point is printed instead.
"""

from __future__ import annotations

import re

from activities.render.columns import parts
from methods.lettering import visible, width

BREAK = "\u200b"  # an invisible place where a line may end; `visible` has made those of other people visible before
_WORDS = re.compile(r"([ \n]+)")
# What the fonts inside Typst have glyphs for (a test sets all of it): Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic;
# punctuation, currencies, fractions, arrows, mathematics, frames, marks.
GLYPHS = ((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x377), (0x38E, 0x3A1), (0x3A3, 0x4FF), (0x531, 0x556), (0x561, 0x587),
          (0x5D0, 0x5EA), (0x621, 0x63A), (0x640, 0x655), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x2040),
          (0x2074, 0x208E), (0x20A0, 0x20BF), (0x2153, 0x2184), (0x2190, 0x222E), (0x2241, 0x226B), (0x2460, 0x2606),
          (0x2609, 0x262F), (0x27E8, 0x27E9))
_UNDRAWN = re.compile("[^\n" + "".join(f"{chr(first)}-{chr(last)}" for first, last in GLYPHS) + "]")


def printable(text: str) -> str:
    """The text with whatever acts or cannot be drawn as its code point, such as ⟨U+4E2D⟩."""
    return _UNDRAWN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", visible(text).replace("\t", " "))


def breakable(text: str, room: float) -> str:
    """The text with places to break in words wider than `room` (in units of `width`): at joints, else anywhere."""
    shown = printable(text)
    if width(shown) <= room:
        return shown
    return "".join(_broken(word, room) for word in _WORDS.split(shown))


def _broken(word: str, room: float) -> str:
    if width(word) <= room:
        return word
    return BREAK.join(part if width(part) <= room else BREAK.join(part) for part in parts(word))
