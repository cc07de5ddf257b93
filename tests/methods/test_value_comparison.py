"""Reported values are compared with evidence by type, exactly, with the reason told; no text raises."""

from __future__ import annotations

from typing import Any

import pytest

from methods.comparison import Outcome, compare
from models.cycle_file import Comparison
from models.items import DataType


def outcome(reported: str | None, evidence: str | None, kind: str = "money", **spec: Any) -> Outcome:
    return compare(reported, evidence, data_type=DataType(kind), spec=Comparison(**spec))


def result(reported: str | None, evidence: str | None, kind: str = "money", **spec: Any) -> str:
    return outcome(reported, evidence, kind, **spec).result


class TestNothing:
    @pytest.mark.parametrize("kind", list(DataType))
    def test_nothing_equals_nothing(self, kind: str) -> None:
        """Blank on both sides is a match."""
        assert "match" == result("  ", "", kind)

    @pytest.mark.parametrize(("reported", "evidence"), [("", "0"), ("0", ""), (None, "5"), ("5", "\t")])
    def test_nothing_is_no_value(self, reported: str | None, evidence: str) -> None:
        """Blank on one side is a mismatch, also against 0."""
        assert "mismatch" == result(reported, evidence)

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("", "0.00", "match"), ("0", "", "match"), ("", "5", "mismatch"), ("", "", "match")])
    def test_blank_is_zero(self, reported: str, evidence: str, expected: str) -> None:
        """When the cycle file says so, nothing is the amount 0."""
        assert expected == result(reported, evidence, blank_is_zero=True)

    def test_blank_is_zero_is_about_numbers(self) -> None:
        """A blank text is not '0'."""
        assert "mismatch" == result("", "0", "text", blank_is_zero=True)

    def test_absent_evidence_is_not_found(self) -> None:
        """None says that the evidence has no such value, even where the report has none either."""
        assert ["not_found", "not_found"] == [result("5", None), result("", None)]


class TestNumbers:
    @pytest.mark.parametrize(("reported", "evidence", "kind"), [
        ("2000.00", "$2,000.00", "money"), ("-5", "(5.00)", "money"), ("-5", "($5)", "money"), ("-5", "$-5", "money"),
        ("-5", "-$5", "money"), ("-5", "5.00-", "money"), ("-5", "\u22125", "money"), ("5", "USD 5", "money"),
        ("5", "5 usd", "money"), ("5", "€5", "money"), ("US$5", "$5", "money"), ("1234567.5", "1,234,567.50", "number"),
        ("1234567", "1 234 567", "number"), ("1234", "1,234", "number"), ("0.922", ".922", "number"),
        ("0", "-0.00", "number"),
        ("0007", "7", "integer"), ("12", "12.0", "integer"), ("+3", "3", "number"), ("0.125", "12.5%", "percent"),
        ("0.125", "12.5 %", "percent"), ("0.125", "0.125", "percent"), ("0.0125", "125 bps", "percent"),
        ("12", "\uff11\uff12", "number")])
    def test_one_number_in_two_dresses(self, reported: str, evidence: str, kind: str) -> None:
        """Separators, signs, symbols and units do not change a number."""
        assert "match" == result(reported, evidence, kind)

    @pytest.mark.parametrize("evidence", [
        "abc", "1,23", "1,2345", "12,34,567", "1.234,56", "1.2.3", "0,123", "1 23", "NaN", "Infinity", "-inf", "1e400",
        "1.5E+05", "10\u00b2", "\u0661\u0662", "\u00bd", "1_000", "0x1F", "--5", "(-5)", "(5", "5)", "-5-", "5%", "1/2",
        "9" * 61, "1" * 100_000, "5 EUR USD", "1$000", "\0", "\ud800"])
    def test_evidence_that_is_no_number_is_unreadable(self, evidence: str) -> None:
        """What is none, could be two, or has lost digits is not read, whatever was reported."""
        assert ["unreadable", "unreadable"] == [result("5", evidence), result("", evidence)]

    def test_a_currency_belongs_to_money(self) -> None:
        """A number with a currency is not a plain number."""
        assert ["match", "unreadable"] == [result("5", "$5", "money"), result("5", "$5", "number")]

    def test_currencies_must_agree(self) -> None:
        """5 dollars are not 5 euros; an unstated currency agrees with any."""
        assert ["mismatch", "match", "match"] == [result("USD 5", "€5"), result("5", "€5"), result("$5", "CAD 5")]

    def test_a_reported_value_that_is_no_number_is_wrong(self) -> None:
        """The report is wrong whatever the evidence says."""
        assert "mismatch" == result("n/a", "5")

    def test_a_fraction_is_no_integer(self) -> None:
        """12.5 as evidence for an integer is not read."""
        assert "unreadable" == result("12", "12.5", "integer")

    @pytest.mark.parametrize(("evidence", "expected"), [
        ("101000.00", "match_within_tolerance"), ("101000.01", "mismatch"), ("100000", "match"),
        ("99000", "match_within_tolerance"), ("98999.99", "mismatch")])
    def test_tolerance_includes_its_bound(self, evidence: str, expected: str) -> None:
        """A loan amount within $1,000, by the cent."""
        assert expected == result("100000", evidence, tolerance="1000")

    def test_tolerance_is_exact(self) -> None:
        """0.3 and 0.1 are 0.2 apart, not a little more."""
        assert "match_within_tolerance" == result("0.3", "0.1", "number", tolerance="0.2")

    def test_digits_are_never_rounded(self) -> None:
        """Numbers of 60 digits that differ in the last one differ."""
        assert "mismatch" == result("9" * 60, "9" * 59 + "8", "number")

    def test_scale_multiplies_the_evidence(self) -> None:
        """Evidence in units, report in thousands; the tolerance is in thousands too."""
        assert ["match", "match_within_tolerance", "mismatch"] == [
            result("1500", evidence, scale="0.001", tolerance="1") for evidence in ("1500000", "1501000", "1501001")]

    def test_the_attribute_decides_nothing_that_the_cycle_file_decides(self) -> None:
        """A data type of the comparison goes before that of the attribute."""
        assert "match" == result("01", "1", "text", data_type="integer")


class TestTexts:
    def test_text_is_normalised(self) -> None:
        """White space and Unicode's compatible forms do not count, case does."""
        assert ["match", "match", "mismatch"] == [
            result(reported, "Acme Corp", "text") for reported in (" Acme  Corp\n", "\uff21cme Corp", "ACME Corp")]

    def test_case_can_be_ignored(self) -> None:
        """Also where a letter has two capital forms."""
        assert "match" == result("STRASSE", "straße", "text", ignore_case=True)

    def test_likeness_never_passes(self) -> None:
        """Letters in another order are another text."""
        assert "mismatch" == result("listen", "silent", "text")

    def test_codes_keep_their_zeros(self) -> None:
        """A code is not a number."""
        assert "mismatch" == result("01", "1", "code")

    def test_codes_are_translated(self) -> None:
        """The source's code is read as the report's."""
        assert ["match", "mismatch", "match"] == [
            result(reported, evidence, "code", codes={"FHA": "2", "": "9"})
            for reported, evidence in (("2", " FHA "), ("2", "VA"), ("9", ""))]

    def test_codes_apply_to_integers(self) -> None:
        """A flag that the report holds as a number can be a word at its source."""
        assert "match" == result("1", "Yes", "integer", codes={"Yes": "1", "No": "0"})


class TestDates:
    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("20240131", "2024-01-31", "match"), ("20240131", "2024-1-31", "match"), ("20240131", "2024131", "unreadable"),
        ("20240131", "01/31/2024", "unreadable"), ("20240131", "20240132", "unreadable"),
        ("20240131", "2024-02-01", "mismatch"), ("20240230", "20240229", "mismatch")])
    def test_only_stated_formats_are_read(self, reported: str, evidence: str, expected: str) -> None:
        """A date without separators has its full width; nothing is guessed."""
        assert expected == result(reported, evidence, "date")

    @pytest.mark.parametrize(("evidence", "expected"), [
        ("20240613", "match_within_tolerance"), ("20240614", "mismatch"), ("20240607", "match_within_tolerance")])
    def test_window(self, evidence: str, expected: str) -> None:
        """Three days are within three days, on both sides."""
        assert expected == result("20240610", evidence, "date", window_days=3)

    def test_a_date_that_can_be_two_is_reviewed(self) -> None:
        """01/02/2024 in both orders is for a person; 31/01/2024 can be one date only."""
        both = {"date_formats": ("%m/%d/%Y", "%d/%m/%Y", "%Y%m%d")}
        assert ["needs_review", "match", "mismatch", "mismatch"] == [
            result(reported, evidence, "date", **both) for reported, evidence in (
                ("20240102", "01/02/2024"), ("20240131", "31/01/2024"), ("", "01/02/2024"), ("x", "01/02/2024"))]

    def test_a_format_that_is_not_supported_is_reviewed(self) -> None:
        """The cycle file's mistake is named, and no test passes or fails by it."""
        judged = outcome("20240131", "20240131", "date", date_formats=("%Y%j",))
        assert ("needs_review", True) == (judged.result, "%j" in judged.reason)


class TestReasons:
    @pytest.mark.parametrize(("judged", "reason"), [
        (outcome("100.50", "100.5"), "reported '100.5', evidence '100.5': equal"),
        (outcome("100", "98", tolerance="1"),
         "reported '100', evidence '98': they differ by 2, more than the tolerance of 1"),
        (outcome("100", "98"), "reported '100', evidence '98': they differ by 2, and no difference is tolerated"),
        (outcome("", "5"), "reported nothing, while the evidence states '5'"),
        (outcome("5", None), "the evidence holds no value for the reported '5'"),
        (outcome("5", "1e9"), "the evidence '1e9' is in scientific notation, which loses digits; reported is '5'"),
        (outcome("a", "b", "text"), "reported 'a', evidence 'b': not the same")])
    def test_both_values_are_told(self, judged: Outcome, reason: str) -> None:
        """The reason is a sentence that needs no other source."""
        assert reason == judged.reason

    def test_a_long_value_is_cut(self) -> None:
        """A reason stays readable; the outcome holds the whole value."""
        judged = outcome("x" * 5000, "y", "text")
        assert (True, 5000) == (len(judged.reason) < 200, len(judged.reported or ""))
