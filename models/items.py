"""What each fully versioned phase decides on: one typed item per phase, its natural key and its canonical text.

The database stores the canonical text, derives the digest from it and fills the item type's own table from it, so a
digest, a typed row and this module can never tell three stories. Adding an item type means a class here and a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from models.expressions import Expression

Severity = Literal["critical", "high", "medium", "low"]
GRAVE = ("critical", "high")
Dimension = Literal["completeness", "uniqueness", "timeliness", "validity", "accuracy", "consistency"]


class Origin(StrEnum):
    """Where an item first came from; never overwritten. "Carried" is derived, not an origin."""

    TESTER = "tester"
    GENERATED = "generated"
    LLM = "llm"
    REPORT_OWNER = "report_owner"
    UPLOADED = "uploaded"
    IMPORTED = "imported"


class DataType(StrEnum):
    """How an attribute's values are read and compared."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"


def canonical_json(value: object) -> str:
    """Sorted, compact JSON; the same text from either library, the fast one wherever it can hold the value."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # an integer of more than 64 bits; the database will say what it thinks of it
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_KEY_ESCAPES = str.maketrans({"\\": r"\\", "|": r"\|", "\n": r"\n", "\r": r"\r"})


def record_key(values: Iterable[str]) -> str:
    """The key of a record: its key attributes' values, in key order, joined with "|".

    One line, and different values never share a key: a "|", a backslash or a line end in a value is escaped.
    """
    parts = tuple(values)
    key = "|".join(parts)
    # Nearly every key is of this kind, and a population has a million of them.
    if key.count("|") == len(parts) - 1 and not ("\\" in key or "\n" in key or "\r" in key):
        return key
    return "|".join(value.translate(_KEY_ESCAPES) for value in parts)


class Item(BaseModel):
    """The content of one versioned item; a frozen value with a natural key."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")
    computed: ClassVar[frozenset[str]] = frozenset()  # fields that no edit changes

    @property
    def natural_key(self) -> str:
        """Identifies the item within its phase, across all versions."""
        raise TypeError(f"{type(self).__name__} names no natural key")

    def objection_to(self, changed: Mapping[str, object]) -> str:
        """Why an edit of just these fields lacks a reason; nothing when it can stand."""
        return ""

    def canonical(self) -> str:
        """Sorted, compact JSON; decimals and dates as strings. The digest is the SHA-256 of its UTF-8 bytes."""
        return canonical_json(self.model_dump(mode="json", by_alias=True))

    def digest(self) -> str:
        """SHA-256 of the canonical text, as the database computes it."""
        return sha256(self.canonical().encode()).hexdigest()


class Attribute(Item):
    """One reportable column of the report, one line of its dictionary (phase Planning)."""

    name: str
    line: str
    title: str
    description: str = ""
    data_type: DataType
    format: str = ""
    mandatory: bool
    primary_key: bool
    critical: bool
    source_column: str
    domain: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    @property
    def natural_key(self) -> str:
        return self.name


class RuleSource(BaseModel):
    """Where an approved rule stands: the cycle's name, the version of its Data Profiling, the revision's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cycle: str
    version: int
    revision: int

    def __str__(self) -> str:
        return f"{self.cycle} v{self.version}, revision {self.revision}"


class Rule(Item):
    """One profiling rule on the report data (phase Data Profiling). Dimensions: DAMA UK 2013.

    `taken_from` is the approved rule of an earlier cycle that the proposal was taken from; the database checks it.
    """

    computed = frozenset({"taken_from"})

    name: str
    attribute: str
    description: str
    dimension: Dimension
    gate: Literal["blocking", "explainable", "informational"]
    severity: Severity
    expression: Expression
    threshold: int = Field(0, ge=0, description="failing records that are still acceptable")
    taken_from: RuleSource | None = None

    def canonical(self) -> str:
        # A rule that was taken from nowhere keeps the text, and the digest, that it had before rules could be.
        left_out = {"taken_from"} if self.taken_from is None else None
        return canonical_json(self.model_dump(mode="json", by_alias=True, exclude=left_out))

    @property
    def natural_key(self) -> str:
        return self.name


class Scope(Item):
    """Whether one attribute is tested, and why (phase Scoping). Primary keys are look-up keys, never items here."""

    attribute: str
    action: Literal["test", "skip"]
    recommended: Literal["test", "skip"]
    score: int
    reason: str
    critical: bool
    failing_records: int
    past_issues: int

    @property
    def natural_key(self) -> str:
        return self.attribute

    def objection_to(self, changed: Mapping[str, object]) -> str:
        overridden = self.action != self.recommended and not str(changed.get("reason", "")).strip()
        return f"{self.action} against the recommendation needs its own reason" if overridden else ""


class Sample(Item):
    """One record of the report that is tested (phase Sample Selection)."""

    record_key: str
    key_values: tuple[str, ...]
    line_of_business: str
    category: Literal["random", "stratified", "systematic", "anomaly", "boundary", "clean", "census", "judgemental",
                      "uploaded", "requested"]
    reason: str
    method: str
    population_sha256: str
    seed: str

    @property
    def natural_key(self) -> str:
        return self.record_key


class Observation(Item):
    """What an owner's failed tests of one attribute in a line of business amount to (Observation Management).

    `proposed_severity` and its basis follow from the failures; a severity that differs carries `severity_reason`.
    Contents written before there were proposals have none, and need no reason.
    """

    computed = frozenset({"proposed_severity", "severity_basis"})

    attribute: str
    line_of_business: str
    title: str
    description: str
    severity: Severity
    proposed_severity: Severity | None = None
    severity_basis: str = ""
    severity_reason: str = ""
    issue_type: Literal["data_quality", "process_failure", "system_error", "compliance_gap"] = "data_quality"
    root_cause: str = ""
    remediation_plan: str = ""
    remediation_owner: str = ""
    remediation_due: date | None = None
    cases_tested: int
    findings: tuple[str, ...] = Field(description="numbers of the failed test cases, in order")

    @property
    def natural_key(self) -> str:
        return f"{self.attribute} | {self.line_of_business}"

    def objection_to(self, changed: Mapping[str, object]) -> str:
        if not {"severity", "severity_reason"} & set(changed) or self.severity == self.proposed_severity:
            return ""
        said = str(changed.get("severity_reason", "")).strip()
        return "" if said or not self.proposed_severity else (
            f"{self.severity}, where {self.proposed_severity} is proposed, needs its own severity_reason")

    @property
    def planned(self) -> bool:
        """Whether it has a remediation plan with an owner and a date, or is too slight to need one."""
        stated = self.remediation_plan.strip() and self.remediation_owner.strip() and self.remediation_due
        return bool(stated) or self.severity not in GRAVE


class Section(Item):
    """One section of the final report, computed from pinned versions (phase Finalize Report)."""

    name: str
    ordinal: int
    title: str
    body: str = Field(description="canonical JSON of the section's figures and tables")
    comment: str = ""

    @property
    def natural_key(self) -> str:
        return self.name


ITEM_TYPES: dict[str, type[Item]] = {
    "attribute": Attribute,
    "rule": Rule,
    "scope": Scope,
    "sample": Sample,
    "observation": Observation,
    "section": Section,
}
