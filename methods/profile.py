"""What a column of the report data looks like, before anybody has made a rule for it.

    quartile k of 4   the smallest number that at least k/4 of the stated values do not exceed (Hyndman and Fan 1996,
                      definition 1: always a value of the data, never a mean of two)
    far out           below Q1 - 3 (Q3 - Q1) or above Q3 + 3 (Q3 - Q1), Tukey's outer fences (Exploratory Data Analysis
                      1977; NIST/SEMATECH e-Handbook 7.1.6); nothing is far out where Q1 = Q3
    pattern           capital letters as A, small ones as a, digits as 9, all else as written, the first 40 characters
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from methods import duckdb_sql as sql
from methods.numbers import EXACT, plain
from models.items import DataType

# Types whose values are amounts, so that a middle and a distance mean something.
MEASURED = frozenset({DataType.INTEGER, DataType.NUMBER, DataType.MONEY, DataType.PERCENT})
TOP = 5  # commonest values, commonest patterns and values farthest out that are named
_FENCE = Decimal(3)
_FORM = (r"regexp_replace(regexp_replace(regexp_replace(left(v, 40), '\p{Lu}', 'A', 'g'), '\p{Ll}', 'a', 'g'), "
         r"'\p{Nd}', '9', 'g')")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Counts over all records. `minimum` and `maximum` are numbers when every non-blank value is one, else the first
    and last text by code point; '' when the column is blank throughout. `top` holds the commonest values with their
    counts, the commonest first.
    """

    column: str
    total: int
    blank: int
    distinct: int
    numbers: int
    minimum: str
    maximum: str
    longest: int
    top: tuple[tuple[str, int], ...]

    @property
    def stated(self) -> int:
        """Records that are not blank."""
        return self.total - self.blank


class AttributeProfile(BaseModel):
    """The profile of an attribute's column, as stored and shown; numbers are plain texts, '' where there are none.

    `minimum` and `maximum` as in `ColumnProfile`; quartiles and what is far out only where the dictionary says that the
    attribute is an amount (`MEASURED`) and every stated value is a number. `top`, `patterns` and `far_out_values` pair
    at most five texts with their counts; `patterns_in_all` counts all patterns, `far_out` records beyond the fences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attribute: str
    column: str
    total: int
    blank: int
    distinct: int
    numbers: int
    longest: int
    minimum: str
    quartile_1: str
    median: str
    quartile_3: str
    maximum: str
    far_out: int
    far_out_values: tuple[tuple[str, int], ...]
    patterns_in_all: int
    patterns: tuple[tuple[str, int], ...]
    top: tuple[tuple[str, int], ...]


class ReportProfile(BaseModel):
    """The profiles of all attributes of a report, in the order of its dictionary; what lies in the content store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["assay.profile/1"] = "assay.profile/1"
    report_sha256: str
    attributes: tuple[AttributeProfile, ...]


def fences(first: Decimal, third: Decimal) -> tuple[Decimal, Decimal] | None:
    """The numbers beyond which a value is far out; None where both quartiles are one number."""
    if first == third:
        return None
    reach = EXACT.multiply(_FENCE, EXACT.subtract(third, first))
    return EXACT.subtract(first, reach), EXACT.add(third, reach)


def quartile_query(column: str, table: str) -> str:
    """The three quartiles of a column whose stated values are numbers, all of them; NULL where nothing is stated."""
    quartiles = ", ".join(f"min(d) FILTER (4 * upto >= {k} * n_all)" for k in (1, 2, 3))
    return (
        f"WITH {_values(column, table)}, q AS (SELECT d, sum(n) OVER (ORDER BY d, v ROWS UNBOUNDED PRECEDING) "  # noqa: S608
        f"AS upto, sum(n) OVER () AS n_all FROM x) SELECT {quartiles} FROM q"
    )


def pattern_query(column: str, table: str) -> str:
    """How many patterns there are, and the commonest with their counts."""
    return (
        f"WITH {_values(column, table)}, p AS MATERIALIZED (SELECT {_FORM} AS form, sum(n)::BIGINT AS n FROM g "  # noqa: S608
        "GROUP BY 1) SELECT count(*), (SELECT list([form, n::VARCHAR]) "
        f"FROM (SELECT form, n FROM p ORDER BY n DESC, form LIMIT {TOP})) FROM p"
    )


def far_out_query(column: str, table: str, beyond: tuple[Decimal, Decimal]) -> str:
    """How many records are beyond the fences, and the values farthest out with counts.

    A fence of more digits than a number may have is beyond every number.
    """
    low, high = (f"try_cast('{plain(fence)}' AS DECIMAL(38,10))" for fence in beyond)
    out = f"coalesce(d < {low}, false) OR coalesce(d > {high}, false)"
    return (
        f"WITH {_values(column, table)}, o AS MATERIALIZED (SELECT v, n, "  # noqa: S608 - names are quoted
        f"greatest({low} - d, d - {high}) AS far FROM x WHERE {out}) "
        f"SELECT coalesce(sum(n), 0)::BIGINT, (SELECT list([v, n::VARCHAR]) FROM (SELECT v, n FROM o "
        f"ORDER BY far DESC, v LIMIT {TOP})) FROM o"
    )


def _values(column: str, table: str) -> str:
    """Each stated value once: its text, how many records have it, and the number that it is, if it is one."""
    number = sql.read_number("v", blank_as_zero=False).sql
    return (
        f"g AS MATERIALIZED (SELECT {sql.identifier(column)} AS v, count(*) AS n FROM {sql.identifier(table)} "  # noqa: S608
        f"WHERE {sql.identifier(column)} <> '' GROUP BY 1), x AS (SELECT v, n, {number} AS d FROM g)"
    )
