"""The three basic draws, `random`, `stratified` and `census`: records with failing rules first, the rest without them.

The population is read once; what is held are the smallest ranks of each stratum and the anomalies that are wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from methods.sampling.allocation import allocate
from methods.sampling.lowest import Failing, Lowest
from methods.sampling.picks import SMALLEST, Category, Pick, anomaly_method, drawn
from methods.sampling.population import Member, rank
from methods.text import counted
from models.cycle_file import Sampling

# The one stratum of a draw without strata; no line of business has this name.
_ALL = ""
BLANK = "(blank)"


def draw_basic(population: Iterable[Member], *, anomalies: Mapping[str, Sequence[str]], plan: Sampling,
               seed: str) -> list[Pick]:
    """The records of a basic method; `size` counts without the anomalies, which the rest is drawn without."""
    pool = _Pool(seed=seed, plan=plan, failing=Failing(anomalies, seed=seed, most=plan.anomalies))
    for member in population:
        pool.add(member)
    odd = pool.failing.chosen()
    category, method = _category(plan), _method(plan, pool.total)
    picks = [Pick(member, "anomaly", reason, anomaly_method(plan)) for member, reason in odd]
    return picks + [Pick(member, category, reason, method) for member, reason in pool.rest([one for one, _ in odd])]


class _Pool:
    """The population in one pass: counts, wanted anomalies, and the smallest ranks of each stratum."""

    def __init__(self, *, seed: str, plan: Sampling, failing: Failing) -> None:
        self._seed, self._plan, self.failing = seed, plan, failing
        self._sizes: Counter[str] = Counter()
        self._lowest: dict[str, Lowest] = {}
        # The anomalies are taken out afterwards, so that many more are held than can be given.
        self._most = None if plan.method == "census" else max(plan.size, plan.minimum_per_line) + plan.anomalies

    @property
    def total(self) -> int:
        return self._sizes.total()

    def add(self, member: Member) -> None:
        key = member.record_key
        self._sizes[member.group] += 1
        self.failing.see(key, member)
        name = _ALL if self._plan.method == "random" else member.group
        lowest = self._lowest.get(name) or self._lowest.setdefault(name, Lowest(self._most))
        lowest.offer(key, member, -rank(self._seed, key))

    def rest(self, taken: Sequence[Member]) -> list[tuple[Member, str]]:
        """The records drawn from those not taken, with the reason of each, by stratum and rank."""
        sizes = self._sizes - Counter(member.group for member in taken)
        keys = {member.record_key for member in taken}
        shares = self._shares(sizes)
        found = []
        for name, lowest in sorted(self._lowest.items()):
            ranked = [member for key, member in lowest.ranked() if key not in keys]
            count = sizes.total() if name == _ALL and self._plan.method == "random" else sizes[name]
            where = f" in {name or BLANK}" if self._plan.method == "stratified" else ""
            for place, member in enumerate(ranked[:shares.get(name, 0)], start=1):
                reason = drawn(place, count, where=where)
                found.append((member, "every record is tested" if self._plan.method == "census" else reason))
        return found

    def _shares(self, sizes: Mapping[str, int]) -> Mapping[str, int]:
        if self._plan.method == "stratified":
            return allocate(sizes, size=self._plan.size, minimum=self._plan.minimum_per_line)
        return {_ALL: self._plan.size} if self._plan.method == "random" else sizes


def _category(plan: Sampling) -> Category:
    if plan.method == "census":
        return "census"
    return "random" if plan.method == "random" else "stratified"


def _method(plan: Sampling, total: int) -> str:
    if plan.method == "census":
        return f"census: all {counted(total, 'record')} of the population"
    if plan.method == "random":
        return f"random: {plan.size:,} of {counted(total, 'record')}, {SMALLEST}"
    by, each = (plan.strata, "value") if plan.strata else ("line of business", "line")
    return (f"stratified by {by}: {plan.size:,} of {counted(total, 'record')} in proportion (largest "
            f"remainder), at least {plan.minimum_per_line} of each {each}; within a {each} {SMALLEST}")
