"""What happens to the samples from version to version, and what every contestant has to answer about it afterwards.

Pure. Version 1 holds all samples, one in ten is rejected; every later one drops what was rejected, edits a share and
adds a share, and of those that wait for a decision again one in ten is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from benchmarks.rows import APPROVE, Row, Verdict, reject, row

_ONE_IN = 10
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One version: what changes against the one before, what is decided, and what it then holds."""

    number: int
    edits: Sequence[Row]
    adds: Sequence[Row]
    verdicts: Mapping[str, Verdict]
    members: frozenset[str]

    @property
    def rejected(self) -> frozenset[str]:
        """The keys that leave with the next version."""
        return frozenset(key for key, said in self.verdicts.items() if said.verdict == "reject")

    @property
    def effective(self) -> frozenset[str]:
        """The keys that count once the version is approved."""
        return self.members - self.rejected

    @property
    def carried(self) -> int:
        """How many of its items it took over as they were."""
        return len(self.members) - len(self.edits) - len(self.adds)


@dataclass(frozen=True, slots=True)
class Course:
    """The versions of one run, and after them one that settles what was rejected and one with a hundred edits."""

    items: int
    churn: int
    steps: Sequence[Step]
    settling: Step
    hundred: Step

    def step(self, number: int) -> Step:
        """A version by its number, from 1."""
        return self.steps[number - 1]

    @property
    def earlier(self) -> int:
        """The version that the questions about the past are about: the one in the middle."""
        return (len(self.steps) + 1) // 2

    @property
    def traced(self) -> str:
        """A sample with a history: edited in the version in the middle, or in the first that edits any."""
        return self.step(max(2, self.earlier)).edits[0].record_key

    def difference(self, before: int) -> frozenset[str]:
        """The keys that a version and the next one hold differently."""
        after = self.step(before + 1)
        changed = {each.record_key for each in (*after.edits, *after.adds)}
        return self.step(before).rejected | changed

    def page(self, number: int, size: int) -> tuple[str, list[str]]:
        """A page out of the middle of a version: the key that it comes after, and its keys."""
        keys = sorted(self.step(number).members)
        start = len(keys) // 2
        return keys[start], keys[start + 1 : start + 1 + size]


def course(items: int, *, churn: int, versions: int) -> Course:
    """The course for so many items and versions; `churn` in percent of the items, edited and as many added."""
    share = max(1, items * churn // 100)
    latest = {made.record_key: made for made in map(row, range(items))}
    steps = [_step(1, (), tuple(latest.values()), frozenset(latest))]
    for number in range(2, versions + 1):
        kept = sorted(steps[-1].effective)
        edits = [latest[key].edited(number) for key in islice(kept, number, None, max(1, len(kept) // share))][:share]
        adds = [row(items + (number - 2) * share + at) for at in range(share)]
        latest |= {each.record_key: each for each in (*edits, *adds)}
        steps.append(_step(number, edits, adds, frozenset(kept) | {each.record_key for each in adds}))
    settling = Step(versions + 1, (), (), {}, steps[-1].effective)
    edits = [latest[key].edited(versions + 2) for key in sorted(settling.members)[:HUNDRED]]
    hundred = Step(versions + 2, edits, (), {each.record_key: APPROVE for each in edits}, settling.members)
    return Course(items, churn, steps, settling, hundred)


def _step(number: int, edits: Sequence[Row], adds: Sequence[Row], members: frozenset[str]) -> Step:
    pending = [each.record_key for each in (*edits, *adds)]
    # The last of each ten, so that the first edit of a version is there to be traced.
    verdicts = {key: reject(key) if at % _ONE_IN == _ONE_IN - 1 else APPROVE for at, key in enumerate(pending)}
    return Step(number, edits, adds, verdicts, members)
