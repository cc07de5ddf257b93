"""Figures of many runs of the engines, whether they agree, and the table; pure but for the file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.rules.engine import RULES
from benchmarks.tables import number, table

OURS, BASE = "ours", "duckdb"
_MIB = 2**20
_RATIO, _BYTES, _FROM = 1.3, 10**9, 10_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """One engine on one file: seconds, peak bytes, and per rule the count and the SHA-256 of the failing ids."""

    name: str
    rows: int
    load: float = 0.0
    run: float = 0.0
    bytes: float = 0.0
    failing: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    mode: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """All runs, the machine, and who could not take part for what."""

    machine: Mapping[str, Any]
    runs: Sequence[Run]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def sizes(self) -> list[int]:
        """Numbers of rows, smallest first."""
        return sorted({run.rows for run in self.runs})

    def of(self, name: str, rows: int) -> list[Run]:
        """An engine's runs that came to their end."""
        return [run for run in self.runs if (run.name, run.rows, run.ended) == (name, rows, "")]

    def median(self, name: str, rows: int, figure: str) -> float | None:
        """The median of a figure, `total` being load and rules; None without a run."""
        found = self.of(name, rows)
        if not found:
            return None
        return median(one.load + one.run if figure == "total" else float(getattr(one, figure)) for one in found)

    def disagreements(self, rows: int) -> list[str]:
        """Where an engine names other failing ids than the hand-written SQL (else the first engine), in words."""
        done = [run for run in self.runs if run.rows == rows and not run.ended]
        if not done:
            return []
        base = next((run for run in done if run.name == BASE), done[0])
        return list(dict.fromkeys(
            f"{run.name}, {rule}: {run.failing[rule][0]:,} failing records, {base.name} has {base.failing[rule][0]:,}"
            for run in done for rule in RULES if list(run.failing[rule]) != list(base.failing[rule])))


def everything(results: Results) -> str:
    """All of it as Markdown."""
    machine = results.machine
    parts = [f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, "
             f"Python {machine['python']}; load when it began {machine['load_before']}.\n"]
    parts += [_size(results, rows) for rows in results.sizes]
    parts += [f"Left out: {name}, since {why}.\n" for name, why in results.left_out.items()]
    return "\n".join(parts)


def _size(results: Results, rows: int) -> str:
    names = list(dict.fromkeys(run.name for run in results.runs if run.rows == rows))
    lines = [[name, *_about(results, name, rows),
              *(number(results.median(name, rows, figure)) for figure in ("load", "run", "total")),
              _ratio(results, name, rows, "run"), _ratio(results, name, rows, "total"),
              number(_mib(results.median(name, rows, "bytes")))] for name in names]
    shown = table(["", "mode", "libraries", "load s", "10 rules s", "total s", "rules, x by hand", "total, x by hand",
                   "peak MiB"], lines, text=3)
    done = [run for run in results.runs if run.rows == rows and not run.ended]
    failing = sum(count for count, _ in done[0].failing.values()) if done else 0
    wrong = results.disagreements(rows)
    agreed = (f"Not agreed: {'; '.join(wrong)}." if wrong else
              f"{len({run.name for run in done})} engines agree on every one of {failing:,} failing keys.")
    runs = max((len(results.of(name, rows)) for name in names), default=0)
    ended = [f"Ended early: {run.name}: {run.ended}\n" for run in results.runs if run.rows == rows and run.ended]
    return "\n".join([f"### {rows:,} rows\n", shown, f"Runs: {runs}; medians. {agreed}\n", *ended,
                      *_targets(results, rows)])


def _about(results: Results, name: str, rows: int) -> tuple[str, str]:
    found = results.of(name, rows)
    return (found[0].mode, ", ".join(map(" ".join, found[0].libraries.items()))) if found else ("-", "-")


def _mib(value: float | None) -> float | None:
    return None if value is None else value / _MIB


def _ratio(results: Results, name: str, rows: int, figure: str) -> str:
    own, base = results.median(name, rows, figure), results.median(BASE, rows, figure)
    return number(own / base) if own is not None and base else "-"


def _targets(results: Results, rows: int) -> list[str]:
    own, base, peak = (results.median(name, rows, figure) for name, figure in (
        (OURS, "total"), (BASE, "total"), (OURS, "bytes")))
    lines = []
    if own is not None and base:
        lines += [["ours, loading and rules, over hand-written SQL", number(own / base), f"at most {_RATIO}",
                   _standing(own / base <= _RATIO)]]
    if peak is not None and rows >= _FROM:
        lines += [["ours, peak memory in GB", number(peak / 10**9), f"below {_BYTES / 10**9:g}",
                   _standing(peak < _BYTES)]]
    return [table(["target", "measured", "wanted", ""], lines)] if lines else []


def _standing(met: bool) -> str:
    return "met" if met else "missed"


def load(path: Path) -> Results:
    """Read a results file."""
    read = json.loads(path.read_text(encoding="utf-8"))
    return Results(read["machine"], tuple(Run(**run) for run in read["runs"]), read["left_out"])
