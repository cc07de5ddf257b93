"""Output: data on stdout and nothing else there, the same keys in every format."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cli.output import Format, Look, report_error, show, show_one
from models.errors import BadInput, NotFound, UnusableFile

AT = datetime(2026, 4, 1, 10, tzinfo=timezone(timedelta(hours=2)))
SAID = '=1+1, "x"\n'
ROW: dict[str, Any] = {
    "key": "00|7", "said": SAID, "amount": Decimal("-1E+3"), "at": AT, "none": None, "all": ("a", "b"),
}


def printed(capsys: pytest.CaptureFixture[str], output: Format, *, rows: list[dict[str, Any]] | None = None) -> str:
    show("things", [ROW] if rows is None else rows, Look(output=output), columns=("key", "said"), header=tuple(ROW))
    return capsys.readouterr().out


class TestRows:
    def test_json_has_a_schema_and_utc(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Keys keep their order, times are in UTC, amounts are exact."""
        values = ["00|7", SAID, "-1000", "2026-04-01T08:00:00Z", None, ["a", "b"]]
        data = [dict(zip(ROW, values, strict=True))]
        assert {"schema": "assay.things/1", "data": data} == json.loads(printed(capsys, Format.JSON))

    def test_csv_is_exact(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Cells are as they are; a list is joined."""
        rows = list(csv.reader(io.StringIO(printed(capsys, Format.CSV), newline="")))
        assert [list(ROW), ["00|7", SAID, "-1000", "2026-04-01T08:00:00Z", "", "a; b"]] == rows

    def test_csv_of_nothing_has_a_header(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A script can read the columns of an empty list."""
        assert ",".join(ROW) + "\n" == printed(capsys, Format.CSV, rows=[])

    def test_table_shows_the_named_columns(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Brackets in data are text, not markup."""
        text = printed(capsys, Format.TABLE, rows=[{**ROW, "key": "[bold]x[/bold]"}])
        assert "[bold]x[/bold]" in text
        assert "amount" not in text

    def test_workbook_holds_text(self, tmp_path: Path) -> None:
        """No cell is a formula, and leading zeros stay."""
        path = tmp_path / "things.xlsx"
        show("things", [ROW], Look(output=Format.XLSX, to=path), columns=())
        first = openpyxl.load_workbook(path).worksheets[0][2][:2]
        assert [("00|7", "s"), (SAID, "s")] == [(cell.value, cell.data_type) for cell in first]

    def test_workbook_needs_a_file(self) -> None:
        """A workbook is not for a terminal."""
        with pytest.raises(BadInput, match="terminal"):
            show("things", [ROW], Look(output=Format.XLSX), columns=())

    def test_a_file_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        """A folder in place of a file is no crash."""
        with pytest.raises(UnusableFile, match="cannot be written"):
            show("things", [ROW], Look(output=Format.CSV, to=tmp_path), columns=())


class TestOne:
    def test_json_holds_its_parts(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Lists that belong to a thing are within it."""
        show_one("thing", {"key": "1"}, Look(output=Format.JSON), parts={"items": [{"key": "a"}]})
        assert {"key": "1", "items": [{"key": "a"}]} == json.loads(capsys.readouterr().out)["data"]

    def test_csv_holds_the_first_part(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A version as CSV is its items."""
        show_one("thing", {"key": "1"}, Look(output=Format.CSV), parts={"items": [{"key": "a"}]})
        assert "key\na\n" == capsys.readouterr().out


class TestErrors:
    def test_are_two_lines_on_stderr(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What is wrong, and what to do next."""
        report_error(NotFound("there is no cycle 'x'", hint="starter.py cycle list"), as_json=False)
        assert ("", "error[not_found]: there is no cycle 'x'\nhint: starter.py cycle list\n") == capsys.readouterr()

    def test_are_json_where_data_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A program reads the same as a person."""
        report_error(NotFound("gone", hint="look"), as_json=True)
        told = json.loads(capsys.readouterr().err)["error"]
        assert {"code": "not_found", "message": "gone", "hint": "look", "exit_code": 3} == told


def test_times_of_a_table_are_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    """People in two places read the same time."""
    show("things", [{"at": AT.astimezone(UTC)}, {"at": AT}], Look(), columns=("at",))
    assert 2 == capsys.readouterr().out.count("2026-04-01 08:00")
