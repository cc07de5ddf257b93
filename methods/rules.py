"""A rule's expression tree, compiled to one DuckDB query that returns the keys of all failing records.

The table is loaded as text: no value has white space around it, and nothing is ''. A record fails when its condition is
definitely false, so passed + failed = total; the SQL text and its SHA-256 are kept with the result as evidence.

Three values (Kleene). A leaf on a blank is *unknown*, except `not_blank`, `blank`, `is` and `distinct`, numbers that
`blank_as_zero` makes 0, and an `in` whose list holds ''. A number or date leaf on text that is not one is unknown too,
except `is_number`, `is_integer` and `is_date`, which are false: one defect is reported by one rule. Then
    and   false if any part is false, else unknown if any is
    or    true if any part is true, else unknown if any is
    not   unknown stays unknown, so a blank passes either way
    when  (not when) or then: an unknown `when` never makes a record fail
The SQL does not lean on NULL for this: each node is compiled to "definitely true" or "definitely false", whichever its
place in the tree asks for, and neither is ever NULL. (DuckDB's optimizer mistakes NULL in filters, duckdb #25992.)

Numbers are decimals in plain notation, up to 28 digits before the point, compared to the tenth decimal and never as
floats; what would need more than 38 digits is unknown. Text compares by code point, lengths count characters.
`tolerance` widens =, <=, >=, < and > in the record's favour; <> is the negation of =. Dates are read in the full width
of their format. In `unique` a record with a blank among the columns passes, as in SQL. `count` and `sum` are over the
report's records, those of the same `by`; a record counts where `where` definitely holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from types import MappingProxyType
from typing import assert_never

from methods import duckdb_sql as sql
from methods.duckdb_sql import Test
from methods.rule_tables import TABLE
from methods.rule_values import Values
from models.errors import UnusableRule
from models.expressions import (
    Between,
    Blank,
    Both,
    CheckDigit,
    Compare,
    Condition,
    Distinct,
    Either,
    Expression,
    In,
    Is,
    IsDate,
    IsInteger,
    IsNumber,
    Length,
    Lookup,
    Matches,
    Negation,
    NotBlank,
    Unique,
    WhenThen,
)

__all__ = ["TABLE", "CompiledRule", "RuleResult", "compile_rule"]

_Leaf = NotBlank | Blank | Matches | Length | IsNumber | IsInteger | IsDate | CheckDigit | In | Is


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


def compile_rule(expression: Expression, *, columns: Collection[str], keys: Sequence[str], name: str = "expression",
                 beside: Mapping[str, Collection[str]] = MappingProxyType({}), over: str = TABLE) -> CompiledRule:
    """The query of a rule over a table of these columns, whose records are known by `keys` (none: by their number).

    `beside` has the columns of the tables loaded with the report: `header`, `prior`, look-up tables by name. `over` is
    the table whose records are judged: the report, or `header`. Raises `UnusableRule` with the path of the wrong node,
    which starts with `name`.
    """
    compiler = _Compiler({TABLE: frozenset(columns), **{one: frozenset(names) for one, names in beside.items()}},
                         over=over)
    chosen = ", ".join(compiler.column(key, f"{name}: key") for key in keys) or "rowid"
    if isinstance(expression, Unique):
        failing = compiler.duplicates(expression, name)
    else:
        failing = compiler.condition(expression, name, holds=False)
    query = f"SELECT {chosen} FROM {compiler.source} WHERE {failing} ORDER BY rowid"  # noqa: S608 - all quoted
    return CompiledRule(sql=query, sql_sha256=sha256(query.encode()).hexdigest())


class _Compiler(Values):
    """Turns conditions into SQL."""

    def within(self, where: Condition | None, path: str) -> tuple[str, str]:
        inner = _Compiler(self.tables, over=TABLE, names=self.names)
        if where is None:
            return inner.source, ""
        met = inner.condition(where, path, holds=True)
        return inner.source, f" FILTER (WHERE {met})"

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
            case Distinct():
                return sql.judged(self._distinct(node, path), holds=holds)
            case Lookup():
                return sql.judged(self._lookup(node, path), holds=holds)
            case _:
                return sql.judged(self._leaf(node, path), holds=holds)

    def _all(self, conditions: Sequence[Condition], path: str, *, holds: bool, joiner: str) -> str:
        parts = [self.condition(part, f"{path}.conditions[{place}]", holds=holds)
                 for place, part in enumerate(conditions)]
        return f"({joiner.join(parts)})"

    def _leaf(self, node: _Leaf, path: str) -> Test:
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
            case IsInteger():
                pattern = sql.number_pattern(precision=node.digits, scale=0, signed=node.signed, path=path)
                return Test(f"regexp_full_match({column}, '{pattern}')", given=stated)
            case CheckDigit():
                return Test(sql.mod_97_10(column), given=stated)
            case IsDate():
                return Test(f"{sql.date(column, node.format, path)} IS NOT NULL", given=stated)
            case In() | Is():
                listed = [value.strip() for value in node.values]
                values = ", ".join(sql.text(value, f"{path}.values") for value in listed)
                return Test(f"{column} IN ({values})", given="" if "" in listed or isinstance(node, Is) else stated)
            case _:
                assert_never(node)

    def _between(self, node: Between, path: str) -> Test:
        value = self.number(node.value, f"{path}.value", blank_as_zero=False)
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
        left, right = (self.plain(side, f"{path}.{name}", kind=node.kind, format=node.date_format)
                       for name, side in (("left", node.left), ("right", node.right)))
        if node.kind == "date":
            return Test(f"{left} {node.relation} {right}", nullable=True)
        return Test(f"{left} {node.relation} {right}", given=f"{left} <> '' AND {right} <> ''")

    def _compare_numbers(self, node: Compare, path: str) -> Test:
        left = self.number(node.left, f"{path}.left", blank_as_zero=node.blank_as_zero)
        right = self.number(node.right, f"{path}.right", blank_as_zero=node.blank_as_zero)
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

    def _distinct(self, node: Distinct, path: str) -> Test:
        names = [self.column(name, f"{path}.columns[{place}]") for place, name in enumerate(node.columns)]
        if len(set(names)) < len(names):
            raise UnusableRule(f"{path}.columns: a column is named twice", hint="name each column once")
        same = [f"({one} <> '' AND {one} = {other})" for one, other in combinations(names, 2)]
        return Test(f"NOT ({' OR '.join(same)})")

    def _lookup(self, node: Lookup, path: str) -> Test:
        values = [self.plain(value, f"{path}.values[{place}]") for place, value in enumerate(node.values)]
        if node.table:
            wanted = [self.column(name, f"{path}.columns[{place}]", table=node.table)
                      for place, name in enumerate(node.columns)]
            known = f"SELECT ({', '.join(wanted)}) FROM {sql.identifier(node.table)}"  # noqa: S608 - all quoted
        else:
            known = ", ".join(f"({', '.join(sql.text(cell.strip(), f'{path}.rows') for cell in row)})"
                              for row in dict.fromkeys(node.rows))
        return Test(f"({', '.join(values)}) IN ({known})", given=" AND ".join(f"{value} <> ''" for value in values))

    def duplicates(self, node: Unique, path: str) -> str:
        """Only the duplicate groups are held in memory beside the grouping itself."""
        names = dict.fromkeys(self.column(name, f"{path}.columns[{place}]") for place, name in enumerate(node.columns))
        row, stated = ", ".join(names), " AND ".join(f"{name} <> ''" for name in names)
        return (f"({row}) IN (SELECT ({row}) FROM {sql.identifier(self.over)} WHERE {stated} "  # noqa: S608 - quoted
                f"GROUP BY {row} HAVING count(*) > 1)")
