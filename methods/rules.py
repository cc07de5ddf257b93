"""A rule's expression tree, compiled to one DuckDB query that returns the keys of all failing records.

The table is loaded as text: no value has white space around it, and nothing is ''. A record fails when its condition is
definitely false, so passed + failed = total; the SQL text and its SHA-256 are kept with the result as evidence.

Three values (Kleene). A leaf on a blank is *unknown*, except `not_blank` and `blank`, numbers that `blank_as_zero`
makes 0, and an `in` whose list holds ''. A number or date leaf on text that is not one is unknown too, except
`is_number` and `is_date`, which are false: one defect is reported by one rule. Then
    and   false if any part is false, else unknown if any is
    or    true if any part is true, else unknown if any is
    not   unknown stays unknown, so a blank passes either way
    when  (not when) or then: an unknown `when` never makes a record fail
The SQL does not lean on NULL for this: each node is compiled to "definitely true" or "definitely false", whichever its
place in the tree asks for, and neither is ever NULL. (DuckDB's optimizer mistakes NULL in filters, duckdb #25992.)

Numbers are decimals in plain notation, up to 28 digits before the point, compared to the tenth decimal and never as
floats; what would need more than 38 digits is unknown. Text compares by code point, lengths count characters.
`tolerance` widens =, <=, >=, < and > in the record's favour; <> is the negation of =. Dates are read in the full width
of their format. In `unique` a record with a blank among the columns passes, as in SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import assert_never

from methods import duckdb_sql as sql
from methods.duckdb_sql import Number, Test
from methods.numbers import plain_number
from models.errors import UnusableRule
from models.expressions import (
    Arithmetic,
    Between,
    Blank,
    Both,
    Column,
    Compare,
    Condition,
    Either,
    Expression,
    In,
    IsDate,
    IsNumber,
    Length,
    Literally,
    Matches,
    Negation,
    NotBlank,
    Unique,
    Value,
    WhenThen,
)

TABLE = "report"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """The query for the failing records: one row each, the values of the key columns, in the order of the file."""

    sql: str
    sql_sha256: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule found: counts of records, and the key of every failing one, in the order of the file."""

    name: str
    passed: int
    failed: int
    total: int
    failing_keys: tuple[str, ...]
    sql: str
    sql_sha256: str


def compile_rule(expression: Expression, *, columns: Collection[str], keys: Sequence[str],
                 name: str = "expression") -> CompiledRule:
    """The query of a rule over a table of these columns, whose records are known by `keys` (none: by their number).

    Raises `UnusableRule` with the path of the wrong node, which starts with `name`.
    """
    compiler = _Compiler(columns)
    chosen = ", ".join(compiler.column(key, f"{name}: key") for key in keys) or "rowid"
    if isinstance(expression, Unique):
        failing = compiler.duplicates(expression, name)
    else:
        failing = compiler.condition(expression, name, holds=False)
    query = f"SELECT {chosen} FROM {sql.identifier(TABLE)} WHERE {failing} ORDER BY rowid"  # noqa: S608 - all quoted
    return CompiledRule(sql=query, sql_sha256=sha256(query.encode()).hexdigest())


class _Compiler:
    """Turns nodes into SQL; every method takes the path of its node, so that errors can name it."""

    def __init__(self, columns: Collection[str]) -> None:
        self._columns = frozenset(columns)

    def column(self, name: str, path: str) -> str:
        if name in self._columns:
            return sql.identifier(name)
        near = get_close_matches(name, sorted(self._columns), n=1)
        raise UnusableRule(f"{path}: the report data has no column {name!r}",
                           hint=f"did you mean {near[0]!r}?" if near else "name a column of the report data's header")

    def condition(self, node: Condition, path: str, *, holds: bool) -> str:
        """SQL that is true for the records for which the node definitely holds, or definitely does not; else false."""
        match node:
            case Both():
                return self._all(node.conditions, path, holds=holds, joiner=" AND " if holds else " OR ")
            case Either():
                return self._all(node.conditions, path, holds=holds, joiner=" OR " if holds else " AND ")
            case Negation():
                return self.condition(node.condition, f"{path}.condition", holds=not holds)
            case WhenThen():
                when = self.condition(node.when, f"{path}.when", holds=not holds)
                then = self.condition(node.then, f"{path}.then", holds=holds)
                return f"({when}{' OR ' if holds else ' AND '}{then})"
            case Between():
                return sql.judged(self._between(node, path), holds=holds)
            case Compare():
                return sql.judged(self._compare(node, path), holds=holds)
            case _:
                return sql.judged(self._leaf(node, path), holds=holds)

    def _all(self, conditions: Sequence[Condition], path: str, *, holds: bool, joiner: str) -> str:
        parts = [self.condition(part, f"{path}.conditions[{place}]", holds=holds)
                 for place, part in enumerate(conditions)]
        return f"({joiner.join(parts)})"

    def _leaf(self, node: NotBlank | Blank | Matches | Length | IsNumber | IsDate | In, path: str) -> Test:
        column = self.column(node.column, f"{path}.column")
        stated = f"{column} <> ''"
        match node:
            case NotBlank():
                return Test(stated)
            case Blank():
                return Test(f"{column} = ''")
            case Matches():
                return Test(f"regexp_full_match({column}, {sql.text(node.pattern, f'{path}.pattern')})", given=stated)
            case Length():
                return Test(f"length({column}) BETWEEN {node.minimum:d} AND {node.maximum:d}", given=stated)
            case IsNumber():
                pattern = sql.number_pattern(precision=node.precision, scale=node.scale, signed=node.signed, path=path)
                return Test(f"regexp_full_match({column}, '{pattern}')", given=stated)
            case IsDate():
                return Test(f"{sql.date(column, node.format, path)} IS NOT NULL", given=stated)
            case In():
                listed = [value.strip() for value in node.values]
                values = ", ".join(sql.text(value, f"{path}.values") for value in listed)
                return Test(f"{column} IN ({values})", given="" if "" in listed else stated)
            case _:
                assert_never(node)

    def _between(self, node: Between, path: str) -> Test:
        value = self._number(node.value, f"{path}.value", blank_as_zero=False)
        bounds = [f"{value.sql} {relation} {sql.decimal(bound, f'{path}.{name}').sql}"
                  for relation, name, bound in ((">=", "minimum", node.minimum), ("<=", "maximum", node.maximum))
                  if bound is not None]
        if not bounds:
            raise UnusableRule(f"{path}: neither minimum nor maximum is given", hint="give one of them")
        return Test(" AND ".join(bounds), nullable=True, overflows=value.computed)

    def _compare(self, node: Compare, path: str) -> Test:
        if node.kind != "number" and (node.tolerance or node.blank_as_zero):
            raise UnusableRule(f"{path}: tolerance and blank_as_zero belong to numbers, not to {node.kind}",
                               hint="leave them out, or compare as number")
        if node.kind == "number":
            return self._compare_numbers(node, path)
        left, right = self._plain(node.left, f"{path}.left", node), self._plain(node.right, f"{path}.right", node)
        if node.kind == "date":
            return Test(f"{left} {node.relation} {right}", nullable=True)
        return Test(f"{left} {node.relation} {right}", given=f"{left} <> '' AND {right} <> ''")

    def _compare_numbers(self, node: Compare, path: str) -> Test:
        left = self._number(node.left, f"{path}.left", blank_as_zero=node.blank_as_zero)
        right = self._number(node.right, f"{path}.right", blank_as_zero=node.blank_as_zero)
        slack = sql.decimal(node.tolerance, f"{path}.tolerance").sql
        if node.tolerance < 0:
            raise UnusableRule(f"{path}.tolerance: {node.tolerance} is negative", hint="state it as 0 or more")
        if not node.tolerance:
            return Test(f"{left.sql} {node.relation} {right.sql}", nullable=True,
                        overflows=left.computed or right.computed)
        match node.relation:
            case "=":
                test = f"abs({left.sql} - {right.sql}) <= {slack}"
            case "<>":
                test = f"abs({left.sql} - {right.sql}) > {slack}"
            case "<" | "<=":
                test = f"{left.sql} - {right.sql} {node.relation} {slack}"
            case ">" | ">=":
                test = f"{right.sql} - {left.sql} {'<' if node.relation == '>' else '<='} {slack}"
            case _:
                assert_never(node.relation)
        return Test(test, nullable=True, overflows=True)

    def _plain(self, node: Value, path: str, compare: Compare) -> str:
        """A side of a comparison as text or date."""
        match node:
            case Column():
                column = self.column(node.name, f"{path}.name")
                if compare.kind == "date":
                    return sql.date(column, compare.date_format, path)
                return column
            case Literally():
                value = node.value.strip()
                if not value:
                    raise UnusableRule(f"{path}.value: it is blank, so every record would pass",
                                       hint="use blank or not_blank")
                if compare.kind == "date":
                    return sql.date_constant(value, compare.date_format, f"{path}.value")
                return sql.text(value, f"{path}.value")
            case Arithmetic():
                raise UnusableRule(f"{path}: arithmetic gives a number, not a {compare.kind}", hint="compare as number")
            case _:
                assert_never(node)

    def _number(self, node: Value, path: str, *, blank_as_zero: bool) -> Number:
        match node:
            case Column():
                return sql.read_number(self.column(node.name, f"{path}.name"), blank_as_zero=blank_as_zero)
            case Literally():
                number = plain_number(node.value.strip())
                if number is None:
                    raise UnusableRule(f"{path}.value: {node.value!r} is not a number",
                                       hint="write digits, with a point where needed")
                return sql.decimal(number, f"{path}.value")
            case Arithmetic():
                zero = blank_as_zero or node.blank_as_zero
                parts = [self._number(part, f"{path}.values[{place}]", blank_as_zero=zero)
                         for place, part in enumerate(node.values)]
                return sql.combined(node.op, parts, path)
            case _:
                assert_never(node)

    def duplicates(self, node: Unique, path: str) -> str:
        """Only the duplicate groups are held in memory beside the grouping itself."""
        names = dict.fromkeys(self.column(name, f"{path}.columns[{place}]") for place, name in enumerate(node.columns))
        row, stated = ", ".join(names), " AND ".join(f"{name} <> ''" for name in names)
        return (f"({row}) IN (SELECT ({row}) FROM {sql.identifier(TABLE)} WHERE {stated} "  # noqa: S608 - quoted
                f"GROUP BY {row} HAVING count(*) > 1)")
