"""A table's header among its first rows, and its rows turned into candidates: the same for text, sheets and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from methods.evidence.records import Candidate, Collector, Wanted
from models.errors import UnusableEvidence


def is_header(cells: Iterable[str], wanted: Wanted) -> bool:
    """Whether a row names all key columns and at least one attribute column."""
    names = set(cells)
    return names.issuperset(wanted.keys.values()) and not names.isdisjoint(wanted.columns.values())


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the wanted columns stand, by place from 0: each key column once, an attribute's perhaps repeatedly."""

    keys: tuple[int, ...]
    columns: tuple[tuple[str, int], ...]
    width: int

    @classmethod
    def of(cls, header: Sequence[str], wanted: Wanted, *, name: str) -> Layout:
        """The layout that a header row gives. Raises `UnusableEvidence` when a key column is there twice."""
        for column in wanted.keys.values():
            if header.count(column) > 1:
                raise UnusableEvidence(f"{name}: the header has the key column {column!r} twice",
                                       hint="give each column its own name")
        places = tuple((attribute, at) for attribute, column in wanted.columns.items()
                       for at, found in enumerate(header) if found == column)
        return cls(tuple(header.index(column) for column in wanted.keys.values()), places, len(header))

    def take(self, parts: Sequence[str], into: Collector, *, place: str,
             candidate: Callable[[str, int], Candidate]) -> None:
        """Hand one row over: its key cells, and a candidate for each wanted column if the row is wanted."""
        if (key := into.claim(parts, place=place)) is not None:
            for attribute, at in self.columns:
                into.put(key, attribute, candidate(attribute, at))
