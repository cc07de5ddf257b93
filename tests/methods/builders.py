"""Values for tests of the methods; every argument has a default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
from pydantic import TypeAdapter

from methods.profile import ColumnProfile
from methods.rules import RuleResult, compile_rule
from models.cycle_file import NamedRule, Source
from models.expressions import Expression
from models.items import Attribute, DataType, Rule, record_key

_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


def expression(tree: Mapping[str, Any]) -> Expression:
    """An expression from the mapping that a cycle file would hold."""
    return _EXPRESSION.validate_python(tree)


def attribute(name: str = "Limit", **changes: Any) -> Attribute:
    """A mandatory amount that is no key."""
    given: dict[str, Any] = {
        "name": name, "line": "44", "title": name, "data_type": DataType.MONEY, "format": "N12.2", "mandatory": True,
        "primary_key": False, "critical": False, "source_column": name}
    return Attribute(**{**given, **changes})


def rule(tree: Mapping[str, Any] | None = None, **changes: Any) -> Rule:
    """A rule that no value is blank, unless a tree is given."""
    given: dict[str, Any] = {
        "name": "Limit.not_blank", "attribute": "Limit", "description": "", "dimension": "completeness",
        "gate": "explainable", "severity": "high", "threshold": 0,
        "expression": expression(tree or {"op": "not_blank", "column": "Limit"})}
    return Rule(**{**given, **changes})


def named_rule(name: str = "limit.covers", attribute: str = "Limit", **changes: Any) -> NamedRule:
    """A rule of the cycle file."""
    tree = changes.pop("expression", {"op": "not_blank", "column": "Limit"})
    return NamedRule(name=name, attribute=attribute, description="", expression=expression(tree), **changes)


def profiled(column: str = "Limit", *, total: int = 100, **changes: Any) -> ColumnProfile:
    """A column of numbers without a blank."""
    given: dict[str, Any] = {"blank": 0, "distinct": 10, "numbers": total, "minimum": "1", "maximum": "9", "longest": 1,
                             "top": (("1", 10),)}
    return ColumnProfile(column=column, total=total, **{**given, **changes})


def result(*, passed: int = 9, failed: int = 1) -> RuleResult:
    """What a rule found, without keys or SQL."""
    return RuleResult(name="", passed=passed, failed=failed, total=passed + failed, failing_keys=(), sql="",
                      sql_sha256="")


def source(**changes: Any) -> Source:
    """A system that knows records by `Ref` (column REF) and proves `Limit` (LIMIT) and `State` (STATE)."""
    given: dict[str, Any] = {"name": "cards", "keys": {"Ref": "REF"}, "columns": {"Limit": "LIMIT", "State": "STATE"}}
    return Source(**{**given, **changes})


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


Rows = Sequence[Mapping[str, str]]


def query(sql: str, rows: Rows, beside: Mapping[str, Rows] | None = None) -> list[tuple[Any, ...]]:
    """The answer to a query on the rows as a loaded report, and the tables beside it: all text, nothing is ''."""
    connection = _database()
    for table, content in {"report": rows, **(beside or {})}.items():
        columns = ", ".join('"' + column.replace('"', '""') + '" VARCHAR' for column in content[0])
        connection.execute(f'CREATE OR REPLACE TABLE "{table}" ({columns})')
        marks = ", ".join(f"({', '.join('?' for _ in content[0])})" for _ in content)
        cells = [row[name] for row in content for name in content[0]]
        connection.execute(f'INSERT INTO "{table}" VALUES {marks}', cells)
    return connection.execute(sql).fetchall()


def failing(tree: Mapping[str, Any], rows: Rows, *, keys: Sequence[str] = ("k",),
            **beside: Rows) -> list[str]:
    """Keys of the rows that fail; a row without `k` gets its position. `beside` are header, prior, look-up tables."""
    keyed = [{"k": str(place), **row} for place, row in enumerate(rows)]
    compiled = compile_rule(expression(tree), columns=list(keyed[0]), keys=keys,
                            beside={table: list(content[0]) for table, content in beside.items()})
    return [record_key(row) for row in query(compiled.sql, keyed, beside)]


def fails(tree: Mapping[str, Any], *values: str) -> list[bool]:
    """Whether a rule on column `c` fails, value by value."""
    found = failing(tree, [{"c": value} for value in values])
    return [str(place) in found for place in range(len(values))]
