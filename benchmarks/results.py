"""Figures of many runs: the runs as they were told, their medians, and the file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.operations import Operation

RESULTS = Path(__file__).parent / "results"
_PASSING = {"load_before"}
_FIELDS = ("ms", "raw_ms", "statements", "bytes", "answers")


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant on one course: its figures in order, and why it ended early, if it did."""

    name: str
    items: int
    churn: int
    versions: int
    figures: tuple[Mapping[str, Any], ...]
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """The medians over a contestant's runs for one operation; None where it has no such figure."""

    ms: float | None = None
    raw_ms: float | None = None
    statements: float | None = None
    bytes: float | None = None
    answers: float | None = None
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """All runs of one benchmark, the machine, the settings of the server, and who could not take part for what."""

    machine: Mapping[str, Any]
    settings: Mapping[str, str]
    runs: Sequence[Run]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def courses(self) -> list[tuple[int, int]]:
        """The pairs of items and churn that were run, smallest first."""
        return sorted({(run.items, run.churn) for run in self.runs})

    @property
    def names(self) -> list[str]:
        """The contestants in the order in which they ran."""
        return list(dict.fromkeys(run.name for run in self.runs))

    def of(self, name: str, items: int, churn: int) -> list[Run]:
        """The runs of one contestant on one course."""
        return [run for run in self.runs if (run.name, run.items, run.churn) == (name, items, churn)]

    def about(self, name: str) -> Mapping[str, Any]:
        """What a contestant said of itself; empty when it never started."""
        said = (f for run in self.runs if run.name == name for f in run.figures if f["operation"] == "about")
        return next(said, {})

    def ended(self, name: str, items: int, churn: int) -> str:
        """Why its runs ended early, or nothing."""
        return next((run.ended for run in self.of(name, items, churn) if run.ended), "")

    def cell(self, name: str, items: int, churn: int, operation: Operation) -> Cell:
        """The medians of an operation."""
        wanted = operation.versions
        found = [
            figure for run in self.of(name, items, churn) for figure in run.figures
            if figure["operation"] == operation.name and (wanted is None or figure["version"] in wanted)
        ]
        told = {field: [f[field] for f in found if field in f] for field in _FIELDS}
        return Cell(**{field: median(values) if values else None for field, values in told.items()}, runs=len(found))


    def slowest(self, name: str, items: int, churn: int, operation: Operation) -> list[tuple[str, float]]:
        """The statements that took most in the last run of an operation, with milliseconds; empty where unknown."""
        wanted = operation.versions
        found = [
            figure["slowest"] for run in self.of(name, items, churn) for figure in run.figures
            if figure["operation"] == operation.name and figure.get("slowest")
            and (wanted is None or figure["version"] in wanted)
        ]
        return found[-1] if found else []


def together(several: Sequence[Results]) -> Results:
    """Benchmarks of one machine as one; raises `ValueError` where machines, settings or a course's runs differ."""
    first, courses = several[0], [course for one in several for course in one.courses]
    if any(_place(one) != _place(first) for one in several):
        raise ValueError("the results are of different machines or settings")
    if len(set(courses)) < len(courses):
        raise ValueError("a course is in two of the results: its ratios would be of two runs")
    return Results(first.machine, first.settings, [run for one in several for run in one.runs],
                   {who: why for one in several for who, why in one.left_out.items()})


def _place(results: Results) -> tuple[Any, ...]:
    machine = {name: said for name, said in results.machine.items() if name not in _PASSING}
    return machine, dict(results.settings)


def save(results: Any, name: str, *, folder: Path = RESULTS, prefix: str = "") -> Path:
    """Write a results file of that name, else of the present time; where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{prefix}{name or datetime.now(UTC).strftime('%Y-%m-%dT%H%M%SZ')}.json"
    path.write_text(_lines(asdict(results)), encoding="utf-8")
    return path


def _lines(told: dict[str, Any]) -> str:
    """JSON with a line for each run, which is a third of what indenting takes."""
    runs = ",\n".join(json.dumps(run, default=list, separators=(",", ":")) for run in told.pop("runs"))
    return f'{json.dumps(told, default=list)[:-1]}, "runs": [\n{runs}\n]}}\n'


def load(path: Path) -> Results:
    """Read a results file."""
    read = json.loads(path.read_text(encoding="utf-8"))
    runs = (Run(**{**run, "figures": tuple(run["figures"])}) for run in read["runs"])
    return Results(read["machine"], read["settings"], tuple(runs), read["left_out"])
