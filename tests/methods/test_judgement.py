"""Scoping, severity and data quality follow their published formulas."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.comparison import Outcome
from methods.scoping import recommend
from methods.scoring import attribute_scores, report_score
from methods.severity import Extent, extent, propose, propose_severity
from models.cycle_file import Scoping, SeverityScale
from models.items import Attribute, DataType, Rule, Scope
from tests.methods.builders import attribute, result, rule

STEPS = ("low", "medium", "high", "critical")
# Failed of 100, size in larger values, amount, criticality, and how low the materiality lies.
Failed = tuple[int, int, int, int, int]
CASES = st.tuples(st.integers(1, 100), st.integers(0, 2), st.integers(0, 1_000), st.integers(0, 1), st.integers(0, 999))


def scoped(one: Attribute, *, failing: int = 0, provable: bool = True, **settings: Any) -> Scope:
    return recommend([one], failing={one.name: failing}, sources={one.name} if provable else set(),
                     settings=Scoping(**settings))[0]


class TestScoping:
    @pytest.mark.parametrize(("changes", "failing", "issues", "score", "action"), [
        ({}, 0, 0, 50, "test"), ({"data_type": "text"}, 0, 0, 30, "skip"), ({"data_type": "text"}, 3, 0, 50, "test"),
        ({"mandatory": False}, 0, 0, 20, "skip"), ({"mandatory": False, "critical": True}, 0, 0, 70, "test"),
        ({"data_type": "code", "mandatory": False, "critical": True}, 0, 0, 50, "test"),
        ({"data_type": "date"}, 0, 2, 50, "test"), ({"data_type": "date"}, 0, 9, 50, "test"),
        ({"data_type": "date"}, 0, 1, 40, "skip"), ({"critical": True}, 1, 5, 100, "test")])
    def test_the_formula(self, changes: dict[str, Any], failing: int, issues: int, score: int, action: str) -> None:
        """50 critical, 30 mandatory, 20 amount, 20 failing records, 10 per past issue up to 20, 100 at most."""
        found = scoped(attribute(**changes), failing=failing, past_issues={"Limit": issues})
        assert (score, action, action) == (found.score, found.action, found.recommended)

    def test_keys_are_no_items(self) -> None:
        """They are looked up by, not tested."""
        assert () == recommend([attribute(primary_key=True)], failing={}, sources={"Limit"}, settings=Scoping())

    def test_without_a_source_nothing_is_tested(self) -> None:
        """Neither by score nor by standing instruction; the reason says so."""
        found = scoped(attribute(critical=True), provable=False, always=("Limit",))
        assert ("skip", True) == (found.action, found.reason.startswith("No source gives evidence"))

    @pytest.mark.parametrize(("settings", "action", "reason"), [
        ({"never": ("Limit",)}, "skip", "The standing instruction is never to test it."),
        ({"always": ("Limit",), "test_at_score": 101}, "test", "The standing instruction is always to test it."),
        ({"test_at_score": 51}, "skip", "The score is below 51."),
        ({"test_at_score": 50}, "test", "The score reaches 50.")])
    def test_instructions_and_bar(self, settings: dict[str, Any], action: str, reason: str) -> None:
        """A standing instruction goes before the score."""
        found = scoped(attribute(), **settings)
        assert (action, True) == (found.action, found.reason.startswith(reason))

    def test_the_reason_adds_up(self) -> None:
        """Every part of the score is told."""
        assert ("The score reaches 50. Score 80: mandatory 30; money value 20; 1 failing record 20; 1 past issue 10."
                == scoped(attribute(), failing=1, past_issues={"Limit": 1}).reason)

    def test_facts_are_kept(self) -> None:
        """What the decision rests on is in the item."""
        found = scoped(attribute(critical=True), failing=7, past_issues={"Limit": 2})
        assert (True, 7, 2) == (found.critical, found.failing_records, found.past_issues)


class TestSeverity:
    @pytest.mark.parametrize(("failed", "tested", "critical", "severity"), [
        (1, 25, False, "low"), (1, 10, False, "low"), (2, 19, False, "medium"), (5, 10, False, "medium"),
        (6, 10, False, "high"), (1, 1, False, "high"), (1, 25, True, "medium"), (5, 10, True, "high"),
        (1, 1, True, "critical")])
    def test_the_bands(self, failed: int, tested: int, critical: bool, severity: str) -> None:
        """A boundary belongs to the lower band; a critical attribute is one step up."""
        assert severity == propose_severity(failed=failed, tested=tested, critical=critical)

    @pytest.mark.parametrize(("failed", "tested"), [(0, 5), (6, 5), (0, 0)])
    def test_no_failure_is_no_observation(self, failed: int, tested: int) -> None:
        """Nonsense is not rated."""
        with pytest.raises(ValueError, match=f"not {failed} of {tested}"):
            propose_severity(failed=failed, tested=tested, critical=False)

    @pytest.mark.parametrize(("values", "size", "amount"), [
        ([("100", "150")], Decimal(1) / 3, 50), ([("7", "101"), ("1", "2")], Decimal(94) / 101, 95),
        ([("-5", "5")], 2, 10), ([(None, "40")], 0, 40), ([("n/a", "40")], 0, 0), ([("", None)], 0, 0)])
    def test_the_extent(self, values: list[tuple[str | None, str | None]], size: Decimal, amount: Decimal) -> None:
        """The largest difference in parts of the larger value, and all together; what is missing has no size."""
        failed = [Outcome("mismatch", reported, evidence, "") for reported, evidence in values]
        found = extent(failed, attribute=attribute())
        assert amount == found.amount
        assert pytest.approx(size) == found.size
        assert Extent() == extent(failed, attribute=attribute(data_type="text"))

    @pytest.mark.parametrize(("size", "amount", "severity"), [
        ("0.9", 99, "low"), ("0.91", 99, "medium"), ("0.9", 100, "medium"), ("0.91", 100, "high")])
    def test_size_and_materiality(self, size: str, amount: int, severity: str) -> None:
        """Each is a step: a size above its bound, an amount that reaches the materiality."""
        found = Extent(Decimal(size), Decimal(amount))
        assert severity == propose_severity(failed=1, tested=10, critical=False, found=found, materiality=Decimal(100))

    def test_materiality_is_of_money(self) -> None:
        """The amount for `*` holds for money; another attribute has one where it is named."""
        scale = SeverityScale(materiality={"*": Decimal(9), "Rate": Decimal(1)})
        rate = attribute(name="Rate", data_type="percent")
        stated = [scale.materiality_of(one) for one in (attribute(), rate, attribute(data_type="integer"))]
        assert [Decimal(9), Decimal(1), None] == stated

    @given(CASES, CASES)
    def test_worse_failures_are_never_less_severe(self, one: Failed, other: Failed) -> None:
        """In share, size, amount and criticality alike, and with a lower materiality."""
        pairs = [sorted((a, b)) for a, b in zip(one, other, strict=True)]
        (share, worse), sizes, amounts, criticals, (slack, strict) = pairs[0], pairs[1], pairs[2], pairs[3], pairs[4]
        lesser, greater = (
            STEPS.index(propose_severity(failed=failed, tested=100, critical=bool(criticals[at]),
                                         found=Extent(Decimal(sizes[at]), Decimal(amounts[at])),
                                         materiality=Decimal(1_000 - bar)))
            for at, (failed, bar) in enumerate(((share, slack), (worse, strict))))
        assert lesser <= greater

    def test_the_basis_adds_up(self) -> None:
        """Every step is told with what made it."""
        failed = [Outcome("mismatch", "7", "101", "differs")] * 2
        scale = SeverityScale(materiality={"*": Decimal(188)})
        proposal = propose(attribute(critical=True), line_of_business="Cards", failed=failed, tested=10, scale=scale)
        told = ("critical: low, 2 of 10 failed, above 10% +1; a critical attribute +1; "
                "a value is off by more than 90% +1; differences of 188 reach the materiality of 188 +1")
        assert told == proposal.basis

    def test_the_words(self) -> None:
        """Counts, attribute, line of business and up to three reasons."""
        failed = [Outcome("mismatch", "2", "3", f"reason {number}") for number in range(4)]
        proposal = propose(attribute(critical=True), line_of_business="Cards", failed=failed, tested=40)
        assert ("medium", "Limit disagrees with its source in Cards",
                "4 of 40 tests of Limit (line 44, critical) in Cards failed:\n- reason 0\n- reason 1\n- reason 2\n"
                "- and 1 more") == (proposal.severity, proposal.title, proposal.description)


class TestScoring:
    def test_weights(self) -> None:
        """(1.0 * 1.0 * 0.9 + 0.4 * 0.9 * 0.5) / (1.0 + 0.36) = 1.08 / 1.36, cut to two decimals."""
        measured = [(rule(severity="critical"), result(passed=9, failed=1)),
                    (rule(severity="low", dimension="validity"), result(passed=1, failed=1))]
        assert {"Limit": Decimal("79.41")} == attribute_scores(measured)

    def test_the_report_is_the_mean_of_its_attributes(self) -> None:
        """However many rules each of them has."""
        measured = [(rule(), result(passed=1, failed=0))] * 3 + [(rule(attribute="State"), result(passed=0, failed=1))]
        assert Decimal("50.00") == report_score(measured)

    def test_only_perfection_scores_100(self) -> None:
        """One failing record in a million shows."""
        assert {"Limit": Decimal("99.99")} == attribute_scores([(rule(), result(passed=999_999, failed=1))])

    def test_nothing_to_measure(self) -> None:
        """No rule gives no score, no record a perfect one."""
        assert (None, Decimal(100)) == (report_score([]), report_score([(rule(), result(passed=0, failed=0))]))

    def test_every_rule_has_a_weight(self) -> None:
        """All severities and dimensions that a rule can have."""
        severities, dimensions = (get_args(Rule.model_fields[name].annotation) for name in ("severity", "dimension"))
        pairs = [(severity, dimension) for severity in severities for dimension in dimensions]
        scores = {report_score([(rule(severity=severity, dimension=dimension), result())])
                  for severity, dimension in pairs}
        assert {Decimal("90.00")} == scores


def test_data_types_are_all_known() -> None:
    """The formulas above were made for these types; a new one has to be thought about."""
    assert {"text", "code", "integer", "number", "money", "percent", "date"} == set(DataType)
