"""PDF as evidence: tables over pages, and statements with labels however they are set."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from methods.evidence import Candidate, Evidence, read_evidence
from models.errors import UnusableEvidence
from tests.evidence_files import pdf, statement, statements, table_pdf
from tests.methods.builders import source

LABELS = {"Limit": "Credit limit", "State": "State", "Balance": "Balance", "Transfer": "Balance transfer",
          "Promo": "Cycle ending balance promotional"}
MANY = [(f"R{number}", f"{number}00.00", "NY") for number in range(1, 61)]


def read(data: bytes) -> Evidence:
    """The evidence in a document with labels in words."""
    return read_evidence(data, source=source(keys={"Ref": "Account number"}, columns=LABELS))


def values(found: Evidence, key: str = "R1") -> dict[str, list[str]]:
    """What is said of a record, by attribute."""
    return {name: [one.value for one in given] for name, given in found.records[key].items()}


def grid(*cells: str, columns: int = 2, bold: Sequence[int] = ()) -> str:
    """Cells side by side, without rules."""
    set_ = ", ".join(f"[*{cell}*]" if at in bold else f"[{cell}]" for at, cell in enumerate(cells))
    return f"#grid(columns: (5cm,) * {columns}, row-gutter: 6pt, {set_})\n"


class TestTables:
    @pytest.mark.parametrize("style", ["", "stroke: none,", "stroke: none, align: (left, right, center),",
                                       "columns: (4cm, 3cm, 2cm),"], ids=["ruled", "bare", "aligned", "wide"])
    @pytest.mark.parametrize("repeat", [True, False], ids=["repeated", "once"])
    def test_over_several_pages(self, style: str, repeat: bool) -> None:
        """With rules or without, the header on every page or on the first."""
        style = style.replace("columns: (4cm, 3cm, 2cm),", "inset: 8pt,")
        found = read_evidence(table_pdf(rows=MANY, style=style, repeat=repeat), source=source())
        assert (60, True) == (found.rows, found.read_as.endswith("pages, a table"))
        assert ["6000.00"] == [one.value for one in found.find("R60", attribute="Limit")]
        assert found.find("R60", attribute="Limit")[0].locator.endswith(" (column 'LIMIT')")

    def test_a_header_over_two_lines(self) -> None:
        """A cell's words count, not its lines."""
        wide = table_pdf(("REF", "Credit \\ limit", "STATE"), [("R1", "5", "NY")])
        found = read_evidence(wide, source=source(columns={"Limit": "Credit limit"}))
        assert "5" == found.find("R1", attribute="Limit")[0].value

    def test_an_empty_cell_is_nothing(self) -> None:
        """And does not move the others."""
        found = read_evidence(table_pdf(rows=[("R1", "", "NY"), ("R2", "6", "NJ")]), source=source())
        assert ["", "NY"] == [found.find("R1", attribute=name)[0].value for name in ("Limit", "State")]


class TestLabels:
    @pytest.mark.parametrize("text", [
        "Account number: R1\n\nCredit limit: 5,000.00",
        "Account number: R1 #h(1cm) Credit limit: 5,000.00",
        grid("Account number", "R1", "Credit limit", "5,000.00"),
        grid("Account number:", "R1", "Credit limit:", "5,000.00", "State:", "NY"),
        grid("Account number", "Credit limit", "R1", "5,000.00"),
        "Account number#box(width: 1fr, repeat[.])R1\n\nCredit limit #box(width: 1fr, repeat[. ]) 5,000.00",
        grid("Credit limit", "5,000.00", "Account number", "R1"),
        "Account number: R1\n\nCredit limit 5,000.00", "ACCOUNT NUMBER: R1\n\nCREDIT LIMIT: 5,000.00",
    ], ids=["colon", "one line", "right", "colons right", "below", "leaders", "above its key", "space", "capitals"])
    def test_however_they_are_set(self, text: str) -> None:
        """Behind a colon, right of the label, below it, after leaders; in any order on a page."""
        assert ["5,000.00"] == values(read(pdf(text)))["Limit"]

    def test_a_place_on_the_page(self) -> None:
        """Page and box in points, and the label."""
        found = read(pdf("#place(top + left, dx: 30pt, dy: 130pt)[Credit limit: 5] Account number: R1"))
        page, box = found.find("R1", attribute="Limit")[0].locator.split(" (")[0].split(", box ")
        left, top = box.split("-")[0].split(",")
        assert ("page 1", "(label 'Credit limit')") == (page, found.find("R1", attribute="Limit")[0].locator[-22:])
        assert 100 < int(left) < 260
        assert 150 < int(top) < 260

    def test_the_longest_label_counts(self) -> None:
        """A label is not the beginning of another one, nor its end."""
        found = read(pdf(grid("Account number", "R1", "Balance transfer", "7.00", "Balance", "100.00",
                              "Previous Balance", "50.00", "Balance due", "9.00")))
        assert {"Transfer": ["7.00"], "Balance": ["100.00"]} == values(found)

    def test_a_label_without_a_value(self) -> None:
        """The next label is not its value, whether anybody knows it or not."""
        found = read(pdf("Account number: R1\n\nCredit limit:\n\nCash limit: 1,000.00\n\nState:\n\nBalance: 7"))
        assert {"Balance": ["7"]} == values(found)

    def test_a_wrapped_label(self) -> None:
        """Over as many lines as it takes."""
        text = grid("Account number", "R1", "#box(width: 3cm)[Cycle ending balance promotional]", "12.00")
        assert {"Promo": ["12.00"]} == values(read(pdf(text)))

    def test_two_columns_of_amounts_are_two_candidates(self) -> None:
        """This year's and last year's: a person says which."""
        found = read(pdf(grid("Account number", "R1", "", "Credit limit", "5,000.00", "4,000.00", columns=3)))
        assert {"Limit": ["5,000.00", "4,000.00"]} == values(found)

    def test_a_currency_apart_from_its_amount(self) -> None:
        """They are one value."""
        found = read(pdf(grid("Account number", "R1", "", "Credit limit", r"\$", "5,000.00", columns=3)))
        assert {"Limit": ["\\$ 5,000.00".replace("\\", "")]} == values(found)

    def test_labels_above_texts(self) -> None:
        """Where a row of bold labels stands above a row of texts, the value is below."""
        text = grid("Account number", "State", "Colour", "R1", "NY", "Blue", columns=3, bold=(0, 1, 2))
        assert ["NY"] == values(read(pdf(text)))["State"]


class TestStatements:
    def test_several_in_one_file(self) -> None:
        """Each begins where its key stands."""
        found = read(statements(*({"Account number": f"R{n}", "Credit limit": f"{n}00"} for n in (1, 2, 3))))
        assert [["100"], ["200"], ["300"]] == [values(found, f"R{n}")["Limit"] for n in (1, 2, 3)]
        assert "PDF, 3 pages, 3 statements" == found.read_as

    def test_several_on_one_page(self) -> None:
        """The next key ends the statement before it."""
        text = "".join(statement({"Account number": f"R{n}", "Credit limit": f"{n}00"}) for n in (1, 2))
        assert [["100"], ["200"]] == [values(read(pdf(text)), f"R{n}")["Limit"] for n in (1, 2)]

    def test_over_several_pages(self) -> None:
        """With its key on each of them, or on the first only."""
        for repeated in ({"Account number": "R1"}, {}):
            found = read(statements({"Account number": "R1", "State": "NY"}, {**repeated, "Credit limit": "5"}))
            assert ({"State": ["NY"], "Limit": ["5"]}, 1) == (values(found), len(found.records))

    def test_one_record_twice_with_another_value(self) -> None:
        """Both are candidates, with their pages."""
        found = read(statements({"Account number": "R1", "Credit limit": "5"},
                                {"Account number": "R2", "Credit limit": "6"},
                                {"Account number": "R1", "Credit limit": "7"}))
        assert [("5", "page 1"), ("7", "page 3")] == [
            (one.value, one.locator[:6]) for one in found.find("R1", attribute="Limit")]

    def test_several_keys(self) -> None:
        """A key that stands once at the top holds for all statements below it."""
        bank = source(keys={"Bank": "Bank", "Ref": "Account number"}, columns=LABELS)
        text = statement({"Bank": "7"}) + "".join(
            statement({"Account number": f"R{n}", "Credit limit": f"{n}00"}) for n in (1, 2))
        assert ["7|R1", "7|R2"] == list(read_evidence(pdf(text), source=bank).records)

    def test_a_label_that_is_nowhere(self) -> None:
        """The record is there, the value is not."""
        found = read(statements({"Account number": "R1", "Credit limit": "5"}))
        assert ((), True) == (found.find("R1", attribute="State"), "State" in found.lacking)

    def test_a_document_without_the_labels(self) -> None:
        """It is the wrong one."""
        with pytest.raises(UnusableEvidence, match="has no label or column 'Account number'"):
            read(pdf("Dear customer"))

    def test_text_that_is_no_value(self) -> None:
        """A label in a sentence is no label."""
        found = read(pdf(statement({"Account number": "R1", "State": "NY"}) + "Credit limit increases take a day."))
        assert {"State": ["NY"]} == values(found)


def test_candidates_have_places() -> None:
    """Nothing is said without where it stands."""
    found = read(statements({"Account number": "R1", "Credit limit": "5"}))
    assert all(isinstance(one, Candidate) and one.locator for one in found.find("R1", attribute="Limit"))
