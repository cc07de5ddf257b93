"""A PDF page as lines of segments: words that stand together, apart from others by a gap or by dotted leaders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_GAP = 0.75  # of the letter size: wider than any space between words, narrower than the space between columns
_LEADER = re.compile(r"[.\u2026\u00b7_]+")
_DOTS = 3


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box, in points from the left and the top of the page."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    font: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that belong together. `led`: dotted leaders follow, so what is right of them belongs to it."""

    words: tuple[Word, ...]
    page: int
    led: bool = False

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return max(word.x1 for word in self.words)

    @property
    def top(self) -> float:
        """Upper edge."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return max(word.bottom for word in self.words)

    @property
    def font(self) -> str:
        """The font of its first word."""
        return self.words[0].font

    def overlap(self, other: Segment) -> float:
        """How far both stand above each other, in points; negative when they are apart."""
        return min(self.x1, other.x1) - max(self.x0, other.x0)

    def place(self, told: str) -> str:
        """Where it stands, for a person with a ruler: page and box, and by what it was found."""
        return place(self.page, (self.x0, self.top, self.x1, self.bottom), told)


Line = tuple[Segment, ...]
Cell = tuple[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as lines, and its ruled tables as rows of text and box if it may hold one that is looked for."""

    number: int
    lines: Sequence[Line]
    tables: Sequence[Sequence[Sequence[Cell]]]


def place(page: int, box: Sequence[float], told: str) -> str:
    """Page and box: left, top, right and bottom edge in points from the upper left corner."""
    left, top, right, bottom = (round(edge) for edge in box)
    return f"page {page}, box {left},{top}-{right},{bottom} ({told})"


def lines_of(page: Any) -> list[Line]:
    """The lines of a page of pdfplumber, from top to bottom."""
    found = page.extract_words(extra_attrs=["fontname", "size"], return_chars=True, use_text_flow=False)
    words = sorted((word for one in found for word in _pieces(one)), key=lambda word: ((word.top + word.bottom) / 2))
    grouped: list[list[Word]] = []
    for word in words:
        last = grouped[-1][0] if grouped else None
        middle = (word.top + word.bottom) / 2
        if last is not None and last.top < middle < last.bottom:
            grouped[-1].append(word)
        else:
            grouped.append([word])
    return [tuple(_segments(sorted(group, key=lambda word: word.x0), page.page_number)) for group in grouped]


def _pieces(found: Any) -> Iterator[Word]:
    """A word of pdfplumber, taken apart where leaders touch the text before or after them."""
    runs: list[tuple[bool, list[Any]]] = []
    for char in found["chars"]:
        dot = bool(_LEADER.fullmatch(char["text"]))
        if not runs or runs[-1][0] != dot:
            runs.append((dot, []))
        runs[-1][1].append(char)
    pieces: list[list[Any]] = []
    for dot, chars in runs:
        apart = dot and len(chars) >= _DOTS
        if apart or not pieces or _is_leader(pieces[-1]):
            pieces.append([])
        pieces[-1].extend(chars)
    for chars in pieces:
        text = "".join(char["text"] for char in chars)
        yield Word(text, chars[0]["x0"], min(c["top"] for c in chars), chars[-1]["x1"],
                   max(c["bottom"] for c in chars), found["fontname"])


def _is_leader(chars: Sequence[Any]) -> bool:
    return len(chars) >= _DOTS and all(_LEADER.fullmatch(char["text"]) for char in chars)


def _segments(words: Iterable[Word], page: int) -> Iterator[Segment]:
    held: list[Word] = []
    dots, last = 0, 0.0
    for word in words:
        if _LEADER.fullmatch(word.text):
            dots += len(word.text)
            last = word.x1
            continue
        led = dots >= _DOTS
        if held and (led or word.x0 - max(held[-1].x1, last if dots else 0.0) > _GAP * (word.bottom - word.top)):
            yield Segment(tuple(held), page, led)
            held = []
        dots = 0
        held.append(word)
    if held:
        yield Segment(tuple(held), page, dots >= _DOTS)
