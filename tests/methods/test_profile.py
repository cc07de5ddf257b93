"""The profile of a column, held against Python's own counting of the same values."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.duck import ReportTable
from methods.profile import AttributeProfile, fences


def profile(folder: Path, values: list[str]) -> AttributeProfile:
    path = folder / "report.csv"
    path.write_text("k,c\n" + "".join(f'{at},"{value}"\n' for at, value in enumerate(values)))
    with ReportTable(path, folder=folder) as table:
        return table.describe(table.profile()["c"], attribute="C")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-10**6, 10**6, places=2).map(str) | st.just(""), min_size=1, max_size=40))
def test_quartiles_and_far_out_values_by_hand(tmp_path: Path, values: list[str]) -> None:
    """A quartile is the value at its rank among the sorted ones; what is beyond three times the middle is far out."""
    found = profile(tmp_path, values)
    numbers = sorted(Decimal(value) for value in values if value)
    if not numbers:
        assert (found.quartile_1, found.median, found.quartile_3, found.far_out) == ("", "", "", 0)
        return
    first, middle, third = (numbers[ceil(Fraction(k * len(numbers), 4)) - 1] for k in (1, 2, 3))
    assert [first, middle, third] == [Decimal(text) for text in (found.quartile_1, found.median, found.quartile_3)]
    reach = 3 * (third - first)
    far = [number for number in numbers if number < first - reach or number > third + reach] if reach else []
    assert found.far_out == len(far)
    assert {Decimal(value) for value, _ in found.far_out_values} <= set(far)
    assert len(found.far_out_values) == min(5, len({value for value in values if value and Decimal(value) in far}))


def test_patterns_are_the_shapes_of_the_values(tmp_path: Path) -> None:
    """Letters and digits become A, a and 9, in any script; the commonest come first."""
    found = profile(tmp_path, ["AB-12", "CD-34", "ÄB-56", "ab 1", "", "x" * 50])
    assert found.patterns == (("AA-99", 3), ("aa 9", 1), ("a" * 40, 1))
    assert (found.patterns_in_all, found.blank, found.distinct, found.longest) == (3, 1, 5, 50)


def test_a_column_of_texts_has_no_quartiles(tmp_path: Path) -> None:
    """One value that is no number, and there is no middle; minimum and maximum are by code point."""
    found = profile(tmp_path, ["1", "2", "n/a", "1"])
    assert (found.numbers, found.quartile_1, found.median, found.far_out) == (3, "", "", 0)
    assert (found.minimum, found.maximum, found.top[0]) == ("1", "n/a", ("1", 2))


def test_what_is_no_amount_has_no_middle(tmp_path: Path) -> None:
    """A code or a date may be digits throughout: extremes and patterns, but nothing is far out."""
    path = tmp_path / "report.csv"
    path.write_text("c\n20260101\n20260102\n20260103\n99991231\n")
    with ReportTable(path, folder=tmp_path) as table:
        found = table.describe(table.profile()["c"], attribute="C", measured=False)
    assert (found.maximum, found.median, found.far_out, found.patterns) == ("99991231", "", 0, (("99999999", 4),))


def test_the_farthest_values_are_named_first(tmp_path: Path) -> None:
    """All records beyond the fences are counted, the five farthest values are named with their records."""
    far = ["1000", "1000", "-900", "800", "700", "600", "500"]
    found = profile(tmp_path, [*[str(value) for value in range(1, 9) for _ in range(9)], *far])
    assert found.far_out == len(far)
    assert found.far_out_values == (("1000", 2), ("-900", 1), ("800", 1), ("700", 1), ("600", 1))


def test_the_longest_numbers_have_a_profile(tmp_path: Path) -> None:
    """A fence may need more digits than a number has: then nothing is beyond it."""
    big = "9" * 28
    found = profile(tmp_path, ["-" + big, "0", big, big])
    assert (found.quartile_1, found.quartile_3, found.far_out) == ("-" + big, big, 0)


def test_no_fence_without_a_spread() -> None:
    """Where half of all values are one, a single other would be far out, so nothing is."""
    assert fences(Decimal(5), Decimal(5)) is None
    assert fences(Decimal(1), Decimal(3)) == (Decimal(-5), Decimal(9))


def test_counts_equal_python_s(tmp_path: Path) -> None:
    """Top values by count, then by text."""
    values = ["b", "a", "b", "a", "c", "", "d", "e", "f"]
    assert profile(tmp_path, values).top == tuple(sorted(Counter(filter(None, values)).items(),
                                                         key=lambda one: (-one[1], one[0])))[:5]
