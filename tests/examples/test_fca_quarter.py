"""A quarter is read by rule, whatever its files are called, or says which schedule or column it lacks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from examples.fca_call_report.errors import (
    ColumnCountMismatch,
    DuplicateInstitution,
    IncompleteQuarter,
    MissingColumn,
    MissingSchedule,
)
from examples.fca_call_report.filing import Filing, read_filing
from examples.fca_call_report.layout import parse_layout
from examples.fca_call_report.quarter import read_quarter
from examples.fca_call_report.table import Table, read_table
from models.errors import BadInput, UnusableFile
from tests.examples.fca_quarters import SCHEDULES, identity, layout_text, plain_records, write_quarter

GROUPED = ("MONTH Numeric 0 m\nYEAR Numeric 0 y\nUNINUM Numeric 0 u\n"
           "** CODE Numeric 0 c\n** AMT Numeric 0 a\nEND Numeric 0 e\n")


def filing(path: Path) -> Filing:
    return read_filing(read_quarter(path))


def table(text: str, layout: str = GROUPED) -> Table:
    return read_table(text, [parse_layout(layout, file="D_RCX.TXT")], schedule="RCX", file="RCX.TXT")


class TestFileNames:
    @pytest.mark.parametrize(("layout", "data"), [
        ("D_{}.TXT", "{}_Q202603_G20260507.TXT"), ("D_{}.TXT", "{}.TXT"), ("D_{}_2018.TXT", "{}_Q201803.TXT"),
        ("Layouts/d_{}.txt", "data/1999/{}_199912.txt"), ("D_{}.TXT", "{}1299.TXT"), ("D_{}.TXT", "{}121999.DAT"),
        ("d_{}.txt", "{}_12_99.csv"), ("D{}.TXT", "{}_DEC1999.TXT"), ("D-{}.Txt", "{}-1999Q4.Txt"),
        ("D_{}_Q199912.TXT", "Q199912_{}.TXT"), ("D_{}_199912.TXT", "{}_199912.TXT"), ("D_{}1299.TXT", "{}1299.TXT"),
        ("1999\\D_{}.TXT", "1999\\{}"),
    ])
    def test_schedules_are_found_in_any_style_of_naming(self, tmp_path: Path, layout: str, data: str) -> None:
        """Folders, case, suffixes and dates in names do not matter."""
        path = write_quarter(tmp_path / "q.zip", naming=lambda name: (layout.format(name), data.format(name)))
        assert {"RC", "RCL", "RIE", "RCM", "RCH"} == set(read_quarter(path).schedules)

    def test_a_date_is_not_mistaken_for_a_part_of_the_schedule(self, tmp_path: Path) -> None:
        """RC1299 is Schedule RC of December 1999 and RC11299 is Schedule RC.1, when both are there."""
        schedules = {**SCHEDULES, "RC1": ("TYPRE",)}
        path = write_quarter(tmp_path / "q.zip", schedules=schedules,
                             naming=lambda name: (f"D_{name}.TXT", f"{name}1299.TXT"))
        found = read_quarter(path).schedules
        assert ("RC1299.TXT", "RC11299.TXT") == (found["RC"].file, found["RC1"].file)

    def test_evidence_is_taken_from_the_member_of_the_family_that_holds_the_column(self, tmp_path: Path) -> None:
        """RI-E may be one file or several; the one with the column counts."""
        schedules = {**SCHEDULES, "RIE1": ("ACLCODE",), "RIE2": SCHEDULES["RIE"]}
        del schedules["RIE"]
        records = plain_records(RIE1=[(*identity(1), 10)], RIE2=plain_records()["RIE"])
        path = write_quarter(tmp_path / "q.zip", schedules=schedules, records=records)
        assert "RIE2" == filing(path).evidence["RI-E"].schedule

    def test_the_layout_that_fits_wins_over_one_of_another_year(self, tmp_path: Path) -> None:
        """With two layouts for one schedule the data decides which is meant."""
        extra = {"D_RC_2018.TXT": layout_text("RC", [f"C{number}" for number in range(99)])}
        found = filing(write_quarter(tmp_path / "q.zip", extra=extra)).report
        assert ("D_RC.TXT", ()) == (found.layout.file, found.absent)

    def test_a_folder_of_the_files_is_read_like_the_archive(self, tmp_path: Path) -> None:
        """Somebody who has unpacked the archive need not pack it again."""
        (tmp_path / "D_RC.TXT").write_text(layout_text("RC", ("SYSTEM", "DIST")), encoding="cp1252")
        (tmp_path / "RC.TXT").write_text("7,10\n", encoding="cp1252")
        assert (("7", "10"),) == read_quarter(tmp_path).table("RC").records


class TestLacking:
    @pytest.mark.parametrize("schedule", sorted(SCHEDULES))
    def test_a_missing_schedule_is_named(self, tmp_path: Path, schedule: str) -> None:
        """The message says which schedule is not there, and which are."""
        schedules = {name: columns for name, columns in SCHEDULES.items() if name != schedule}
        with pytest.raises(MissingSchedule, match=f"{schedule} is missing: neither data nor layout") as refused:
            filing(write_quarter(tmp_path / "q.zip", schedules=schedules))
        assert ("missing_schedule", schedule) == (refused.value.code, refused.value.schedule)

    @pytest.mark.parametrize(("file", "lack"), [("D_RCM.TXT", "RCM_Q199912_G20000301.TXT has no layout file"),
                                                ("RCM_Q199912_G20000301.TXT", "D_RCM.TXT has no data file")])
    def test_half_a_schedule_is_named_by_the_file_that_lacks_its_partner(self, tmp_path: Path, file: str,
                                                                         lack: str) -> None:
        """Data without layout and layout without data are told apart."""
        with pytest.raises(MissingSchedule, match=f"schedule RCM is missing: {lack}"):
            filing(write_quarter(tmp_path / "q.zip", leave_out=[file]))

    def test_an_empty_schedule_is_named(self, tmp_path: Path) -> None:
        """A data file without records proves nothing."""
        with pytest.raises(MissingSchedule, match=r"schedule RCL is missing: RCL_.* holds no records"):
            filing(write_quarter(tmp_path / "q.zip", records=plain_records(RCL=[])))

    def test_a_missing_column_is_named_with_the_files_searched(self, tmp_path: Path) -> None:
        """The message names schedule, column, layout and data file."""
        schedules = {**SCHEDULES, "RIE": ("PROVLNS", "ALLNLOSS")}
        with pytest.raises(MissingColumn, match=r"RIE has no column ALTYPTOTAL \(looked in D_RIE.TXT and ") as refused:
            filing(write_quarter(tmp_path / "q.zip", schedules=schedules))
        assert (("ALTYPTOTAL",), True) == (refused.value.columns, bool(refused.value.hint))

    def test_everything_missing_is_named_at_once(self, tmp_path: Path) -> None:
        """Nobody has to build again to learn of the next thing."""
        schedules = {**SCHEDULES, "RC": SCHEDULES["RC"][:-1], "RCH": ("PENSIONADJ",)}
        del schedules["RCL"]
        with pytest.raises(IncompleteQuarter) as refused:
            filing(write_quarter(tmp_path / "q.zip", schedules=schedules, records=plain_records(
                RC=[row[:-1] for row in plain_records()["RC"]], RCH=[row[:-1] for row in plain_records()["RCH"]])))
        assert ["missing_column", "missing_schedule", "missing_column"] == [each.code for each in refused.value.missing]

    def test_a_column_that_the_data_ends_before_counts_as_missing(self, tmp_path: Path) -> None:
        """A layout may promise more than an older data file holds."""
        records = plain_records(RC=[row[:-1] for row in plain_records()["RC"]])
        with pytest.raises(MissingColumn, match="RC has no column ACNOCOMINC"):
            filing(write_quarter(tmp_path / "q.zip", records=records))

    @pytest.mark.parametrize("name", ["absent.zip", "text.zip"])
    def test_what_is_no_archive_is_refused(self, tmp_path: Path, name: str) -> None:
        """A missing file and a file of another kind both say what to give instead."""
        (tmp_path / "text.zip").write_text("no archive")
        with pytest.raises(UnusableFile, match="cannot be read as a ZIP archive"):
            read_quarter(tmp_path / name)

    def test_an_archive_without_layouts_is_refused(self, tmp_path: Path) -> None:
        """Without layouts nothing can be named, so nothing is guessed."""
        leave_out = [f"D_{schedule}.TXT" for schedule in SCHEDULES]
        with pytest.raises(UnusableFile, match="holds no layout files"):
            read_quarter(write_quarter(tmp_path / "q.zip", leave_out=leave_out))


class TestReadTable:
    def test_a_record_broken_over_lines_is_put_together(self) -> None:
        """Lines that dangle on a comma go on until the next one that states month and year."""
        found = table("3,2026,1,\n10,5,\n20,6,\n9\n3,2026,2,\n10,7,\n20,8,\n9\n")
        assert (("3", "2026", "1", "10", "5", "20", "6", "9"),
                ("3", "2026", "2", "10", "7", "20", "8", "9")) == found.records

    def test_fewer_repetitions_stand_under_their_own_codes(self) -> None:
        """An institution that leaves out a code has blanks there, not the next code's amounts."""
        found = table("3,2026,1,10,5,20,6,30,7,9\n3,2026,2,10,5,30,7,9\n")
        assert ("3", "2026", "2", "10", "5", "", "", "30", "7", "9") == found.records[1]

    def test_a_comma_at_the_end_of_every_line_is_no_column(self) -> None:
        """One empty column too many on all lines is a habit of the writer, not data."""
        found = table("1,2,\n3,4,\n", "A Numeric 0 a\nB Numeric 0 b\n")
        assert (("A", "B"), (("1", "2"), ("3", "4"))) == (found.names, found.records)

    def test_blank_last_column_stays_when_it_is_named(self) -> None:
        """A named column that nobody fills is still a column."""
        assert ("A", "B") == table("1,\n3,\n", "A Numeric 0 a\nB Numeric 0 b\n").names

    def test_quotes_spaces_and_blank_lines_do_not_matter(self) -> None:
        """Values are what stands between the commas, without quotes and padding."""
        found = table(' "FCB, Texas", 78746 \n\n', "A Alphanum. 0 a\nB Alphanum. 0 b\n")
        assert (("FCB, Texas", "78746"),) == found.records

    def test_a_damaged_line_is_named(self) -> None:
        """A record of another width is refused with its number and both widths."""
        with pytest.raises(ColumnCountMismatch, match="holds 1 columns in record 2 and 2 in others"):
            table("1,2\n3\n", "A Numeric 0 a\nB Numeric 0 b\n")


class TestReadFiling:
    @pytest.mark.parametrize("year", [1999, 99])
    def test_the_period_is_the_last_day_of_the_stated_month(self, tmp_path: Path, year: int) -> None:
        """Month and year stand in the data; two digits of a year mean the century they fit."""
        rows = [(*identity(1, year=year), *row[6:]) for row in plain_records()["RC"][:1]]
        assert date(1999, 12, 31) == filing(write_quarter(tmp_path / "q.zip", records=plain_records(RC=rows))).period

    def test_two_periods_in_one_report_are_refused(self, tmp_path: Path) -> None:
        """One report is one quarter."""
        rows = [(*identity(number, month=month), *plain_records()["RC"][0][6:]) for number, month in ((1, 9), (2, 12))]
        with pytest.raises(BadInput, match="is not the filing of one month"):
            filing(write_quarter(tmp_path / "q.zip", records=plain_records(RC=rows)))

    def test_needed_columns_are_found_in_any_case(self, tmp_path: Path) -> None:
        """A layout that writes Nonacr means NONACR, and the report says NONACR."""
        schedules = {**SCHEDULES, "RC": tuple(name.title() for name in SCHEDULES["RC"])}
        found = filing(write_quarter(tmp_path / "q.zip", schedules=schedules)).report.names
        assert ("Cash", "NONACR") == found[6:8]

    def test_a_repeated_line_counts_once(self, tmp_path: Path) -> None:
        """The same record twice is one record."""
        rows = [*plain_records()["RCL"], plain_records()["RCL"][0]]
        found = filing(write_quarter(tmp_path / "q.zip", records=plain_records(RCL=rows)))
        assert 3 == len(found.evidence["RC-L"].records)

    def test_an_institution_filed_twice_with_other_figures_is_refused(self, tmp_path: Path) -> None:
        """Which of two filings counts is not for the program to decide."""
        rows = [*plain_records()["RC"], (*identity(1), *plain_records()["RC"][1][6:])]
        with pytest.raises(DuplicateInstitution, match="710001 is filed differently in records 1 and 4 of RC_"):
            filing(write_quarter(tmp_path / "q.zip", records=plain_records(RC=rows)))
