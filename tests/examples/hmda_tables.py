"""Loans in DuckDB for tests of the HMDA pack: many files or cases in one table, so that a rule is run once over all."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from examples.hmda_2023.layout import LOAN, TABLES, TRANSMITTAL_SHEET
from examples.hmda_2023.pack import Edit
from methods import duckdb_sql as sql
from methods.rule_tables import HEADER, TABLE
from methods.rules import compile_rule
from models.expressions import Expression

Rows = Iterable[Sequence[str]]
# The record's file or case, before its own fields.
OF = "of"
COLUMNS = {TABLE: (OF, *LOAN), HEADER: (OF, *TRANSMITTAL_SHEET), **TABLES}


class Loans:
    """Tables of loans and transmittal sheets; every record begins with what it is `of`."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        self._loaded: dict[str, tuple[str, ...]] = {}

    def load(self, folder: Path, tables: Mapping[str, Rows]) -> None:
        """Tables of many rows."""
        for name, rows in tables.items():
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
            kinds = ", ".join(f"{sql.text(column, '')}: 'VARCHAR'" for column in COLUMNS[name])
            whole = ", ".join(f"coalesce({sql.identifier(column)}, '') AS {sql.identifier(column)}"
                              for column in COLUMNS[name])
            self._create(name, f"SELECT {whole} FROM read_csv({sql.text(str(path), '')}, auto_detect=false, "
                               f"header=false, quote='\"', escape='\"', delim=',', columns={{{kinds}}})")

    def state(self, name: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> None:
        """A small table in place of an earlier one, each row so many times; it is of its number."""
        columns = [OF, *rows[0][1]]
        named, marks = ", ".join(map(sql.identifier, columns)), ", ".join(["?"] * (len(columns) + 1))
        self._create(name, f"SELECT {named} FROM (VALUES {', '.join([f'({marks})'] * len(rows))}) v(times, {named}), "
                           f"range(v.times) ORDER BY CAST({OF} AS INTEGER)",
                     [cell for place, (times, row) in enumerate(rows) for cell in (times, f"{place}", *row.values())])
        self._loaded[name] = tuple(columns)

    def _create(self, name: str, query: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(f"CREATE OR REPLACE TABLE {sql.identifier(name)} AS {query}", values)
        self._loaded[name] = COLUMNS[name]

    def failing(self, edit: Edit, *, key: str | None = None, expression: Expression | None = None) -> list[list[str]]:
        """What each failing record is of, and its key where one is asked for, in the order of the table."""
        keys = [OF] if key is None else [OF, key]
        compiled = compile_rule(expression or edit.expression, columns=self._loaded[TABLE], keys=keys, name=edit.edit,
                                beside={name: columns for name, columns in self._loaded.items() if name != TABLE},
                                over=edit.over)
        return [list(row) for row in self._connection.execute(compiled.sql).fetchall()]


def reads_others(edit: Edit) -> bool:
    """Whether an edit reads more than its own record: other loans, or the transmittal sheet beside the loan."""
    tree = edit.expression.model_dump_json()
    return any(f'"op":"{op}"' in tree for op in ("count", "sum", "unique", "header"))
