"""The values in a rule, as SQL: texts, dates and exact numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, assert_never

from methods import duckdb_sql as sql
from methods.duckdb_sql import Number
from methods.numbers import plain_number
from methods.rule_tables import TABLE, Scope
from models.errors import UnusableRule
from models.expressions import (
    Arithmetic,
    Column,
    Condition,
    Count,
    Header,
    Literally,
    Part,
    Prior,
    Sum,
    Tally,
    Value,
)

_Text = Column | Header | Prior | Part
_NAMES = {"tally": "a count", "count": "a count", "sum": "a sum"}


class Values(Scope, ABC):
    """Values of one record; every method takes the path of its node, so that errors can name it."""

    @abstractmethod
    def condition(self, node: Condition, path: str, *, holds: bool) -> str:
        """SQL that is true for the records for which the node definitely holds, or definitely does not; else false."""

    @abstractmethod
    def within(self, where: Condition | None, path: str) -> tuple[str, str]:
        """What follows FROM, and a FILTER clause or nothing, for an aggregate over the report."""

    def plain(self, node: Value, path: str, *, kind: Literal["text", "date"] = "text", format: str = "") -> str:
        """A text, or a date of that format. Raises `UnusableRule` for numbers, and for a constant that says nothing."""
        if isinstance(node, _Text):
            text = self.text(node, path)
            return sql.date(text, format, path) if kind == "date" else text
        if not isinstance(node, Literally):
            what = _NAMES.get(node.op, "arithmetic")
            raise UnusableRule(f"{path}: {what} gives a number, not a {kind}", hint="compare as number")
        value = node.value.strip()
        if not value:
            raise UnusableRule(f"{path}.value: it is blank, so every record would pass",
                               hint="use blank or not_blank")
        if kind == "date":
            return sql.date_constant(value, format, f"{path}.value")
        return sql.text(value, f"{path}.value")

    def text(self, node: _Text, path: str) -> str:
        """What a record holds, as text; never NULL, '' where there is nothing."""
        match node:
            case Column():
                return self.column(node.name, f"{path}.name")
            case Header():
                return self.header_field(node.name, f"{path}.name")
            case Prior():
                return self.prior_value(node.name, node.keys, path)
            case Part():
                whole = self.plain(node.value, f"{path}.value")
                return f"trim(substr({whole}, {node.start:d}, {node.length:d}), {sql.WHITE_SPACE})"
            case _:
                assert_never(node)

    def number(self, node: Value, path: str, *, blank_as_zero: bool) -> Number:
        """An exact decimal; NULL where it cannot be read."""
        match node:
            case Literally():
                number = plain_number(node.value.strip())
                if number is None:
                    raise UnusableRule(f"{path}.value: {node.value!r} is not a number",
                                       hint="write digits, with a point where needed")
                return sql.decimal(number, f"{path}.value")
            case Arithmetic():
                zero = blank_as_zero or node.blank_as_zero
                parts = [self.number(part, f"{path}.values[{place}]", blank_as_zero=zero)
                         for place, part in enumerate(node.values)]
                return sql.combined(node.op, parts, path)
            case Tally():
                return self._tally(node, path)
            case Count():
                source, filtered = self.within(node.where, f"{path}.where")
                return self.counted(node.by, path, where=filtered, source=source)
            case Sum():
                column = self.column(node.column, f"{path}.column", table=TABLE)
                source, filtered = self.within(node.where, f"{path}.where")
                return self.summed(column, node.by, path, where=filtered, source=source)
            case _:
                return sql.read_number(self.text(node, path), blank_as_zero=blank_as_zero)

    def _tally(self, node: Tally, path: str) -> Number:
        ones = [f"CASE WHEN {self.condition(part, f'{path}.conditions[{place}]', holds=True)} THEN 1 ELSE 0 END"
                for place, part in enumerate(node.conditions)]
        return Number(f"CAST(({' + '.join(ones)}) AS DECIMAL(18,0))", 0)
