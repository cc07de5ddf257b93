"""Sheets: what a spreadsheet could run is defused and comes back unchanged; every wrong cell is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sheets import SheetDecision, as_sheet, read_decisions, read_sheet, write_sheet
from methods.text import escape, unescape
from models.errors import MalformedSheet, UnusableFile
from tests.cli.builders import sheet

BOTH = ("approve", "reject")
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


class TestEscaping:
    @given(TEXT)
    def test_comes_back_unchanged(self, text: str) -> None:
        """Whatever was written is read again."""
        assert text == unescape(escape(text))

    @given(st.sampled_from("=+-@\t\r"), TEXT)
    def test_leaves_no_formula(self, first: str, rest: str) -> None:
        """No cell begins with what a spreadsheet runs."""
        assert escape(first + rest).startswith("'")

    @pytest.mark.parametrize("typed", ["'tis fine", "plain", "a=b", ""])
    def test_leaves_what_people_type(self, typed: str) -> None:
        """An apostrophe that escapes nothing stays."""
        assert typed == unescape(typed)


class TestSheet:
    @given(st.lists(st.tuples(st.text("abc123 ", min_size=1), TEXT), min_size=1))
    def test_comes_back_unchanged(self, rows: list[tuple[str, str]]) -> None:
        """A written sheet reads as the very cells, line ends and quotes included."""
        listed = [{"key": f"k{key}", "reason": reason} for key, reason in rows]
        read = read_sheet(as_sheet(("key", "reason"), listed).encode(), name="s.csv", wanted=("key", "reason"))
        assert listed == [dict(line.cells) for line in read]

    def test_is_never_written_over(self, tmp_path: Path) -> None:
        """A sheet that somebody may have filled in stays."""
        path = tmp_path / "s.csv"
        path.write_text("mine")
        with pytest.raises(UnusableFile, match="exists already"):
            write_sheet(path, ("key",), [])
        assert "mine" == path.read_text()

    def test_takes_semicolons(self) -> None:
        """A spreadsheet of another country separates with semicolons."""
        read = read_sheet(b"key;reason\nk1;because\n", name="s.csv", wanted=("key", "reason"))
        assert [{"key": "k1", "reason": "because"}] == [dict(line.cells) for line in read]


class TestDecisions:
    def test_are_read(self) -> None:
        """Rows keep their number, verdicts their meaning whatever their capitals."""
        read = read_decisions(sheet(("11", "a1", " Reject", "too old")), name="s.csv", verdicts=BOTH)
        assert (SheetDecision(row=2, key="a1", revision=11, verdict="reject", reason="too old"),) == read.decisions

    @pytest.mark.parametrize(("row", "said"), [
        (("x", "a1", "approve", ""), "row 2, column revision: 'x' is not a revision number"),
        (("11", "", "approve", ""), "row 2, column key: is blank"),
        (("11", "a1", "maybe", ""), "row 2, column verdict: 'maybe' is not one of approve, reject"),
        (("11", "a1", "", ""), "column verdict is blank in row 2"),
    ])
    def test_name_the_wrong_cell(self, row: tuple[str, ...], said: str) -> None:
        """A wrong cell is named by row and column."""
        with pytest.raises(MalformedSheet, match=said):
            read_decisions(sheet(row), name="s.csv", verdicts=BOTH)

    def test_name_every_wrong_cell(self) -> None:
        """One error tells all mistakes."""
        with pytest.raises(MalformedSheet, match=r"row 2, .*row 3, column key: 'a1' is already in row 2"):
            read_decisions(sheet(("x", "a1", "approve", ""), ("12", "a1", "approve", "")), name="s.csv", verdicts=BOTH)

    def test_skip_blank_on_request(self) -> None:
        """Rows without a verdict stay undecided."""
        rows = sheet(("11", "a1", "", ""), ("12", "a2", "approve", ""))
        read = read_decisions(rows, name="s.csv", verdicts=BOTH, skip_blank=True)
        assert (["a2"], (2,)) == ([d.key for d in read.decisions], read.blank)

    @pytest.mark.parametrize(("data", "said"), [
        (b"", "is empty"), (b"%PDF-1.7", "is a PDF"), (b"key,verdict\n", "no column 'revision', 'reason'"),
        (b"revision,key,verdict,reason\n", "has no rows"), (b"revision,key,verdict,reason\n1,2\n", "row 2: 2 cells"),
    ])
    def test_refuse_what_is_no_sheet(self, data: bytes, said: str) -> None:
        """Another kind of file, a missing column and a ragged row are refused."""
        with pytest.raises(MalformedSheet, match=said):
            read_decisions(data, name="s.csv", verdicts=BOTH)
