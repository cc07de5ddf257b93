"""Workbooks as evidence: any sheet, the header anywhere at its top, every cell as a person sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from methods.evidence import Candidate, Evidence, read_evidence
from methods.evidence.workbook import shown
from models.errors import UnusableEvidence
from tests.evidence_files import HEADER, saved, workbook
from tests.methods.builders import source

MIDNIGHT = datetime(2026, 3, 31)  # noqa: DTZ001 - spreadsheets know no zones


def read(data: bytes) -> Evidence:
    """The evidence in a workbook, by the source with key REF and the columns LIMIT and STATE."""
    return read_evidence(data, source=source())


def limit(found: Evidence, key: str = "R1") -> Sequence[Candidate]:
    """The candidates for a record's limit."""
    return found.find(key, attribute="Limit")


class TestWhereTheTableStands:
    def test_any_sheet_and_any_row(self) -> None:
        """The header is found among the first rows, behind blank columns."""
        found = read(workbook({"Notes": [["n/a"]], "Data": [["Title"], [], [None, *HEADER], [None, "R1", 5, "NY"]]}))
        assert (("5", "sheet 'Data', cell C4", ""),) == limit(found)

    @pytest.mark.parametrize("rows", [0, 49])
    def test_the_first_fifty_rows(self, rows: int) -> None:
        """The fiftieth row may be the header."""
        assert limit(read(workbook({"Data": [*[["x"]] * rows, HEADER, ("R1", 5, "NY")]})))

    def test_not_below(self) -> None:
        """A table that begins deeper is not found, and the sheets are named."""
        with pytest.raises(UnusableEvidence, match=r"first 50 of its sheets \(Data\) has the column 'REF'"):
            read(workbook({"Data": [*[["x"]] * 50, HEADER, ("R1", 5, "NY")]}))

    def test_hidden_sheets_are_read_and_named_so(self) -> None:
        """What nobody sees at first sight is evidence too."""
        found = read(workbook({"Front": [["x"]], "Back": [HEADER, ("R1", 5, "NY")]}, hidden=["Back"]))
        assert "hidden sheet 'Back', cell B2" == limit(found)[0].locator

    def test_two_sheets_that_agree_are_one_candidate(self) -> None:
        """The first place is named."""
        rows = [HEADER, ("R1", 5, "NY")]
        assert ["sheet 'A', cell B2"] == [one.locator for one in limit(read(workbook({"A": rows, "B": rows})))]

    def test_two_sheets_that_differ_are_two(self) -> None:
        """Each with its place."""
        found = limit(read(workbook({"A": [HEADER, ("R1", 5, "NY")], "B": [("REF", "LIMIT"), ("R1", 6)]})))
        assert [("5", "sheet 'A', cell B2"), ("6", "sheet 'B', cell B2")] == [one[:2] for one in found]

    def test_a_merged_key_holds_for_all_its_rows(self) -> None:
        """Their values differ, so both are candidates."""
        data = workbook({"A": [HEADER, ("R1", 5, "NY"), (None, 6, "NY")]}, merged=["A2:A3"])
        assert ["5", "6"] == [one.value for one in limit(read(data))]

    def test_a_header_merged_over_rows(self) -> None:
        """It belongs to the row below as well."""
        data = workbook({"A": [("REF", "Amounts", "STATE"), (None, "LIMIT", None), ("R1", 5, "NY")]},
                        merged=["A1:A2", "C1:C2"])
        assert ("5", "sheet 'A', cell B3") == limit(read(data))[0][:2]

    def test_a_header_in_two_lines(self) -> None:
        """A line end within a cell is a space."""
        found = read_evidence(workbook({"A": [("REF", "Credit\nlimit"), ("R1", 5)]}),
                              source=source(columns={"Limit": "Credit limit"}))
        assert "5" == limit(found)[0].value

    def test_a_title_merged_over_columns(self) -> None:
        """It is one cell."""
        data = workbook({"A": [("Cards", None, None), HEADER, ("R1", 5, "NY")]}, merged=["A1:C1"])
        assert "sheet 'A', cell B3" == limit(read(data))[0].locator


class TestCells:
    @pytest.mark.parametrize(("value", "number_format", "text"), [
        (123, "General", "123"), (123.0, "General", "123"), (5000.1, "#,##0.00", "5000.1"), (0.1 + 0.2, "0.00", "0.3"),
        (1234.567, "0.00", "1234.567"), (1e15, "General", "1000000000000000"), (-0.0, "General", "0"),
        (0.05, "0.00%", "5%"), (0.1999, "0%", "19.99%"), (1234, "00000", "01234"),
        (123456789, "000-00-0000", "123-45-6789"),
        (0, "0", "0"), (7, '"No. "0', "7"), ("007", "General", "007"), (" x ", "@", " x "), (True, "General", "TRUE"),
        (date(2026, 3, 31), "dd.mm.yyyy", "2026-03-31"), (MIDNIGHT, "m/d/yy", "2026-03-31"),
        (MIDNIGHT.replace(hour=9, minute=30), "m/d/yy h:mm", "2026-03-31T09:30:00"), (1, "0.00E+00", "1")])
    def test_a_value_as_a_person_sees_it(self, value: Any, number_format: str, text: str) -> None:
        """No ".0", no lost zeros, no digits that no spreadsheet shows; rounding of a format does not count."""
        assert text == shown(value, number_format)

    def test_through_a_file(self) -> None:
        """Formats and types survive the way through a workbook."""
        data = workbook({"A": [HEADER, ("R1", 0.05, "007"), ("R2", date(2026, 3, 31), True)]}, formats={"B2": "0.00%"})
        found = read(data)
        assert ["5%", "007", "2026-03-31", "TRUE"] == [
            found.find(key, attribute=name)[0].value for key in ("R1", "R2") for name in ("Limit", "State")]

    def test_a_formula_without_a_result_is_unreadable(self) -> None:
        """Nothing is computed here; the owner is told what to do."""
        (one,) = limit(read(workbook({"A": [HEADER, ("R1", "=1+1", "NY")]})))
        assert ("", "sheet 'A', cell B2") == one[:2]
        assert one.problem.startswith("a formula without a stored result")

    def test_an_error_is_unreadable(self) -> None:
        """It is no value, and it is there."""
        book = Workbook()
        sheet = book.worksheets[0]
        for row in (HEADER, ("R1", "#N/A", "NY")):
            sheet.append(row)
        sheet["B2"].data_type = "e"
        assert ["the cell shows the error #N/A"] == [one.problem for one in limit(read(saved(book)))]

    def test_a_blank_cell_is_nothing(self) -> None:
        """The record is there and says nothing: that is a value, too."""
        assert [("", "sheet 'A', cell B2", "")] == list(limit(read(workbook({"A": [HEADER, ("R1", None, "NY")]}))))
