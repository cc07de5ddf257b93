"""HTML pages are read table by table, as a browser lays them out, with table, row and column of every value."""

from __future__ import annotations

import time

import pytest

from methods.evidence import Candidate, Evidence, read_evidence
from methods.evidence.html_page import page_encoding
from methods.evidence.kinds import is_page
from models.errors import UnusableEvidence
from tests.evidence_files import html
from tests.methods.builders import source

HEADER = "<tr><th>REF<th>LIMIT<th>STATE"


def read(page: str | bytes) -> Evidence:
    """The evidence in a page, by the source with key REF and the columns LIMIT and STATE."""
    return read_evidence(page.encode() if isinstance(page, str) else page, source=source(), name="page.html")


def values(found: Evidence, key: str = "R1") -> list[str]:
    """Limit and state of a record."""
    return [found.find(key, attribute=name)[0].value for name in ("Limit", "State")]


class TestTables:
    @pytest.mark.parametrize("table", [
        "<table><tr><th>REF</th><th>LIMIT</th><th>STATE</th></tr><tr><td>R1</td><td>5</td><td>NY</td></tr></table>",
        "<TABLE><TR><TD>REF<TD>LIMIT<TD>STATE<TR><TD>R1<TD>5<TD>NY</TABLE>",
        "<table><thead><tr><th>REF<th>LIMIT<th>STATE</thead><tbody><tr><td>R1<td>5<td>NY</tbody>",
        "<table><tr><th>STATE<th>REF<th>x<th>LIMIT<tr><td>NY<td>R1<td><td>5",
        "<table><caption>Cards</caption><tr><td colspan=3>Cards<tr><th>REF<th>LIMIT<th>STATE<tr><td>R1<td>5<td>NY",
        "<table><tr><th><b>REF</b><th> <i>LIM</i>IT\n<th>ST<span>ATE</span><tr><td>\n R1 <td><p>5</p><td>N<wbr>Y",
        "<table/><table><tr><th>REF<th>LIMIT<th>STATE<tr><td>R1<td>5<td>NY"])
    def test_however_they_are_written(self, table: str) -> None:
        """Open tags, capitals, sections, order of columns and markup inside cells do not matter."""
        assert ["5", "NY"] == values(read(f"<html>{table}"))

    def test_a_value_has_its_place(self) -> None:
        """Table and row from 1, as a person counts them."""
        found = read(f"<html><table><tr><td>menu</table><table>{HEADER}<tr><td>R1<td>5<td>NY</table>")
        assert (Candidate("5", "table 2, row 2, column LIMIT"),) == found.find("R1", attribute="Limit")
        assert "HTML, utf-8, table 2" == found.read_as

    def test_several_tables(self) -> None:
        """All that have the header; what they say differently goes to a person."""
        one = f"<table>{HEADER}<tr><td>R1<td>5<td>NY</table>"
        found = read(f"<html>{one}{one.replace('5', '6')}")
        assert ["table 1, row 2, column LIMIT", "table 2, row 2, column LIMIT"] == [
            one.locator for one in found.find("R1", attribute="Limit")]

    def test_a_table_in_a_cell(self) -> None:
        """It is a table of its own, and its text is no text of the cell."""
        inner = "<table><tr><td>REF<td>LIMIT<td>STATE<tr><td>R2<td>6<td>NJ</table>"
        found = read(f"<html><table>{HEADER}<tr><td>R1<td>5{inner}<td>NY</table>")
        assert [["5", "NY"], ["6", "NJ"]] == [values(found, key) for key in ("R1", "R2")]

    def test_a_cell_over_several_rows(self) -> None:
        """Says the same in each, also in the middle, and then ends."""
        rows = "<tr><td>R1<td rowspan=2>5<td>NY<tr><td>R2<td>NJ<tr><td>R3<td>7<td>CA"
        found = read(f"<html><table>{HEADER}{rows}</table>")
        assert [["5", "NY"], ["5", "NJ"], ["7", "CA"]] == [values(found, key) for key in ("R1", "R2", "R3")]

    def test_a_cell_over_several_columns(self) -> None:
        """Stands in the first of them."""
        assert ["5", ""] == values(read(f"<html><table>{HEADER}<tr><td>R1<td colspan=2>5</table>"))

    def test_a_short_row(self) -> None:
        """What it does not state is blank."""
        assert ["5", ""] == values(read(f"<html><table>{HEADER}<tr><td>R1<td>5</table>"))

    def test_rows_without_a_key_are_named(self) -> None:
        """Such as a total at the end."""
        assert ("table 1, row 3",) == read(
            f"<html><table>{HEADER}<tr><td>R1<td>5<td>NY<tr><td><td>5<td>total</table>").without_key


class TestText:
    def test_what_is_written_is_what_is_read(self) -> None:
        """Entities by name and number, breaks, non-breaking spaces."""
        cells = "<td>R1<td>1&#44;234&nbsp;&euro;<td>A &amp; B<br>C"
        assert ["1,234 €", "A & B C"] == values(read(f"<html><table>{HEADER}<tr>{cells}</table>"))

    def test_scripts_and_comments_are_no_text(self) -> None:
        """Nothing is run, nothing hidden in them is read."""
        cells = "<td>R1<td>5<script>6</script><!-- 7 --><style>8</style><td>N<template>x</template>Y"
        assert ["5", "NY"] == values(read(f"<html><table>{HEADER}<tr>{cells}</table>"))

    def test_no_entity_is_declared(self) -> None:
        """An external or nested entity stays its name; nothing is fetched."""
        page = ('<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "&x;&x;">]><html>'
                f"<table>{HEADER}<tr><td>R1<td>&x;<td>&y;</table>")
        assert ["&x;", "&y;"] == values(read(page))

    @pytest.mark.parametrize(("encoding", "declared", "said"), [
        ("utf-8", "", "utf-8"), ("utf-16", "", "utf-16"), ("utf-8-sig", "", "utf-8-sig"),
        ("cp1251", '<meta charset="windows-1251">', "windows-1251"),
        ("iso8859-5", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-5">', "iso-8859-5")])
    def test_encodings(self, encoding: str, declared: str, said: str) -> None:
        """What the bytes show, else what the page says of itself."""
        page = f"<html><head>{declared}</head><table>{HEADER}<tr><td>R1<td>5<td>Москва</table>".encode(encoding)
        assert (["5", "Москва"], said) == (values(read(page)), page_encoding(page))

    def test_a_page_that_lies_about_its_encoding(self) -> None:
        """An encoding that does not exist or does not fit is passed over."""
        page = f'<html><meta charset="utf-9"><table>{HEADER}<tr><td>R1<td>5<td>Québec</table>'.encode("cp1252")
        assert ["5", "Québec"] == values(read(page))


class TestKinds:
    @pytest.mark.parametrize(("head", "page"), [
        (b"<!DOCTYPE html>", True), (b"\n<HTML lang=en>", True), (b"\xef\xbb\xbf<table>", True),
        (b"<!-- x --><html>", True),
        (b'<?xml version="1.0"?>\n<html xmlns="x">', True), ("<html>".encode("utf-16"), True),
        (b"<?xml?><cards>", False), (b"REF,<html>", False), (b"<tablets>", False), (b"", False)])
    def test_pages_are_known_by_their_beginning(self, head: bytes, page: bool) -> None:
        """Other XML is none."""
        assert page == is_page(head)

    def test_a_hostile_beginning_costs_nothing(self) -> None:
        """Comments after comments are looked at once each."""
        begun = time.process_time()
        assert not is_page(b"<!---->" * 585)
        assert time.process_time() - begun < 0.5

    def test_a_page_without_the_table_is_refused(self) -> None:
        """With what it has, by the row that came closest."""
        with pytest.raises(UnusableEvidence, match="of its 1 table has the column 'LIMIT', 'STATE'; it has REF, OTHER"):
            read(html(["REF", "OTHER"]))

    def test_spans_are_bounded(self) -> None:
        """A cell that claims a billion columns or rows has a thousand, or one."""
        cells = "<td>R1<td colspan=999999999>5<tr><td>R2<td rowspan=99999>6<td>NJ"
        assert ["6", "NJ"] == values(read(f"<html><table>{HEADER}<tr>{cells}</table>"), "R2")
