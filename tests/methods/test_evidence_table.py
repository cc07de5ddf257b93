"""Evidence is read by key with the row of every value, or refused as a whole with the reason."""

from __future__ import annotations

import pytest

from methods.evidence import EvidenceTable, read_evidence, source_key
from models.errors import UnusableEvidence
from tests.methods.builders import source


def read(text: str | bytes) -> EvidenceTable:
    return read_evidence(text.encode() if isinstance(text, str) else text, source=source())


class TestReading:
    @pytest.mark.parametrize("text", [
        "REF,LIMIT,STATE\nR1,5,NY\n", "STATE;REF;LIMIT\nNY;R1;5\n", "REF|LIMIT|STATE|MORE\nR1|5|NY|x\n",
        "REF\tLIMIT\tSTATE\r\nR1\t5\tNY\r\n", "\ufeffREF,LIMIT,STATE\nR1,5,NY",
        '"REF","LIMIT","STATE"\n"R1","5","NY"\n',
        " REF , LIMIT , STATE \n R1 ,5,NY\n", 'REF,"A;B;C;D;E",LIMIT,STATE\nR1,x,5,NY\n',
        "ID,REF,ID,LIMIT,STATE\n7,R1,8,5,NY\n"])
    def test_dialects(self, text: str) -> None:
        """Delimiter, order of columns, padding and columns that nobody asked for do not matter."""
        found = read(text).by_key["R1"]
        assert (2, "5", "NY") == (found.number, found.values["LIMIT"], found.values["STATE"])

    @pytest.mark.parametrize(("encoding", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "cp1252")])
    def test_encodings(self, encoding: str, found: str) -> None:
        """UTF-8, else one byte per character."""
        table = read("REF,LIMIT,STATE\nR1,5,Québec\n".encode(encoding))
        assert (found, "Québec") == (table.encoding, table.by_key["R1"].values["STATE"])

    def test_blank_lines_count(self) -> None:
        """A row's number is where a person finds it."""
        assert 4 == read("REF,LIMIT,STATE\n\n,,\nR1,5,NY\n").by_key["R1"].number

    def test_find(self) -> None:
        """A value with its column and row; None for an unknown key or an attribute that the source does not prove."""
        table = read("REF,LIMIT,STATE\nR1, 5,\n")
        value = table.find("R1", attribute="Limit")
        assert (" 5", "LIMIT", (2,)) == value
        assert [None, None] == [table.find("R2", attribute="Limit"), table.find("R1", attribute="Score")]

    def test_some_attributes_only(self) -> None:
        """An owner's file need not hold what others prove."""
        table = read_evidence(b"REF,LIMIT\nR1,5\n", source=source(), attributes={"Limit"})
        assert table.find("R1", attribute="State") is None

    def test_keys_of_several_columns(self) -> None:
        """In the order of the source, whatever the order of the file or of the values."""
        joint = source(keys={"Bank": "B", "Ref": "REF"})
        table = read_evidence(b"REF,LIMIT,STATE,B\nR|1 ,5,NY,7\n", source=joint)
        assert source_key(joint, {"Ref": "R|1", "Bank": "7", "Period": "x"}) in table.by_key


class TestRepetition:
    def test_the_same_row_twice_is_one_candidate(self) -> None:
        """The repetition is named."""
        table = read("REF,LIMIT,STATE,N\nR1,5,NY,1\nR1,5 ,NY,2\n")
        assert ({}, (3,)) == (table.candidates, table.repeated)

    def test_differing_rows_are_two_candidates(self) -> None:
        """Where they agree the value stands, where they differ there is none."""
        table = read("REF,LIMIT,STATE\nR1,5,NY\nR1,6,NY\n")
        limit, state = table.find("R1", attribute="Limit"), table.find("R1", attribute="State")
        assert ((None, "LIMIT", (2, 3)), ("NY", "STATE", (2, 3))) == (limit, state)

    def test_rows_without_a_key_are_named(self) -> None:
        """They cover no case, and are not lost silently."""
        assert (2,) == read("REF,LIMIT,STATE\n ,5,NY\nR1,5,NY\n").without_key


class TestRefusals:
    @pytest.mark.parametrize(("data", "message"), [
        (b"", "the evidence is empty"), (b"\xef\xbb\xbf \r\n", "is empty"), (b"PK\x03\x04...", "a workbook"),
        (b"%PDF-1.4", "a PDF"), (b"\x1f\x8b\x08", "a gzip archive"), (b"<html><body>", "a web page"),
        (b"R\x00E\x00F\x00", "not text"), (b"\xff\xfeR\x00", "UTF-16"),
        (b"REF,STATE\nR1,NY\n", "no column 'LIMIT'; it has REF, STATE"),
        (b"LIMIT\n5\n", "no column 'REF', 'STATE'"), (b"REF,LIMIT,STATE,REF\n1,2,3,4\n", "the column 'REF' twice"),
        (b"REF,LIMIT,STATE\nR1,5\n", "row 2: 2 cells, but the header has 3"),
        (b"REF,LIMIT,STATE\nR1,5,NY,x\n", "row 2: 4 cells"), (b'REF,LIMIT,STATE\nR1,"5,NY\n', "row 2: unexpected end"),
        (b'REF,LIMIT,STATE\nR1,"5"x,NY\n', "row 2: "),
        (b"REF,LIMIT,STATE\nR1," + b"9" * 200_000 + b",NY\n", "row 2: ")])
    def test_what_is_no_table_is_refused(self, data: bytes, message: str) -> None:
        """With what it is, what is missing, or which row is wrong."""
        with pytest.raises(UnusableEvidence, match=message):
            read(data)

    def test_the_file_is_named(self) -> None:
        """By the name that the owner knows it by."""
        with pytest.raises(UnusableEvidence, match=r"^cards\.csv: the header has no column 'LIMIT', 'STATE'"):
            read_evidence(b"REF\nR1\n", source=source(), name="cards.csv")
