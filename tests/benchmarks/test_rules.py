"""The rules' benchmark compares like with like: the same file, the same failing keys, and it says when they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import docs
from benchmarks.results import save
from benchmarks.rules.contest import main
from benchmarks.rules.data import files, make
from benchmarks.rules.engine import RULES
from benchmarks.rules.results import Results, Run, everything, load

ROWS = 3_000
MACHINE: Mapping[str, Any] = {"cpu": "x", "cores": 2, "memory_gib": 8, "system": "Linux", "python": "3",
                              "load_before": 0}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Run]:
    folder = tmp_path_factory.mktemp("loans")
    make(folder, ROWS)
    return [Run(name, ROWS, **main(f"benchmarks.rules.ours:{kind}", *files(folder, ROWS)))
            for name, kind in (("ours", "Ours"), ("duckdb", "HandWritten"))]


def test_ours_and_hand_written_sql_name_the_same_keys(runs: Sequence[Run]) -> None:
    """Ten rules, each with failing records, agree key by key."""
    assert Results(MACHINE, runs).disagreements(ROWS) == []
    assert all(runs[0].failing[rule][0] > 0 for rule in RULES)


def test_another_key_is_told(runs: Sequence[Run]) -> None:
    """An engine that names as many records, but others, does not pass as agreeing."""
    count, _ = runs[0].failing["zip_form"]
    other = replace(runs[0], failing={**runs[0].failing, "zip_form": [count, "0" * 64]})
    results = Results(MACHINE, [other, runs[1]])
    assert results.disagreements(ROWS) == [
        f"ours, zip_form: {count} failing records, duckdb has {count}"]
    assert "Not agreed: ours, zip_form" in everything(results)


def test_ratio_and_targets_are_of_the_medians(tmp_path: Path, runs: Sequence[Run]) -> None:
    """What is read from a results file stands over the hand-written SQL, and a missed target is called missed."""
    timed = [replace(run, rows=10_000_000, load=a, run=b, bytes=2e9)
             for run in runs for a, b in (((6, 2), (3, 4), (90, 90)) if run.name == "ours" else ((3, 2),))]
    told = everything(load(save(Results(MACHINE, timed), "r", folder=tmp_path)))
    assert [line.split("|")[2:5] for line in told.splitlines() if line.startswith("| ours, ")] == [
        ["     1.60 ", " at most 1.3 ", " missed "], ["     2.00 ", "     below 1 ", " missed "]]


def test_the_page_has_a_place_for_the_figures() -> None:
    """`--write-docs` finds its marks in the page, and leaves the others alone."""
    from benchmarks.rules.__main__ import BEGIN, END

    page = docs.PAGE.read_text(encoding="utf-8")
    new = docs.replaced(page, "figures", BEGIN, END)
    assert f"{BEGIN}\n\nfigures\n{END}" in new
    assert new.partition(BEGIN)[0] == page.partition(BEGIN)[0]
