"""Labels on a page and what stands in the place of their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from methods.evidence.page_layout import Line, Segment

_AMOUNT = re.compile(r"(?:[A-Z]{0,3} ?[$€£¥] ?|[A-Z]{3} )?[-+(]{0,2} ?[$€£¥]?[0-9][0-9.,' ]*[-)]?(?: ?%| [A-Z]{3})?")
_CURRENCY = re.compile(r"[A-Z]{0,2}[$€£¥]|[A-Z]{3}")
_BELOW = 2.5  # line heights within which a value stands below its label
_WRAPPED = 4  # lines that a label may take


class Found(NamedTuple):
    """A label that was found, and the texts that may be its value: none, one, or several that a person must judge."""

    label: str
    values: tuple[Segment, ...]


class _Hit(NamedTuple):
    """A label: the segments that it takes (several when wrapped), and the rest of the last one, which is its value."""

    label: str
    segments: tuple[tuple[int, int], ...]
    rest: Segment | None
    firm: bool


class PageLabels:
    """The labels of one page; `known` are all that can occur, so that the longest one wins and ends a value."""

    def __init__(self, lines: Sequence[Line], known: Collection[str]) -> None:
        self.lines = lines
        self.known = sorted(known, key=lambda label: (-len(label), label))
        self.hits = {hit.segments[0]: hit for hit in self._hits()}
        self._taken = {at for hit in self.hits.values() for at in hit.segments}
        # The second line of a wrapped label is not the beginning of another one.
        inner = {at for hit in self.hits.values() for at in hit.segments[1:]}
        self.hits = {at: hit for at, hit in self.hits.items() if at not in inner}

    def found(self) -> Iterator[Found]:
        """Each label with its values, in reading order."""
        for _, hit in sorted(self.hits.items()):
            yield Found(hit.label, tuple(self._values(hit)))

    def _hits(self) -> Iterator[_Hit]:
        for row, line in enumerate(self.lines):
            for at in range(len(line)):
                if hit := next((hit for label in self.known if (hit := self._match(label, (row, at)))), None):
                    yield hit

    def _match(self, label: str, at: tuple[int, int]) -> _Hit | None:
        """The label at a segment, going on in those below as long as they continue it."""
        words = label.rstrip(": ").split()
        taken: list[tuple[int, int]] = []
        here: tuple[int, int] | None = at
        while here is not None and len(taken) < _WRAPPED:
            segment = self._at(here)
            said = _without_colon(segment)
            taken.append(here)
            if len(said) < len(words) and _same(said, words[:len(said)]) and not _has_colon(segment):
                words, here = words[len(said):], self._below(here)
            else:
                ends = _ends(segment, words)
                return _Hit(label, tuple(taken), *ends) if ends else None
        return None

    def _values(self, hit: _Hit) -> Iterator[Segment]:
        if hit.rest is not None:
            yield hit.rest
            return
        label = self._at(hit.segments[-1])
        right = next((found for at in hit.segments[::-1] if (found := self._right(at))), [])
        below = self._below(hit.segments[-1])
        under = self._at(below) if below and below not in self._taken and not _has_colon(self._at(below)) else None
        yield from right if _is_right(hit, label, right, under) else [under] if under else right

    def _right(self, at: tuple[int, int]) -> list[Segment]:
        """What stands right of a label up to the next label: its value, and further amounts in the same row."""
        row, column = at
        found: list[Segment] = []
        for place in range(column + 1, len(self.lines[row])):
            segment = self._at((row, place))
            if (row, place) in self._taken or _has_colon(segment):
                break
            if found and _CURRENCY.fullmatch(found[-1].text):
                found[-1] = Segment((*found[-1].words, *segment.words), segment.page)
            elif not found or (_AMOUNT.fullmatch(segment.text) and _AMOUNT.fullmatch(found[0].text)):
                found.append(segment)
            else:
                break
        return found

    def _below(self, at: tuple[int, int]) -> tuple[int, int] | None:
        """The segment directly below, if one stands close enough."""
        segment = self._at(at)
        height = segment.bottom - segment.top
        for row in range(at[0] + 1, len(self.lines)):
            line = self.lines[row]
            if line[0].top - segment.bottom > _BELOW * height:
                return None
            under = [place for place, other in enumerate(line) if segment.overlap(other) > 0]
            if under:
                return row, min(under, key=lambda place: abs(line[place].x0 - segment.x0))
        return None

    def _at(self, at: tuple[int, int]) -> Segment:
        return self.lines[at[0]][at[1]]


def _is_right(hit: _Hit, label: Segment, right: Sequence[Segment], under: Segment | None) -> bool:
    """Whether the value is right of the label rather than below it, where both places hold something."""
    if not right or under is None:
        return bool(right)
    if hit.firm or label.led:
        return True
    numbers = [bool(re.search(r"[0-9]", one.text)) for one in (right[0], under)]
    if numbers[0] != numbers[1]:
        return numbers[0]
    # A row of labels above a row of values: the label's neighbour looks like a label, what is below does not.
    return not (right[0].font == label.font != under.font)


def _without_colon(segment: Segment) -> list[str]:
    return segment.text.rstrip(": ").split()


def _has_colon(segment: Segment) -> bool:
    """Whether a label stands in it, known or not; a time of day is none."""
    return any(word.text.endswith(":") for word in segment.words)


def _same(said: Sequence[str], words: Sequence[str]) -> bool:
    return [word.casefold() for word in said] == [word.casefold() for word in words]


def _ends(segment: Segment, words: Sequence[str]) -> tuple[Segment | None, bool] | None:
    """Whether the (rest of the) label ends in this segment: the value behind it, if any, and whether a colon says so.

    None when the segment says something else, such as a longer label that nobody knows.
    """
    said = [word.text for word in segment.words]
    count = len(words)
    if len(said) < count or not _same(said[:count - 1], words[:-1]):
        return None
    last, after = said[count - 1], segment.words[count:]
    name, colon, glued = last.partition(":")
    if name.casefold() != words[-1].casefold() or (glued and not colon):
        return None
    if not colon and after and after[0].text.startswith(":"):
        colon = ":"
        first = after[0].text[1:]
        after = ((type(after[0])(first, *_box(after[0])), *after[1:]) if first else after[1:])
    if glued:
        after = (type(segment.words[0])(glued, *_box(segment.words[count - 1])), *after)
    if not after:
        return None, bool(colon)
    rest = Segment(tuple(after), segment.page, segment.led)
    return (rest, True) if colon or _AMOUNT.fullmatch(rest.text) else None


def _box(word: object) -> tuple[float, float, float, float, str]:
    return word.x0, word.top, word.x1, word.bottom, word.font  # type: ignore[attr-defined]
