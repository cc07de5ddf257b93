"""Results as Markdown tables that read in a terminal as well; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.operations import COUNTED, STORED, TIMED, Operation
from benchmarks.results import Cell, Results
from benchmarks.targets import OURS, Target, of_carrying, of_course

_MIB = 2**20
_SHOWN = 90  # characters of a statement


def table(header: Sequence[str], lines: Sequence[Sequence[str]], *, text: int = 1) -> str:
    """A padded table; the first `text` columns are aligned to the left, the others to the right."""
    widths = [max(len(line[at]) for line in (header, *lines)) for at in range(len(header))]

    def written(line: Sequence[str]) -> str:
        left = [each.ljust(width) for each, width in zip(line[:text], widths[:text], strict=True)]
        right = [each.rjust(width) for each, width in zip(line[text:], widths[text:], strict=True)]
        return f"| {' | '.join([*left, *right])} |"

    rule = "".join(f"{'-' * (w + 2)}|" if at < text else f"{'-' * (w + 1)}:|" for at, w in enumerate(widths))
    return "\n".join([written(header), f"|{rule}", *map(written, lines)]) + "\n"


def number(value: float | None) -> str:
    """Three significant digits, thousands set apart; a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def _ms(cell: Cell) -> str:
    return number(cell.ms) + (f" ({number(cell.raw_ms)})" if cell.raw_ms is not None else "")


def _mib(cell: Cell) -> str:
    return number(None if cell.bytes is None else cell.bytes / _MIB)


def _count(cell: Cell) -> str:
    return "-" if cell.statements is None else f"{cell.statements:,.0f}"


def _lines(results: Results, items: int, churn: int, operations: Iterable[Operation], shown: str) -> list[list[str]]:
    write = {"ms": _ms, "MiB": _mib, "statements": _count}[shown]
    return [[op.words, *(write(results.cell(name, items, churn, op)) for name in results.names)] for op in operations]


def figures(results: Results, items: int, churn: int) -> str:
    """Times, sizes and statements of one course, and what ended early."""
    parts = [
        table([shown, *results.names], _lines(results, items, churn, operations, shown))
        for shown, operations in (("ms", TIMED), ("MiB", STORED), ("statements", COUNTED))
    ]
    ended = [f"{name}: {why}" for name in results.names if (why := results.ended(name, items, churn))]
    runs = max(len(results.of(name, items, churn)) for name in results.names)
    note = f"Runs: {runs}; medians. In brackets the bare driver on the same statements, making no objects."
    return "\n".join([*parts, note, *(f"Ended early: {each}" for each in ended)]) + "\n"


def targets(found: Sequence[Target]) -> str:
    """Each ratio with where it is to be and whether it is there."""
    lines = [
        [t.words, number(t.ratio), f"{'at least' if t.at_least else 'at most'} {t.wanted:g}", t.standing] for t in found
    ]
    return table(["ratio", "measured", "wanted", ""], lines)


def profile(results: Results, items: int, churn: int) -> str:
    """Where ours spends its time: the three statements that take most of each operation; empty without ours."""
    lines = [
        # A bar would end the cell, in a code span as well.
        [op.words if at == 0 else "", f"`{statement[:_SHOWN].replace('|', chr(92) + '|')}`", number(ms)]
        for op in TIMED for at, (statement, ms) in enumerate(results.slowest(OURS, items, churn, op))
    ]
    return table(["ours", "slowest statements of the last run", "ms"], lines, text=2) if lines else ""


def contestants(results: Results) -> str:
    """Who took part, in which mode, with which guarantees and libraries."""
    said = {name: results.about(name) for name in results.names}
    lines = [
        [name, str(about.get("mode", "-")), str(about.get("guarantees", "-")),
         ", ".join(f"{library} {version}" for library, version in about.get("libraries", {}).items())]
        for name, about in said.items()
    ]
    return table(["", "mode", "guarantees", "libraries"], lines, text=4)


def surroundings(results: Results) -> str:
    """The machine and the settings of the server."""
    machine, settings = results.machine, results.settings
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']},"
        f" Python {machine['python']}; {libraries}; load when it began {machine['load_before']}.\n"
        f"Postgres: {', '.join(f'{name} {value}' for name, value in settings.items())}.\n"
    )


def everything(results: Results) -> str:
    """All of it: machine, contestants, each course with its ratios, what carrying costs."""
    parts = [surroundings(results), contestants(results)]
    parts += [f"Left out: {name}, since {why}.\n" for name, why in results.left_out.items()]
    for items, churn in results.courses:
        title = f"### {items:,} items, {churn} % churn"
        parts += [title + "\n", figures(results, items, churn), targets(of_course(results, items, churn))]
    churns = sorted({churn for _, churn in results.courses})
    if results.courses:
        parts += ["### Where ours spends its time\n", profile(results, *results.courses[-1])]
    carrying = [each for churn in churns for each in of_carrying(results, churn)]
    return "\n".join([*parts, "### What carrying costs\n", targets(carrying)])
