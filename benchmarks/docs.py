"""Writes the figures of a results file into docs/benchmarks.md, between two marks; the prose around them stays."""

from __future__ import annotations

from pathlib import Path

from benchmarks.code_lines import report
from benchmarks.results import Results
from benchmarks.tables import everything

BEGIN, END = "<!-- figures: written by `python -m benchmarks --write-docs` -->", "<!-- end of figures -->"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def written(page: str, results: Results, source: str) -> str:
    """The page with new figures. Raises `ValueError` where the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN!r} followed by {END!r}")
    body = f"From `{source}`.\n\n{everything(results)}\n### Code\n\n{report()}"
    return f"{before}{BEGIN}\n\n{body}\n{END}{after}"


def write(results: Results, source: str, page: Path = PAGE) -> None:
    """Replace the figures in the page."""
    page.write_text(written(page.read_text(encoding="utf-8"), results, source), encoding="utf-8")
