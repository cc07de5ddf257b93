"""The population: its records in one order, its hash, and the seed and ranks that follow from them.

Nobody chooses a seed: it is the hash of the population and the version's number. A record's rank is the SHA-256 of
"seed|key", so that neither the order of a file nor the machine matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from models.cycle_file import LineOfBusiness
from models.errors import MalformedCycleFile
from models.items import record_key


class Member(NamedTuple):
    """One record of the population: its key values, in key order, and its line of business.

    `stratum` is the value of the column that strata are made of, `near` are those of the boundaries' columns, both
    only where the plan names any.
    """

    key_values: tuple[str, ...]
    line_of_business: str
    stratum: str | None = None
    near: tuple[str, ...] = ()

    @property
    def record_key(self) -> str:
        """The record's key as samples and cases carry it."""
        return record_key(self.key_values)

    @property
    def group(self) -> str:
        """What a stratified draw draws from: the stratum, or else the line of business."""
        return self.line_of_business if self.stratum is None else self.stratum


@dataclass(frozen=True, slots=True)
class Population:
    """What a draw has to know of all records before it begins."""

    sha256: str
    size: int


def survey(keys: Iterable[str]) -> Population:
    """Hash and size: SHA-256 over the keys, sorted by code point, a line end after each (`sort -u | sha256sum`).

    Takes the keys one by one and raises `ValueError` unless they are sorted and distinct.
    """
    digest, before, size = sha256(), None, 0
    for key in keys:
        if before is not None and key <= before:
            raise ValueError(f"population keys are not sorted and distinct: {key!r} after {before!r}")
        digest.update(f"{key}\n".encode())
        before, size = key, size + 1
    return Population(digest.hexdigest(), size)


def population_hash(keys: Iterable[str]) -> str:
    """The hash that `survey` finds: `LC_ALL=C sort -u | sha256sum`."""
    return survey(keys).sha256


def seed_of(population_sha256: str, version: int) -> str:
    """The seed of a version: SHA-256 of "population hash|version number", so nobody chooses it."""
    return sha256(f"{population_sha256}|{version}".encode()).hexdigest()


def rank(seed: str, key: str) -> int:
    """Where a record stands in a drawing: the SHA-256 of "seed|key" as a number; the smallest are taken."""
    return int.from_bytes(sha256(f"{seed}|{key}".encode()).digest(), "big")


def known_line(value: str, *, spec: LineOfBusiness) -> str | None:
    """The line of business that a value of its column means; None or blank when it means none."""
    return spec.map.get(value, spec.otherwise) if spec.map else value or spec.otherwise


def line_of(value: str, *, spec: LineOfBusiness, record: str) -> str:
    """A record's line of business. Raises `MalformedCycleFile` when the map does not know the value."""
    line = known_line(value, spec=spec)
    if not line:
        raise MalformedCycleFile(
            f"record {record}: data.line_of_business does not know the value {value!r} of column {spec.column!r}",
            hint="add the value to its map, or state otherwise")
    return line
