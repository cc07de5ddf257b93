"""The cycle file: everything Assay must be told about one report before its test cycle starts.

`docs/cycle-file.md` describes it field by field. Paths are relative to the file itself.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

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
    """The report as filed, its dictionary, and tables beside it.

    The dictionary is CSV. The others are delimited text with a header line, Parquet or XLSX, as they are or in gzip;
    `encoding` is that of the report where it is text, '' finds it.
    """

    dictionary: str
    report: str
    encoding: str = ""
    line_of_business: LineOfBusiness
    tables: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")], str] = Field(
        {}, description="what rules read beside the report: `header`, `prior`, look-up tables by name -> file")


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


class Comparison(Part):
    """How reported values are compared with evidence: per data type by default, per attribute where named.

    `tolerance` is absolute, in the unit of the value, after `scale`; `scale` multiplies the evidence value.
    `blank_is_zero`: nothing and 0 are the same amount. `window_days`: dates may differ by so many days.
    """

    data_type: DataType | None = None
    tolerance: Decimal = Field(Decimal(0), ge=0)
    scale: Decimal = Field(Decimal(1), gt=0)
    blank_is_zero: bool = False
    window_days: int = Field(0, ge=0)
    date_formats: tuple[str, ...] = ("%Y%m%d", "%Y-%m-%d")
    codes: dict[str, str] = {}
    ignore_case: bool = False


class Source(Part):
    """A system of record that evidence comes from: which columns are the key, which column proves which attribute."""

    name: str
    title: str = ""
    lines_of_business: tuple[str, ...] = ()
    keys: dict[str, str] = Field(min_length=1, description="key attribute -> column of the evidence file")
    columns: dict[str, str] = Field(min_length=1, description="attribute -> column of the evidence file")


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
    sources: tuple[Source, ...] = Field(min_length=1)
    sampling: Sampling = Sampling()
    scoping: Scoping = Scoping()
    due_days: Durations = Durations()
    instructions: str = ""
    table_sha256: dict[str, str] = Field({}, description="of `data.tables` by name; `cycle start` writes it")

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
        if "report" in self.data.tables:
            raise ValueError("data.tables: the report itself is called 'report', call the table by another name")
        if len({source.name for source in self.sources}) != len(self.sources):
            raise ValueError("sources: every name may be used once")
        return self

    def comparison_of(self, attribute: str) -> Comparison:
        """The comparison stated for an attribute, else the one for `*`, else the default (exact)."""
        return self.comparison.get(attribute) or self.comparison.get("*") or Comparison()
