"""Tables of results as plain text, the same for a terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.operations import TIMED
from benchmarks.results import Cell, Results


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded so that it reads in a terminal as well; the first column is left-aligned."""
    widths = [max(len(line[at]) for line in (header, *lines)) for at in range(len(header))]

    def written(line: Sequence[str]) -> str:
        right = [each.rjust(width) for each, width in zip(line[1:], widths[1:], strict=True)]
        return f"| {' | '.join([line[0].ljust(widths[0]), *right])} |"

    rule = f"|{'-' * (widths[0] + 2)}|" + "".join(f"{'-' * (width + 1)}:|" for width in widths[1:])
    return "\n".join([written(header), rule, *map(written, lines)]) + "\n"


def number(value: float | None) -> str:
    """Three significant digits, thousands set apart; a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _timing(cell: Cell) -> str:
    return number(cell.ms) + (f" ({number(cell.raw_ms)})" if cell.raw_ms is not None else "")


def timings(results: Results, items: int, churn: int) -> str:
    """Milliseconds per operation and contestant; in brackets the bare driver on the same statements."""
    lines = [
        [op.words, *(_timing(results.cell(name, items, churn, op.name, op.version)) for name in results.names)]
        for op in TIMED
    ]
    return table(["ms", *results.names], lines)


def show(results: Results) -> str:
    """Everything that the terminal shows."""
    return "".join(
        f"\n{items:,} items, {churn} % churn\n\n{timings(results, items, churn)}" for items, churn in results.courses
    )
