"""The tables that a rule reads: the records it runs over, and beside them a header record, the prior period, look-ups.

What stands beside is joined as a subquery of one value per record, under a name that no column of the records has, so
that a rule without such a value stays a plain scan of one table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import count

from methods import duckdb_sql as sql
from methods.duckdb_sql import Number
from models.errors import UnusableRule

TABLE = "report"
HEADER = "header"
PRIOR = "prior"
_WHAT = {TABLE: "the report data", HEADER: "the header record", PRIOR: "the prior period"}
# A sum of 10^10 such numbers still has room in 38 digits, so that no sum can stop a query.
_SUMMED = 18


class Scope:
    """One table of records and what has been joined to it so far. `names` numbers the joins of a whole rule."""

    def __init__(self, tables: Mapping[str, Collection[str]], *, over: str, names: Iterator[int] | None = None) -> None:
        self.tables, self.over = tables, over
        self.names = names or count(1)
        self._joins: dict[str, tuple[str, str]] = {}
        self._taken = {column.lower() for columns in tables.values() for column in columns}

    @property
    def source(self) -> str:
        """What follows FROM."""
        return " ".join([sql.identifier(self.over), *(join for _, join in self._joins.values())])

    def column(self, name: str, path: str, *, table: str = "") -> str:
        """A column of the records, or of another table, in quotes. Raises `UnusableRule` where it is not there."""
        known = self.tables.get(table or self.over)
        what = _WHAT.get(table or self.over, f"the look-up table {table!r}")
        if known is None:
            raise UnusableRule(f"{path}: {what} is not there", hint="load it beside the data, or leave the rule out")
        if name in known:
            return sql.identifier(name)
        near = get_close_matches(name, sorted(known), n=1)
        raise UnusableRule(f"{path}: {what} has no column {name!r}",
                           hint=f"did you mean {near[0]!r}?" if near else f"name a column of {what}'s header")

    def header_field(self, name: str, path: str) -> str:
        """The header record's text."""
        field = self.column(name, path, table=HEADER)
        if self.over == HEADER:
            return field
        return self._join(f"header {field}", lambda value: (
            f"CROSS JOIN (SELECT {field} AS {value} FROM {sql.identifier(HEADER)})"))  # noqa: S608 - all quoted

    def prior_value(self, name: str, keys: Sequence[str], path: str) -> str:
        """The text of the prior period's record; '' where there is none, or where several differ."""
        field = self.column(name, f"{path}.name", table=PRIOR)
        for place, key in enumerate(keys):
            self.column(key, f"{path}.keys[{place}]", table=PRIOR)
        own = self._columns(keys, f"{path}.keys")
        stated = " AND ".join(f"{key} <> ''" for key in own)
        one = f"CASE WHEN min({field}) = max({field}) THEN min({field}) ELSE '' END"
        value = self._join(f"prior {field} {own}", lambda value: (
            f"LEFT JOIN (SELECT {_named(own, value)}, {one} AS {value} FROM {sql.identifier(PRIOR)} "  # noqa: S608
            f"WHERE {stated} GROUP BY {', '.join(own)}) ON {_matched(own, value)}"))
        return f"coalesce({value}, '')"

    def counted(self, by: Sequence[str], path: str, *, where: str, source: str) -> Number:
        """How many records of `source` meet `where` (a FILTER clause or nothing), by group."""
        return Number(self._aggregate(f"CAST(count(*){where} AS DECIMAL(18,0))", by, path, source), 0)

    def summed(self, column: str, by: Sequence[str], path: str, *, where: str, source: str) -> Number:
        """The sum of a column by group; NULL when a value of the group cannot be read or is too long."""
        value = sql.read_number(column, blank_as_zero=True)
        fits = f"coalesce(abs({value.sql}) < CAST('1{'0' * _SUMMED}' AS DECIMAL(38,0)), false)"
        total = (f"CASE WHEN coalesce(bool_and({fits}){where}, true) "
                 f"THEN coalesce(sum(CASE WHEN {fits} THEN {value.sql} END){where}, 0) END")
        return Number(self._aggregate(total, by, path, source), value.scale, computed=True)

    def _aggregate(self, total: str, by: Sequence[str], path: str, source: str) -> str:
        if by and self.over != TABLE:
            raise UnusableRule(f"{path}.by: {_WHAT[self.over]} is in no group", hint="count the whole report")
        own = self._columns(by, f"{path}.by")
        if not own:
            return self._join(f"{total} {source}", lambda value: (
                f"CROSS JOIN (SELECT {total} AS {value} FROM {source})"))  # noqa: S608 - all quoted
        return self._join(f"{total} {own} {source}", lambda value: (
            f"JOIN (SELECT {_named(own, value)}, {total} AS {value} FROM {source} "  # noqa: S608 - all quoted
            f"GROUP BY {', '.join(own)}) ON {_matched(own, value)}"))

    def _columns(self, names: Sequence[str], path: str) -> list[str]:
        return list(dict.fromkeys(self.column(name, f"{path}[{place}]") for place, name in enumerate(names)))

    def _join(self, asked: str, build: Callable[[str], str]) -> str:
        """The name of a joined value; what is asked for twice is joined once."""
        if asked not in self._joins:
            value = f"beside_{next(self.names)}"
            while any(taken.startswith(value) for taken in self._taken):
                value = f"_{value}"
            self._joins[asked] = (value, build(value))
        return self._joins[asked][0]


def _named(keys: Sequence[str], value: str) -> str:
    return ", ".join(f"{key} AS {value}_{place}" for place, key in enumerate(keys))


def _matched(keys: Sequence[str], value: str) -> str:
    return " AND ".join(f"{key} = {value}_{place}" for place, key in enumerate(keys))
