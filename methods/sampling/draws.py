"""Which records are tested: a draw that anybody can repeat, from the seed, the population and the plan alone.

Records are ranked by SHA-256 of "seed|key" and the smallest are taken, so neither the order of the population nor the
machine matters, and only the sample is held in memory. In the three basic methods records with failing rules are drawn
apart, before the rest; elsewhere after it, so that what the sample proves holds for the whole population.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from methods.sampling.basic import draw_basic
from methods.sampling.lowest import Failing, Lowest
from methods.sampling.mixed import draw_mix
from methods.sampling.picks import SMALLEST, Pick, anomaly_method, drawn
from methods.sampling.plans import planned_size, rule_of
from methods.sampling.population import Member, rank, seed_of
from methods.sampling.tables import TABLES
from methods.text import counted
from models.cycle_file import Sampling
from models.items import Sample

BY_HAND = ("uploaded", "judgemental")
_BASIC = ("random", "stratified", "census")


def draw(population: Iterable[Member], *, anomalies: Mapping[str, Sequence[str]], plan: Sampling,
         population_sha256: str, version_number: int, seed: str | None = None,
         population_size: int | None = None) -> tuple[Sample, ...]:
    """The samples of one version: anomalies first, then by line of business and rank.

    `population` has each record key once, in any order, but sorted for `systematic`; `anomalies` maps a record key to
    the names of the rules that it fails. `population_size` is needed by the methods whose size or interval depends on
    it. `census` takes every record and so holds every one. Another `seed` than `seed_of` needs a reason: the plan's
    own brings it, any other is the caller's to record. Raises `BadInput` when the method has no size for so many.
    """
    stated = seed or plan.seed or seed_of(population_sha256, version_number)
    return tuple(
        Sample(record_key=pick.member.record_key, key_values=pick.member.key_values,
               line_of_business=pick.member.line_of_business, category=pick.category, reason=pick.reason,
               method=pick.method, population_sha256=population_sha256, seed=stated)
        for pick in _picks(population, anomalies, plan, stated, population_size))


def _picks(population: Iterable[Member], anomalies: Mapping[str, Sequence[str]], plan: Sampling, seed: str,
           size: int | None) -> Sequence[Pick]:
    if plan.method in BY_HAND:
        return ()
    if plan.method in _BASIC:
        return draw_basic(population, anomalies=anomalies, plan=plan, seed=seed)
    if plan.method == "mix":
        return draw_mix(population, anomalies=anomalies, plan=plan, seed=seed)
    if size is None:
        raise ValueError(f"the method {plan.method} needs to know the size of the population")
    if not size:
        return ()
    draw_one = draw_at_intervals if plan.method == "systematic" else draw_sized
    extra = Failing(anomalies, seed=seed, most=plan.anomalies, spare=planned_size(plan, size))
    picks = list(draw_one(population, plan=plan, seed=seed, size=size, extra=extra))
    odd = extra.chosen({pick.member.record_key for pick in picks})
    return [*(Pick(member, "anomaly", reason, anomaly_method(plan)) for member, reason in odd), *picks]


def draw_sized(population: Iterable[Member], *, plan: Sampling, seed: str, size: int, extra: Failing) -> Iterator[Pick]:
    """At random from all records, as many as the attribute plan or the table asks for."""
    wanted = planned_size(plan, size)
    first = TABLES[plan.method].row(size).sizes(size)[0] if plan.method in TABLES else wanted
    lowest = Lowest(wanted)
    for member in population:
        key = member.record_key
        lowest.offer(key, member, -rank(seed, key))
        extra.see(key, member)
    told = f"{plan.method}: {wanted:,} of {counted(size, 'record')} {rule_of(plan, size)}, {SMALLEST}"
    for place, (_, member) in enumerate(lowest.ranked(), start=1):
        stage = "" if first == wanted else " for the initial sample" if place <= first else " after the initial sample"
        yield Pick(member, "random", drawn(place, size, where=stage), told)


@dataclass(frozen=True, slots=True)
class Interval:
    """Every (size / wanted)th record from a start that follows from the seed; exact where that is no whole number."""

    size: int
    wanted: int
    start: int

    def places(self) -> Iterator[int]:
        """Places from 1, in order: floor((start + i size) / wanted) + 1 with 0 <= start < size."""
        return ((self.start + i * self.size) // self.wanted + 1 for i in range(self.wanted))


def interval_of(seed: str, *, size: int, wanted: int) -> Interval:
    """The interval of a systematic draw; its start is the seed's rank of no key, modulo the size."""
    return Interval(size, min(wanted, size), rank(seed, "") % size)


def draw_at_intervals(population: Iterable[Member], *, plan: Sampling, seed: str, size: int,
                      extra: Failing) -> Iterator[Pick]:
    """Systematic: records at an even interval in key order. Raises `ValueError` for a population in another order."""
    interval = interval_of(seed, size=size, wanted=plan.size)
    places, before = interval.places(), ""
    wanted = next(places, None)
    told = (f"systematic: {interval.wanted:,} of {counted(size, 'record')} in key order, every "
            f"{size}/{interval.wanted}th, starting {interval.start}/{interval.wanted} from the first")
    for place, member in enumerate(population, start=1):
        key = member.record_key
        if place > 1 and key <= before:
            raise ValueError(f"a systematic draw needs its population in key order: {key!r} after {before!r}")
        before = key
        extra.see(key, member)
        if place == wanted:
            wanted = next(places, None)
            yield Pick(member, "systematic", drawn(place, size, how="at an even interval", after=" in key order"), told)
