"""The report data is the same table whatever it was filed as; what cannot be read is refused with the reason."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from activities.duck import Interrupted, ReportTable
from activities.report_files import as_text
from models.errors import MalformedCycleFile, UnusableFile
from tests.evidence_files import workbook

HEADER, ROWS = ("Ref", "Name", "Limit"), (("007", "Zoë, \"A\"", "100.50"), ("008", "", "7"))


def table_of(path: Path, folder: Path, *, encoding: str = "") -> list[tuple[str, ...]]:
    with ReportTable(path, folder=folder, encoding=encoding) as table:
        return [tuple(record.values.values()) for record in table.records(table.columns, keys=table.columns[:1])]


def delimited(encoding: str = "utf-8", delimiter: str = "|") -> bytes:
    return "".join(f"{delimiter.join(row)}\n" for row in (HEADER, ("007", '"Zoë, ""A"""', "100.50"), ROWS[1])).encode(
        encoding)


def parquet(folder: Path, select: str) -> bytes:
    path = folder / "made.parquet"
    duckdb.connect().execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def written(folder: Path, data: bytes, name: str = "report.dat") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


SAME: dict[str, Callable[[Path], bytes]] = {
    "bar": lambda _: delimited(),
    "cp1252": lambda _: delimited("cp1252"),
    "utf-16": lambda _: delimited("utf-16"),
    "utf-16 without a mark": lambda _: delimited("utf-16-le"),
    "gzip": lambda _: gzip.compress(delimited(delimiter=",")),
    "gzip, two members and padding": lambda _: (
        gzip.compress(delimited()[:20]) + gzip.compress(delimited()[20:]) + b"\0" * 512),
    "gzip of cp1252": lambda _: gzip.compress(delimited("cp1252")),
    "parquet": lambda folder: parquet(folder, (
        "SELECT '007' AS Ref, 'Zoë, \"A\"' AS Name, 100.50::DECIMAL(9,2)::VARCHAR AS \"Limit\" "
        "UNION ALL SELECT '008', NULL, '7'")),
    "xlsx": lambda _: workbook({"Data": [HEADER, ROWS[0], ("008", None, 7)], "Empty": []}),
    "gzip of xlsx": lambda _: gzip.compress(workbook({"Data": [HEADER, *ROWS]})),
}


@pytest.mark.parametrize("kind", SAME)
def test_the_same_table(tmp_path: Path, kind: str) -> None:
    """Delimited text, another encoding, gzip, Parquet and XLSX give the same text, cell by cell."""
    assert table_of(written(tmp_path, SAME[kind](tmp_path)), tmp_path) == list(ROWS)


def test_parquet_values_are_written_exactly(tmp_path: Path) -> None:
    """A decimal keeps its scale, a long integer its digits, a text its line ends, a date is ISO."""
    data = parquet(tmp_path, (
        "SELECT 1.10::DECIMAL(30,2) AS a, 12345678901234567890123::DECIMAL(38,0) AS b, DATE '2026-03-01' AS c, "
        "true AS d, E'x\\ny' AS e, 0.1::DOUBLE AS f, ' z ' AS g"))
    assert table_of(written(tmp_path, data), tmp_path) == [
        ("1.10", "12345678901234567890123", "2026-03-01", "true", "x\ny", "0.1", "z")]


def test_an_encoding_that_is_stated_counts(tmp_path: Path) -> None:
    """Bytes that several encodings read are read as the cycle file says."""
    path = written(tmp_path, "Ref,Name\n1,Łódź\n".encode("cp1250"))
    assert table_of(path, tmp_path, encoding="windows-1250") == [("1", "Łódź")]
    assert as_text(path, name="r", folder=tmp_path, encoding="cp1250").read_as == "text, cp1250"


def test_an_odd_letter_far_down_decides(tmp_path: Path) -> None:
    """What is no UTF-8 beyond the first megabytes is found, and a letter cut by a piece's end is whole."""
    data = b"Ref,Name\n" + b"1,plain\n" * 1_200_000
    assert as_text(written(tmp_path, data + "2,Zoë\n".encode()), name="r", folder=tmp_path).read_as == "text, utf-8"
    late = as_text(written(tmp_path, data + "2,Zoë said\n".encode("cp1252")), name="r", folder=tmp_path)
    assert late.read_as == "text, cp1252"
    assert late.path.read_text(encoding="utf-8").endswith("2,Zoë said\n")


def _nested(folder: Path) -> bytes:
    return parquet(folder, "SELECT 1 AS a, [1, 2] AS b")


REFUSED: Sequence[tuple[str, Callable[[Path], bytes], str]] = (
    ("cut gzip", lambda _: gzip.compress(delimited() * 99)[:-9], "is a damaged gzip file: its end is missing"),
    ("broken gzip", lambda _: b"\x1f\x8b\x08rest", "is a damaged gzip file"),
    ("gzip twice", lambda _: gzip.compress(gzip.compress(delimited())), "is a gzip archive, not a CSV file"),
    ("PDF in gzip", lambda _: gzip.compress(b"%PDF-1.7\n"), "is a PDF"),
    ("nothing in gzip", lambda _: gzip.compress(b""), "is empty"),
    ("cut Parquet", lambda folder: parquet(folder, "SELECT 1 AS a")[:-20], "is a Parquet file that cannot be read"),
    ("nested Parquet", _nested, r"the column 'b' is INTEGER\[\], which is no single value"),
    ("several sheets", lambda _: workbook({"A": [HEADER, *ROWS], "B": [HEADER, *ROWS]}), "on the sheets 'A', 'B'"),
    ("empty workbook", lambda _: workbook({"A": []}), "nothing on any sheet"),
    ("formula", lambda _: workbook({"A": [HEADER, ("1", "x", "=1+1")]}), "cell C2: a formula without a stored result"),
    ("wide row", lambda _: workbook({"A": [HEADER, ("1", "x", "2", "3")]}), "row 2: 4 cells, but the header has 3"),
)


@pytest.mark.parametrize(("make", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_read_is_refused(tmp_path: Path, make: Callable[[Path], bytes], said: str) -> None:
    """Damaged, of another kind, or without one value per cell: the message says which."""
    with pytest.raises(UnusableFile, match=said):
        table_of(written(tmp_path, make(tmp_path)), tmp_path)


def test_another_encoding_than_the_stated_one_is_refused(tmp_path: Path) -> None:
    """Text that is not in the stated encoding names its line, and an unknown encoding is an error of the cycle file."""
    path = written(tmp_path, b"Ref,Name\n1,x\n2,\xe9\n")
    with pytest.raises(UnusableFile, match="line 3: it is not UTF-8"):
        table_of(path, tmp_path, encoding="utf-8")
    with pytest.raises(UnusableFile, match="is not in utf-16"):
        table_of(written(tmp_path, b"Ref,Name\n1"[:-1]), tmp_path, encoding="utf-16")
    for wrong in ("utf-9", "rot13", "base64"):
        with pytest.raises(MalformedCycleFile, match="there is no encoding"):
            table_of(path, tmp_path, encoding=wrong)


def test_too_large_a_gzip_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb ends at the limit, not at the end of the disk."""
    monkeypatch.setattr("activities.report_files.UNPACKED", 1_000)
    with pytest.raises(UnusableFile, match="unpacked it has more than"):
        table_of(written(tmp_path, gzip.compress(delimited() * 99)), tmp_path)


def test_conversion_can_be_stopped(tmp_path: Path) -> None:
    """A cancelled activity does not unpack to the end."""
    table = ReportTable(written(tmp_path, gzip.compress(delimited())), folder=tmp_path)
    table.stop()
    with pytest.raises(Interrupted), table:
        pass
