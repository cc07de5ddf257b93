"""A risk-based mix: shares of records that fail rules, that lie at the boundaries of a column, and that are clean.

Anomalies are chosen first, then boundary records, and clean ones fill what is left of the size; what a kind lacks, the
clean ones give. Boundaries, like rules, take turns. The sample aims at defects, so it proves no rate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from methods.numbers import EXACT, plain, plain_number
from methods.sampling.allocation import apportion
from methods.sampling.lowest import Failing, Lowest, in_turn
from methods.sampling.picks import SMALLEST, Category, Pick, drawn
from methods.sampling.population import Member, rank
from methods.text import counted
from models.cycle_file import Boundary, Mix, Sampling

_KINDS: tuple[Category, ...] = ("anomaly", "boundary", "clean")


def draw_mix(population: Iterable[Member], *, anomalies: Mapping[str, Sequence[str]], plan: Sampling,
             seed: str) -> list[Pick]:
    """The records of a mix, kind by kind; each tells the shares that were aimed at and those that came out."""
    shares = plan.mix or Mix()
    due = apportion(shares.model_dump(), size=plan.size)
    failing = Failing(anomalies, seed=seed, most=due["anomaly"])
    edges = Edges(plan.boundaries, most=due["boundary"], spare=due["anomaly"])
    clean, total = Lowest(plan.size + due["boundary"]), 0
    for member in population:
        key, total = member.record_key, total + 1
        at = rank(seed, key)
        failing.see(key, member)
        edges.see(key, member, at)
        if key not in anomalies:
            clean.offer(key, member, -at)
    found: dict[Category, list[tuple[Member, str]]] = {"anomaly": failing.chosen()}
    found["boundary"] = edges.chosen(_keys(found["anomaly"]))
    left = plan.size - sum(map(len, found.values()))
    found["clean"] = _clean(clean, without=_keys(found["boundary"]), most=left)
    told = _method(shares, found, total)
    return [Pick(member, kind, reason, told) for kind in _KINDS for member, reason in found[kind]]


class Edges:
    """The records at the boundaries of some columns, each boundary with a queue of those that come closest."""

    def __init__(self, boundaries: Sequence[Boundary], *, most: int, spare: int) -> None:
        """`most` are wanted in all; up to `spare` may turn out to be taken already."""
        self._boundaries, self._most, held = boundaries, most, most + spare
        self._ends = [(Lowest(held), Lowest(held)) for _ in boundaries]
        self._near = [[(_around(at, one.within), Lowest(held)) for at in one.at] for one in boundaries]

    def see(self, key: str, member: Member, at: int) -> None:
        """Hold a record against each boundary; what is no plain number is at none."""
        for place, text in enumerate(member.near if self._most else ()):
            number = plain_number(text)
            if number is None:
                continue
            smallest, largest = self._ends[place]
            smallest.offer(key, member, number.copy_negate(), -at)
            largest.offer(key, member, number, -at)
            for (least, most), lowest in self._near[place]:
                if least <= number <= most:
                    lowest.offer(key, member, -at)

    def chosen(self, taken: Collection[str]) -> list[tuple[Member, str]]:
        """The records, with the boundary that each was taken for; not the value, which data owners are not shown."""
        queues, members = dict[str, list[str]](), dict[str, Member]()
        for place, boundary in enumerate(self._boundaries):
            for told, lowest in self._named(place, boundary):
                ranked = lowest.ranked()
                queues[told] = [key for key, _ in ranked]
                members.update(ranked)
        turns = in_turn(queues, most=self._most, taken=taken)
        return [(members[key], f"boundary: {told}") for key, told in turns.items()]

    def _named(self, place: int, boundary: Boundary) -> Iterable[tuple[str, Lowest]]:
        smallest, largest = self._ends[place]
        yield f"{boundary.column} among the smallest", smallest
        yield f"{boundary.column} among the largest", largest
        for limit, (_, lowest) in zip(boundary.at, self._near[place], strict=True):
            yield f"{boundary.column} {_within(boundary.within)}{plain(limit)}", lowest


def _around(at: Decimal, within: Decimal) -> tuple[Decimal, Decimal]:
    return EXACT.subtract(at, within), EXACT.add(at, within)


def _within(within: Decimal) -> str:
    return f"within {plain(within)} of " if within else "at "


def _clean(clean: Lowest, *, without: Collection[str], most: int) -> list[tuple[Member, str]]:
    left = [(key, member) for key, member in clean.ranked() if key not in without]
    told = " from those that fail no rule"
    # Boundary records that fail no rule are among those offered and are not drawn again.
    return [(member, drawn(place, clean.offered, where=told)) for place, (_, member) in enumerate(left[:most], start=1)]


def _method(shares: Mix, found: Mapping[Category, Sequence[object]], total: int) -> str:
    aim = ", ".join(f"{kind} {getattr(shares, kind)}" for kind in _KINDS)
    came = ", ".join(f"{kind} {len(found[kind])}" for kind in _KINDS)
    return (f"mix: {sum(map(len, found.values())):,} of {counted(total, 'record')}; shares aimed at: {aim}; records "
            f"chosen: {came}; rules and boundaries take turns, within a rule and among the clean {SMALLEST}")


def _keys(chosen: Sequence[tuple[Member, str]]) -> set[str]:
    return {member.record_key for member, _ in chosen}
