"""Writes the figures of a results file into docs/benchmarks.md, between two marks; the prose around them stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.code_lines import report
from benchmarks.results import Results
from benchmarks.tables import everything

BEGIN, END = "<!-- figures: written by `python -m benchmarks --write-docs` -->", "<!-- end of figures -->"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def written(page: str, results: Results, sources: Sequence[str]) -> str:
    """The page with new figures. Raises `ValueError` where the marks are missing."""
    named = ", ".join(f"`{source}`" for source in sources)
    return replaced(page, f"From {named}.\n\n{everything(results)}\n### Code\n\n{report()}", BEGIN, END)


def replaced(page: str, body: str, first: str, last: str) -> str:
    """The page with `body` between two marks. Raises `ValueError` where they are missing."""
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the page has no {first!r} followed by {last!r}")
    return f"{before}{first}\n\n{body}\n{last}{after}"


def write(results: Results, sources: Sequence[str], page: Path = PAGE) -> None:
    """Replace the figures in the page."""
    page.write_text(written(page.read_text(encoding="utf-8"), results, sources), encoding="utf-8")


def put(body: str, first: str, last: str, page: Path = PAGE) -> None:
    """Replace what stands between two marks of the page."""
    page.write_text(replaced(page.read_text(encoding="utf-8"), body, first, last), encoding="utf-8")
