"""What an example builder hands to the demo: the cycle file, who supplies what, and what was planted.

Record keys are the key attributes' values joined with "|" in key order, as `models.items.record_key` writes them.
The planted sets are complete over the whole file; the caller intersects them with what was sampled and scoped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Pairs = frozenset[tuple[str, str]]
# How a defect of evidence comes to light: by comparing; because nothing, or nothing readable, is there, so that it goes
# back to its owner; or by a person, since the evidence says two things.
Way = Literal["compared", "returned", "judged"]


@dataclass(frozen=True)
class Upload:
    """An evidence file that an owner uploads for a source of the cycle file."""

    owner: str
    source: str
    path: Path


@dataclass(frozen=True)
class HandedOut:
    """What a source system printed: so many documents, and the keys that it was asked for and does not hold."""

    printed: int
    not_on_file: tuple[str, ...]


class Archive(Protocol):
    """A source system that hands out documents for the keys that an owner is asked for, since all would be too many."""

    @property
    def owner(self) -> str:
        """The data owner who may ask it."""

    @property
    def source(self) -> str:
        """The source of the cycle file that its documents are evidence of."""

    def hand_out(self, asked: Path, target: Path, *, second_copy: bool = False) -> HandedOut:
        """Print what is held of the keys in an evidence sheet; nothing is written when nothing is held.

        The second copy holds what the first lacks, apart from what is lost for good, and all of it legibly.
        """


@dataclass(frozen=True)
class BuiltCycle:
    """A cycle ready to start: `cycle_file` is its cycle.yaml, with dictionary and report data beside it.

    `assignments`: (attribute, line of business) -> data owner id, for every pair that can be in scope.
    `planted_rules`: (rule name, record key) that profiling must report, over the whole file.
    `planted_by_way`: (record key, attribute) whose evidence is wrong, missing, unreadable or ambiguous, over the whole
    file, by the way in which that comes to light.
    `first_attempts`: flawed first versions of some uploads, which the tester returns; `uploads` holds the corrected.
    `supplements`: what an owner hands in once an upload turned out to lack something, or to be unreadable in places.
    `archives`: where an owner gets evidence that can only be had by asking for keys.
    `closed`: the planted sets are all there is to find; real filings may hold more.
    """

    cycle_file: Path
    assignments: Mapping[tuple[str, str], str]
    uploads: tuple[Upload, ...]
    planted_rules: Pairs
    planted_by_way: Mapping[Way, Pairs]
    first_attempts: tuple[Upload, ...] = ()
    supplements: tuple[Upload, ...] = ()
    archives: tuple[Archive, ...] = ()
    closed: bool = True

    @property
    def planted_values(self) -> Pairs:
        """All defects of evidence."""
        return frozenset().union(*self.planted_by_way.values())
