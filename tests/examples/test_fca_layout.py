"""Every column of every published data file gets its name from the page that describes it."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.fca_call_report.errors import ColumnCountMismatch
from examples.fca_call_report.layout import Layout, column_names, decode, parse_layout
from examples.fca_call_report.quarter import read_quarter
from tests.examples.fca_quarters import IDENTITY, REAL_QUARTERS, layout_text


def names(layout: Layout, width: int) -> tuple[str, ...]:
    return column_names(layout, width, schedule="RCX", data="RCX.TXT")


def whole_records(quarter: Path, file: str) -> list[list[str]]:
    """The records of a published file; the only file that breaks them is put together at its own joints."""
    with zipfile.ZipFile(quarter) as archive:
        lines = archive.read(file).decode("cp1252").split()
    rows: list[str] = []
    for line in lines if file.startswith("RCR7") else []:
        rows[len(rows):] = [line] if line.count(",") == 6 and line.endswith(",") else [rows.pop() + line]
    with zipfile.ZipFile(quarter) as archive:
        text = "\n".join(rows) or archive.read(file).decode("cp1252")
    return [row for row in csv.reader(io.StringIO(text)) if row]


class TestPublishedQuarters:
    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_as_many_names_as_columns_on_every_line_of_every_schedule(self, quarter: Path) -> None:
        """No schedule of a real quarter has a column without a name, or a name without a column."""
        published = read_quarter(quarter)
        unequal = []
        for schedule, files in published.schedules.items():
            for row in whole_records(quarter, files.file):
                named = column_names(files.layouts[0], len(row), schedule=schedule, data=files.file)
                if len(named) != len(row) or len(set(named)) != len(row):
                    unequal.append((schedule, row[:6], len(named), len(row)))
        assert ([], 36) == (unequal, len(published.schedules))

    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_every_layout_column_is_used(self, quarter: Path) -> None:
        """No data file of a real quarter ends before its layout does, and no file is left over."""
        published = read_quarter(quarter)
        tables = [published.table(schedule) for schedule in published.schedules]
        early = [table.schedule for table in tables if table.absent]
        assert ([], (), ()) == (early, published.unnamed, published.empty)

    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_identity_stands_in_every_schedule(self, quarter: Path) -> None:
        """Names meet their values: the institution number is system, district and association put together."""
        published = read_quarter(quarter)
        wrong = []
        for table in map(published.table, published.schedules):
            columns = (table.values(name) for name in ("SYSTEM", "DIST", "ASSOC", "UNINUM"))
            wrong += [(table.schedule, number) for system, district, association, number in zip(*columns, strict=True)
                      if number != f"{system}{district:>02}{association:>03}"]
        assert [] == wrong

    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_repetitions_carry_the_codes_that_the_layout_lists(self, quarter: Path) -> None:
        """The first column of each repetition holds its code, whichever occurrences an institution files."""
        table = read_quarter(quarter).table("RCR7")
        codes = [{record for record in table.values(f"RegCapCode_{number}") if record} for number in range(1, 30)]
        assert ([1] * 29, {"2100"}) == ([len(code) for code in codes], codes[-1])


class TestParseLayout:
    def test_reads_name_type_decimals_and_description(self) -> None:
        """A column is its name, its type, its decimals and all the text up to the next one."""
        page = ("   RATIO  Numeric  2  Capital\r\n\t\t\t\tratio  of the\n      quarter\r\n"
                "NAME\tAlphanum.   0\tShort name")
        found = parse_layout(decode(page.encode()))
        assert [("RATIO", "numeric", 2, "Capital ratio of the quarter"), ("NAME", "text", 0, "Short name")] == [
            (column.name, column.kind, column.decimals, column.description) for column in found.columns]

    @pytest.mark.parametrize("line", ["** CODE  Numeric  0  A code", "   **   CODE Numeric 0 A code",
                                      "\t** CODE\tnumeric\t0\tA code", "**CODE   NUMERIC 0  A code"])
    def test_stars_mark_a_repeating_column_and_are_not_part_of_its_name(self, line: str) -> None:
        """However a group column is decorated and indented, its name is bare."""
        found = parse_layout(f"{line}\n  10 first\n\n  20 second\n").columns[0]
        assert ("CODE", True, "A code 10 first 20 second") == (found.name, found.repeats, found.description)

    def test_a_note_belongs_to_no_column(self) -> None:
        """The note on repeating groups at the end of a page does not become a description."""
        found = parse_layout("** A  Numeric  0  Last one\n\n  **  NOTE:  THE RECORD CONTAINS MULTIPLE OCCURANCES")
        assert ["Last one"] == [column.description for column in found.columns]

    def test_title_leaves_out_what_every_page_says(self) -> None:
        """The title is the schedule's, without the page's own header."""
        assert "SCHEDULE RC-X Things" == parse_layout(layout_text("RC-X Things", IDENTITY)).title

    def test_windows_and_utf8_bytes_both_read(self) -> None:
        """A Windows-1252 dash and a UTF-8 paragraph sign survive, DOS end marks do not."""
        assert ("M – Ch", "§ 628") == (decode(b"M \x96 Ch\x1a"), decode(b"\xc2\xa7 628"))

    @given(st.lists(st.tuples(st.from_regex(r"[A-Z][A-Za-z0-9_]{1,30}", fullmatch=True), st.sampled_from("04"),
                              st.lists(st.sampled_from(["to other FCS", "(net)", "10  Accruing", "– 14", "a\tb"]),
                                       max_size=3)), min_size=1, max_size=8),
           st.sampled_from([" ", "\t", "   \t", ""]), st.sampled_from(["\n\t\t\t\t", "\n      ", "\n\n  "]))
    def test_any_page_gives_back_its_names(self, wanted: list[tuple[str, str, list[str]]], indent: str,
                                           continued: str) -> None:
        """Names and decimals are read whatever the indentation and however descriptions go on."""
        page = "\n".join(f"{indent}{name}{indent} Numeric\t{decimals}  {continued.join(['Words', *text])}"
                         for name, decimals, text in wanted)
        found = parse_layout(decode(page.replace("\n", "\r\n").encode("cp1252")))
        assert [(name, int(decimals)) for name, decimals, _ in wanted] == [
            (column.name, column.decimals) for column in found.columns]


class TestColumnNames:
    def test_numbers_repetitions_until_the_record_is_full(self) -> None:
        """Six columns are two plain ones and two repetitions of a group of two."""
        layout = parse_layout("A Numeric 0 a\n** CODE Numeric 0 c\n** AMT Numeric 0 d\nZ Numeric 0 z\n")
        assert ("A", "CODE_1", "AMT_1", "CODE_2", "AMT_2", "Z") == names(layout, 6)

    def test_a_record_that_ends_early_takes_the_first_names(self) -> None:
        """Columns added to the form later are the last ones, so older data has the first."""
        assert ("SYSTEM", "DIST") == names(parse_layout(layout_text("X", IDENTITY)), 2)

    @pytest.mark.parametrize("width", [5, 7, 2])
    def test_what_does_not_fit_is_refused_with_both_counts(self, width: int) -> None:
        """The refusal names schedule, files, how many columns are named and how many are present."""
        page = "A Numeric 0 a\n** CODE Numeric 0 c\n** AMT Numeric 0 d\nZ Numeric 0 z\n"
        layout = parse_layout(page, file="D_RCX.TXT")
        with pytest.raises(ColumnCountMismatch) as refused:
            names(layout, width)
        assert (f"schedule RCX: layout D_RCX.TXT names 4 columns, 2 of them in a repeating group, "
                f"data file RCX.TXT holds {width} columns") == str(refused.value)

    def test_left_over_columns_are_refused(self) -> None:
        """A column that no page describes is never given an invented name."""
        with pytest.raises(ColumnCountMismatch):
            names(parse_layout(layout_text("X", IDENTITY)), 7)

    def test_a_name_used_twice_is_numbered(self) -> None:
        """Two columns never share a header."""
        assert ("A", "A_2") == names(parse_layout("A Numeric 0 a\nA Numeric 0 b\n"), 2)
