"""What was found in a file: candidates per record key and attribute, each with the place where it stands.

Two candidates that say the same are one; those that differ are all kept, so that a person decides. Nothing in a file
is lost silently: keys that nobody asked for are counted, rows without a key are named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from methods.evidence.limits import SHOWN
from models.cycle_file import Source
from models.items import record_key


class Unreadable(Exception):
    """The file as a whole cannot be read, and why: "is encrypted". Becomes the `problem` of `Evidence`."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it: parsers wrap what went wrong in errors of their own."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


class Candidate(NamedTuple):
    """A value as it stands in the file, and where. With a `problem` something stands there that cannot be read."""

    value: str
    locator: str
    problem: str = ""


class Evidence(BaseModel):
    """A file by record key. `problem` says why nothing could be read of it ("is encrypted"): all else is empty then.

    `records` maps key and attribute to the differing candidates; an attribute without any stands nowhere for that key.
    `lacking` are attributes whose column or label is nowhere in the file. `unknown` are the first of the
    `unknown_keys` keys that nobody asked for; `without_key` places of rows that have none. `rows` counts all records,
    `read_as` tells kind and encoding in words.
    """

    model_config = ConfigDict(frozen=True)

    records: dict[str, dict[str, tuple[Candidate, ...]]] = {}
    lacking: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_keys: int = 0
    without_key: tuple[str, ...] = ()
    rows: int = 0
    read_as: str = ""
    problem: str = ""

    def find(self, key: str, *, attribute: str) -> tuple[Candidate, ...]:
        """The candidates for one value; none when the file has no such record, or nothing for it there."""
        return self.records.get(key, {}).get(attribute, ())

    def values(self) -> int:
        """How many candidates are held, as a measure of size."""
        return sum(len(found) for record in self.records.values() for found in record.values())


class Wanted(NamedTuple):
    """What is looked for: column or label by key attribute and by attribute, and the record keys (None: all).

    `known` are all labels of the source: one that nobody asked for still ends the value before it.
    """

    keys: Mapping[str, str]
    columns: Mapping[str, str]
    records: Collection[str] | None
    known: frozenset[str] = frozenset()


class Collector:
    """Takes in what a reader finds, record by record, and keeps only what is wanted."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.rows = 0
        self.seen: set[str] = set()
        self._records: dict[str, dict[str, list[Candidate]]] = {}
        self._others: set[str] = set()
        self._without_key: list[str] = []

    def wants(self, parts: Sequence[str]) -> bool:
        """Whether a row with these key cells, trimmed, is to be kept."""
        return all(parts) and (self.wanted.records is None or record_key(parts) in self.wanted.records)

    def pass_over(self, parts: Sequence[str]) -> None:
        """Count a row that nobody asked for."""
        self.rows += 1
        self._others.add(record_key(parts))

    def claim(self, parts: Sequence[str], *, place: str) -> str | None:
        """The record key of a row if it is wanted, else None, and the row is counted."""
        if self.wants(parts):
            self.rows += 1
            key = record_key(parts)
            self._records.setdefault(key, {})
            return key
        if all(parts):
            self.pass_over(parts)
        else:
            self.rows += 1
            if len(self._without_key) < SHOWN:
                self._without_key.append(place)
        return None

    def put(self, key: str, attribute: str, found: Candidate) -> None:
        """One candidate for a value of a claimed record."""
        known = self._records[key].setdefault(attribute, [])
        if not any((one.value.strip(), one.problem) == (found.value.strip(), found.problem) for one in known):
            known.append(found)

    def yielded(self) -> tuple[int, int, int]:
        """How much was found: wanted records, values of them, and records altogether."""
        return len(self._records), sum(map(len, self._records.values())), self.rows

    def adopt(self, other: Collector) -> None:
        """Take over everything that another collector took in, in place of what is here."""
        self.rows, self.seen = other.rows, other.seen
        self._records, self._others, self._without_key = other._records, other._others, other._without_key

    def evidence(self, read_as: str) -> Evidence:
        """Everything that was taken in; `seen` holds the attributes whose column or label occurred."""
        return Evidence(
            records={key: {name: tuple(found) for name, found in record.items()}
                     for key, record in self._records.items()},
            lacking=tuple(name for name in self.wanted.columns if name not in self.seen),
            unknown=tuple(sorted(self._others)[:SHOWN]), unknown_keys=len(self._others),
            without_key=tuple(self._without_key), rows=self.rows, read_as=read_as)


def source_key(source: Source, key_values: Mapping[str, str]) -> str:
    """The key of a record as this source's files are known by; `key_values` map key attribute to value.

    A source may know records by some of the key attributes only. Raises `KeyError` for one that is not given.
    """
    return record_key(key_values[attribute].strip() for attribute in source.keys)
