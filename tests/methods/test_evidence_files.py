"""Files of every kind: what they are shows in their bytes, and each bad one has one precise outcome."""

from __future__ import annotations

import csv as csvs
import io
import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.parquet import decode_parquet
from methods.evidence import Evidence, limits, read_evidence
from models.errors import UnusableEvidence
from tests.evidence_files import (
    archive,
    bomb,
    changed,
    csv,
    encrypted,
    encrypted_workbook,
    html,
    packed,
    parquet,
    pdf,
    scan,
    table_pdf,
    workbook,
)
from tests.methods.builders import source

ENTITIES = (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
            b'<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>')
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, name: str = "f") -> Evidence:
    """The evidence in a file, by the source with key REF and the columns LIMIT and STATE."""
    return read_evidence(data, source=source(), name=name, decode_parquet=decode_parquet)


class TestKinds:
    @pytest.mark.parametrize("make", [csv, workbook, table_pdf, html, parquet],
                             ids=["text", "workbook", "pdf", "html", "parquet"])
    @pytest.mark.parametrize("pack", [bytes, packed], ids=["plain", "gzip"])
    def test_every_kind_says_the_same(self, make: Callable[[], bytes], pack: Callable[[bytes], bytes]) -> None:
        """Whatever the file is called."""
        found = read(pack(make()), name="evidence.dat")
        assert [("5", "NY"), ("6", "NJ")] == [
            tuple(found.find(key, attribute=name)[0].value for name in ("Limit", "State")) for key in ("R1", "R2")]

    def test_the_inner_file_is_named(self) -> None:
        """A place in a file inside gzip says in which; several gzip members are one file."""
        found = read(packed(csv()), name="cards.csv.gz")
        assert ("cards.csv: column LIMIT, row 2", "CSV, comma, utf-8, in gzip") == (
            found.find("R1", attribute="Limit")[0].locator, found.read_as)
        two = packed(csv(rows=[("R1", "5", "NY")])) + packed(b"R2,6,NJ\n")
        assert ["R1", "R2"] == list(read(two).records)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "encrypted pdf": (lambda: encrypted(table_pdf()), "is encrypted: it asks for a password"),
    "encrypted workbook": (encrypted_workbook, "is encrypted: it asks for a password"),
    "scan": (scan, "is a scan: its pages hold no text"),
    "half a pdf": (lambda: table_pdf()[:900], "is damaged"),
    "only a pdf header": (lambda: b"%PDF-1.7\n", "is damaged"),
    "half a workbook": (lambda: workbook()[:-300], "is damaged: it is no complete workbook or archive"),
    "a sheet of nonsense": (lambda: changed(workbook(), SHEET, b"<a><b>"), "is damaged: "),
    "entities": (lambda: changed(workbook(), SHEET, ENTITIES), "is damaged: it declares XML entities"),
    "bomb": (bomb, "is a ZIP bomb: xl/worksheets/sheet1.xml unpacks to more than 400 times its size"),
    "half a gzip": (lambda: packed(csv())[:-12], "is a damaged gzip file: its end is missing"),
    "half a parquet file": (lambda: parquet()[:-20], "is damaged: "),
    "only a parquet header": (lambda: b"PAR1....", "is damaged: "),
    "encrypted parquet": (lambda: b"PARE....", "is encrypted: its footer asks for a key"),
    "tables in tables": (lambda: b"<html>" + b"<table><tr><td>" * 21, "is too deep: its tables stand more"),
    "broken gzip": (lambda: packed(csv())[:-8] + bytes(8), "is a damaged gzip file"),
    "gzip in gzip": (lambda: packed(packed(csv())), "is gzip inside gzip, which is unpacked once only"),
    "a quotation that never ends": (lambda: b'REF,LIMIT,STATE\nR1,"5,NY\n', "is damaged in row 2: unexpected end"),
}
WRONG: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "zip": (lambda: archive({"cards.csv": csv()}), "is a ZIP archive", "unpack it and hand in the files"),
    "word": (lambda: archive({"word/document.xml": b"x"}), "is a Word document", "hand in CSV, XLSX, HTML"),
    "ods": (lambda: archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            r"is an OpenDocument spreadsheet \(.ods\)", "save it as an Excel workbook (.xlsx)"),
    "xlsb": (lambda: archive({"xl/workbook.bin": b"x"}), r"\(.xlsb\)", "save it as an Excel workbook (.xlsx)"),
    "xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), r"\(.xls\), which is not",
            "save it as an Excel workbook (.xlsx)"),
    "picture": (lambda: b"\xff\xd8\xff\xe0", "is a picture", "hand in CSV, XLSX, HTML, Parquet or a PDF"),
    "xml": (lambda: b'<?xml version="1.0"?><cards/>', "is a web page or XML", "hand in CSV, XLSX, HTML, Parquet"),
    "another page": (lambda: html(["A", "B"]), "of its 1 table has the column 'REF'; it has A, B", ""),
    "empty": (lambda: b" \n", "is empty", "hand in the file with its contents"),
    "empty gzip": (lambda: packed(b""), "is empty", "hand in the file with its contents"),
    "another csv": (lambda: b"A,B\n1,2\n", "no column 'REF'; it has A, B", "name another --source"),
    "another workbook": (lambda: workbook({"S": [("A", "B")]}), r"sheets \(S\) has the column 'REF'; it has A, B", ""),
    "another pdf": (lambda: pdf("Hello"), "no label or column 'REF'", ""),
}


class TestBadFiles:
    @pytest.mark.parametrize("what", BAD)
    def test_what_cannot_be_read_has_a_problem(self, what: str) -> None:
        """It may well be the right file: its cases are told why it says nothing."""
        make, problem = BAD[what]
        found = read(make())
        assert found.problem.startswith(problem)
        assert Evidence(problem=found.problem) == found

    @pytest.mark.parametrize("what", WRONG)
    def test_what_is_the_wrong_file_is_refused(self, what: str) -> None:
        """With what it is, and what to hand in instead."""
        make, message, hint = WRONG[what]
        with pytest.raises(UnusableEvidence, match=message) as refused:
            read(make())
        assert hint in refused.value.hint

    @pytest.mark.parametrize(("limit", "most", "make", "problem"), [
        ("kinds.LARGEST", 10, lambda: packed(csv()), "is too large: unpacked it has more than 0 MB"),
        ("reading.LARGEST", 10, csv, "is too large: it has more than 0 MB"),
        ("workbook.UNPACKED", 10, workbook, "is too large: unpacked it has 0 MB in 9 parts"),
        ("workbook.SHEET_ROWS", 2, workbook, "is too large: its sheets have more than 2 rows"),
        ("html_page.LARGEST_HTML", 10, html, "is too large: as a page it has more than 0 MB"),
        ("html_tables.HTML_CELLS", 5, html, "is too large: its tables have more than 5 cells"),
        ("parquet.PARQUET_ROWS", 1, parquet, "is too large: it has 2 rows, 1 are read"),
        ("pdf.PAGES", 1, lambda: pdf("a #pagebreak() b"), "is too large: it has 2 pages, 1 are read"),
    ])
    def test_limits(self, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, make: Callable[[], bytes],
                    problem: str) -> None:
        """What is larger than a limit says which; the limits stand in one place."""
        assert hasattr(limits, limit.split(".")[1])
        monkeypatch.setattr(f"methods.evidence.{limit}", most)
        assert problem == read(make()).problem


LETTERS = st.characters(codec="utf-8", exclude_characters="\ufeff", exclude_categories=["Cs", "Cc", "Cn", "Co"])
CELL = st.text(LETTERS | st.sampled_from("\n\r\t"), max_size=12)
SIGNS = [sign for sign in string.punctuation + " \t" if sign not in "\"'_"]


class TestAnyDialect:
    @given(
        delimiter=st.sampled_from(",;|\t^~:!#$%&*/?§¦"),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le"]),
        values=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4), ends=st.sampled_from(["\n", "\r\n"]),
        quoting=st.sampled_from([csvs.QUOTE_MINIMAL, csvs.QUOTE_ALL]),
    )
    @settings(max_examples=60)
    def test_every_value_comes_back(self, delimiter: str, encoding: str, values: list[tuple[str, str]], ends: str,
                                    quoting: int) -> None:
        """Any text between any delimiters in any Unicode encoding, with marks or without."""
        rows = [(f"K{at}", *pair) for at, pair in enumerate(values)]
        text = io.StringIO(newline="")
        if any("\r" in cell for pair in values for cell in pair):
            quoting = csvs.QUOTE_ALL  # a bare carriage return ends a row for whoever reads, but not for this writer
        csvs.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows(  # type: ignore[arg-type]
            [("REF", "LIMIT", "STATE"), *rows])
        found = read(text.getvalue().encode(encoding))
        assert {key: (one.strip(), two.strip()) for key, one, two in rows} == {
            key: tuple(record[name][0].value.strip() for name in ("Limit", "State"))
            for key, record in found.records.items()}

    @pytest.mark.parametrize("delimiter", SIGNS)
    def test_any_single_character_may_delimit(self, delimiter: str) -> None:
        """As long as it is no part of the words."""
        assert "NY" == read(csv(delimiter=delimiter)).find("R1", attribute="State")[0].value

    @pytest.mark.parametrize(("text", "encoding", "said"), [
        ("Québec", "latin-1", "cp1252"), ("Straße München", "cp1252", "cp1252"), ("5 €", "cp1252", "cp1252"),
        ("São João – “sim”", "cp1252", "cp1252"), ("Łódź, Kraków, Świętokrzyskie", "cp1250", "cp1250"),
        ("Москва область", "cp1251", "cp1251"), ("Москва область", "koi8-r", "koi8_r"),
        ("Αθήνα Ελλάδα", "cp1253", "cp1253"), ("東京都渋谷区", "shift_jis", "shift_jis")])
    def test_encodings_of_one_byte(self, text: str, encoding: str, said: str) -> None:
        """Recognised by what makes words, and said in the answer."""
        found = read(csv(rows=[("R1", "5", text)], delimiter=";", encoding=encoding))
        assert (text, f"CSV, semicolon, {said}") == (found.find("R1", attribute="State")[0].value, found.read_as)
