"""What the cycle before approved is proposed again, once, and says where it comes from."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from methods.earlier_rules import Taken, take_earlier
from models.items import Rule, RuleSource
from tests.methods.builders import expression

SOURCE = RuleSource(cycle="march:r", version=2, revision=41)


class Before(NamedTuple):
    """A rule as the cycle before approved it."""

    rule: Rule
    source: RuleSource = SOURCE
    by_person: bool = False


def rule(name: str = "Limit.not_blank", column: str = "Limit", **changed: Any) -> Rule:
    """A rule that a column is never blank."""
    return Rule.model_validate({
        "name": name, "attribute": "Limit", "description": "3 of 9 are now", "dimension": "completeness",
        "gate": "explainable", "severity": "high", "expression": {"op": "not_blank", "column": column}, **changed})


def taken(*earlier: Before, today: tuple[Rule, ...] = (), own: tuple[str, ...] = ()) -> Taken:
    """What a plan of `Limit` over the columns `Limit` and `Other` proposes."""
    return take_earlier(today, earlier, own=own, attributes={"Limit"}, columns={"Limit", "Other"})


def test_what_nobody_proposes_today_is_proposed_after_the_rest() -> None:
    """With where it comes from."""
    found = taken(Before(rule("Limit.own", "Other")), today=(rule(),))
    assert (rule(), rule("Limit.own", "Other", taken_from=SOURCE)) == found.rules


def test_what_says_the_same_is_one_proposal() -> None:
    """In today's words, which count today's records."""
    found = taken(Before(rule()), today=(rule(description="none is now"),))
    assert (rule(description="none is now", taken_from=SOURCE),) == found.rules
    assert {} == found.left_out


def test_what_a_person_changed_takes_the_place_of_the_proposal() -> None:
    """The bank knew better once, and said so."""
    assert (rule(threshold=5, taken_from=SOURCE),) == taken(Before(rule(threshold=5), by_person=True),
                                                              today=(rule(),)).rules


def test_the_source_is_the_cycle_before_not_the_first() -> None:
    """However often a rule was taken on."""
    older = RuleSource(cycle="february:r", version=1, revision=7)
    assert SOURCE == taken(Before(rule(taken_from=older))).rules[0].taken_from


@pytest.mark.parametrize(("earlier", "given", "why"), [
    (Before(rule(threshold=5)), {"today": (rule(),)}, "dictionary and data suggest another of this name now"),
    (Before(rule(threshold=5), by_person=True), {"today": (rule(),), "own": ("Limit.not_blank",)},
     "the cycle file states another of this name"),
    (Before(rule("Rate.own", attribute="Rate")), {}, "the plan has no attribute 'Rate'"),
    (Before(rule("Limit.own")), {"today": (rule(),)}, "it says what Limit.not_blank says"),
    (Before(rule("Limit.own", "Gone")), {}, "'Gone'"),
])
def test_what_is_left_out_is_named(earlier: Before, given: dict[str, Any], why: str) -> None:
    """With the reason; today's proposals stand as they are."""
    found = taken(earlier, **given)
    assert given.get("today", ()) == found.rules
    assert why in found.left_out[earlier.rule.name]


def test_a_rule_from_nowhere_has_the_digest_it_always_had() -> None:
    """What was hashed before rules could be taken hashes alike."""
    assert "taken_from" not in rule().canonical()
    assert rule().digest() != rule(taken_from=SOURCE).digest()
    assert expression({"op": "not_blank", "column": "Limit"}) == rule().expression
