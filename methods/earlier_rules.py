"""What a cycle's rule proposals take from the rules that the cycle before approved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from methods.rules import compile_rule
from models.errors import UnusableRule
from models.items import Rule, RuleSource

_OF_A_PROPOSAL = {"description", "taken_from"}


class Earlier(Protocol):
    """An approved rule of the cycle before, where it stands there, and whether a person wrote or changed it."""

    @property
    def rule(self) -> Rule: ...
    @property
    def source(self) -> RuleSource: ...
    @property
    def by_person(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """Proposals with what was taken; `left_out` says by name why an earlier rule was not."""

    rules: tuple[Rule, ...]
    left_out: Mapping[str, str]


def take_earlier(proposed: Sequence[Rule], earlier: Sequence[Earlier], *, own: Collection[str],
                 attributes: Collection[str], columns: Collection[str],
                 beside: Mapping[str, Collection[str]] = MappingProxyType({})) -> Taken:
    """The proposals of dictionary, profile and cycle file, then the earlier rules that these do not hold.

    Under one name: a rule of the cycle file (`own`) stands; else what a person wrote or changed takes the place of the
    proposal; else today's dictionary stands, as the earlier rule where it says the same. An earlier rule is left out
    when its attribute is not in the plan, when it does not compile over `columns` and the tables `beside` them, and
    when a proposal has its expression under another name.
    """
    rules = {rule.name: rule for rule in proposed}
    left_out: dict[str, str] = {}
    for one in earlier:
        name, before = one.rule.name, rules.get(one.rule.name)
        taken = one.rule.model_copy(update={"taken_from": one.source})
        if before is not None and _says(before) == _says(taken):
            rules[name] = before.model_copy(update={"taken_from": one.source})
        elif why := next(_objections(one, before, rules.values(), own, attributes, columns, beside), ""):
            left_out[name] = why
        else:
            rules[name] = taken
    return Taken(tuple(rules.values()), left_out)


def _objections(one: Earlier, before: Rule | None, rules: Collection[Rule], own: Collection[str],
                attributes: Collection[str], columns: Collection[str],
                beside: Mapping[str, Collection[str]]) -> Iterator[str]:
    rule = one.rule
    if rule.name in own:
        yield "the cycle file states another of this name"
    if before is not None and not one.by_person:
        yield "dictionary and data suggest another of this name now"
    if rule.attribute not in attributes:
        yield f"the plan has no attribute {rule.attribute!r}"
    for other in rules:
        if (other.attribute, other.expression) == (rule.attribute, rule.expression) and other.name != rule.name:
            yield f"it says what {other.name} says"
    try:
        compile_rule(rule.expression, columns=columns, keys=(), name=rule.name, beside=beside)
    except UnusableRule as error:
        yield error.message


def _says(rule: Rule) -> dict[str, object]:
    """All but the words, which count the records of their day."""
    return rule.model_dump(exclude=_OF_A_PROPOSAL)
