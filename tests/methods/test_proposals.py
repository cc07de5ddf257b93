"""Rules are proposed from the dictionary and the data, under stable names, and a clean report passes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from methods.proposals import check_own_rules, propose_rules
from models.cycle_file import NamedRule
from models.errors import MalformedCycleFile, UnusableRule
from models.expressions import IsNumber, Unique
from models.items import Attribute, DataType, Rule
from tests.methods.builders import attribute, expression, named_rule, profiled


def key(name: str = "Ref") -> Attribute:
    return attribute(name, data_type=DataType.TEXT, format="C18", primary_key=True)


def proposed(*attributes: Attribute, own: tuple[NamedRule, ...] = (), **seen: Any) -> dict[str, Rule]:
    profile = {one.source_column: profiled(one.source_column, **seen) for one in attributes}
    return {rule.name: rule for rule in propose_rules(attributes, profile, own)}


class TestNames:
    def test_everything_that_a_dictionary_can_say(self) -> None:
        """In the order of the dictionary, then the key, then the cycle file's own."""
        full = attribute(domain=("1", "2"), minimum=Decimal(0), maximum=Decimal(9))
        assert ["Ref.not_blank", "Ref.format", "Limit.not_blank", "Limit.format", "Limit.domain", "Limit.range",
                "key.unique", "limit.covers"] == list(proposed(key(), full, own=(named_rule(),)))

    def test_what_is_optional_may_be_blank(self) -> None:
        """No `not_blank` for it."""
        assert ["Limit.format"] == list(proposed(attribute(mandatory=False)))

    def test_the_key_is_unique_over_all_its_parts(self) -> None:
        """By the columns of the data."""
        rule = proposed(key("Ref"), key("Bank").model_copy(update={"source_column": "BANK_ID"}))["key.unique"]
        assert (Unique(op="unique", columns=("Ref", "BANK_ID")), "Ref", "blocking") == (
            rule.expression, rule.attribute, rule.gate)

    def test_rules_speak_of_source_columns(self) -> None:
        """The attribute's name is not the data's."""
        rule = proposed(attribute(source_column="CRLIM"))["Limit.not_blank"]
        assert (expression({"op": "not_blank", "column": "CRLIM"}), "Limit") == (rule.expression, rule.attribute)

    def test_an_own_rule_replaces_the_proposed_one(self) -> None:
        """The cycle file knows better, and no name is there twice."""
        own = named_rule("Limit.format", expression={"op": "matches", "column": "Limit", "pattern": "[0-9]+"})
        rules = proposed(attribute(), own=(own,))
        assert (["Limit.not_blank", "Limit.format"], own.expression) == (list(rules), rules["Limit.format"].expression)

    def test_an_own_rule_goes_with_its_attribute(self) -> None:
        """What dropped out in Planning is not profiled."""
        assert "state.known" not in proposed(attribute(), own=(named_rule("state.known", "State"),))


class TestWeight:
    @pytest.mark.parametrize(("changes", "gate", "severity"), [
        ({"primary_key": True}, "blocking", "critical"), ({"critical": True}, "explainable", "critical"),
        ({}, "explainable", "high")])
    def test_not_blank(self, changes: dict[str, Any], gate: str, severity: str) -> None:
        """Keys block, critical attributes weigh most."""
        rule = proposed(attribute(**changes))["Limit.not_blank"]
        assert ("completeness", gate, severity) == (rule.dimension, rule.gate, rule.severity)

    def test_an_optional_attribute_weighs_less(self) -> None:
        """Medium."""
        assert "medium" == proposed(attribute(mandatory=False))["Limit.format"].severity


class TestData:
    def test_a_number_without_format_stays_a_number(self) -> None:
        """Where the data shows numbers."""
        rule = proposed(attribute(format=""))["Limit.format"]
        assert IsNumber(op="is_number", column="Limit", precision=28, scale=100) == rule.expression

    @pytest.mark.parametrize("seen", [{"numbers": 94}, {"blank": 100, "numbers": 0}])
    def test_nothing_is_concluded_from_mixed_or_missing_data(self, seen: dict[str, Any]) -> None:
        """One value in twenty, or no value at all."""
        assert "Limit.format" not in proposed(attribute(format=""), **seen)

    def test_the_description_tells_what_the_data_shows(self) -> None:
        """For whoever decides on the rule."""
        assert "Limit is never blank (3 records of 100 are now)." == proposed(
            attribute(), blank=3)["Limit.not_blank"].description

    def test_a_column_that_the_data_lacks(self) -> None:
        """Named with its line."""
        with pytest.raises(MalformedCycleFile, match=r"no column 'Limit' \(line 44, Limit\)"):
            propose_rules([attribute()], {}, [])


class TestOwnRules:
    @pytest.mark.parametrize(("rules", "error", "message"), [
        ([named_rule("a", "Stat")], MalformedCycleFile, r"rules\[0\] \(a\): the dictionary has no attribute 'Stat'"),
        ([named_rule("a"), named_rule("a")], MalformedCycleFile, r"rules\[1\] \(a\): another rule has this name"),
        ([named_rule("a", expression={"op": "blank", "column": "X"})], UnusableRule,
         r"rules\[0\] \(a\).expression.column: the report data has no column 'X'")])
    def test_mistakes_are_named_by_path(self, rules: list[NamedRule], error: type[Exception], message: str) -> None:
        """Before a cycle starts."""
        with pytest.raises(error, match=message):
            check_own_rules(rules, attributes=[attribute()], columns=["Limit"])
