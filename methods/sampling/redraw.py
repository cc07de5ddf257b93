"""A draw made again and held against what the version stores: the same records, for the same reasons, or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.items import Sample


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that the stored and the repeated draw do not agree on; `field` is blank where one of them lacks it."""

    record_key: str
    field: str
    stored: str
    redrawn: str


def differences(stored: Sequence[Sample], redrawn: Sequence[Sample]) -> Iterator[Difference]:
    """What differs, in the order of the stored draw, then what only the repeated one has."""
    again = {sample.record_key: sample for sample in redrawn}
    for sample in stored:
        other = again.pop(sample.record_key, None)
        if other is None:
            yield Difference(sample.record_key, "", "drawn", "not drawn")
        else:
            yield from _fields(sample, other)
    for key in again:
        yield Difference(key, "", "not drawn", "drawn")


def _fields(stored: Sample, redrawn: Sample) -> Iterator[Difference]:
    for name in Sample.model_fields:
        one, two = getattr(stored, name), getattr(redrawn, name)
        if one != two:
            yield Difference(stored.record_key, name, str(one), str(two))
