"""Systematic, risk-based, attribute and table draws: what is drawn, why, and that it can be drawn again."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from methods.cycle_files import check_cycle, sampling_told
from methods.sampling import Member, apportion, draw
from methods.sampling.draws import interval_of
from methods.sampling.explain import explain
from methods.sampling.picks import Place, drawn, place_in
from methods.sampling.redraw import Difference, differences
from models.cycle_file import CycleFile, Sampling
from models.errors import BadInput, MalformedCycleFile
from models.items import Sample
from tests.workflows.tiny import Tiny

ATTRIBUTE: dict[str, Any] = {"method": "attribute", "tolerable_rate": "5%", "risk": "5%"}
MIX: dict[str, Any] = {"method": "mix", "size": 10, "boundaries": [{"column": "AMOUNT", "at": ["100"], "within": "2"}]}


def population(count: int, near: Callable[[int], str] = str) -> list[Member]:
    return [Member((f"r{at:06d}",), "AB"[at % 2], near=(near(at),)) for at in range(count)]


def taken(members: Iterable[Member], *, fails: dict[str, tuple[str, ...]] | None = None, count: int = 0,
          **plan: Any) -> tuple[Sample, ...]:
    everybody = list(members)
    return draw(everybody, anomalies=fails or {}, plan=Sampling(**plan), population_sha256="p", version_number=1,
                population_size=count or len(everybody))


def keys(samples: Iterable[Sample], category: str = "") -> list[str]:
    return [sample.record_key for sample in samples if category in ("", sample.category)]


def failing(*numbers: int, rules: tuple[str, ...] = ("r",)) -> dict[str, tuple[str, ...]]:
    return {f"r{number:06d}": rules for number in numbers}


class TestSized:
    def test_attribute_has_the_size_of_its_rates(self) -> None:
        """56 of 500, by rank, and every record tells the rates."""
        members = population(500)
        samples = taken(members, **ATTRIBUTE)
        seed = hashlib.sha256(b"p|1").hexdigest()
        ranked = sorted(members, key=lambda one: hashlib.sha256(f"{seed}|{one.record_key}".encode()).hexdigest())
        assert [one.record_key for one in ranked[:56]] == keys(samples)
        assert "tolerable rate 5%, expected rate 0%, risk 5%; supported with up to 0 deviations" in samples[0].method

    def test_ffiec_tells_its_stages(self) -> None:
        """The first thirty ranks are the initial sample."""
        samples = taken(population(400), method="ffiec_hmda_2017")
        stages = Counter("initial sample, rank" in one.reason and "for the" in one.reason for one in samples)
        assert ({True: 30, False: 29}, 59) == (stages, len(samples))
        assert "drawn at random for the initial sample, rank 30 of 400 records" == samples[29].reason
        assert "drawn at random after the initial sample, rank 31 of 400 records" == samples[30].reason

    def test_cfr_has_one_stage(self) -> None:
        """No record belongs to an initial sample."""
        samples = taken(population(120), method="cfr12_1002_app_f")
        assert (47, "drawn at random, rank 1 of 120 records") == (len(samples), samples[0].reason)

    @pytest.mark.parametrize("plan", [ATTRIBUTE, {"method": "systematic", "size": 20}])
    def test_anomalies_come_on_top_of_the_whole_draw(self, plan: dict[str, Any]) -> None:
        """What the sample proves holds for all records, so failing ones are not taken out beforehand."""
        members = population(300)
        alone = set(keys(taken(members, **plan)))
        samples = taken(members, fails=failing(*range(300)), anomalies=4, **plan)
        odd = set(keys(samples, "anomaly"))
        assert (alone, 4, set()) == (set(keys(samples)) - odd, len(odd), alone & odd)

    def test_no_size_for_so_few(self) -> None:
        """Appendix F begins at a hundred."""
        with pytest.raises(BadInput, match="begins at 100"):
            taken(population(99), method="cfr12_1002_app_f")

    @pytest.mark.parametrize("method", ["uploaded", "judgemental"])
    def test_by_hand_draws_nothing(self, method: str) -> None:
        """The tester names the records."""
        assert () == taken(population(9), method=method)

    def test_an_empty_population_gives_nothing(self) -> None:
        """And no error."""
        assert () == taken([], **ATTRIBUTE)


class TestSystematic:
    @settings(max_examples=40, deadline=None)
    @given(st.integers(1, 400), st.integers(1, 60), st.sampled_from(["", "s", "t"]))
    def test_intervals(self, size: int, wanted: int, seed: str) -> None:
        """Distinct places within the population, as many as wanted, the gaps at most one apart."""
        places = list(interval_of(seed, size=size, wanted=wanted).places())
        gaps = {after - before for before, after in pairwise(places)}
        assert min(size, wanted) == len(set(places))
        assert 1 <= places[0] <= places[-1] <= size
        assert not gaps or max(gaps) - min(gaps) <= 1

    def test_every_record_has_the_same_chance(self) -> None:
        """Over all starts each of seven places is taken three times of seven."""
        found = Counter(place for start in range(7) for place in interval_places(start, size=7, wanted=3))
        assert dict.fromkeys(range(1, 8), 3) == found

    def test_it_says_where(self) -> None:
        """Place in key order and interval."""
        sample = taken(population(40), method="systematic", size=10)[1]
        place = place_in(sample.reason)
        assert place is not None
        assert (f"r{place.rank - 1:06d}", "systematic") == (sample.record_key, sample.category)
        assert "systematic: 10 of 40 records in key order, every 40/10th" in sample.method

    def test_another_order_is_refused(self) -> None:
        """It would be another sample."""
        with pytest.raises(ValueError, match="in key order"):
            taken(population(9)[::-1], method="systematic", size=3)


def interval_places(start: int, *, size: int, wanted: int) -> list[int]:
    from methods.sampling.draws import Interval

    return list(Interval(size, wanted, start).places())


class TestMix:
    def test_shares(self) -> None:
        """Thirty, fifty and twenty in a hundred, of ten."""
        samples = taken(population(500), fails=failing(*range(200, 300)), **MIX)
        assert {"anomaly": 5, "boundary": 2, "clean": 3} == Counter(sample.category for sample in samples)
        assert all("shares aimed at: anomaly 50, boundary 20, clean 30; records chosen: anomaly 5, boundary 2, clean 3"
                   in sample.method for sample in samples)

    def test_what_a_kind_lacks_the_clean_give(self) -> None:
        """One failing record instead of five."""
        samples = taken(population(500), fails=failing(7), **MIX)
        assert {"anomaly": 1, "boundary": 2, "clean": 7} == Counter(sample.category for sample in samples)

    def test_clean_records_fail_nothing(self) -> None:
        """Where nearly all fail, few are clean."""
        samples = taken(population(100), fails=failing(*range(3, 100)), **{**MIX, "mix": {"boundary": 0}})
        assert set(keys(samples, "clean")) <= {"r000000", "r000001", "r000002"}

    def test_boundaries_take_turns(self) -> None:
        """The smallest, the largest, one near the limit, the smallest but one."""
        plan = {**MIX, "size": 4, "mix": {"clean": 0, "anomaly": 0, "boundary": 1}}
        samples = taken(population(500, lambda at: f"-{at}.50" if at < 2 else str(at)), **plan)
        assert ["r000001", "r000499", "r000000"] == [keys(samples)[at] for at in (0, 1, 3)]
        assert "boundary: AMOUNT among the smallest" == samples[0].reason
        assert ("boundary: AMOUNT within 2 of 100", True) == (
            samples[2].reason, samples[2].record_key in {f"r{at:06d}" for at in range(98, 103)})

    def test_no_value_is_quoted(self) -> None:
        """Data owners read reasons, and may not read what was filed."""
        samples = taken(population(50, lambda at: f"77{at}.25"), **MIX)
        assert [] == [one for one in samples if "77" in one.reason]

    def test_what_is_no_number_is_at_no_boundary(self) -> None:
        """A blank is not the smallest."""
        plan = {**MIX, "size": 1, "mix": {"clean": 0, "anomaly": 0, "boundary": 1}}
        assert ["r000002"] == keys(taken(population(5, lambda at: str(at) if at > 1 else " -"[at]), **plan))

    def test_nobody_twice(self) -> None:
        """A failing record at a boundary is an anomaly and nothing else."""
        samples = taken(population(30), fails=failing(0, 1, 28, 29), **MIX)
        assert 10 == len(set(keys(samples)))

    def test_the_order_of_the_population_does_not_matter(self) -> None:
        """Nor that of the failing records."""
        members, fails = population(90), failing(*range(40, 60), rules=("b", "a"))
        shuffled = random.Random(2).sample(members, len(members))  # noqa: S311 - an order, not a secret
        assert taken(members, fails=fails, **MIX) == taken(shuffled, fails=dict(reversed(fails.items())), **MIX)

    @settings(max_examples=40, deadline=None)
    @given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 90), min_size=1), st.integers(1, 300))
    def test_apportion(self, shares: dict[str, int], size: int) -> None:
        """All of the size, each share within one of its exact part."""
        total, due = sum(shares.values()), apportion(shares, size=size)
        assert sum(due.values()) == (size if total else 0)
        assert all(abs(due[name] - Fraction(size * shares[name], total)) < 1 for name in shares if total)


class TestStrata:
    def test_another_column(self) -> None:
        """Its values share the sample; a blank one is a stratum too."""
        members = [Member((f"{at:03d}",), "A", stratum="x" if at % 4 else "") for at in range(200)]
        samples = taken(members, method="stratified", size=20, strata="REGION")
        strata = Counter(explain(sample).stratum for sample in samples)
        assert ({"x": 15, "(blank)": 5}, {"A"}) == (strata, {sample.line_of_business for sample in samples})
        assert samples[0].method.startswith("stratified by REGION: 20 of 200 records in proportion")


class TestSeed:
    def test_a_seed_of_ones_own(self) -> None:
        """The plan brings it with its reason."""
        plan: dict[str, Any] = {"size": 2, "seed": "lottery 2026-04-01", "seed_reason": "drawn before a notary"}
        assert {"lottery 2026-04-01"} == {sample.seed for sample in taken(population(9), **plan)}


class TestPlan:
    @pytest.mark.parametrize(("plan", "told"), [
        ({"method": "random", "tolerable_rate": "5%"}, "tolerable_rate: not of the method random"),
        ({**ATTRIBUTE, "size": 3}, "size: not of the method attribute"),
        ({"method": "attribute", "tolerable_rate": "5%"}, "tolerable_rate and risk"),
        ({**ATTRIBUTE, "expected_rate": "0.05"}, "not below tolerable_rate"),
        ({**ATTRIBUTE, "risk": "100%"}, "less than 1"), ({**MIX, "boundaries": []}, "name at least one column"),
        ({**MIX, "mix": {"clean": 0, "anomaly": 0, "boundary": 0}}, "at least one share"),
        ({**MIX, "anomalies": 3}, "anomalies: not of the method mix"), ({"seed": "x"}, "needs a reason"),
        ({"seed_reason": "x"}, "a reason is there, and no seed"),
        ({"method": "uploaded", "seed": "x", "seed_reason": "y"}, "not of the method uploaded")])
    def test_what_does_not_fit(self, plan: dict[str, Any], told: str) -> None:
        """An option that a method does not go by is an error, never ignored."""
        with pytest.raises(ValidationError, match=told):
            Sampling(**plan)

    @pytest.mark.parametrize("method", ["random", "stratified", "census"])
    def test_plans_of_before(self, method: str) -> None:
        """The four fields of the first cycle files go with each of the three methods, and are stated as before."""
        plan = {"method": method, "size": 3, "minimum_per_line": 2, "anomalies": 1}
        assert list(plan.items()) == list(Sampling.model_validate(plan).stated().items())

    @pytest.mark.parametrize("plan", [ATTRIBUTE, MIX, {}, {"method": "judgemental"}, {"method": "ffiec_hmda_2017"}])
    def test_a_plan_is_read_back(self, plan: dict[str, Any]) -> None:
        """The report's pinned facts hold it, every field named."""
        written = Sampling.model_validate(plan)
        assert written == Sampling.model_validate_json(written.model_dump_json())

    def test_stated(self) -> None:
        """The report names what the method goes by."""
        assert {"method": "attribute", "tolerable_rate": "0.05", "risk": "0.05"} == Sampling(**ATTRIBUTE).stated()

    @pytest.mark.parametrize("text", ["5%", " 5 %", "0.05", 0.05])
    def test_rates(self, text: object) -> None:
        """However YAML gives it, five percent is exactly that."""
        assert Fraction(1, 20) == Fraction(Sampling.model_validate({**ATTRIBUTE, "risk": text}).risk or 0)


class TestCycleFile:
    def file(self, **sampling: Any) -> CycleFile:
        return CycleFile.model_validate({**Tiny(cycle="c").cycle_file(), "sampling": sampling})

    @pytest.mark.parametrize("plan", [MIX, {"strata": "AMOUNT"}])
    def test_columns_exist(self, plan: dict[str, Any]) -> None:
        """A column that the report does not have is named before anything starts."""
        with pytest.raises(MalformedCycleFile, match="sampling: the report data has no column 'AMOUNT'"):
            check_cycle(self.file(**plan), attributes=(), columns={"LINE"}, name="cycle.yaml")

    def test_a_dry_run_tells_the_size(self) -> None:
        """Before the cycle starts."""
        told = "59 of 400 records (30 of them as the initial sample; a data field fails at 3 errors)"
        assert told == sampling_told(self.file(method="ffiec_hmda_2017"), records=400)

    def test_no_size_for_so_few(self) -> None:
        """Said before the cycle starts."""
        with pytest.raises(MalformedCycleFile, match=r"sampling\.method cfr12_1002_app_f: .* begins at 100"):
            sampling_told(self.file(method="cfr12_1002_app_f"), records=99)

    def test_a_plan_with_a_size_says_nothing(self) -> None:
        """It is in the file."""
        assert "" == sampling_told(self.file(method="random"), records=4)


PLANS: list[dict[str, Any]] = [
    ATTRIBUTE, MIX, {"method": "systematic", "size": 7}, {"method": "ffiec_hmda_2017"}, {"method": "random", "size": 5},
    {"method": "stratified", "size": 9}, {"method": "census"}]


class TestExplain:
    @pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan["method"]))
    def test_the_words_of_every_draw_are_understood(self, plan: dict[str, Any]) -> None:
        """Whoever was drawn by rank has its rank, count and hash."""
        for sample in taken(population(120), fails=failing(*range(9)), **plan):
            found = explain(sample)
            by_rank = sample.category in ("random", "stratified", "systematic", "clean")
            assert by_rank == (found.rank is not None)
            assert found.rank is None or 1 <= found.rank <= (found.ranked or 0) <= 120

    def test_anybody_can_recompute_the_rank(self) -> None:
        """The SHA-256 of seed|key, in the order of which the ranks stand."""
        found = [explain(sample) for sample in taken(population(60), method="random", size=20)]
        assert [hashlib.sha256(f"{one.seed}|{one.key}".encode()).hexdigest() for one in found] == sorted(
            one.ranking for one in found)

    @settings(max_examples=40, deadline=None)
    @given(st.integers(1, 10**9), st.integers(1, 10**9), st.text(st.characters(exclude_characters="\r\n"), min_size=1))
    def test_what_is_written_is_read(self, rank: int, count: int, stratum: str) -> None:
        """Whatever a line of business is called."""
        assert Place(rank, count, stratum) == place_in(drawn(rank, count, where=f" in {stratum}"))


class TestRedraw:
    @pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan["method"]))
    def test_the_same_again(self, plan: dict[str, Any]) -> None:
        """Same population, same plan, same samples, in every field."""
        first, second = (taken(population(120), fails=failing(*range(9)), **plan) for _ in range(2))
        assert [] == list(differences(first, second))

    def test_what_differs_is_named(self) -> None:
        """A record too few, one too many, one for another reason."""
        one, two, three = taken(population(3), method="census")
        other = two.model_copy(update={"reason": "because"})
        assert [Difference(one.record_key, "", "drawn", "not drawn"),
                Difference(two.record_key, "reason", two.reason, "because"),
                Difference(three.record_key, "", "not drawn", "drawn")] == list(differences([one, two], [other, three]))
