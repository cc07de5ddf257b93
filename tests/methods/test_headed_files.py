"""A file with a header record: its first line is one kind of record, every other line another."""

from __future__ import annotations

import pytest

from methods.delimited import Headed, read_headed
from models.errors import UnusableFile


def read(data: bytes) -> Headed:
    return read_headed(data, header=("kind", "year"), records=("kind", "id", "note"), name="register.txt")


@pytest.mark.parametrize("data", [b"1|2023\n2|A|x\n2|B|\n", b"\xef\xbb\xbf1|2023\r\n2|A|x\r\n2|B|\r\n\r\n",
                                  b" 1 |2023\n2|A| x\n\n2| B |"])
def test_header_and_records_are_told_apart(data: bytes) -> None:
    """Byte order mark, line ends, blank lines and padding do not change the cells."""
    headed = read(data)
    assert {"kind": "1", "year": "2023"} == headed.header
    assert (("2", "A", "x"), ("2", "B", "")) == headed.records


def test_quotation_marks_are_text() -> None:
    """Nothing is quoted in such a file."""
    assert (("2", '"A', 'said "x"'),) == read(b'1|2023\n2|"A|said "x"\n').records


def test_a_file_may_hold_no_records() -> None:
    """A header record alone is a file; that loans are missing is for a rule to say."""
    assert () == read(b"1|2023\n").records


@pytest.mark.parametrize(("data", "message"), [
    (b"", "is empty"), (b"\n \n", "is empty"), (b"PK\x03\x04", "is a workbook"), (b"1|2023\0\n", "is not text"),
    (b"2|A|x\n", "line 1: 3 fields instead of 2"), (b"1|2023\n2|A|x\n\n2|A|x|y\n", "line 4: 4 fields instead of 3")])
def test_another_kind_of_file_is_refused(data: bytes, message: str) -> None:
    """By the line, where there is one."""
    with pytest.raises(UnusableFile, match=message):
        read(data)
