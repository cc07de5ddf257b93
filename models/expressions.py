"""Rules are data: a typed expression tree that pydantic validates and methods compile to SQL.

A node is a mapping with an `op`. Conditions are true, false or unknown for one record; values are text or exact
decimals. Every column is text until a node casts it. The wrong part of a tree is named by its path.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Node(BaseModel):
    """One node of a rule; unknown fields are errors so that a misspelt option is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Node):
    """The value of a column of the report data, as text."""

    op: Literal["column"] = "column"
    name: str


class Literally(Node):
    """A constant: text, or an exact decimal written as a string of digits."""

    op: Literal["value"] = "value"
    value: str


class Arithmetic(Node):
    """Exact decimal arithmetic over two or more values."""

    op: Literal["add", "subtract", "multiply"]
    values: tuple[Value, ...] = Field(min_length=2)
    blank_as_zero: bool = False


class NotBlank(Node):
    """The column holds something other than nothing and white space."""

    op: Literal["not_blank"]
    column: str


class Blank(Node):
    """The column holds nothing, or white space only."""

    op: Literal["blank"]
    column: str


class Matches(Node):
    """The whole value matches a regular expression (RE2); blank values are left to `not_blank`."""

    op: Literal["matches"]
    column: str
    pattern: str


class Length(Node):
    """The value has between `minimum` and `maximum` characters."""

    op: Literal["length"]
    column: str
    minimum: int = 0
    maximum: int


class IsNumber(Node):
    """The value is a decimal with at most `precision` integer digits and `scale` decimals."""

    op: Literal["is_number"]
    column: str
    precision: int = 18
    scale: int = 6
    signed: bool = True


class IsDate(Node):
    """The value is a calendar date in a strptime format, `%Y%m%d` by default."""

    op: Literal["is_date"]
    column: str
    format: str = "%Y%m%d"


class In(Node):
    """The value is one of a stated list."""

    op: Literal["in"]
    column: str
    values: tuple[str, ...] = Field(min_length=1)


class Between(Node):
    """The number lies between two bounds, both included; an absent bound is open."""

    op: Literal["between"]
    value: Value
    minimum: Decimal | None = None
    maximum: Decimal | None = None


class Compare(Node):
    """Two values compared; with numbers `=` holds when they differ by at most `tolerance`.

    `as`: `number` compares exact decimals, `text` compares characters, `date` compares calendar dates of
    `date_format`. With `blank_as_zero` a blank number counts as 0; otherwise a blank side makes the record pass.
    """

    op: Literal["compare"]
    left: Value
    relation: Literal["=", "<>", "<", "<=", ">", ">="]
    right: Value
    kind: Literal["number", "text", "date"] = Field("number", alias="as")
    tolerance: Decimal = Decimal(0)
    blank_as_zero: bool = False
    date_format: str = "%Y%m%d"

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Both(Node):
    """Every condition holds."""

    op: Literal["and"]
    conditions: tuple[Condition, ...] = Field(min_length=1)


class Either(Node):
    """At least one condition holds."""

    op: Literal["or"]
    conditions: tuple[Condition, ...] = Field(min_length=1)


class Negation(Node):
    """The condition does not hold."""

    op: Literal["not"]
    condition: Condition


class WhenThen(Node):
    """Records that meet `when` must meet `then`; all others pass."""

    op: Literal["when"]
    when: Condition
    then: Condition


class Unique(Node):
    """No two records share the values of these columns; every record of a duplicate group fails."""

    op: Literal["unique"]
    columns: tuple[str, ...] = Field(min_length=1)


Value = Annotated[Column | Literally | Arithmetic, Field(discriminator="op")]
Condition = Annotated[
    NotBlank | Blank | Matches | Length | IsNumber | IsDate | In | Between | Compare
    | Both | Either | Negation | WhenThen,
    Field(discriminator="op"),
]
Expression = Annotated[
    NotBlank | Blank | Matches | Length | IsNumber | IsDate | In | Between | Compare
    | Both | Either | Negation | WhenThen | Unique,
    Field(discriminator="op"),
]
for model in (Arithmetic, Between, Compare, Both, Either, Negation, WhenThen):
    model.model_rebuild()
