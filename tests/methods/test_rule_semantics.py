"""Compiled SQL fails exactly the records that a plain reading of the tree in Python fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from methods.rules import compile_rule
from tests.methods.builders import expression, query

Row = Mapping[str, str]
Tree = Mapping[str, Any]

_VALUES = ["", "0", "1", "2", "01", "1.0", "1.5", "-2", "+3", ".5", "7.", "1e3", "1_000", "1,000", "A", "a", "AB", "é",
           "20240229", "20230229", "20231231", "2024", "100", "99.9999999999", "99.99999999995",
           "12345678901234567890", "x y", "'\"%\\"]
_COLUMNS = ["a", "b", "c"]


def number(text: str, *, zero: bool) -> Decimal | None:
    if text == "":
        return Decimal(0) if zero else None
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text, re.ASCII):
        return None
    return Decimal(text).quantize(Decimal("1e-10"), rounding=ROUND_HALF_UP)


def value(node: Tree, row: Row, *, zero: bool) -> Decimal | None:
    match node["op"]:
        case "column":
            return number(row[node["name"]], zero=zero)
        case "value":
            return Decimal(node["value"])
        case operation:
            parts = [value(part, row, zero=zero or node["blank_as_zero"]) for part in node["values"]]
            if any(part is None for part in parts):
                return None
            total = parts[0]
            for part in parts[1:]:
                assert total is not None
                assert part is not None
                total = {"add": total + part, "subtract": total - part, "multiply": total * part}[operation]
            return total


def related(left: Any, relation: str, right: Any) -> bool:
    return bool({"=": left == right, "<>": left != right, "<": left < right, "<=": left <= right, ">": left > right,
                 ">=": left >= right}[relation])


def compared(node: Tree, row: Row) -> bool | None:
    if node["as"] == "text":
        left, right = row[node["left"]["name"]], row[node["right"]["name"]]
        return related(left, node["relation"], right) if left and right else None
    zero = node["blank_as_zero"]
    one, two = value(node["left"], row, zero=zero), value(node["right"], row, zero=zero)
    if one is None or two is None:
        return None
    slack = Decimal(node["tolerance"])
    match node["relation"]:
        case "=":
            return abs(one - two) <= slack
        case "<>":
            return abs(one - two) > slack
        case "<" | "<=" as relation:
            return related(one, relation, two + slack)
        case relation:
            return related(one + slack, relation, two)


def truth(node: Tree, row: Row) -> bool | None:
    """True, false or unknown, by the definition in `methods.rules`."""
    match node["op"]:
        case "and":
            parts = [truth(part, row) for part in node["conditions"]]
            return False if False in parts else None if None in parts else True
        case "or":
            parts = [truth(part, row) for part in node["conditions"]]
            return True if True in parts else None if None in parts else False
        case "not":
            inner = truth(node["condition"], row)
            return None if inner is None else not inner
        case "when":
            return truth({"op": "or", "conditions": [{"op": "not", "condition": node["when"]}, node["then"]]}, row)
        case "compare":
            return compared(node, row)
        case "between":
            found = value(node["value"], row, zero=False)
            return None if found is None else Decimal(node["minimum"]) <= found <= Decimal(node["maximum"])
        case "not_blank":
            return row[node["column"]] != ""
        case "blank":
            return row[node["column"]] == ""
        case _:
            return leaf(node, row[node["column"]])


def leaf(node: Tree, text: str) -> bool | None:
    if node["op"] == "in" and "" in node["values"]:
        return text in node["values"]
    if text == "":
        return None
    match node["op"]:
        case "in":
            return text in node["values"]
        case "matches":
            return re.fullmatch(node["pattern"], text) is not None
        case "length":
            return bool(node["minimum"] <= len(text) <= node["maximum"])
        case "is_number":
            shape = rf"[+-]?(\d{{1,{node['precision']}}}(\.\d{{1,{node['scale']}}})?|\.\d{{1,{node['scale']}}})"
            return re.fullmatch(shape, text, re.ASCII) is not None
        case "is_date":
            return is_date(text)
        case other:
            raise AssertionError(other)


def is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        return False
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        return False
    return True


columns = st.sampled_from(_COLUMNS)
column_values = st.builds(lambda name: {"op": "column", "name": name}, columns)
constants = st.sampled_from(["0", "1", "1.5", "-2", "100"]).map(lambda text: {"op": "value", "value": text})
numbers = st.recursive(
    st.one_of(column_values, constants),
    lambda inner: st.builds(lambda op, parts, zero: {"op": op, "values": parts, "blank_as_zero": zero},
                            st.sampled_from(["add", "subtract"]), st.lists(inner, min_size=2, max_size=3),
                            st.booleans()),
    max_leaves=4) | st.builds(lambda part, times: {"op": "multiply", "values": [part, times], "blank_as_zero": False},
                              constants, constants)
leaves = st.one_of(
    st.builds(lambda op, name: {"op": op, "column": name}, st.sampled_from(["not_blank", "blank", "is_date"]), columns),
    st.builds(lambda name, values: {"op": "in", "column": name, "values": values}, columns,
              st.lists(st.sampled_from(_VALUES), min_size=1, max_size=4)),
    st.builds(lambda name, pattern: {"op": "matches", "column": name, "pattern": pattern}, columns,
              st.sampled_from(["[0-9]+", "A.?", ".*", "x y|a"])),
    st.builds(lambda name, low, more: {"op": "length", "column": name, "minimum": low, "maximum": low + more}, columns,
              st.integers(0, 3), st.integers(0, 5)),
    st.builds(lambda name, digits, scale: {"op": "is_number", "column": name, "precision": digits, "scale": scale},
              columns, st.integers(1, 12), st.integers(1, 3)),
    st.builds(lambda part, low, more: {"op": "between", "value": part, "minimum": str(low), "maximum": str(low + more)},
              numbers, st.integers(-3, 3), st.integers(0, 100)),
    st.builds(lambda left, relation, right, slack, zero: {
        "op": "compare", "as": "number", "left": left, "relation": relation, "right": right, "tolerance": slack,
        "blank_as_zero": zero}, numbers, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), numbers,
        st.sampled_from(["0", "0.5", "1"]), st.booleans()),
    st.builds(lambda left, relation, right: {
        "op": "compare", "as": "text", "left": left, "relation": relation, "right": right}, column_values,
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), column_values))
trees = st.recursive(leaves, lambda inner: st.one_of(
    st.builds(lambda op, parts: {"op": op, "conditions": parts}, st.sampled_from(["and", "or"]),
              st.lists(inner, min_size=1, max_size=3)),
    st.builds(lambda part: {"op": "not", "condition": part}, inner),
    st.builds(lambda when, then: {"op": "when", "when": when, "then": then}, inner, inner)), max_leaves=6)
tables = st.lists(st.fixed_dictionaries({name: st.sampled_from(_VALUES) for name in _COLUMNS}), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(trees, tables)
def test_sql_agrees_with_python(tree: dict[str, Any], rows: list[dict[str, str]]) -> None:
    """Over random trees and tables the failing rows are the same."""
    keyed = [{"k": str(place), **row} for place, row in enumerate(rows)]
    with localcontext(prec=100):
        expected = [row["k"] for row in keyed if truth(tree, row) is False]
    sql = compile_rule(expression(tree), columns=["k", *_COLUMNS], keys=["k"]).sql
    assert expected == [key for (key,) in query(sql, keyed)]


@settings(max_examples=30, deadline=None)
@given(tables, st.lists(columns, min_size=1, max_size=2))
def test_unique_agrees_with_python(rows: list[dict[str, str]], names: list[str]) -> None:
    """A record fails when another one has the same values and none of them is blank."""
    keyed = [{"k": str(place), **row} for place, row in enumerate(rows)]
    values = [tuple(row[name] for name in names) for row in keyed]
    expected = [row["k"] for row, own in zip(keyed, values, strict=True) if all(own) and values.count(own) > 1]
    sql = compile_rule(expression({"op": "unique", "columns": names}), columns=["k", *_COLUMNS], keys=["k"]).sql
    assert expected == [key for (key,) in query(sql, keyed)]
