"""The ratios that the engine is to reach, each computed within one run; nothing here passes or fails a test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.operations import DISK, HUNDRED, PROOF, READS, WRITES, Operation
from benchmarks.results import Results

OURS, LEGACY, COPY = "ours", "legacy", "copy"
CONTINUUM = ("continuum-validity", "continuum-subquery")
_OPERATIONS = {op.name: op for op in (*WRITES, *READS, *PROOF, *HUNDRED)}
_FASTER = {"create": 4.0, "decide": 10.0, "cut": 15.0}


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio and where it is to be; `ratio` is None where one side was not measured."""

    words: str
    ratio: float | None
    wanted: float
    at_least: bool

    @property
    def standing(self) -> str:
        """`reached`, `missed` or `not measured`."""
        if self.ratio is None:
            return "not measured"
        return "reached" if (self.ratio >= self.wanted if self.at_least else self.ratio <= self.wanted) else "missed"


def of_course(results: Results, items: int, churn: int) -> list[Target]:
    """What one course shows; a mode of Continuum is the faster of its two, for each operation."""

    def ms(operation: str, *names: str) -> float | None:
        return _least(results.cell(name, items, churn, _OPERATIONS[operation]).ms for name in names)

    def size(name: str) -> float | None:
        return results.cell(name, items, churn, DISK).bytes

    def faster(op: Operation, wanted: float) -> Target:
        ratio = _over(ms(op.name, *CONTINUUM), ms(op.name, OURS))
        return Target(f"{op.words}: times faster than Continuum's best mode", ratio, wanted, True)

    asked = ("effective decided", "lineage")
    legacy, ours = (_sum(ms(op, name) for op in asked) for name in (LEGACY, OURS))
    bare_set = _over(ms("effective", OURS), ms("effective", LEGACY))
    proof = _over(ms("bare sha256", OURS), ms("verify export", OURS))
    return [
        *(faster(_OPERATIONS[op], wanted) for op, wanted in _FASTER.items()),
        *(faster(op, 1.0) for op in READS),
        Target("create v1: times the bare COPY", _over(ms("create", OURS), ms("create", COPY)), 5.0, False),
        Target("the legacy schema's two questions together: times faster", _over(legacy, ours), 2.0, True),
        Target("the bare effective set: times the legacy schema's", bare_set, 2.0, False),
        Target("disk after all versions: share of the legacy schema's", _over(size(OURS), size(LEGACY)), 0.5, False),
        Target("verify an export: share of the rate of bare SHA-256", proof, 0.5, True),
    ]


def of_carrying(results: Results, churn: int) -> list[Target]:
    """What 100 edits cost over growing numbers of carried items: the dearest over the cheapest."""
    courses = [course for course in results.courses if course[1] == churn]

    def spread(words: str, operations: Sequence[Operation]) -> Target:
        totals = [_sum(results.cell(OURS, *course, op).ms for op in operations) for course in courses]
        known = [total for total in totals if total is not None]
        ratio = max(known) / min(known) if len(known) == len(courses) > 1 else None
        return Target(f"{words}, over {', '.join(f'{items:,}' for items, _ in courses)} carried", ratio, 1.5, False)

    cut, change, _, decide, _ = HUNDRED
    return [
        spread("100 edits, cut, edited and decided", (cut, change, decide)),
        spread("100 edits, with submit and approve", HUNDRED),
    ]


def _least(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def _over(above: float | None, below: float | None) -> float | None:
    return None if above is None or not below else above / below
