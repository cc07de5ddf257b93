"""The cycle file: everything Assay must be told about one report before its test cycle starts.

`docs/cycle-file.md` describes it field by field. Paths are relative to the file itself.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.expressions import Expression
from models.items import DataType, Dimension, Severity

Role = Literal["tester", "report_owner", "data_executive", "data_owner", "test_executive"]


class Part(BaseModel):
    """A part of the cycle file; a field it does not know is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Part):
    """Somebody who acts in the cycle; data executives and data owners name their lines of business."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")
    name: str
    roles: tuple[Role, ...] = Field(min_length=1)
    lines_of_business: tuple[str, ...] = ()


class Report(Part):
    """The report under test."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    name: str
    regulation: str = ""
    period: date
    institution: str = ""


class LineOfBusiness(Part):
    """How a record's line of business is read: the column's value, translated by `map` where given.

    A value that `map` does not know falls to `otherwise`; without one it is an error that names the record.
    """

    column: str
    map: dict[str, str] = {}
    otherwise: str | None = None


class Data(Part):
    """The report as filed, and its dictionary. Both are comma-separated with a header line, UTF-8."""

    dictionary: str
    report: str
    line_of_business: LineOfBusiness


class NamedRule(Part):
    """A profiling rule that the dictionary cannot say, such as an identity between columns."""

    name: str
    attribute: str
    description: str
    dimension: Dimension = "consistency"
    gate: Literal["blocking", "explainable", "informational"] = "explainable"
    severity: Severity = "high"
    threshold: int = 0
    expression: Expression


PercentUnit = Literal["fraction", "percent", "basis_point"]
Notation = Literal["en", "de", "fr", "ch", "in"]


class Comparison(Part):
    """How reported values are compared with evidence: per data type by default, per attribute where named.

    What is not stated is exact. `docs/methods/comparison.md` says when to use which; in short:

    * any value: `nothing` lists texts that mean blank; `presence` asks only whether both sides state something;
      `separator` makes a value a collection whose order does not count; `codes` translates the evidence, and what it
      does not know goes to a person with `unknown_codes: review`.
    * numbers: the evidence times `scale`, its `sign`, then both to the nearest `round_to`, then `tolerance` (absolute,
      in the unit of the report) or `relative_tolerance` (a fraction of the larger amount), whichever allows more.
      `blank_is_zero`: nothing and 0 are the same amount. `sign_marks`: letters that state a sign, such as CR.
    * money: `currency` is what an amount without one is in. Percent: the unit of a bare number, on each side.
    * dates: `window_days` apart, with `same_year` never across New Year.
    * texts: `ignore_case`, `ignore_punctuation`; a `likeness` of so much sends a difference to a person.
    """

    data_type: DataType | None = None
    tolerance: Decimal = Field(Decimal(0), ge=0)
    relative_tolerance: Decimal = Field(Decimal(0), ge=0, le=1, max_digits=20)
    scale: Decimal = Field(Decimal(1), gt=0)
    round_to: Decimal | None = Field(None, gt=0, max_digits=20, decimal_places=12)
    rounding: Literal["half_up", "half_even", "down"] = "half_up"
    sign: Literal["same", "opposite", "ignored"] = "same"
    sign_marks: dict[str, Literal["+", "-"]] = {}
    blank_is_zero: bool = False
    notation: Notation = "en"
    reported_notation: Notation = "en"
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    percent_in: PercentUnit = "fraction"
    reported_percent_in: PercentUnit = "fraction"
    window_days: int = Field(0, ge=0)
    same_year: bool = False
    date_formats: tuple[str, ...] = ("%Y%m%d", "%Y-%m-%d")
    codes: dict[str, str] = {}
    unknown_codes: Literal["keep", "review"] = "keep"
    nothing: tuple[str, ...] = ()
    presence: bool = False
    separator: str = ""
    ignore_case: bool = False
    ignore_punctuation: bool = False
    likeness: Decimal | None = Field(None, gt=0, lt=1, max_digits=6)


class Query(Part):
    """A database that evidence is asked of by one SELECT, read-only.

    `address` names the variable that holds its URL on the workers, never the URL: `ASSAY_SOURCE_...`, or the same with
    `_FILE`, or a secret of that name in lower case. `tables` are all that a query may read, with their schema if any.
    """

    engine: Literal["postgres", "sqlite"]
    address: str = Field(pattern=r"^ASSAY_SOURCE_[A-Z0-9_]{1,50}$")
    tables: tuple[str, ...] = Field(min_length=1)
    most_rows: int = Field(100_000, ge=1, le=1_000_000)
    timeout_seconds: int = Field(20, ge=1, le=30)


class Source(Part):
    """A system of record that evidence comes from: which columns are the key, which column proves which attribute.

    With `query` it is a database: owners hand in a SELECT that gives those columns, in place of files.
    """

    name: str
    title: str = ""
    lines_of_business: tuple[str, ...] = ()
    keys: dict[str, str] = Field(min_length=1, description="key attribute -> column of the evidence file")
    columns: dict[str, str] = Field(min_length=1, description="attribute -> column of the evidence file")
    query: Query | None = None


class Sampling(Part):
    """How many records are proposed and how they are chosen.

    `census` takes every record; `stratified` spreads `size` over the lines of business in proportion, at least
    `minimum_per_line` each; `random` draws `size`. `anomalies` adds up to so many records with failing rules.
    """

    method: Literal["random", "stratified", "census"] = "stratified"
    size: int = Field(25, ge=1)
    minimum_per_line: int = Field(1, ge=0)
    anomalies: int = Field(0, ge=0)


class Scoping(Part):
    """What Scoping recommends on: attributes with a source of evidence, by criticality, failures and history.

    `past_issues` counts earlier issues per attribute; `always` and `never` name attributes whose recommendation is
    fixed by the report owner's standing instruction.
    """

    test_at_score: int = 50
    past_issues: dict[str, int] = {}
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Durations(Part):
    """Days until something is due, by what is waited for."""

    review: int = 2
    assignment: int = 3
    evidence: int = 7
    execution: int = 14
    observation: int = 7


class CycleFile(Part):
    """One report, one period, one set of people and sources."""

    schema_name: Literal["assay.cycle/1"] = Field(alias="schema")
    cycle: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    report: Report
    people: tuple[Person, ...]
    data: Data
    rules: tuple[NamedRule, ...] = ()
    comparison: dict[str, Comparison] = Field({}, description="attribute name, or `*` for all others")
    field_groups: dict[str, tuple[str, ...]] = Field({}, description="name -> attributes that count as one data field")
    sources: tuple[Source, ...] = Field(min_length=1)
    sampling: Sampling = Sampling()
    scoping: Scoping = Scoping()
    due_days: Durations = Durations()
    instructions: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="after")
    def _people_fill_every_role(self) -> CycleFile:
        ids = [person.id for person in self.people]
        if len(set(ids)) != len(ids):
            raise ValueError("people: every id may be used once")
        held = {role for person in self.people for role in person.roles}
        missing = [role for role in ("tester", "report_owner", "data_executive", "data_owner", "test_executive")
                   if role not in held]
        if missing:
            raise ValueError(f"people: nobody holds the role {', '.join(missing)}")
        if len({source.name for source in self.sources}) != len(self.sources):
            raise ValueError("sources: every name may be used once")
        grouped = [attribute for members in self.field_groups.values() for attribute in members]
        if len(set(grouped)) != len(grouped) or any(len(members) < 2 for members in self.field_groups.values()):
            raise ValueError("field_groups: a group has at least two attributes, and each is in one group only")
        return self

    def group_of(self, attribute: str) -> tuple[str, tuple[str, ...]]:
        """The name and the attributes of the group that an attribute is in; two empty ones when it is in none."""
        return next((group for group in self.field_groups.items() if attribute in group[1]), ("", ()))

    def comparison_of(self, attribute: str) -> Comparison:
        """The comparison stated for an attribute, else the one for `*`, else the default (exact)."""
        return self.comparison.get(attribute) or self.comparison.get("*") or Comparison()
