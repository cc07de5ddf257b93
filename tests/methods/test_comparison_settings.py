"""Every setting of a comparison does what docs/methods/comparison.md says, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from methods.comparison import Outcome
from methods.comparison.texts import likeness
from models.cycle_file import Comparison
from tests.methods.test_value_comparison import outcome, result


class TestHmdaTolerances:
    """FFIEC HMDA Examiner Transaction Testing (August 2017): what is no error."""

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("2024-06-10", "2024-06-13", "match_within_tolerance"), ("2024-06-10", "2024-06-14", "mismatch"),
        ("2023-12-31", "2024-01-01", "mismatch"), ("2024-01-01", "2023-12-29", "mismatch"),
        ("2023-12-31", "2023-12-28", "match_within_tolerance")])
    def test_an_action_date_within_three_days_of_one_year(self, reported: str, evidence: str, expected: str) -> None:
        """Three days are no error, a day across New Year is one."""
        assert expected == result(reported, evidence, "date", window_days=3, same_year=True)

    def test_an_application_date_may_cross_new_year(self) -> None:
        """The same-year rule is of the action date only."""
        assert "match_within_tolerance" == result("2023-12-31", "2024-01-01", "date", window_days=3)

    @pytest.mark.parametrize(("evidence", "expected"), [
        ("201000", "match_within_tolerance"), ("201000.01", "mismatch"), ("199000", "match_within_tolerance")])
    def test_a_loan_amount_within_1000_dollars(self, evidence: str, expected: str) -> None:
        """$1,000 is no error, a cent more is one."""
        assert expected == result("200000", evidence, tolerance="1000")

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("75000", "74600", "match_within_tolerance"), ("75000", "74500", "match_within_tolerance"),
        ("75000", "74499.99", "mismatch"), ("75000", "75000", "match"), ("74000", "74600", "mismatch")])
    def test_income_to_the_nearest_thousand(self, reported: str, evidence: str, expected: str) -> None:
        """Half a thousand goes up; cutting is no rounding."""
        assert expected == result(reported, evidence, round_to="1000")


class TestRounding:
    @pytest.mark.parametrize(("rounding", "reported", "evidence", "expected"), [
        ("half_up", "-75", "-74.5", True), ("half_even", "74", "74.5", True), ("half_even", "76", "75.5", True),
        ("half_even", "75", "74.5", False), ("down", "74", "74.99", True), ("down", "-74", "-74.99", True),
        ("half_up", "-74", "-74.5", False), ("down", "75", "74.99", False)])
    def test_halves(self, rounding: str, reported: str, evidence: str, expected: bool) -> None:
        """Away from zero, to the even one, or cut."""
        judged = result(reported, evidence, "number", round_to="1", rounding=rounding)
        assert judged == ("match_within_tolerance" if expected else "mismatch")

    def test_any_unit(self) -> None:
        """To the nearest 0.05, and to the nearest 25."""
        assert ["match_within_tolerance", "match_within_tolerance"] == [
            result("1.05", "1.03", "number", round_to="0.05"), result("125", "130", "number", round_to="25")]

    def test_then_the_tolerance(self) -> None:
        """Tolerance is about the rounded amounts, and the reason says what was done."""
        judged = outcome("77", "74600", round_to="1", scale="0.001", tolerance="2")
        assert ("match_within_tolerance", "reported '77', evidence '74.6': once rounded to 1 they differ by 2, within "
                "the tolerance of 2") == (judged.result, judged.reason)

    def test_the_reason_names_the_unit(self) -> None:
        """What agrees only once rounded says so."""
        assert "reported '75000', evidence '74600': equal once rounded to 1000" == outcome(
            "75000", "74600", round_to="1000").reason


class TestAmounts:
    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("100", "105", "match_within_tolerance"), ("105", "100", "match_within_tolerance"), ("100", "106", "mismatch"),
        ("0", "0.01", "mismatch")])
    def test_relative_tolerance(self, reported: str, evidence: str, expected: str) -> None:
        """A fraction of the larger amount, so that the order does not matter; of nothing, nothing."""
        assert expected == result(reported, evidence, relative_tolerance="0.05")

    def test_the_larger_tolerance_counts(self) -> None:
        """Absolute for small amounts, relative for large ones."""
        assert ["match_within_tolerance"] * 2 == [
            result(*pair, tolerance="1", relative_tolerance="0.01") for pair in (("1", "2"), ("1000", "1010"))]

    @pytest.mark.parametrize(("sign", "evidence", "expected"), [
        ("same", "-5", "mismatch"), ("opposite", "-5", "match"), ("opposite", "(5.00)", "match"),
        ("opposite", "5", "mismatch"), ("ignored", "-5", "match"), ("opposite", "0", "mismatch")])
    def test_sign(self, sign: str, evidence: str, expected: str) -> None:
        """A ledger that books credits as negative."""
        assert expected == result("5", evidence, sign=sign)

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("-5", "5.00 CR", "match"), ("5", "5.00 DR", "match"), ("-5", "CR 5", "match"), ("-5", "5cr", "match"),
        ("-5", "-5 CR", "unreadable"), ("-5", "(5) CR", "unreadable"), ("5", "CR", "unreadable"),
        ("-5", "5.00 CR USD", "match")])
    def test_sign_marks(self, reported: str, evidence: str, expected: str) -> None:
        """Letters that state the sign; with a second sign it is stated twice."""
        assert expected == result(reported, evidence, sign_marks={"CR": "-", "DR": "+"})

    def test_marks_that_nobody_stated(self) -> None:
        """Without the setting CR is no number."""
        assert "unreadable" == result("-5", "5.00 CR")

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("5", "€5", "mismatch"), ("5", "$5", "match"), ("$5", "CAD 5", "mismatch"), ("USD 5", "5", "match"),
        ("€5", "5", "mismatch"), ("5", "5", "match"), ("€5", "EUR 5", "match")])
    def test_currency(self, reported: str, evidence: str, expected: str) -> None:
        """An amount without a currency is in the stated one; a dollar sign is that dollar."""
        assert expected == result(reported, evidence, currency="USD")

    @pytest.mark.parametrize(("reported", "evidence", "settings"), [
        ("0.125", "12.5", {"percent_in": "percent"}), ("0.125", "12.5%", {"percent_in": "percent"}),
        ("12.5", "0.125", {"reported_percent_in": "percent"}), ("0.0125", "125", {"percent_in": "basis_point"}),
        ("12.5", "12.5", {"percent_in": "percent", "reported_percent_in": "percent"}), ("-0.125", "(12.5%)", {}),
        ("-0.125", "(12.5)%", {}), ("0.125", "1250 bps", {"percent_in": "percent"})])
    def test_percent(self, reported: str, evidence: str, settings: dict[str, Any]) -> None:
        """A stated sign goes before the unit of bare numbers."""
        assert "match" == result(reported, evidence, "percent", **settings)

    def test_a_percent_is_not_a_fraction_by_its_size(self) -> None:
        """12.5 is 1250% unless the cycle file says otherwise; nothing is guessed."""
        assert "mismatch" == result("0.125", "12.5", "percent")


class TestNotations:
    """The texts that locale-guessing parsers read wrongly; here the country is stated."""

    @pytest.mark.parametrize(("notation", "evidence", "number"), [
        ("de", "1.234,56", "1234.56"), ("de", "1.234", "1234"), ("de", "-1.234.567,8", "-1234567.8"),
        ("de", "(1.234,56)", "-1234.56"), ("de", "1234,56-", "-1234.56"), ("de", "1.234,56 €", "1234.56"),
        ("de", ",5", "0.5"), ("fr", "1\u202f234,56", "1234.56"), ("fr", "1 234 567,8", "1234567.8"),
        ("ch", "1'234.56", "1234.56"), ("ch", "CHF 1\u2019234", "1234"), ("in", "12,34,567.89", "1234567.89"),
        ("in", "1,234", "1234"), ("en", "1,234.56", "1234.56")])
    def test_a_country_has_its_own(self, notation: str, evidence: str, number: str) -> None:
        """Points, commas, spaces and apostrophes as that country groups with them."""
        assert "match" == result(number, evidence, notation=notation)

    @pytest.mark.parametrize(("notation", "evidence"), [
        ("de", "1,234.56"), ("de", "1.23"), ("de", "12.34.567"), ("fr", "1.234,56"), ("fr", "1,234.56"),
        ("ch", "1,234"), ("in", "123,456"), ("in", "1,2345"), ("en", "1.234,56"), ("en", "1'234")])
    def test_another_country_is_not_read(self, notation: str, evidence: str) -> None:
        """What the stated country does not write is unreadable, not another number."""
        assert "unreadable" == result("1", evidence, notation=notation)

    def test_each_side_has_its_own(self) -> None:
        """A German source and an American report."""
        assert "match" == result("1,234.56", "1.234,56", notation="de")

    def test_the_report_can_have_one(self) -> None:
        """And the other way round."""
        assert "match" == result("1.234,56", "1,234.56", reported_notation="de")


class TestDateTraps:
    """dateutil reads 2024-02-01 day first, and Feb-24 as a day of this year; formats do neither."""

    @pytest.mark.parametrize("formats", [("%d/%m/%Y", "%Y-%m-%d"), ("%Y-%m-%d", "%d/%m/%Y"), ("%d-%m-%Y", "%Y-%m-%d")])
    def test_an_iso_date_is_never_flipped(self, formats: tuple[str, ...]) -> None:
        """1 February, whichever other formats there are."""
        assert "2024-02-01" == outcome("2024-02-01", "2024-02-01", "date", date_formats=formats).evidence

    def test_a_month_has_no_day_of_today(self) -> None:
        """Feb-24 is not read as a date by default; as a month it is the first of February 2024, on every day."""
        assert "unreadable" == result("2024-02-01", "Feb-24", "date")
        months = {"date_formats": ("%Y-%m-%d", "%b-%y")}
        assert "2024-02-01" == outcome("2024-02-01", "Feb-24", "date", **months).evidence

    @pytest.mark.parametrize("evidence", ["2024-02-01T00:00:00Z", "2024-02-01 00:00:00+02:00", "today", "1706745600"])
    def test_nothing_but_the_formats(self, evidence: str) -> None:
        """No time zones, no words, no seconds since 1970."""
        assert "unreadable" == result("2024-02-01", evidence, "date")


class TestTexts:
    def test_punctuation_can_be_ignored(self) -> None:
        """Also full stops at the end; what is nothing else stays."""
        pairs = [("Acme Corp", "Acme Corp."), ("O'Brien, Ann", "OBrien Ann"), ("-", "?"), ("-", "")]
        assert ["match", "match", "mismatch", "mismatch"] == [
            result(*pair, "text", ignore_punctuation=True) for pair in pairs]

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("123 Main St", "123 Main Street", "needs_review"), ("Acme Corp.", "Acme Corp", "needs_review"),
        ("Acme", "Zenith", "mismatch"), ("Acme", "Acme", "match"), ("listen", "silent", "mismatch")])
    def test_likeness_asks_a_person(self, reported: str, evidence: str, expected: str) -> None:
        """Likeness never makes a match, however high."""
        assert expected == result(reported, evidence, "text", likeness="0.8")

    def test_likeness_is_what_rapidfuzz_measures(self) -> None:
        """Its documented ratio of "123 Main St" and "123 Main Street" is 84.6."""
        assert "0.846" == f"{likeness('123 Main St', '123 Main Street'):.3f}"

    def test_a_long_text_is_not_measured(self) -> None:
        """What would take long stays a mismatch."""
        assert "mismatch" == result("x" * 5000, "x" * 4999, "text", likeness="0.5")


class TestCodes:
    def test_a_complete_table_asks_about_the_rest(self) -> None:
        """A code that the table lacks is a gap in the table, not an error of the report."""
        spec = {"codes": {"FHA": "2", "VA": "3"}, "unknown_codes": "review"}
        assert ["match", "mismatch", "needs_review", "match", "mismatch"] == [
            result("2", evidence, "code", **spec) for evidence in ("FHA", "VA", "USDA", "2", "")]

    def test_case_ignored_is_ignored_in_the_table(self) -> None:
        """Otherwise it tells them apart."""
        assert ["match", "mismatch"] == [
            result("1", "y", "code", ignore_case=ignored, codes={"Y": "1"}) for ignored in (True, False)]

    def test_zeros_are_part_of_a_code(self) -> None:
        """01 is not 1, in values and in the table."""
        assert ["mismatch", "mismatch"] == [result("1", "01", "code"), result("2", "01", "code", codes={"1": "2"})]


class TestNothing:
    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("NA", "", "match"), ("", "Exempt", "match"), ("NA", "Exempt", "match"), ("NA", "5", "mismatch"),
        ("5", " NA ", "mismatch"), ("na", "", "mismatch")])
    def test_texts_that_mean_nothing(self, reported: str, evidence: str, expected: str) -> None:
        """As written, on both sides."""
        assert expected == result(reported, evidence, "integer", nothing=("NA", "Exempt"))

    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("Y", "signed by J. Doe", "match"), ("Y", "", "mismatch"), ("", "x", "mismatch"), ("", " ", "match"),
        ("N", "x", "mismatch"), ("Y", None, "not_found")])
    def test_presence(self, reported: str, evidence: str | None, expected: str) -> None:
        """That something is stated counts, not what."""
        assert expected == result(reported, evidence, "text", presence=True, nothing=("N",))


class TestSeveral:
    @pytest.mark.parametrize(("reported", "evidence", "expected"), [
        ("1;5;3", "3; 1;5", "match"), ("1;5", "1;5;3", "mismatch"), ("1;1", "1", "mismatch"), ("", ";", "match"),
        ("1", "", "mismatch"), ("1;2", "1;;2;", "match"), ("1;2", None, "not_found")])
    def test_order_does_not_count(self, reported: str, evidence: str | None, expected: str) -> None:
        """How often a value occurs does."""
        assert expected == result(reported, evidence, "code", separator=";")

    def test_each_by_its_type(self) -> None:
        """Amounts in a list have their tolerance, and the pairing that passes is found."""
        assert ["match_within_tolerance", "mismatch"] == [
            result(reported, "11;12", separator=";", tolerance="1") for reported in ("12;13", "13;14")]

    def test_one_that_cannot_be_read(self) -> None:
        """Spoils the evidence, and condemns the report."""
        assert ["unreadable", "mismatch"] == [
            result("1;2", "1;x", separator=";"), result("1;x", "1;2", separator=";")]

    def test_codes_are_translated_one_by_one(self) -> None:
        """The table is of single codes."""
        assert "match" == result("1;2", "B;A", "code", separator=";", codes={"A": "1", "B": "2"})

    def test_what_is_left_over_is_told(self) -> None:
        """By side."""
        assert outcome("1;4", "1;3", "code", separator=";").reason.endswith(
            "only reported is '4' and only stated by the evidence is '3'")

    def test_a_great_many_go_to_a_person(self) -> None:
        """Fifty values are compared with each other, more are not."""
        assert "needs_review" == result(";".join("1" * 60), "1", separator=";")


class TestSettings:
    @pytest.mark.parametrize("wrong", [
        {"tolerance": "-1"}, {"relative_tolerance": "1.1"}, {"round_to": "0"}, {"sign": "other"}, {"currency": "usd"},
        {"notation": "us"}, {"likeness": "1"}, {"sign_marks": {"CR": "minus"}}, {"toleranz": "1"}])
    def test_a_wrong_one_is_refused(self, wrong: dict[str, Any]) -> None:
        """Nothing is silently ignored."""
        with pytest.raises(ValidationError):
            Comparison(**wrong)

    def test_nothing_stated_is_exact(self) -> None:
        """The defaults change no value and tolerate no difference."""
        assert Outcome("mismatch", "1", "1.01", "reported '1', evidence '1.01': they differ by 0.01, and no difference "
                       "is tolerated") == outcome("1.00", "1.01")
