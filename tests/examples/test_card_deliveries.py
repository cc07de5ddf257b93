"""How the ready FR Y-14M cycle delivers evidence: statements as PDF, a workbook, packed text, and their flaws."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from examples.built import BuiltCycle, HandedOut
from examples.fr_y_14m_d1.flaws import IN_TABLES, ON_STATEMENTS
from examples.fr_y_14m_d1.generate import build
from examples.fr_y_14m_d1.portfolio import PERIOD, account, index_of
from examples.fr_y_14m_d1.statement import as_pdf
from examples.fr_y_14m_d1.statements import main, open_archive
from tests.examples.card_evidence import archive, planted, report, rows, vault

Make = Callable[..., BuiltCycle]
LABELS = {
    "New balance", "Statement closing date", "Credit limit", "Cash advance limit", "Minimum payment due",
    "Payment due date", "Past due amount", "Purchase APR (%)",
}


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Builds of the module, each made once, with their list of defects."""

    @cache
    def made(*, seed: int = 7, defects: int | None = 90) -> BuiltCycle:
        folder = tmp_path_factory.mktemp("cycle")
        return build(folder, seed=seed, accounts=300, defects=defects, vault=folder / "vault")

    return made


def flawed(built: BuiltCycle, kind: str) -> str:
    """The reference number of an account whose statement has this flaw."""
    return next(reference for reference, flaw in archive(built).flaws.items() if flaw.kind == kind)


def sound(built: BuiltCycle) -> str:
    """The reference number of a consumer card account whose statement is as it should be."""
    return next(row["REFERENCE_NUMBER"] for row in report(built)
                if row["LENDING_TYPE"] in "12" and row["REFERENCE_NUMBER"] not in archive(built).flaws)


def sheet(path: Path, *references: str, column: str = "Account number") -> Path:
    """An evidence sheet as `case list --template` writes it."""
    path.write_text("\r\n".join([f"{column},New balance", *(f"{one}," for one in references)]), encoding="utf-8")
    return path


def upload(built: BuiltCycle, word: str) -> Path:
    return next(one.path for one in built.uploads if word in one.path.name)


def supplement(built: BuiltCycle, word: str) -> Path:
    return next(one.path for one in built.supplements if word in one.path.name)


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


class TestAccount:
    def test_is_found_by_its_reference_number(self) -> None:
        """The index is read back from the reference number, whatever the seed."""
        assert [0, 1, 999_999] == [
            index_of(seed, account(seed, index)["ReferenceNumber"]) for seed, index in ((7, 0), (8, 1), (7, 999_999))
        ]

    @pytest.mark.parametrize("reference", ["", "ABC", "abcde0123456789012", "=HYPERLINK(0000000"])
    def test_another_text_is_no_reference_number(self, reference: str) -> None:
        """What cannot be a reference number has no index."""
        assert index_of(7, reference) is None


class TestStatement:
    def test_says_what_the_report_says(self, make: Make) -> None:
        """A sound statement holds the eight values that it proves, in its own notation."""
        built = make(defects=0)
        reference = sound(built)
        row = next(row for row in report(built) if row["REFERENCE_NUMBER"] == reference)
        (page,) = archive(built).find(reference)
        end, due = row["ACCOUNT_CYCLE_END_DATE"], row["NEXT_PAYMENT_DUE_DATE"]
        assert {
            "Account number": reference,
            "New balance": f"${float(row['CYCLE_ENDING_BALANCE']):,.2f}",
            "Statement closing date": f"{end[4:6]}/{end[6:]}/{end[:4]}",
            "Payment due date": f"{due[4:6]}/{due[6:]}/{due[:4]}",
            "Purchase APR (%)": row["CYCLE_ENDING_RETAIL_APR"],
        }.items() <= page.values().items()
        assert page.values().keys() > LABELS

    def test_is_printed_as_it_is(self, make: Make) -> None:
        """Every label and value of a statement can be read off its page."""
        found = [page for one in ("second_statement", "wrong_statement")
                 for page in archive(make()).find(flawed(make(), one))]
        for statement, page in zip(found, pages(as_pdf(found, as_of=PERIOD)), strict=True):
            assert [] == [text for pair in statement.values().items() for text in pair if text not in page]

    def test_data_is_never_markup(self, make: Make) -> None:
        """What Typst would read as markup or code is printed letter by letter."""
        (page,) = archive(make()).find(sound(make()))
        hostile = '#read("/etc/passwd") *bold* $x$ \\ <a> @b'
        printed = as_pdf([replace(page, title=hostile)], as_of=PERIOD)
        assert hostile in pages(printed)[0]

    def test_the_same_statements_are_the_same_bytes(self, make: Make) -> None:
        """Nothing of clock or machine goes into the PDF."""
        found = archive(make()).find(sound(make()))
        assert as_pdf(found, as_of=PERIOD) == as_pdf(found, as_of=PERIOD)


class TestArchive:
    def test_holds_consumer_cards_alone(self, make: Make) -> None:
        """Exactly the accounts of consumer cards have statements."""
        built = make(defects=0)
        found = {row["REFERENCE_NUMBER"] for row in report(built) if archive(built).find(row["REFERENCE_NUMBER"])}
        assert {row["REFERENCE_NUMBER"] for row in report(built) if row["LENDING_TYPE"] in "12"} == found

    @pytest.mark.parametrize(
        ("kind", "first", "second"),
        [("wrong_statement", 1, 1), ("missing_statement", 0, 1), ("second_statement", 2, 2),
         ("illegible_statement", 1, 1), ("lost_statement", 0, 0)],
    )
    def test_prints_each_flaw(self, make: Make, kind: str, first: int, second: int) -> None:
        """So many pages from the first and from the second copy."""
        one = flawed(make(), kind)
        assert first == len(archive(make()).find(one))
        assert second == len(archive(make()).find(one, second_copy=True))

    def test_two_statements_of_an_account_differ_in_one_value(self, make: Make) -> None:
        """The duplicate should say the same, and nothing tells which of them holds."""
        first, second = archive(make()).find(flawed(make(), "second_statement"))
        assert 1 == len(set(first.values().items()) - set(second.values().items()))

    def test_an_illegible_value_is_legible_on_the_second_copy(self, make: Make) -> None:
        """One value on the page is stars; the second copy has it, and all else is the same."""
        one = flawed(make(), "illegible_statement")
        (first,), (second,) = archive(make()).find(one), archive(make()).find(one, second_copy=True)
        assert ["*"] == [
            "".join(set(text) - set("$,./ "))
            for label, text in first.values().items() if text != second.values()[label]
        ]

    def test_prints_what_a_sheet_asks_for_and_says_what_is_not_on_file(self, make: Make, tmp_path: Path) -> None:
        """A key stands once, whatever the sheet; unknown and lost ones are named."""
        known, lost = sound(make()), flawed(make(), "lost_statement")
        told = archive(make()).hand_out(sheet(tmp_path / "asked.csv", known, lost, known, "nobody"), tmp_path / "s.pdf")
        assert HandedOut(1, (lost, "nobody")) == told
        assert 1 == len(pages((tmp_path / "s.pdf").read_bytes()))

    def test_writes_nothing_when_nothing_is_on_file(self, make: Make, tmp_path: Path) -> None:
        """No empty document is handed in."""
        told = archive(make()).hand_out(sheet(tmp_path / "asked.csv", "nobody"), tmp_path / "s.pdf")
        assert HandedOut(0, ("nobody",)) == told
        assert not (tmp_path / "s.pdf").exists()

    def test_is_the_same_when_opened_from_the_vault(self, make: Make) -> None:
        """The list of defects is all that the archive needs."""
        assert archive(make()) == open_archive(vault(make()))

    def test_refuses_more_accounts_than_one_document_should_hold(self, make: Make, tmp_path: Path) -> None:
        """A census is asked for in parts."""
        asked = sheet(tmp_path / "asked.csv", *map(str, range(401)))
        with pytest.raises(ValueError, match="401 accounts: ask for at most 400"):
            archive(make()).hand_out(asked, tmp_path / "s.pdf")


class TestCommandLine:
    def test_prints_statements_and_tells_what_is_missing(
        self, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One line for what was printed, one for each account that is not on file."""
        known, lost = sound(make()), flawed(make(), "lost_statement")
        asked, target = sheet(tmp_path / "asked.csv", known, lost), tmp_path / "s.pdf"
        main(["--asked", str(asked), "--vault", str(vault(make())), "--target", str(target)])
        assert f"1 statements in {target}\nnot on file: {lost}\n" == capsys.readouterr().out

    def test_refuses_the_sheet_of_another_source(
        self, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The message names the column and how to get a sheet that has it."""
        asked = sheet(tmp_path / "asked.csv", column="ACCT_REF")
        with pytest.raises(SystemExit):
            main(["--asked", str(asked), "--vault", str(vault(make())), "--target", str(tmp_path / "s.pdf")])
        assert "no column 'Account number': have it written by case list --template" in capsys.readouterr().err


class TestWorkbook:
    def test_begins_with_a_cover_and_titles_above_the_header(self, make: Make) -> None:
        """The extract is on the second sheet, its header in the fifth row."""
        cover, extract = load_workbook(upload(make(), "small-business")).worksheets
        assert ("First Example Bank", "Business card ledger") == (cover["A2"].value, cover["A3"].value)
        assert ["Business card ledger: Small Business Cards", "As of 31 March 2026"] == [
            extract["A1"].value, extract["A2"].value
        ]
        assert ("ACCT_REF", "CUST_NO") == (extract["A5"].value, extract["B5"].value)

    def test_numbers_are_numbers_dates_are_dates_and_keys_are_text(self, make: Make) -> None:
        """As a ledger exports them, not as text that looks like them."""
        extract = load_workbook(upload(make(defects=0), "small-business")).worksheets[1]
        types = {extract.cell(5, at).value: extract.cell(6, at).data_type for at in range(1, extract.max_column + 1)}
        expected = {"ACCT_REF": "s", "PERIOD": "s", "STMT_BAL": "n", "DPD": "n", "APR_RETAIL": "n", "STMT_DT": "d"}
        assert expected.items() <= types.items()

    def test_the_cover_counts_the_accounts(self, make: Make) -> None:
        """As many as there are rows."""
        cover = load_workbook(upload(make(), "small-business")).worksheets[0]
        counted = {line[0].value: line[1].value for line in cover.iter_rows(min_row=5)}
        assert str(sum(1 for _ in rows(upload(make(), "small-business")))) == counted["Accounts"]


class TestPackedText:
    def test_is_delimited_by_bars(self, make: Make) -> None:
        """Commercial cards come as bar-delimited text in gzip."""
        with gzip.open(upload(make(), "commercial"), "rt", encoding="utf-8", newline="") as text:
            assert ["ACCT_REF", "CUST_NO"] == next(csv.reader(text, delimiter="|"))[:2]


class TestFlaws:
    def test_every_kind_is_planted(self, make: Make) -> None:
        """Statements and tables show all their kinds of flaw."""
        listed = {one["kind"] for one in planted(make())}
        assert {*ON_STATEMENTS, *IN_TABLES} <= listed

    @pytest.mark.parametrize("word", ["small-business", "commercial"])
    def test_the_supplement_holds_what_was_missing_or_unreadable(self, make: Make, word: str) -> None:
        """Exactly those accounts, each readable throughout."""
        spoilt = {one["record_key"].split("|")[0] for one in planted(make())
                  if one["kind"] in ("missing_row", "unreadable_cell")}
        delivered = list(rows(supplement(make(), f"business_ledger-{word}")))
        line = {row["REFERENCE_NUMBER"] for row in report(make())
                if row["LENDING_TYPE"] in ("34" if word == "small-business" else "56")}
        assert sorted(spoilt & line) == sorted(row["ACCT_REF"] for row in delivered)
        assert not any("*" in cell or cell == "#N/A" for row in delivered for cell in row.values())

    def test_without_defects_there_is_no_supplement(self, make: Make) -> None:
        """Nor any flaw in the archive."""
        assert ((), {}) == (make(defects=0).supplements, archive(make(defects=0)).flaws)

    def test_a_supplement_of_an_earlier_build_is_removed(self, tmp_path: Path) -> None:
        """Building anew in the same folder leaves nothing of the former defects."""
        build(tmp_path, accounts=60, defects=20)
        build(tmp_path, accounts=60, defects=0)
        assert not list(tmp_path.rglob("*supplement*"))
