"""The workbook: every row, typed text, no formula, ready to filter."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook

from activities.render.xlsx import cell_text, render_xlsx
from methods.figures import compose
from models.errors import VerificationFailed
from models.report import ReportFacts
from tests.report.builders import case, cycle, facts, observation, rule

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\")", "http://x", "007")


def book(given: ReportFacts) -> Workbook:
    """The workbook read back."""
    found: Workbook = load_workbook(io.BytesIO(render_xlsx(given, compose(given))))
    return found


def column(given: ReportFacts, sheet: str, label: str) -> list[object]:
    """The values below a heading."""
    rows = list(book(given)[sheet].iter_rows(values_only=True))
    place = rows[0].index(label)
    return [row[place] for row in rows[1:]]


def test_every_case_has_a_row() -> None:
    """What the document leaves out is here."""
    assert 1200 == len(column(facts(samples=40, tested=30, skipped=0), "Cases", "Case"))


def test_each_sheet_has_frozen_headings_and_a_filter() -> None:
    """All but the summary."""
    for sheet in book(facts()).worksheets[1:]:
        assert "A2" == sheet.freeze_panes
        assert sheet.max_row > 1
        assert sheet.auto_filter.ref is not None, sheet.title


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    """What begins like a formula, a link or a number is stored as text in a cell of type text."""
    given = facts(cases=(case(reported=text, reason=text, record_key=text),), observations=())
    sheet = book(given)["Cases"]
    cells = [cell for cell in sheet[2] if cell.value == text]
    assert [("s", "@")] * 3 == [(cell.data_type, cell.number_format) for cell in cells]


def test_no_part_of_the_file_holds_a_formula_or_a_link_outside() -> None:
    """Looked at in the file itself, not through a reader."""
    given = facts(cases=tuple(case(place, reported=text) for place, text in enumerate(FORMULAS)), observations=(),
                  cycle=cycle(report_name="=1+1", institution="@x"))
    with zipfile.ZipFile(io.BytesIO(render_xlsx(given, compose(given)))) as parts:
        for name in parts.namelist():
            content = parts.read(name)
            assert b"<f>" not in content
            assert b'TargetMode="External"' not in content


def test_counts_are_numbers_and_keys_are_text() -> None:
    """A sum works on counts; a key of digits keeps its zeros."""
    given = facts(rules=(rule(passed=990, failed=10, failing_keys=("000123",)),))
    assert [10] == column(given, "Rules", "Failed")
    assert ["000123"] == column(given, "Failing records", "Record key")


def test_an_empty_table_says_so() -> None:
    """A sheet without rows is not a riddle."""
    assert "No observation was made." == book(facts(observations=(), fail_every=0))["Observations"]["A2"].value


def test_the_file_is_dated_by_the_report() -> None:
    """Creation is the moment of submission, never now."""
    assert datetime(2026, 4, 22, 6, 30) == book(facts()).properties.created  # noqa: DTZ001 - a workbook has no zones


def test_the_summary_leads_to_every_sheet() -> None:
    """The first sheet lists the others with their number of rows."""
    found = book(facts())
    listed = {row[0].value: row[1].value for row in found["Summary"].iter_rows(max_col=2)}
    for sheet in found.worksheets[1:]:
        rows = sheet.max_row - 1 if sheet.auto_filter.ref else 0
        assert rows == listed[sheet.title]


def test_the_summary_says_that_actors_are_not_authenticated() -> None:
    """Whoever gets only the workbook reads it too."""
    texts = [cell.value for row in book(facts())["Summary"].iter_rows() for cell in row if cell.value]
    assert any("are not authenticated" in str(text) for text in texts)


def test_a_text_longer_than_a_cell_is_cut_with_a_word() -> None:
    """The limit of a cell is no reason to lose the row, or to cut in silence."""
    long = "x" * 40_000
    given = facts(cases=(case(outcome="mismatch"),), observations=(observation(description=long),))
    value = str(column(given, "Observations", "Description")[0])
    assert value.endswith("[cut: 40000 characters, the whole text is on record]")
    assert len(value) < 32_767


def test_unprintable_characters_are_shown() -> None:
    """A control character neither breaks the file nor hides."""
    assert "a⟨U+0000⟩b" == cell_text("a\x00b")


def test_other_facts_than_those_decided_on_are_refused() -> None:
    """The workbook holds the very rows that were approved."""
    given = facts()
    with pytest.raises(VerificationFailed, match="nothing rendered"):
        render_xlsx(given.model_copy(update={"cases": given.cases[:-1]}), compose(given))


def test_a_row_is_as_high_as_its_text_needs() -> None:
    """A program that does not fit rows when it opens a file would lay one text over the next; no row is beyond 409."""
    given = facts(cases=(case(0), case(1, reason="word " * 60), case(2, reason="line\n" * 300)), observations=())
    heights = [book(given)["Cases"].row_dimensions[row].height for row in (2, 3, 4)]
    assert (True, 408.75) == (20 < heights[1] < 120, heights[2])
