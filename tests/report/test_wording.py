"""What is said at which figure, at the bounds of every band, and how figures are written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.figures import wording
from methods.figures.display import elapsed, first_of, natural, share
from tests.report.builders import START, after


@pytest.mark.parametrize(("word", "percent"), [
    ("minimal", "4.99"), ("limited", "5"), ("limited", "24.99"), ("moderate", "25"), ("good", "50"), ("good", "75"),
    ("comprehensive", "75.01"), ("comprehensive", "100")])
def test_coverage_is_called_by_its_band(word: str, percent: str) -> None:
    """Below 5, from 5, from 25, from 50, above 75 percent."""
    assert word == wording.band(Fraction(percent) / 100, wording.COVERAGE).word


@pytest.mark.parametrize(("word", "number"), [
    ("minimal", 0), ("minimal", 4), ("limited", 5), ("limited", 29), ("adequate", 30), ("adequate", 100),
    ("comprehensive", 101)])
def test_samples_are_called_by_their_band(word: str, number: int) -> None:
    """Below 5, from 5, from 30, above 100 records."""
    assert word == wording.band(Fraction(number), wording.SAMPLES).word


@pytest.mark.parametrize(("word", "percent"), [
    ("full", "100"), ("high", "99.99"), ("high", "90.01"), ("partial", "90"), ("partial", "75"), ("low", "74.99")])
def test_agreement_is_called_by_its_band(word: str, percent: str) -> None:
    """Exactly 100, above 90, from 75, below."""
    assert word == wording.band(Fraction(percent) / 100, wording.AGREEMENT).word


@pytest.mark.parametrize(("word", "percent"), [("low", "4.9"), ("moderate", "5"), ("moderate", "15"), ("high", "15.1")])
def test_the_share_of_critical_elements_is_called_by_its_band(word: str, percent: str) -> None:
    """Below 5, from 5, above 15 percent."""
    assert word == wording.band(Fraction(percent) / 100, wording.CRITICAL_SHARE).word


def test_a_figure_below_every_band_is_an_error() -> None:
    """No share is negative, so nothing may be said of one that is."""
    with pytest.raises(ValueError, match="never negative"):
        wording.band(Fraction(-1), wording.SAMPLES)


@pytest.mark.parametrize(("shown", "part", "whole"), [
    ("–", 0, 0), ("0%", 0, 7), ("100%", 7, 7), ("33.3%", 1, 3), ("66.7%", 2, 3), ("6.3%", 1, 16), ("50.0%", 1, 2),
    ("<0.1%", 1, 100_000), (">99.9%", 99_999, 100_000), ("0.1%", 1, 2000)])
def test_shares_are_rounded_once_and_half_up(shown: str, part: int, whole: int) -> None:
    """One decimal; 0% and 100% only where it is exactly that."""
    assert shown == share(part, whole)


@given(st.integers(1, 10**9), st.data())
def test_a_share_shown_is_within_half_a_tenth(whole: int, data: st.DataObject) -> None:
    """The rounded figure never strays from the exact one."""
    part = data.draw(st.integers(0, whole))
    shown = Fraction(share(part, whole).strip("<>%"))
    assert abs(shown - Fraction(100 * part, whole)) <= Fraction(1, 10)


def test_numbers_in_names_sort_by_value() -> None:
    """TC-2 comes before TC-10."""
    assert ["TC-2", "TC-10", "TD-1"] == sorted(["TD-1", "TC-10", "TC-2"], key=natural)


def test_long_lists_say_how_many_are_left_out() -> None:
    """Three of five names, and the other two as a number."""
    assert "a, b, c and 2 more" == first_of(["a", "b", "c", "d", "e"], 5, most=3)


def test_keys_that_were_not_handed_over_are_counted() -> None:
    """Failures without keys are not shown as none."""
    assert "12 not listed" == first_of([], 12)


@pytest.mark.parametrize(("shown", "hours"), [("0 s", 0.0), ("36 s", 0.01), ("1 h 30 min", 1.5), ("2 d", 48.0)])
def test_durations_have_their_two_largest_units(shown: str, hours: float) -> None:
    """Seconds in a demo, days in a bank."""
    assert shown == elapsed(START, after(hours))
