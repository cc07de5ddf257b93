"""Which records are tested: a draw that anybody can repeat, from the seed, the population and the plan alone.

Records are ranked by SHA-256 of "seed|key" and the smallest are taken, so neither the order of the population nor the
machine matters, and only the sample is held in memory. Records with failing rules are drawn apart, before the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import heappush, heappushpop

from methods.text import counted
from models.cycle_file import LineOfBusiness, Sampling
from models.errors import MalformedCycleFile
from models.items import Sample, record_key

# The one stratum of a draw without strata; no line of business has this name.
_ALL = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One record of the population: its key values, in key order, and its line of business."""

    key_values: tuple[str, ...]
    line_of_business: str

    @property
    def record_key(self) -> str:
        """The record's key as samples and cases carry it."""
        return record_key(self.key_values)


def population_hash(keys: Iterable[str]) -> str:
    """SHA-256 over the record keys, sorted by code point, a line end after each: `LC_ALL=C sort -u | sha256sum`.

    Takes the keys one by one and raises `ValueError` unless they are sorted and distinct.
    """
    digest, before = sha256(), None
    for key in keys:
        if before is not None and key <= before:
            raise ValueError(f"population keys are not sorted and distinct: {key!r} after {before!r}")
        digest.update(f"{key}\n".encode())
        before = key
    return digest.hexdigest()


def seed_of(population_sha256: str, version: int) -> str:
    """The seed of a version: SHA-256 of "population hash|version number", so nobody chooses it."""
    return sha256(f"{population_sha256}|{version}".encode()).hexdigest()


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


def draw(population: Iterable[Member], *, anomalies: Mapping[str, Sequence[str]], plan: Sampling,
         population_sha256: str, version_number: int, seed: str | None = None) -> tuple[Sample, ...]:
    """The samples of one version: anomalies first, then by line of business and rank.

    `population` has each record key once, in any order; `anomalies` maps a record key to the names of the rules that
    it fails. `census` takes every record and so holds every one. Another `seed` than `seed_of` needs a reason, which
    is the caller's to record. `size` counts without the anomalies, which the rest is drawn without.
    """
    stated = seed or seed_of(population_sha256, version_number)
    pool = _Pool(seed=stated, plan=plan, wanted=_candidates(anomalies, seed=stated, most=plan.anomalies))
    for member in population:
        pool.add(member)
    odd = pool.anomalies()
    chosen = [(member, "anomaly", _fails(anomalies[member.record_key], rule)) for member, rule in odd]
    chosen += [(member, plan.method, reason) for member, reason in pool.rest([member for member, _ in odd])]
    methods = {"anomaly": _anomaly_method(plan), plan.method: _method(plan, pool.total)}
    return tuple(
        Sample(record_key=member.record_key, key_values=member.key_values, line_of_business=member.line_of_business,
               category=category, reason=reason, method=methods[category], population_sha256=population_sha256,
               seed=stated)
        for member, category, reason in chosen)


def allocate(sizes: Mapping[str, int], *, size: int, minimum: int) -> dict[str, int]:
    """How many records each line of business gives: in proportion, by the largest remainder, ties by name.

    Each line gives `minimum` at least, or all that it has; what that takes beyond `size` comes from the lines that
    are furthest above their share, and is added to `size` once no line can spare more. No line gives more than it has.
    """
    total = sum(sizes.values())
    size = min(size, total)
    given = {line: size * count // total for line, count in sizes.items()} if total else {}
    by_remainder = sorted(given, key=lambda line: (-(size * sizes[line] % total), line))
    for line in by_remainder[:size - sum(given.values())]:
        given[line] += 1
    least = {line: min(minimum, count) for line, count in sizes.items()}
    given = {line: max(count, least[line]) for line, count in given.items()}
    while sum(given.values()) > size:
        spare = [line for line in given if given[line] > least[line]]
        if not spare:
            break
        given[max(spare, key=lambda line: (given[line] * total - size * sizes[line], line))] -= 1
    return given


class _Pool:
    """The population in one pass: counts, wanted anomalies, and the smallest ranks of each line of business."""

    def __init__(self, *, seed: str, plan: Sampling, wanted: Mapping[str, Sequence[str]]) -> None:
        self._seed, self._plan, self._wanted = seed, plan, wanted
        self._keys = {key for keys in wanted.values() for key in keys}
        self._members: dict[str, Member] = {}
        self._sizes: Counter[str] = Counter()
        self._heaps: dict[str, list[tuple[int, str, Member]]] = {}
        # The anomalies are taken out afterwards, so a heap holds as many more than it can give.
        self._most = max(plan.size, plan.minimum_per_line) + plan.anomalies

    @property
    def total(self) -> int:
        return self._sizes.total()

    def add(self, member: Member) -> None:
        key = member.record_key
        self._sizes[member.line_of_business] += 1
        if key in self._keys:
            self._members[key] = member
        heap = self._heaps.setdefault(_ALL if self._plan.method == "random" else member.line_of_business, [])
        # Negative, because heapq keeps the smallest on top and it is the largest rank that has to go.
        entry = (-_rank(self._seed, key), key, member)
        if len(heap) < self._most or self._plan.method == "census":
            heappush(heap, entry)
        else:
            heappushpop(heap, entry)

    def anomalies(self) -> list[tuple[Member, str]]:
        """Each rule in turn gives its record of smallest rank that is not yet taken, until there are enough."""
        queues = {rule: [key for key in keys if key in self._members] for rule, keys in sorted(self._wanted.items())}
        chosen: dict[str, str] = {}
        while any(queues.values()) and len(chosen) < self._plan.anomalies:
            for rule, queue in queues.items():
                while queue and queue[0] in chosen:
                    queue.pop(0)
                if queue and len(chosen) < self._plan.anomalies:
                    chosen[queue.pop(0)] = rule
        return [(self._members[key], rule) for key, rule in chosen.items()]

    def rest(self, taken: Sequence[Member]) -> list[tuple[Member, str]]:
        """The records drawn from those not taken, with the reason of each, by line of business and rank."""
        sizes = self._sizes - Counter(member.line_of_business for member in taken)
        keys = {member.record_key for member in taken}
        shares = self._shares(sizes)
        drawn = []
        for line, heap in sorted(self._heaps.items()):
            ranked = [member for _, key, member in sorted(heap, reverse=True) if key not in keys]
            count = sizes.total() if line == _ALL else sizes[line]
            where = f" in {line}" if self._plan.method == "stratified" else ""
            for rank, member in enumerate(ranked[:shares.get(line, 0)], start=1):
                reason = f"drawn at random{where}, rank {rank:,} of {counted(count, 'record')}"
                drawn.append((member, "every record is tested" if self._plan.method == "census" else reason))
        return drawn

    def _shares(self, sizes: Mapping[str, int]) -> Mapping[str, int]:
        if self._plan.method == "stratified":
            return allocate(sizes, size=self._plan.size, minimum=self._plan.minimum_per_line)
        return {_ALL: self._plan.size} if self._plan.method == "random" else sizes


def _method(plan: Sampling, total: int) -> str:
    if plan.method == "census":
        return f"census: all {counted(total, 'record')} of the population"
    smallest = "those of smallest SHA-256 of seed|key"
    if plan.method == "random":
        return f"random: {plan.size:,} of {counted(total, 'record')}, {smallest}"
    return (f"stratified by line of business: {plan.size:,} of {counted(total, 'record')} in proportion (largest "
            f"remainder), at least {plan.minimum_per_line} of each line; within a line {smallest}")


def _anomaly_method(plan: Sampling) -> str:
    return (f"anomaly: up to {counted(plan.anomalies, 'record')} with failing rules; the rules take turns by name, "
            "each with its record of smallest SHA-256 of seed|key")


def _rank(seed: str, key: str) -> int:
    return int.from_bytes(sha256(f"{seed}|{key}".encode()).digest(), "big")


def _candidates(anomalies: Mapping[str, Sequence[str]], *, seed: str, most: int) -> dict[str, list[str]]:
    """By rule the keys of smallest rank; a rule never gives more than `most`."""
    by_rule: dict[str, list[str]] = {}
    for key in sorted(anomalies, key=lambda key: _rank(seed, key)) if most else ():
        for rule in anomalies[key]:
            queue = by_rule.setdefault(rule, [])
            if len(queue) < most:
                queue.append(key)
    return by_rule


def _fails(rules: Sequence[str], rule: str) -> str:
    others = sorted(set(rules) - {rule})
    return f"fails the rule {rule}" + (f", and also {', '.join(others)}" if others else "")
