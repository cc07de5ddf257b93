"""Parquet files are read by column name, each value as a person would write it, with column and row."""

from __future__ import annotations

import pytest

from activities.parquet import decode_parquet
from methods.evidence import Candidate, Evidence, read_evidence
from models.errors import UnusableEvidence
from tests.evidence_files import parquet
from tests.methods.builders import source


def read(select: str) -> Evidence:
    """The evidence in a file that holds what a query gives."""
    return read_evidence(parquet(select), source=source(), name="cards.parquet", decode_parquet=decode_parquet)


def limit(value: str) -> Candidate:
    """What a value of DuckDB reads as."""
    return read(f"SELECT 'R1' AS REF, {value} AS \"LIMIT\", 'NY' AS STATE").find("R1", attribute="Limit")[0]


@pytest.mark.parametrize(("value", "text"), [
    ("5", "5"), ("5.0::double", "5"), ("5000.1::double", "5000.1"), ("1e20::double", "100000000000000000000"),
    ("0.1::float", "0.1"), ("12.50::decimal(12,2)", "12.50"), ("9223372036854775807", "9223372036854775807"),
    ("'007'", "007"), ("' x '", " x "), ("true", "TRUE"), ("null", ""),
    ("date '2026-03-31'", "2026-03-31"), ("timestamp '2026-03-31 00:00:00'", "2026-03-31"),
    ("timestamp '2026-03-31 09:30:00'", "2026-03-31T09:30:00"), ("timestamptz '2026-03-31 09:30:00Z'",
    "2026-03-31 09:30:00+00"), ("'NY'::blob", "NY"), ("-0.0::double", "0")])
def test_a_value_as_a_person_writes_it(value: str, text: str) -> None:
    """As a workbook shows it: no ".0", ISO dates, shortest digits of a double."""
    assert Candidate(text, "column LIMIT, row 1") == limit(value)


@pytest.mark.parametrize(("value", "problem"), [
    ("[1, 2]", "holds several values in one"), ("{'a': 1}", "holds several values in one"),
    ("'NaN'::double", "holds no number (NaN or infinity)"), ("'\\xFF'::blob", "holds bytes that are no text")])
def test_what_is_no_single_value_is_unreadable(value: str, problem: str) -> None:
    """In its place; other values of the record are read."""
    assert Candidate("", "column LIMIT, row 1", problem) == limit(value)


def test_rows_and_columns_are_told() -> None:
    """In the order of the file; what nobody asked for is counted, what is lacking named."""
    found = read("SELECT 'R' || i AS REF, i AS \"LIMIT\", 'x' AS OTHER FROM range(1, 4) t(i)")
    assert (["R1", "R2", "R3"], ("State",), "Parquet, 3 rows, 3 columns") == (
        list(found.records), found.lacking, found.read_as)
    assert "column LIMIT, row 3" == found.find("R3", attribute="Limit")[0].locator


def test_another_file_is_refused() -> None:
    """With the columns that it has."""
    with pytest.raises(UnusableEvidence, match=r"cards\.parquet: the file has no column 'REF'; it has A, B"):
        read("SELECT 1 AS A, 2 AS B")


def test_without_a_decoder_it_is_refused() -> None:
    """The methods themselves decode nothing."""
    with pytest.raises(UnusableEvidence, match="is a Parquet file"):
        read_evidence(parquet(), source=source())
