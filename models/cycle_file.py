"""The cycle file: everything Assay must be told about one report before its test cycle starts.

`docs/cycle-file.md` describes it field by field. Paths are relative to the file itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.expressions import Expression
from models.items import Attribute, DataType, Dimension, Severity

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


def _read_rate(value: object) -> object:
    """5% and 0.05 are the same rate."""
    percent = isinstance(value, str) and value.strip().endswith("%")
    return Decimal(str(value).strip().rstrip("%").strip()) / 100 if percent else value


Rate = Annotated[Decimal, BeforeValidator(_read_rate), Field(ge=0, lt=1)]


class Boundary(Part):
    """Records at the boundary of a column: its smallest and largest numbers, and those within `within` of `at`."""

    column: str
    at: tuple[Decimal, ...] = ()
    within: Decimal = Field(Decimal(0), ge=0)


class Mix(Part):
    """The shares of a risk-based sample: records that fail no rule, that fail rules, that lie at boundaries."""

    clean: int = Field(30, ge=0)
    anomaly: int = Field(50, ge=0)
    boundary: int = Field(20, ge=0)


SamplingMethod = Literal["random", "stratified", "census", "systematic", "attribute", "ffiec_hmda_2017",
                         "cfr12_1002_app_f", "mix", "uploaded", "judgemental"]
# Which fields each method has beside `anomalies`, `seed` and `seed_reason`; another one would be ignored.
_FIELDS: dict[str, frozenset[str]] = {
    "random": frozenset({"size", "minimum_per_line"}),
    "stratified": frozenset({"size", "minimum_per_line", "strata"}),
    "census": frozenset({"size", "minimum_per_line"}),
    "systematic": frozenset({"size"}),
    "attribute": frozenset({"tolerable_rate", "expected_rate", "risk"}),
    "ffiec_hmda_2017": frozenset(),
    "cfr12_1002_app_f": frozenset(),
    "mix": frozenset({"size", "mix", "boundaries"}),
    "uploaded": frozenset(),
    "judgemental": frozenset(),
}
_BY_HAND = ("uploaded", "judgemental")


class Sampling(Part):
    """How many records are proposed and how they are chosen; `docs/methods/sampling.md` says when to use which.

    `census` takes every record; `stratified` spreads `size` over the lines of business (or the values of the column
    `strata`) in proportion, at least `minimum_per_line` each; `random` draws `size`; `systematic` takes records at an
    even interval. `attribute` and the two tables have a size of their own. `mix` takes shares of clean, failing and
    boundary records. `uploaded` and `judgemental` propose none: the tester names them, with a reason. `anomalies` adds
    up to so many records with failing rules. Rates are exact decimals between 0 and 1, `5%` or `0.05`.
    """

    method: SamplingMethod = "stratified"
    size: int = Field(25, ge=1)
    minimum_per_line: int = Field(1, ge=0)
    anomalies: int = Field(0, ge=0)
    strata: str | None = None
    tolerable_rate: Rate | None = None
    expected_rate: Rate | None = None
    risk: Rate | None = None
    mix: Mix | None = None
    boundaries: tuple[Boundary, ...] = ()
    seed: str | None = Field(None, min_length=1)
    seed_reason: str = ""

    @model_validator(mode="after")
    def _fields_belong_to_the_method(self) -> Sampling:
        more = {"method"} if self.method in _BY_HAND else {"method", "seed", "seed_reason"}
        allowed = _FIELDS[self.method] | more
        if self.method not in (*_BY_HAND, "mix"):
            allowed |= {"anomalies"}
        if strange := sorted(self._said() - allowed):
            raise ValueError(f"{', '.join(strange)}: not of the method {self.method}")
        if self.method == "attribute":
            self._rates_are_in_order()
        if self.mix and not self.mix.clean + self.mix.anomaly + self.mix.boundary:
            raise ValueError("mix: at least one share is more than 0")
        if self.method == "mix" and (self.mix or Mix()).boundary and not self.boundaries:
            raise ValueError("boundaries: the mix has a share for them, so name at least one column")
        if self.seed and not self.seed_reason.strip():
            raise ValueError("seed_reason: another seed than the derived one needs a reason")
        if self.seed_reason and not self.seed:
            raise ValueError("seed: a reason is there, and no seed")
        return self

    def _said(self) -> set[str]:
        """The fields that differ from their defaults: a plan is read back from its own dump, which names every one."""
        return {name for name, field in type(self).model_fields.items() if getattr(self, name) != field.default}

    def _rates_are_in_order(self) -> None:
        if not self.tolerable_rate or not self.risk:
            raise ValueError("tolerable_rate and risk, both more than 0, are needed by the method attribute")
        if (self.expected_rate or 0) >= self.tolerable_rate:
            raise ValueError("expected_rate: not below tolerable_rate, so no sample could rule that out")

    def columns(self) -> tuple[str, ...]:
        """The columns of the report that the plan goes by: that of the strata, then the boundaries'."""
        return (*([self.strata] if self.strata is not None else []), *(one.column for one in self.boundaries))

    def stated(self) -> dict[str, object]:
        """The plan as people read it: what the method goes by, and what else was said."""
        shown = {"method"} | _FIELDS[self.method] | self._said()
        if self.method in ("random", "stratified", "census"):
            shown |= {"size", "minimum_per_line", "anomalies"}
        said = self.model_dump(mode="json")
        return {name: value for name, value in said.items() if name in shown and value not in (None, "", [])}


class Scoping(Part):
    """What Scoping recommends on: attributes with a source of evidence, by criticality, failures and history.

    `past_issues` counts earlier issues per attribute; what earlier cycles on record left unresolved counts by itself.
    `always` and `never` name attributes whose recommendation is fixed by the report owner's standing instruction.
    """

    test_at_score: int = 50
    past_issues: dict[str, int] = {}
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def with_issues(self, known: Mapping[str, int]) -> Scoping:
        """With the issues on record: an attribute has as many as are stated or known, whichever is more."""
        names = {*self.past_issues, *known}
        more = {name: max(self.past_issues.get(name, 0), known.get(name, 0)) for name in names}
        return self.model_copy(update={"past_issues": more})


class SeverityScale(Part):
    """From where on a failure weighs more; `methods/severity.py` says how an observation's severity adds up.

    `share`: above which shares of failed tests an observation is medium, and high. `size`: above which part of the
    larger value a difference is large. `materiality`: the amount that an attribute's differences may not reach
    together, by attribute, or `*` for every other amount of money; unstated, no amount is material by itself.
    """

    share: tuple[Annotated[Decimal, Field(gt=0, lt=1)], Annotated[Decimal, Field(gt=0, lt=1)]] = (
        Decimal("0.10"), Decimal("0.50"))
    size: Decimal = Field(Decimal("0.90"), gt=0)
    materiality: dict[str, Annotated[Decimal, Field(gt=0)]] = {}

    @model_validator(mode="after")
    def _bounds_ascend(self) -> SeverityScale:
        if self.share[0] >= self.share[1]:
            raise ValueError("severity.share: the bound of high lies above that of medium")
        return self

    def materiality_of(self, attribute: Attribute) -> Decimal | None:
        """The amount stated for an attribute, else the one for `*` when its values are money."""
        money = attribute.data_type is DataType.MONEY
        return self.materiality.get(attribute.name, self.materiality.get("*") if money else None)


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
    severity: SeverityScale = SeverityScale()
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
