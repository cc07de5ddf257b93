"""The same population, version and plan give the same samples everywhere; shares are proportional and exact."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.sampling import Member, allocate, draw, line_of, population_hash, seed_of
from models.cycle_file import LineOfBusiness, Sampling
from models.errors import MalformedCycleFile
from models.items import Sample


def population(**sizes: int) -> list[Member]:
    return [Member((f"{line}{number:04d}",), line) for line, size in sizes.items() for number in range(size)]


def failing(members: list[Member], *rules: str) -> dict[str, tuple[str, ...]]:
    return {member.record_key: rules for member in members}


def drawn(members: list[Member], *, fails: dict[str, tuple[str, ...]] | None = None, version: int = 1,
          seed: str | None = None, **plan: Any) -> tuple[Sample, ...]:
    return draw(members, anomalies=fails or {}, plan=Sampling(**plan), population_sha256="p", version_number=version,
                seed=seed)


def by_line(samples: tuple[Sample, ...]) -> Counter[str]:
    return Counter(sample.line_of_business for sample in samples)


def keys(samples: tuple[Sample, ...]) -> list[str]:
    return [sample.record_key for sample in samples]


class TestHashes:
    def test_the_population_hash_is_that_of_sort_and_sha256sum(self) -> None:
        """A stranger can compute it from a list of keys."""
        assert hashlib.sha256(b"a|1\na|2\n").hexdigest() == population_hash(["a|1", "a|2"])

    @pytest.mark.parametrize("given", [["b", "a"], ["a", "a"]])
    def test_unsorted_or_repeated_keys_have_no_hash(self, given: list[str]) -> None:
        """A population in another order would have another hash."""
        with pytest.raises(ValueError, match="not sorted and distinct"):
            population_hash(given)

    def test_the_seed_follows_from_population_and_version(self) -> None:
        """Nobody chooses it."""
        assert hashlib.sha256(b"p|2").hexdigest() == seed_of("p", 2) == drawn(population(A=3), version=2)[0].seed


class TestDraw:
    @pytest.mark.parametrize("method", ["random", "stratified", "census"])
    def test_the_order_of_the_population_does_not_matter(self, method: str) -> None:
        """Nor does that of the failing records."""
        members = population(A=60, B=30, C=7)
        fails = failing(members[:20], "r1", "r2") | failing(members[10:30], "r2")
        plan: dict[str, Any] = {"method": method, "size": 10, "anomalies": 5}
        shuffled = random.Random(1).sample(members, len(members))  # noqa: S311 - an order, not a secret
        assert drawn(members, fails=fails, **plan) == drawn(shuffled, fails=dict(reversed(fails.items())), **plan)

    def test_another_version_draws_others(self) -> None:
        """The seed changes with the version."""
        first, second = (drawn(population(A=500), version=version, size=20) for version in (1, 2))
        assert set(keys(first)) != set(keys(second))

    def test_a_stated_seed_is_used(self) -> None:
        """And stored with each sample."""
        assert {"mine"} == {sample.seed for sample in drawn(population(A=5), seed="mine")}

    def test_the_smallest_ranks_are_taken(self) -> None:
        """As anybody can recompute."""
        members = population(A=50)
        ranked = sorted(members, key=lambda one: hashlib.sha256(f"s|{one.record_key}".encode()).hexdigest())
        assert [one.record_key for one in ranked[:5]] == keys(drawn(members, method="random", size=5, seed="s"))

    def test_random_draws_its_size(self) -> None:
        """Or all there are."""
        assert [5, 3] == [len(drawn(population(A=count), method="random", size=5)) for count in (50, 3)]

    def test_census_takes_everybody(self) -> None:
        """Whatever the size."""
        samples = drawn(population(A=30, B=4), method="census", size=1)
        assert ({"census"}, 34) == ({sample.category for sample in samples}, len(samples))

    def test_stratified_spreads_in_proportion(self) -> None:
        """60, 30 and 10 in a hundred."""
        assert {"A": 12, "B": 6, "C": 2} == by_line(drawn(population(A=600, B=300, C=100), size=20))

    def test_a_small_line_has_its_minimum(self) -> None:
        """Even beyond the size, and never more than it has."""
        assert {"A": 1, "B": 3, "C": 2} == by_line(drawn(population(A=1, B=900, C=2), size=2, minimum_per_line=3))

    def test_every_sample_says_why_and_how(self) -> None:
        """In words that need no code."""
        sample = drawn(population(A=10), method="random", size=1)[0]
        assert ("drawn at random, rank 1 of 10 records",
                "random: 1 of 10 records, those of smallest SHA-256 of seed|key") == (sample.reason, sample.method)

    def test_an_empty_population_gives_nothing(self) -> None:
        """And no error."""
        assert () == drawn([], anomalies=3)


class TestAnomalies:
    def test_they_come_on_top_and_once(self) -> None:
        """A failing record that is drawn as an anomaly is not drawn again."""
        members = population(A=6)
        samples = drawn(members, fails=failing(members, "r"), size=4, anomalies=2)
        assert ({"anomaly": 2, "stratified": 4}, 6) == (
            Counter(sample.category for sample in samples), len(set(keys(samples))))

    def test_rules_take_turns(self) -> None:
        """A rule that fails everywhere does not crowd out one that fails twice."""
        members = population(A=100)
        fails = failing(members, "common") | failing(members[:2], "common", "rare")
        samples = drawn(members, fails=fails, size=1, anomalies=4)
        assert 2 == sum("rare" in sample.reason for sample in samples if sample.category == "anomaly")

    def test_there_may_be_fewer(self) -> None:
        """Keys that are not in the population are none of it."""
        samples = drawn(population(A=3), fails={"A0001": ("r",), "gone": ("r",)}, size=1, anomalies=5)
        assert ["A0001"] == [sample.record_key for sample in samples if sample.category == "anomaly"]

    def test_none_are_taken_unless_planned(self) -> None:
        """The plan says how many."""
        members = population(A=5)
        assert {"stratified"} == {sample.category for sample in drawn(members, fails=failing(members, "r"), size=5)}

    def test_the_reason_names_the_rules(self) -> None:
        """The one that it was drawn for, then the others."""
        samples = drawn(population(A=1), fails={"A0000": ("b", "a", "c")}, anomalies=1)
        assert "fails the rule a, and also b, c" == samples[0].reason

    def test_the_rest_is_in_proportion_without_them(self) -> None:
        """A line that has nothing else left gives nothing else."""
        members = population(A=2, B=40)
        samples = drawn(members, fails=failing(members[:2], "r"), size=4, anomalies=2)
        assert {"A": 2, "B": 4} == by_line(samples)


SIZES = st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(1, 300), min_size=1)


class TestAllocate:
    @given(SIZES, st.integers(1, 200), st.integers(0, 5))
    def test_bounds(self, sizes: dict[str, int], size: int, minimum: int) -> None:
        """Each line between its minimum and what it has; in all the size, unless the minimums take more."""
        given = allocate(sizes, size=size, minimum=minimum)
        least = {line: min(minimum, count) for line, count in sizes.items()}
        assert all(least[line] <= given[line] <= sizes[line] for line in sizes)
        assert max(min(size, sum(sizes.values())), sum(least.values())) == sum(given.values())

    @given(SIZES, st.integers(1, 200))
    def test_proportion(self, sizes: dict[str, int], size: int) -> None:
        """Without a minimum no line is a whole record away from its exact share."""
        total = sum(sizes.values())
        given = allocate(sizes, size=size, minimum=0)
        assert all(abs(given[line] - Fraction(min(size, total) * sizes[line], total)) < 1 for line in sizes)


class TestLineOfBusiness:
    @pytest.mark.parametrize(("value", "spec", "line"), [
        ("1", {"map": {"1": "Cards"}}, "Cards"), ("2", {"map": {"1": "Cards"}, "otherwise": "Other"}, "Other"),
        ("GBM", {}, "GBM"), ("", {"otherwise": "Other"}, "Other")])
    def test_known_values(self, value: str, spec: dict[str, Any], line: str) -> None:
        """Translated where there is a map, taken as it is where there is none."""
        assert line == line_of(value, spec=LineOfBusiness(column="LOB", **spec), record="R1")

    @pytest.mark.parametrize(("value", "spec"), [("2", {"map": {"1": "Cards"}}), ("", {})])
    def test_an_unknown_value_names_its_record(self, value: str, spec: dict[str, Any]) -> None:
        """A record without a line of business has no owner."""
        with pytest.raises(MalformedCycleFile, match=f"record R1: .*the value '{value}' of column 'LOB'"):
            line_of(value, spec=LineOfBusiness(column="LOB", **spec), record="R1")
