"""The profiling rules that a report's dictionary and data suggest, for the tester to decide on.

A rule is proposed only where a clean report passes it: what is optional may be blank, and from the data alone follows
nothing but that a column of numbers stays one. Names are stable, so that a rule keeps its identity across versions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from methods.comparison import NUMBERS
from methods.formats import ANY_DECIMALS, INTEGER_DIGITS, format_expression
from methods.numbers import plain
from methods.profile import ColumnProfile
from methods.rules import compile_rule
from methods.text import counted, quoted
from models.cycle_file import NamedRule
from models.errors import MalformedCycleFile
from models.expressions import Between, Column, Expression, In, IsNumber, NotBlank, Unique
from models.items import Attribute, DataType, Rule, Severity

# A column where more than one value in twenty is no number was not meant to hold numbers only.
_MOSTLY = Decimal("0.95")


def propose_rules(attributes: Sequence[Attribute], profile: Mapping[str, ColumnProfile],
                  own_rules: Sequence[NamedRule]) -> tuple[Rule, ...]:
    """Per attribute `.not_blank`, `.format`, `.domain`, `.range`, then `key.unique`, then the cycle file's own rules.

    `profile` is by column of the report data. An own rule that carries the name of a proposed one takes its place; one
    on an attribute that is not among `attributes` (it dropped out in Planning) is left out. Raises
    `MalformedCycleFile` when an attribute's source column is not in the data.
    """
    if missing := [one for one in attributes if one.source_column not in profile]:
        lost = ", ".join(f"{one.source_column!r} (line {one.line}, {one.name})" for one in missing)
        raise MalformedCycleFile(f"the report data has no column {lost}",
                                 hint="state the right source_column in the dictionary, or add the column to the data")
    known = {attribute.name for attribute in attributes}
    proposed = [rule for attribute in attributes for rule in _attribute_rules(attribute, profile)]
    own = {rule.name: _own(rule) for rule in own_rules if rule.attribute in known}
    return (*(rule for rule in (*proposed, *_key_rules(attributes)) if rule.name not in own), *own.values())


def check_own_rules(own_rules: Sequence[NamedRule], *, attributes: Sequence[Attribute], columns: Collection[str],
                    beside: Mapping[str, Collection[str]] = MappingProxyType({})) -> None:
    """Raises `MalformedCycleFile` for a rule of the cycle file that names no attribute or shares its name, and
    `UnusableRule` for one that does not compile over the `columns` of the report data and of the tables `beside` it.
    For the start of a cycle.
    """
    known = {attribute.name for attribute in attributes}
    for place, rule in enumerate(own_rules):
        named = f"rules[{place}] ({rule.name})"
        if rule.attribute not in known:
            raise MalformedCycleFile(f"{named}: the dictionary has no attribute {rule.attribute!r}",
                                     hint="name an attribute of the dictionary")
        if rule.name in {other.name for other in own_rules[:place]}:
            raise MalformedCycleFile(f"{named}: another rule has this name", hint="rename one of them")
        compile_rule(rule.expression, columns=columns, keys=(), name=f"{named}.expression", beside=beside)


def _attribute_rules(attribute: Attribute, profile: Mapping[str, ColumnProfile]) -> Iterator[Rule]:
    column = attribute.source_column
    seen = profile[column]
    if attribute.mandatory or attribute.primary_key:
        yield _rule(attribute, "not_blank", NotBlank(op="not_blank", column=column), "completeness",
                    f"{attribute.title} is never blank ({counted(seen.blank, 'record')} of {seen.total:,} are now).")
    if form := _format(attribute, seen):
        yield _rule(attribute, "format", form, "validity", f"{attribute.title} has the format "
                    f"{attribute.format or attribute.data_type}; the longest value has "
                    f"{counted(seen.longest, 'character')}.")
    if attribute.domain:
        shown = ", ".join(attribute.domain[:8]) + (", ..." if len(attribute.domain) > 8 else "")
        yield _rule(attribute, "domain", In(op="in", column=column, values=attribute.domain), "validity",
                    f"{attribute.title} is one of {counted(len(attribute.domain), 'value')}: {shown} "
                    f"({seen.distinct:,} different ones occur).")
    if attribute.minimum is not None or attribute.maximum is not None:
        low, high = attribute.minimum, attribute.maximum
        yield _rule(attribute, "range", Between(op="between", value=Column(name=column), minimum=low, maximum=high),
                    "validity", f"{attribute.title} lies between {_bound(low)} and {_bound(high)} "
                    f"(now {quoted(seen.minimum)} to {quoted(seen.maximum)}).")


def _format(attribute: Attribute, seen: ColumnProfile) -> Expression | None:
    """The dictionary's format; where it states none, that a column of numbers by type and by its values stays one."""
    stated = format_expression(attribute.format, column=attribute.source_column)
    if stated is not None or attribute.data_type not in NUMBERS or attribute.data_type is DataType.PERCENT:
        return stated
    if not seen.stated or Decimal(seen.numbers) / seen.stated < _MOSTLY:
        return None
    whole = attribute.data_type is DataType.INTEGER
    return IsNumber(op="is_number", column=attribute.source_column, precision=INTEGER_DIGITS,
                    scale=0 if whole else ANY_DECIMALS)


def _key_rules(attributes: Sequence[Attribute]) -> Iterator[Rule]:
    keys = [attribute for attribute in attributes if attribute.primary_key]
    if keys:
        columns = tuple(attribute.source_column for attribute in keys)
        yield Rule(name="key.unique", attribute=keys[0].name, dimension="uniqueness", gate="blocking",
                   severity="critical", expression=Unique(op="unique", columns=columns), threshold=0,
                   description=f"No two records share {', '.join(attribute.title for attribute in keys)}.")


def _rule(attribute: Attribute, kind: str, expression: Expression,
          dimension: Literal["completeness", "validity"], description: str) -> Rule:
    return Rule(name=f"{attribute.name}.{kind}", attribute=attribute.name, description=description,
                dimension=dimension, gate="blocking" if attribute.primary_key else "explainable",
                severity=_severity(attribute), expression=expression, threshold=0)


def _severity(attribute: Attribute) -> Severity:
    if attribute.critical or attribute.primary_key:
        return "critical"
    return "high" if attribute.mandatory else "medium"


def _own(rule: NamedRule) -> Rule:
    return Rule(name=rule.name, attribute=rule.attribute, description=rule.description, dimension=rule.dimension,
                gate=rule.gate, severity=rule.severity, expression=rule.expression, threshold=rule.threshold)


def _bound(bound: Decimal | None) -> str:
    return "any value" if bound is None else plain(bound)
