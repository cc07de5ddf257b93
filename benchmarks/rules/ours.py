"""Assay: rules as data, compiled and run as the worker does, and DuckDB SQL as a person would write it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from pydantic import TypeAdapter

from activities.duck import ReportTable
from benchmarks.rules.engine import Engine
from models.expressions import Expression
from models.items import Rule

_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)
_TREES: Mapping[str, Mapping[str, Any]] = {
    "id_unique": {"op": "unique", "columns": ["id"]},
    "lei_there": {"op": "not_blank", "column": "lei"},
    "lei_length": {"op": "length", "column": "lei", "minimum": 20, "maximum": 20},
    "action_known": {"op": "in", "column": "action", "values": list("12345678")},
    "zip_form": {"op": "matches", "column": "zip", "pattern": "[0-9]{5}"},
    "rate_range": {"op": "between", "value": {"op": "column", "name": "rate"}, "minimum": 0, "maximum": 25},
    "value_covers": {"op": "compare", "left": {"op": "column", "name": "value"}, "relation": ">=",
                     "right": {"op": "column", "name": "amount"}},
    "kind_there": {"op": "when", "when": {"op": "in", "column": "purpose", "values": ["1"]},
                   "then": {"op": "not_blank", "column": "kind"}},
    "date_real": {"op": "is_date", "column": "date"},
    "county_listed": {"op": "lookup", "values": [{"op": "column", "name": "county"}], "table": "counties",
                      "columns": ["county"]},
}
_SQL = {
    "id_unique": "id IN (SELECT id FROM loans GROUP BY id HAVING count(*) > 1)",
    "lei_there": "lei IS NULL",
    "lei_length": "length(lei) <> 20",
    "action_known": "action NOT IN ('1', '2', '3', '4', '5', '6', '7', '8')",
    "zip_form": "NOT regexp_full_match(zip, '[0-9]{5}')",
    "rate_range": "try_cast(rate AS DECIMAL(18,3)) NOT BETWEEN 0 AND 25",
    "value_covers": "try_cast(value AS DECIMAL(18,2)) < try_cast(amount AS DECIMAL(18,2))",
    "kind_there": "purpose = '1' AND kind IS NULL",
    "date_real": "date IS NOT NULL AND try_strptime(date, '%Y%m%d') IS NULL",
    "county_listed": "county IS NOT NULL AND county NOT IN (SELECT county FROM counties)",
}


def _rule(name: str) -> Rule:
    return Rule(name=name, attribute="id", description="", dimension="validity", gate="explainable", severity="high",
                threshold=0, expression=_EXPRESSION.validate_python(_TREES[name]))


class Ours(Engine):
    """The table of the worker, with its limits, and its rules."""

    mode = "rules as data; table on disk, 400 MB for DuckDB"

    def libraries(self) -> Mapping[str, str]:
        """The engine below."""
        return {"duckdb": version("duckdb")}

    def load(self) -> None:
        """As the worker loads a report."""
        self._table = ReportTable(self.loans, beside={"counties": self.counties}).__enter__()

    def run(self) -> Mapping[str, Sequence[str]]:
        """Record keys."""
        return {name: self._table.run(_rule(name), keys=("id",)).failing_keys for name in _TREES}

    def close(self) -> None:
        """Remove the table."""
        self._table.__exit__(None, None, None)


class HandWritten(Engine):
    """The same table on disk under the same limits, and a query a rule, without the trimming that ours does."""

    mode = "a query a rule; table on disk, 400 MB for DuckDB"

    def libraries(self) -> Mapping[str, str]:
        """DuckDB."""
        return {"duckdb": version("duckdb")}

    def load(self) -> None:
        """Both files as text."""
        self._folder = tempfile.TemporaryDirectory()
        self._connection = duckdb.connect(Path(self._folder.name) / "hand.duckdb",
                                          config={"memory_limit": "400MB", "threads": "2"})
        for table, path in (("loans", self.loans), ("counties", self.counties)):
            self._connection.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_csv('{path}', all_varchar=true, header=true)")  # noqa: S608

    def run(self) -> Mapping[str, Sequence[str]]:
        """Ids."""
        return {name: [row[0] for row in self._connection.execute(f"SELECT id FROM loans WHERE {wrong}").fetchall()]  # noqa: S608
                for name, wrong in _SQL.items()}

    def close(self) -> None:
        """Remove the table."""
        self._connection.close()
        self._folder.cleanup()
