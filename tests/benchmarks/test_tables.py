"""What a results file says, as tables: medians, ratios and where they are to be, and the page between its marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import docs, results
from benchmarks.results import Results, Run
from benchmarks.tables import everything, number, profile, table
from benchmarks.targets import Target, of_carrying, of_course

_MACHINE = {
    "cpu": "an abacus", "cores": 2, "memory_gib": 1, "system": "Linux", "python": "3", "load_before": 0.1,
    "libraries": {"asyncpg": "1"},
}


def run(name: str, *, items: int = 1000, ended: str = "", **ms: float) -> Run:
    """One run with these times; `_` in a name stands for a space."""
    figures = [
        {"operation": operation.replace("_", " "), "version": 2 if operation == "cut" else 1, "ms": took}
        for operation, took in ms.items()
    ]
    return Run(name, items, 5, 10, tuple(figures), ended)


def results_of(*runs: Run) -> Results:
    """The results of some runs."""
    return Results(_MACHINE, {"fsync": "on"}, runs)


def line(text: str, words: str) -> list[str]:
    """The cells of the first line that begins so."""
    found = next(each for each in text.splitlines() if each.startswith(f"| {words} "))
    return [cell.strip() for cell in found.strip("|").split("|")]


def of(found: Sequence[Target], words: str) -> Target:
    """The target that begins so."""
    return next(each for each in found if each.words.startswith(words))


def test_a_table_is_padded_markdown() -> None:
    """It reads in a terminal and in a page."""
    assert table(["ms", "ours"], [["create", "1.50"], ["cut", "12"]]) == (
        "| ms     | ours |\n|--------|-----:|\n| create | 1.50 |\n| cut    |   12 |\n"
    )


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (0.123, "0.12"), (9.999, "10.0"), (99.96, "100"), (43950.0, "43,950")]
)
def test_numbers_have_three_digits(value: float | None, shown: str) -> None:
    """Enough for a ratio, and no more than the noise allows."""
    assert number(value) == shown


def test_a_cell_is_the_median_of_its_runs() -> None:
    """One slow run does not move it; what a contestant does not offer is a dash."""
    found = results_of(*(run("ours", create=took) for took in (10.0, 900.0, 12.0)), run("copy"))
    assert line(everything(found), "create v1") == ["create v1", "12.0", "-"]


def test_what_ended_early_is_said() -> None:
    """No contestant drops out without a word."""
    found = results_of(run("auditrum", ended="longer than 60 s"))
    assert "Ended early: auditrum: longer than 60 s" in everything(found)


def test_who_is_left_out_is_said_with_the_reason() -> None:
    """A peer that is not there is no blank."""
    found = replace(results_of(run("ours")), left_out={"legacy": "its schema is not there"})
    assert "Left out: legacy, since its schema is not there." in everything(found)


def test_the_slowest_statements_of_ours_are_shown() -> None:
    """A missed ratio can be explained; a bar in a statement does not end its cell."""
    figure = {"operation": "create", "version": 1, "ms": 9.0, "slowest": [["select a || b", 7.5]]}
    found = profile(results_of(Run("ours", 1000, 5, 10, (figure,))), 1000, 5)
    assert "| create v1 | `select a \\|\\| b` " in found


def test_continuum_counts_with_the_faster_of_its_modes() -> None:
    """Its best mode, for each operation by itself."""
    found = of_course(
        results_of(
            run("ours", create=10.0, cut=10.0), run("continuum-validity", create=900.0, cut=140.0),
            run("continuum-subquery", create=40.0, cut=500.0),
        ), 1000, 5,
    )
    assert (of(found, "create v1").ratio, of(found, "create v1").standing) == (4.0, "reached")
    assert (of(found, "cut v2").ratio, of(found, "cut v2").standing) == (14.0, "missed")
    assert of(found, "decide").standing == "not measured"


def test_the_two_questions_count_together() -> None:
    """A slow one is outweighed by a fast one, as the target says."""
    found = of_course(
        results_of(
            run("ours", effective_decided=10.0, lineage=5.0), run("legacy", effective_decided=8.0, lineage=25.0)
        ), 1000, 5,
    )
    assert of(found, "the legacy schema's two questions").ratio == pytest.approx(2.2)


def test_carrying_compares_the_dearest_with_the_cheapest_course() -> None:
    """A hundred edits over more and more carried items; without all parts there is no ratio."""
    found = of_carrying(
        results_of(
            run("ours", hundred_cut=4.0, hundred_change=6.0, hundred_decide=10.0),
            run("ours", items=10_000, hundred_cut=5.0, hundred_change=7.0, hundred_decide=18.0),
        ), 5,
    )
    assert (found[0].ratio, found[0].standing) == (1.5, "reached")
    assert found[1].standing == "not measured"


def test_a_results_file_reads_back_as_it_was(tmp_path: Path) -> None:
    """Documentation can be written from it later."""
    kept = results_of(run("ours", create=10.0))
    assert results.load(results.save(kept, "one", folder=tmp_path / "kept")) == kept


def test_results_of_other_sizes_stand_on_one_page() -> None:
    """Each course was one run; a course of two runs would have ratios of neither."""
    small, large = results_of(run("ours")), results_of(run("ours", items=10_000))
    assert [(1_000, 5), (10_000, 5)] == results.together([large, small]).courses
    with pytest.raises(ValueError, match="two of the results"):
        results.together([small, small])


def test_results_of_another_machine_do_not_stand_beside() -> None:
    """What the machines differ in would be taken for what the contestants differ in."""
    small, other = results_of(run("ours")), replace(results_of(run("ours", items=10_000)), machine={"cpu": "other"})
    with pytest.raises(ValueError, match="different machines"):
        results.together([small, other])


def test_the_page_keeps_the_prose_around_the_figures() -> None:
    """What people wrote about the figures outlives the figures."""
    page = f"before\n{docs.BEGIN}\nold\n{docs.END}\nafter\n"
    written = docs.written(page, results_of(run("ours", create=10.0)), ["one.json"])
    assert written.startswith(f"before\n{docs.BEGIN}\n\nFrom `one.json`.")
    assert written.endswith(f"{docs.END}\nafter\n")
    assert "\nold\n" not in written


def test_a_page_without_marks_is_left_alone() -> None:
    """Nobody's page is overwritten."""
    with pytest.raises(ValueError, match="figures"):
        docs.written("prose", results_of(), ["one.json"])


def test_the_page_in_the_repository_has_its_marks() -> None:
    """`--write-docs` finds where to write."""
    docs.written(docs.PAGE.read_text(encoding="utf-8"), results_of(run("ours")), ["one.json"])
