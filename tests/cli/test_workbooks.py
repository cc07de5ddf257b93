"""Decision sheets as workbooks: what is written is read again, a person changes what is theirs, nothing else."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from cli import workbooks
from cli.decision_sheets import Sheet, decision_sheet
from cli.decisions import on_sheet
from cli.files import read_sheet_file
from cli.sheets import DecisionSheet, read_decisions
from cli.workbooks import normal, read_workbook, write_workbook
from models.errors import AssayError, MalformedSheet, StaleSheet, UnusableFile
from tests.cli.builders import SLUG, head, member

BOTH = ("approve", "reject")
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
ITEMS = [member("a1", content={"name": "a1", "data_type": "money", "title": "=2+2", "critical": True}),
         member("a2", revision=12, tester_verdict="reject", tester_reason="=cmd|' /C calc'!A0"),
         member("00123", revision=13)]
OFFICE = shutil.which("soffice")


def written(folder: Path, sheet: Sheet | None = None, name: str = "s.xlsx") -> Path:
    """The sheet of three attributes, or another one, as it lies on a disk."""
    path = folder / name
    write_workbook(path, sheet or decision_sheet(head(), ITEMS, cycle=SLUG))
    return path


def filled(path: Path, change: Callable[[Any], None]) -> bytes:
    """The workbook after a person has worked on its first sheet."""
    book = openpyxl.load_workbook(path)
    change(book.worksheets[0])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def column(page: Any, name: str) -> int:
    """The number of a column by its heading."""
    return int(next(cell.column for cell in page[1] if cell.value == name))


def put(page: Any, row: int, **cells: Any) -> None:
    """Type values into cells of one row."""
    for name, value in cells.items():
        page.cell(row, column(page, name)).value = value


def read(data: bytes, *, skip_blank: bool = True) -> DecisionSheet:
    return read_decisions(data, name="s.xlsx", verdicts=BOTH, skip_blank=skip_blank)


def applied(data: bytes) -> list[tuple[str, int | None, str, str]]:
    """What the workbook decides on the three attributes."""
    found = on_sheet(head(), ITEMS, read(data), cycle=SLUG)
    return [(d.key, d.revision, d.verdict, d.reason) for d in found]


class TestForm:
    def test_only_verdict_and_reason_can_be_changed(self, tmp_path: Path) -> None:
        """The sheet is protected, and every other cell is locked."""
        page = openpyxl.load_workbook(written(tmp_path)).worksheets[0]
        open_cells = {page.cell(1, int(cell.column or 0)).value for row in page.iter_rows(min_row=2) for cell in row
                      if not cell.protection.locked}
        assert (True, {"verdict", "reason"}) == (page.protection.sheet, open_cells)

    def test_offers_the_verdicts_of_the_side(self, tmp_path: Path) -> None:
        """The drop-down holds exactly what may be said, on every row."""
        sheet = decision_sheet(head(kind="observation_management", status="submitted", scope="ann"), ITEMS, cycle=SLUG)
        page = openpyxl.load_workbook(written(tmp_path, sheet)).worksheets[0]
        (rule,) = page.data_validations.dataValidation
        at = get_column_letter(column(page, "verdict"))
        assert ('"approve,non_issue,reject"', f"{at}2:{at}4") == (rule.formula1, str(rule.sqref))

    def test_every_cell_is_text(self, tmp_path: Path) -> None:
        """Nothing is a number, a date or a formula, nor becomes one when somebody types into it."""
        page = openpyxl.load_workbook(written(tmp_path)).worksheets[0]
        cells = [cell for row in page.iter_rows() for cell in row]
        assert {"@"} == {cell.number_format for cell in cells}
        assert {"s"} == {cell.data_type for cell in cells if cell.value is not None}

    def test_header_stays_and_filters(self, tmp_path: Path) -> None:
        """Header, key, verdict and reason stay in sight; every row can be filtered."""
        page = openpyxl.load_workbook(written(tmp_path)).worksheets[0]
        assert "D2" == page.freeze_panes
        assert page.auto_filter.ref == page.dimensions

    def test_is_never_written_over(self, tmp_path: Path) -> None:
        """A workbook that somebody may have filled in stays."""
        path = tmp_path / "s.xlsx"
        path.write_text("mine")
        with pytest.raises(UnusableFile, match="exists already"):
            written(tmp_path)
        assert "mine" == path.read_text()

    def test_refuses_a_text_that_no_cell_holds(self, tmp_path: Path) -> None:
        """A text is never cut where that could change a decision."""
        long = decision_sheet(head(), [member(tester_verdict="reject", tester_reason="x" * 40_000)])
        with pytest.raises(UnusableFile, match=r"32,767 characters: a1"):
            written(tmp_path, long)


class TestRead:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(TEXT, min_size=1, max_size=4))
    def test_gives_back_what_was_written(self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
        """Any text, but for the control characters that XML cannot carry."""
        items = [member(f"k{at}", revision=at, tester_verdict="reject", tester_reason=text)
                 for at, text in enumerate(texts)]
        path = written(tmp_path_factory.mktemp("w"), decision_sheet(head(), items, cycle=SLUG))
        lines = read_workbook(path.read_bytes(), name="s", wanted=("key", "reason"))
        assert [normal(text) for text in texts] == [line.cells["reason"] for line in lines]

    def test_unfilled_changes_nothing(self, tmp_path: Path) -> None:
        """A sheet that is applied as it was written decides nothing."""
        assert [] == applied(written(tmp_path).read_bytes())

    def test_takes_verdict_and_reason(self, tmp_path: Path) -> None:
        """A filled row is a decision on the revision that it names."""
        data = filled(written(tmp_path), lambda page: put(page, 2, verdict="Reject ", reason="too old"))
        assert [("a1", 11, "reject", "too old")] == applied(data)

    def test_takes_sorted_rows_and_blank_rows(self, tmp_path: Path) -> None:
        """Rows stand for themselves, in whatever order; what was inserted and left blank is passed over."""
        def change(page: Any) -> None:
            rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
            for at, values in enumerate(reversed(rows), start=2):
                for number, value in enumerate(values, start=1):
                    page.cell(at, number).value = value
            put(page, 4, verdict="approve")
            put(page, 9, reason="  ")

        assert [("a1", 11, "approve", "")] == applied(filled(written(tmp_path), change))

    def test_takes_numbers_that_a_spreadsheet_made(self, tmp_path: Path) -> None:
        """A revision or a reason that became a number reads as it was."""
        data = filled(written(tmp_path), lambda page: put(page, 2, revision=11.0, verdict="reject", reason=2024))
        assert [("a1", 11, "reject", "2024")] == applied(data)

    def test_takes_a_sheet_without_its_facts(self, tmp_path: Path) -> None:
        """Columns that only tell may be deleted."""
        def change(page: Any) -> None:
            put(page, 2, verdict="approve")
            page.delete_cols(column(page, "origin"))

        assert [("a1", 11, "approve", "")] == applied(filled(written(tmp_path), change))


def retyped(page: Any) -> None:
    put(page, 4, key=123, verdict="approve")


def copied(page: Any) -> None:
    put(page, 2, key="a2", verdict="approve")
    put(page, 3, key="a1", verdict="approve")


class TestRefusals:
    @pytest.mark.parametrize(("change", "error", "said"), [
        (lambda page: put(page, 2, verdict="maybe"), MalformedSheet, "row 2, column verdict: 'maybe' is not one of"),
        (lambda page: put(page, 2, verdict="reject"), MalformedSheet, "row 2, column reason: is blank, and reject"),
        (lambda page: put(page, 2, verdict="approve", reason="=1+1"), MalformedSheet, "row 2, column reason: holds"),
        (lambda page: put(page, 2, verdict="approve", revision="x"), MalformedSheet, "row 2, column revision: 'x'"),
        (lambda page: put(page, 2, verdict="approve", revision="99"), StaleSheet, "row 2: a1 has changed"),
        (copied, MalformedSheet, "row 2: revision 11 is of a1, not of a2"),
        (retyped, AssayError, "row 4: 123"),
        (lambda page: page.delete_cols(column(page, "revision")), MalformedSheet, "no column 'revision'"),
        (lambda page: page.delete_rows(1), MalformedSheet, "no column"),
        (lambda page: page.delete_rows(2, 9), MalformedSheet, "has no rows"),
        (lambda page: put(page, 2, verdict="approve", version="v2"), StaleSheet, "row 2 was written for version v2"),
        (lambda page: put(page, 2, verdict="approve", side="approver"), StaleSheet, "for side approver, not tester"),
        (lambda page: put(page, 2, verdict="approve", phase="scoping"), StaleSheet, "for phase scoping, not planning"),
        (lambda page: put(page, 2, verdict="approve", cycle="2025q4:x"), StaleSheet, "for cycle 2025q4:x"),
        (lambda page: put(page, 2, verdict="approve", owner="ann"), StaleSheet, "for owner ann, not none"),
    ])
    def test_name_the_row(
        self, tmp_path: Path, change: Callable[[Any], None], error: type[AssayError], said: str
    ) -> None:
        """Whatever a person or a spreadsheet did to a sheet is told by row and column, and nothing is applied."""
        with pytest.raises(error, match=said):
            applied(filled(written(tmp_path), change))


class TestHostile:
    @pytest.mark.parametrize(("data", "said"), [
        (b"PK\x03\x04 and nothing else", "is damaged"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "is an old Office document"),
        (b"\x89PNG", "is a picture"),
    ])
    def test_another_file_is_refused(self, tmp_path: Path, data: bytes, said: str) -> None:
        """By what is in it, whatever its name."""
        path = tmp_path / "s.xlsx"
        path.write_bytes(data)
        with pytest.raises(AssayError, match=said):
            read(read_sheet_file(path))

    def test_a_renamed_csv_is_read(self, tmp_path: Path) -> None:
        """The content says what it is."""
        path = tmp_path / "s.xlsx"
        path.write_bytes(b"revision,key,verdict,reason\n11,a1,approve,\n")
        assert ["a1"] == [d.key for d in read(read_sheet_file(path)).decisions]

    def test_an_archive_of_something_else_is_refused(self) -> None:
        """Such as an OpenDocument sheet, which is to be saved as XLSX."""
        with pytest.raises(UnusableFile, match="cannot be read as XLSX") as raised:
            read(archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}))
        assert "save it as an Excel workbook" in raised.value.hint

    def test_a_zip_bomb_is_refused_unopened(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An archive of zeros that is a thousand times larger inside; the limit is lowered to keep the test small."""
        monkeypatch.setattr(workbooks, "LARGEST_UNPACKED", 1 << 20)
        with pytest.raises(UnusableFile, match="unpacks to more than 1 MB"):
            read(archive({f"xl/{at}.xml": bytes(600 << 10) for at in range(2)}))

    def test_an_entity_bomb_is_refused(self, tmp_path: Path) -> None:
        """Entities are not expanded: the file is refused as unreadable."""
        bomb = (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
                b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>')
        with zipfile.ZipFile(written(tmp_path)) as good:
            parts = {part: good.read(part) for part in good.namelist()}
        with pytest.raises(UnusableFile, match="cannot be read as XLSX"):
            read(archive({**parts, "xl/sharedStrings.xml": bomb}))

    def test_a_file_of_hundred_megabytes_is_refused(self, tmp_path: Path) -> None:
        """Before it is read."""
        path = tmp_path / "s.xlsx"
        with path.open("wb") as file:
            file.write(b"PK\x03\x04")
            file.truncate(100 << 20)
        with pytest.raises(UnusableFile, match="has more than 67,108,864 bytes"):
            read_sheet_file(path)


def archive(parts: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.skipif(OFFICE is None, reason="soffice is not installed")
@pytest.mark.parametrize("formats", [("xlsx",), pytest.param(("ods", "xlsx"), marks=pytest.mark.nightly)])
def test_libreoffice_keeps_a_sheet_as_it_is(tmp_path: Path, formats: tuple[str, ...]) -> None:
    """Saved by another program, through ODS too, a sheet means and guards what it did."""
    path = tmp_path / "s.xlsx"
    path.write_bytes(filled(written(tmp_path, name="given.xlsx"), lambda page: put(page, 2, verdict="approve")))
    for target in formats:
        path = converted(path, target, tmp_path)
    page = openpyxl.load_workbook(path).worksheets[0]
    assert [("a1", 11, "approve", "")] == applied(path.read_bytes())
    assert page.protection.sheet
    assert '"approve,reject"' == page.data_validations.dataValidation[0].formula1


def converted(source: Path, target: str, folder: Path) -> Path:
    """Have LibreOffice save a file in another format, with a profile of its own."""
    subprocess.run(
        [str(OFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", target,
         "--outdir", str(folder / target), str(source)], check=True, capture_output=True, timeout=120,
    )
    return folder / target / f"{source.stem}.{target}"
