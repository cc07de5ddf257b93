"""Rules are data: a typed expression tree that pydantic validates and methods compile to SQL.

A node is a mapping with an `op`. Conditions are true, false or unknown for one record; values are text or exact
decimals. Every column is text until a node casts it. The wrong part of a tree is named by its path. `docs/rules.md` has
an example of every node, `docs/rule-schema.json` is their JSON schema.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator


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


class Header(Node):
    """The value of a field of the header record that came with the data, such as a transmittal sheet; text."""

    op: Literal["header"]
    name: str


class Prior(Node):
    """The value that this record had in the prior period, found by the key columns `keys`; text.

    Blank where the prior period has no such record, or more than one with different values.
    """

    op: Literal["prior"]
    name: str
    keys: tuple[str, ...] = Field(min_length=1)


class Part(Node):
    """So many characters of a text, from the character `start` on, which counts from 1; blank where there are none."""

    op: Literal["part"]
    value: Value
    start: int = Field(1, ge=1)
    length: int = Field(ge=1)


class Tally(Node):
    """How many of these conditions definitely hold for the record: a number."""

    op: Literal["tally"]
    conditions: tuple[Condition, ...] = Field(min_length=1)


class Count(Node):
    """How many records of the report meet `where`, all without it: among those that share this record's `by`.

    Without `by` the whole report is counted. Blanks count as one value of `by`.
    """

    op: Literal["count"]
    by: tuple[str, ...] = ()
    where: Condition | None = None


class Sum(Node):
    """The sum of a column's numbers, over the same records as `count`.

    A blank adds nothing. Unknown where a value is no number, or has more than 18 digits before the point.
    """

    op: Literal["sum"]
    column: str
    by: tuple[str, ...] = ()
    where: Condition | None = None


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


class Is(Node):
    """The column holds one of a stated list. Never unknown: a blank is none of them, unless the list holds ''."""

    op: Literal["is"]
    column: str
    values: tuple[str, ...] = Field(min_length=1)


class IsInteger(Node):
    """The value is a whole number of at most `digits` digits, without a point."""

    op: Literal["is_integer"]
    column: str
    digits: int = 18
    signed: bool = True


class CheckDigit(Node):
    """The value ends in the check digits of its scheme. Letters count from A = 10, in either case.

    `iso_7064_mod_97_10` is ISO/IEC 7064 MOD 97-10, of legal entity, universal loan and bank account identifiers.
    """

    op: Literal["check_digit"]
    column: str
    scheme: Literal["iso_7064_mod_97_10"] = "iso_7064_mod_97_10"


class Distinct(Node):
    """No two of these columns of one record hold the same value. Never unknown: blanks are no values."""

    op: Literal["distinct"]
    columns: tuple[str, ...] = Field(min_length=2)


class Lookup(Node):
    """The values stand together in one row of a look-up table.

    The table is either stated here, as `rows`, or a `table` that was loaded with the data, with its `columns`.
    """

    op: Literal["lookup"]
    values: tuple[Value, ...] = Field(min_length=1)
    rows: tuple[tuple[str, ...], ...] = ()
    table: str = ""
    columns: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_one_table(self) -> Lookup:
        if bool(self.rows) == bool(self.table) or bool(self.table) != bool(self.columns):
            raise ValueError("state either rows, or a table and its columns")
        width = len(self.values)
        wrong = [row for row in (self.rows or (self.columns,)) if len(row) != width]
        if wrong:
            raise ValueError(f"{width} values cannot stand in {list(wrong[0])}")
        return self


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


Value = Annotated[
    Column | Literally | Arithmetic | Header | Prior | Part | Tally | Count | Sum,
    Field(discriminator="op"),
]
Condition = Annotated[
    NotBlank | Blank | Matches | Length | IsNumber | IsInteger | IsDate | CheckDigit | In | Is | Distinct | Lookup
    | Between | Compare | Both | Either | Negation | WhenThen,
    Field(discriminator="op"),
]
Expression = Annotated[
    NotBlank | Blank | Matches | Length | IsNumber | IsInteger | IsDate | CheckDigit | In | Is | Distinct | Lookup
    | Between | Compare | Both | Either | Negation | WhenThen | Unique,
    Field(discriminator="op"),
]
for model in (Arithmetic, Part, Tally, Count, Sum, Lookup, Between, Compare, Both, Either, Negation, WhenThen):
    model.model_rebuild()


def json_schema() -> dict[str, Any]:
    """The JSON schema of an expression, draft 2020-12; `docs/rule-schema.json` is this."""
    adapter: TypeAdapter[Expression] = TypeAdapter(Expression)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **adapter.json_schema(by_alias=True),
            "title": "Assay rule expression"}
