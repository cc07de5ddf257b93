"""Evidence as delimited text is read by key with the row of every value, or refused as a whole with the reason."""

from __future__ import annotations

import pytest

from methods.evidence import Candidate, Evidence, read_evidence, source_key
from models.errors import UnusableEvidence
from tests.methods.builders import source


def read(text: str | bytes, **asked: object) -> Evidence:
    """The evidence in a text, by the source with key REF and the columns LIMIT and STATE."""
    return read_evidence(text.encode() if isinstance(text, str) else text, source=source(), **asked)  # type: ignore[arg-type]


class TestReading:
    @pytest.mark.parametrize("text", [
        "REF,LIMIT,STATE\nR1,5,NY\n", "STATE;REF;LIMIT\nNY;R1;5\n", "REF|LIMIT|STATE|MORE\nR1|5|NY|x\n",
        "REF\tLIMIT\tSTATE\r\nR1\t5\tNY\r\n", "\ufeffREF,LIMIT,STATE\nR1,5,NY", "REF^LIMIT^STATE\rR1^5^NY\r",
        "REF~LIMIT~STATE\nR1~5~NY\n", "REF LIMIT STATE\nR1 5 NY\n", "REF§LIMIT§STATE\nR1§5§NY\n",
        '"REF","LIMIT","STATE"\n"R1","5","NY"\n', 'REF | LIMIT | STATE\nR1  |"5"|  NY\n',
        " REF , LIMIT , STATE \n R1 ,5,NY\n", 'REF,"A;B;C;D;E",LIMIT,STATE\nR1,x,5,NY\n',
        "ID,REF,ID,LIMIT,STATE\n7,R1,8,5,NY\n"])
    def test_dialects(self, text: str) -> None:
        """Delimiter, order of columns, padding and columns that nobody asked for do not matter."""
        found = read(text)
        values = [found.find("R1", attribute=attribute)[0] for attribute in ("Limit", "State")]
        assert [("5", "column LIMIT, row 2"), ("NY", "column STATE, row 2")] == [
            (one.value.strip(), one.locator) for one in values]

    def test_rows_are_those_a_person_sees(self) -> None:
        """Lines before the header and blank rows are counted, and passed over."""
        found = read("Card extract\n\nas of;2026-03-31\nREF;LIMIT;STATE\n\n;;\nR1;5;NY\n")
        assert ("column LIMIT, row 7", "CSV, semicolon, utf-8, header in row 4") == (
            found.find("R1", attribute="Limit")[0].locator, found.read_as)

    def test_lines_below_the_table(self) -> None:
        """They are no records, and are counted."""
        found = read("REF,LIMIT,STATE\nR1,5,NY\n1 row\n", keys={"R1"})
        assert (1, 0, "CSV, comma, utf-8, 1 row of another width passed over") == (
            found.rows, found.unknown_keys, found.read_as)

    def test_find(self) -> None:
        """A value with its place; nothing for an unknown key or an attribute that the source does not prove."""
        table = read("REF,LIMIT,STATE\nR1, 5,\n")
        assert (Candidate("5", "column LIMIT, row 2"),) == table.find("R1", attribute="Limit")
        assert [(), ()] == [table.find("R2", attribute="Limit"), table.find("R1", attribute="Score")]

    def test_some_attributes_only(self) -> None:
        """An owner's file need not hold what others prove: what it lacks is named."""
        table = read("REF,LIMIT\nR1,5\n")
        assert ((), ("State",)) == (table.find("R1", attribute="State"), table.lacking)

    def test_keys_of_several_columns(self) -> None:
        """In the order of the source, whatever the order of the file or of the values."""
        joint = source(keys={"Bank": "B", "Ref": "REF"})
        table = read_evidence(b"REF,LIMIT,STATE,B\nR|1 ,5,NY,7\n", source=joint)
        assert source_key(joint, {"Ref": "R|1", "Bank": "7", "Period": "x"}) in table.records

    def test_only_wanted_records_are_kept(self) -> None:
        """The others are counted, and the first of them named."""
        found = read("REF,LIMIT,STATE\nR1,5,NY\nR3,6,NY\nR2,7,NY\n", keys={"R1", "R9"})
        assert (["R1"], 2, ("R2", "R3"), 3) == (list(found.records), found.unknown_keys, found.unknown, found.rows)


class TestRepetition:
    def test_the_same_row_twice_is_one_candidate(self) -> None:
        """Columns that nobody asked for may differ."""
        table = read("REF,LIMIT,STATE,N\nR1,5,NY,1\nR1,5 ,NY,2\n")
        assert ["column LIMIT, row 2"] == [one.locator for one in table.find("R1", attribute="Limit")]

    def test_differing_rows_are_two_candidates(self) -> None:
        """Where they agree the value stands, where they differ both are kept with their rows."""
        table = read("REF,LIMIT,STATE\nR1,5,NY\nR1,6,NY\n")
        assert [("5", "column LIMIT, row 2", ""), ("6", "column LIMIT, row 3", "")] == list(
            table.find("R1", attribute="Limit"))
        assert 1 == len(table.find("R1", attribute="State"))

    def test_a_column_twice_is_two_candidates(self) -> None:
        """Which of two columns of one name is meant, a person says."""
        found = read("REF,LIMIT,STATE,LIMIT\nR1,5,NY,6\n").find("R1", attribute="Limit")
        assert ["5", "6"] == [one.value for one in found]

    def test_rows_without_a_key_are_named(self) -> None:
        """They cover no case, and are not lost silently."""
        assert ("row 2",) == read("REF,LIMIT,STATE\n ,5,NY\nR1,5,NY\n").without_key


class TestRaggedRows:
    @pytest.mark.parametrize(("row", "cells"), [("R1,5", 2), ("R1,5,NY,x", 4)])
    def test_a_ragged_row_is_unreadable_for_its_record(self, row: str, cells: int) -> None:
        """It says so with its number, and harms no other row."""
        found = read(f"REF,LIMIT,STATE\n{row}\nR2,6,NY\n")
        assert (Candidate("", "column LIMIT, row 2", f"row 2 has {cells} cells, the header 3"),) == found.find(
            "R1", attribute="Limit")
        assert "6" == found.find("R2", attribute="Limit")[0].value

    def test_delimiters_at_the_end_are_no_cells(self) -> None:
        """Spreadsheets write them."""
        assert "5" == read("REF,LIMIT,STATE\nR1,5,NY,,,\n").find("R1", attribute="Limit")[0].value


class TestRefusals:
    @pytest.mark.parametrize(("data", "message"), [
        (b"", "the evidence is empty"), (b"\xef\xbb\xbf \r\n", "is empty"),
        (b"<html><body>", "of its 0 tables has the column"),
        (b"\x89PNG...", "a picture"), (b"\x01\x02\x00\x03\x04", "not text"), (b"{\\rtf1 ...", "an RTF document"),
        (b"R\x00E\x00F\x00\n\x00", "no column 'LIMIT', 'STATE'; it has REF"),
        (b"REF,STAT\nR1,NY\n", "no column 'LIMIT', 'STATE'; it has REF, STAT"),
        (b"LIMIT\n5\n", "no column 'REF'"), (b"REF,LIMIT,STATE,REF\n1,2,3,4\n", "key column 'REF' twice")])
    def test_what_is_no_evidence_is_refused(self, data: bytes, message: str) -> None:
        """With what it is, or what is missing."""
        with pytest.raises(UnusableEvidence, match=message):
            read(data)

    @pytest.mark.parametrize(("data", "problem"), [
        (b'REF,LIMIT,STATE\nR1,"5,NY\n', "is damaged in row 2: unexpected end of data"),
        (b'REF,LIMIT,STATE\nR1,"5"x,NY\n', "is damaged in row 2: ',' expected after '\"'"),
        (b"REF,LIMIT,STATE\nR1," + b"9" * 200_000 + b",NY\n", r"is damaged in row 2: field larger than field limit")])
    def test_what_is_damaged_is_unreadable(self, data: bytes, problem: str) -> None:
        """From a broken quotation on nobody knows where a cell ends."""
        assert read(data).problem.startswith(problem)

    def test_the_file_is_named(self) -> None:
        """By the name that the owner knows it by."""
        with pytest.raises(UnusableEvidence, match=r"^cards\.csv: the header has no column 'LIMIT', 'STATE'"):
            read_evidence(b"REF\nR1\n", source=source(), name="cards.csv")
