"""Sample sizes and upper limits are those of the published tables, exactly; whatever differs is explained."""

from __future__ import annotations

import functools
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.sampling.attributes import Size, conclusion, evaluate, percent, sample_size, upper_limit
from methods.sampling.exact import at_most, binomial_at_most, ceiling, hypergeometric_at_most
from models.errors import BadInput

TABLES = Path(__file__).parents[2] / ".." / "shared" / "data" / "sampling_tables.json"
needs_tables = pytest.mark.skipif(not TABLES.exists(), reason="the published tables are not beside the project")
FIVE, TEN = Fraction(5, 100), Fraction(10, 100)


@functools.cache
def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"), parse_float=Fraction)
    return found


def size(tolerable: object, expected: object = 0, *, risk: Fraction = FIVE, population: int | None = None) -> Size:
    return sample_size(tolerable=Fraction(str(tolerable)), expected=Fraction(str(expected)), risk=risk,
                       population=population)


@needs_tables
class TestPublishedTables:
    @pytest.mark.parametrize(("table", "risk", "cells"), [("A-1", FIVE, 197), ("A-2", TEN, 199)])
    def test_sizes(self, table: str, risk: Fraction, cells: int) -> None:
        """AICPA 2017, A-1 and A-2: every size, with the number of expected deviations."""
        rows = published()[table]
        wrong = [row for row in rows if size(row["tol"], row["exp"], risk=risk) != Size(int(row["n"]), int(row["k"]))]
        assert ([], cells) == (wrong, len(rows))

    def test_where_print_and_arithmetic_differ(self) -> None:
        """A-2 prints 112 at 7%, 3.25% and 3.5%, where the risk is 10.071% and not 10%: it takes 113."""
        for row in published()["published_overrides_A2"]:
            found = size(row["tol"], row["exp"], risk=TEN)
            chance = binomial_at_most(ceiling(row["exp"] * 112), sample=112, rate=row["tol"])
            assert (112, 113, True) == (int(row["published"]), found.size, chance > TEN)
            assert row["cdf_at_published"] == round(chance, 5)

    def test_where_a_float_is_wrong(self) -> None:
        """The reference in R finds 423 and 1,313, because in floats 3.5% of 400 is more than 14."""
        for row in published()["jfa_float_artifacts_A2"]:
            assert int(row["exact"]) == size(row["tol"], row["exp"], risk=TEN).size < int(row["jfa"])

    @pytest.mark.parametrize(("table", "risk"), [("A-3", FIVE), ("A-4", TEN)])
    def test_upper_limits(self, table: str, risk: Fraction) -> None:
        """AICPA 2017, A-3 and A-4: every limit, to the tenth of a percent."""
        rows = published()[table]
        wrong = [row for row in rows
                 if upper_limit(int(row["deviations"]), int(row["n"]), risk=risk) != row["upper_limit_pct"] / 100]
        assert ([], 231) == (wrong, len(rows))


class TestSize:
    @pytest.mark.parametrize(("tolerable", "population", "five", "ten"), [
        ("0.05", 25, 19, 17), ("0.05", 50, 31, 27), ("0.05", 100, 45, 37), ("0.05", 250, 51, 40), ("0.05", 500, 56, 43),
        ("0.05", 1000, 57, 44), ("0.05", 5000, 59, 45), ("0.1", 25, 16, 13), ("0.1", 50, 22, 18), ("0.1", 500, 28, 22)])
    def test_finite_populations(self, tolerable: str, population: int, five: int, ten: int) -> None:
        """No deviations expected, exact hypergeometric chances."""
        found = [size(tolerable, risk=risk, population=population).size for risk in (FIVE, TEN)]
        assert [five, ten] == found

    @pytest.mark.parametrize(("tolerable", "expected"), [("0.05", "0"), ("0.1", "0.02"), ("0.07", "0.01")])
    def test_a_large_population_is_the_binomial_table(self, tolerable: str, expected: str) -> None:
        """Hypergeometric tends to binomial."""
        assert size(tolerable, expected).size == size(tolerable, expected, population=10**6).size

    @settings(max_examples=25, deadline=None)
    @given(st.integers(1, 400), st.integers(3, 30), st.integers(0, 2), st.sampled_from([FIVE, TEN]))
    def test_it_is_the_smallest_that_does(self, population: int, tolerable: int, expected: int, risk: Fraction) -> None:
        """One record less does not keep the risk; never more than there are."""
        rate, found = Fraction(tolerable, 100), size(f"0.{tolerable:02}", f"0.{expected:02}", risk=risk,
                                                     population=population)
        assert found.size <= population

        def keeps(n: int) -> bool:
            most = ceiling(Fraction(expected, 100) * n)
            return at_most(most, sample=n, rate=rate, population=population) <= risk

        assert not any(keeps(n) for n in range(1, found.size))
        assert keeps(found.size) or found.census

    def test_a_small_population_is_tested_whole(self) -> None:
        """In ten records one deviation is 10%, and nothing less than all rules it out."""
        assert (True, 10) == ((found := size("0.05", "0.01", population=10)).census, found.size)

    @pytest.mark.parametrize(("tolerable", "expected", "population", "told"), [
        ("0.05", "0.05", None, "expected rate 5% is not below"), ("0", "0", None, "tolerable rate 0%"),
        ("1", "0", None, "tolerable rate 100%"), ("0.0001", "0", None, "more than 10,000"),
        ("0.05", "0", 0, "at least one record")])
    def test_what_has_no_size(self, tolerable: str, expected: str, population: int | None, told: str) -> None:
        """Rates out of order, and sizes that nobody tests."""
        with pytest.raises(BadInput, match=told):
            size(tolerable, expected, population=population)


class TestEvaluation:
    def test_what_was_planned_is_supported(self) -> None:
        """With as many deviations as the size allows, and with no more."""
        planned = size("0.05", "0.01", population=2000)
        found = [evaluate(k, planned.size, tolerable=FIVE, risk=FIVE, population=2000).supported
                 for k in (planned.acceptable, planned.acceptable + 1)]
        assert [True, False] == found

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 120), st.data(), st.sampled_from([FIVE, TEN]), st.booleans())
    def test_limit_and_conclusion_agree(self, sample: int, data: st.DataObject, risk: Fraction, finite: bool) -> None:
        """The tolerable rate is ruled out exactly when the limit keeps below it, or in a large population at it."""
        deviations = data.draw(st.integers(0, sample))
        population = data.draw(st.integers(sample, 500)) if finite else None
        found = evaluate(deviations, sample, tolerable=FIVE, risk=risk, population=population)
        below = found.upper_limit < FIVE if finite else found.upper_limit <= FIVE
        assert below == found.supported
        assert found.rate <= found.upper_limit <= 1

    def test_a_census_knows(self) -> None:
        """Who tested every record has the rate itself as the limit."""
        assert Fraction(3, 80) == upper_limit(3, 80, risk=FIVE, population=80)

    def test_the_limit_is_the_most_that_is_not_ruled_out(self) -> None:
        """By enumeration of every possible number of deviating records."""
        possible = [k for k in range(61)
                    if hypergeometric_at_most(1, sample=20, deviating=k, population=60) > FIVE]
        assert Fraction(max(possible), 60) == upper_limit(1, 20, risk=FIVE, population=60)

    def test_all_deviate(self) -> None:
        """Then the limit is all."""
        assert 1 == upper_limit(7, 7, risk=FIVE)

    def test_the_sentence(self) -> None:
        """It claims no more than was proved."""
        said = [conclusion(evaluate(k, 93, tolerable=FIVE, risk=FIVE)) for k in (1, 2)]
        assert said[0].endswith("no more than 5% of all records do, which keeps within the tolerable rate of 5%.")
        assert said[1].endswith("no more than 6.7% of all records do, so the tolerable rate of 5% is not ruled out.")

    @pytest.mark.parametrize(("deviations", "sample", "population"), [(-1, 5, None), (6, 5, None), (0, 0, None),
                                                                      (0, 9, 8)])
    def test_counts_that_cannot_be(self, deviations: int, sample: int, population: int | None) -> None:
        """They are refused, not evaluated."""
        with pytest.raises(BadInput):
            upper_limit(deviations, sample, risk=FIVE, population=population)

    @pytest.mark.parametrize(("rate", "told"), [
        (Fraction(2, 3), "66.67%"), (FIVE, "5%"), (Fraction(1, 100000), "0.01%"), (Fraction(0), "0%"),
        (Fraction(35, 1000), "3.5%")])
    def test_percent(self, rate: Fraction, told: str) -> None:
        """Rounded up: a limit is never understated."""
        assert told == percent(rate)


class TestChances:
    @given(st.integers(0, 12), st.integers(1, 12), st.integers(0, 12), st.integers(12, 30))
    def test_hypergeometric_by_enumeration(self, most: int, sample: int, deviating: int, population: int) -> None:
        """The recurrence gives the sum of the terms by definition."""
        from math import comb

        terms = sum(comb(deviating, i) * comb(population - deviating, sample - i) for i in range(min(most, sample) + 1))
        assert Fraction(terms, comb(population, sample)) == hypergeometric_at_most(
            most, sample=sample, deviating=deviating, population=population)

    @given(st.integers(0, 12), st.integers(1, 12), st.fractions(0, 1, max_denominator=40))
    def test_binomial_by_definition(self, most: int, sample: int, rate: Fraction) -> None:
        """Horner's scheme gives the sum of the terms by definition."""
        from math import comb

        terms = (comb(sample, i) * rate**i * (1 - rate) ** (sample - i) for i in range(min(most, sample) + 1))
        assert sum(terms) == binomial_at_most(most, sample=sample, rate=rate)
