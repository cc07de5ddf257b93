"""What the final report of a test cycle is computed from: every pinned fact, and nothing else.

Queries fill it, `methods.figures` reads it, renderers draw it. Times are aware and turned to UTC; nobody below reads
a clock, a database or a file, so the same facts give the same bytes for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from models.cycle_file import Comparison, Role, Sampling
from models.fact import Count, Fact, Instant
from models.items import Attribute, Observation, Sample, Scope, Severity
from models.measures import Metric

Outcome = Literal["match", "match_within_tolerance", "mismatch", "not_found", "unreadable", "needs_review"]
VersionStatus = Literal["draft", "submitted", "approved", "rejected", "superseded", "withdrawn"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Participant(Fact):
    """Somebody who acts in the cycle, with every role held; executives and owners have lines of business."""

    id: str
    name: str
    roles: tuple[Role, ...]
    lines_of_business: tuple[str, ...] = ()


class PinnedFile(Fact):
    """An input stored by its SHA-256 when the cycle started: report data, dictionary, cycle file."""

    title: str
    sha256: Sha256


class CycleFacts(Fact):
    """Which report was tested, for which period, by whom. `records` counts the records of the report as filed."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,126}$")
    report_name: str
    regulation: str = ""
    institution: str = ""
    period: date
    started_at: Instant
    records: Count
    people: tuple[Participant, ...]
    inputs: tuple[PinnedFile, ...] = ()
    amends: str = Field("", description="id of the finished cycle that this one corrects")


class PhaseFacts(Fact):
    """One phase and its state as derived from facts; an override is shown beside it and never hides it."""

    kind: str
    title: str
    ordinal: int
    versioned: bool
    state: str
    override: str = ""
    override_reason: str = ""


class VersionFacts(Fact):
    """One version of one phase (`scope` is '' or an owner) as it stood when the report was submitted.

    `members` counts its items; `carried` those brought forward from its parent; `approved` and `rejected` those with
    an approver's verdict, where `non_issue` counts as approved. `reason` explains a rejection or a withdrawal.
    """

    phase: str
    scope: str = ""
    number: int = Field(ge=1)
    parent: int | None = None
    status: VersionStatus
    created_by: str
    created_at: Instant
    submitted_by: str = ""
    submitted_at: Instant | None = None
    decided_by: str = ""
    decided_at: Instant | None = None
    reason: str = ""
    content_hash: str = ""
    manifest_hash: str = ""
    members: Count
    carried: Count = 0
    approved: Count = 0
    rejected: Count = 0


class Explained(Fact):
    """An approved explanation of failing records; `covers` is `all` or the keys that are named."""

    number: int
    records: Count
    covers: str
    reason: str
    by: str
    decided_by: str
    decided_at: datetime


class RuleResult(Fact):
    """An approved profiling rule and its run over the whole report data; `failing_keys` are the first few, in order.

    `explained` of the failed records are covered by the explanations; the rest is open.
    """

    name: str
    attribute: str
    description: str
    dimension: str
    gate: Literal["blocking", "explainable", "informational"]
    severity: Severity
    threshold: Count = 0
    passed: Count
    failed: Count
    total: Count
    failing_keys: tuple[str, ...] = ()
    explained: Count = 0
    explanations: tuple[Explained, ...] = ()

    @property
    def open(self) -> int:
        """Failing records that nobody has explained, or not to an approver's satisfaction."""
        return self.failed - self.explained

    @model_validator(mode="after")
    def _every_record_is_counted(self) -> RuleResult:
        if self.passed + self.failed != self.total:
            raise ValueError(f"rule {self.name!r}: {self.passed} passed and {self.failed} failed are not {self.total}")
        if len(self.failing_keys) > self.failed:
            raise ValueError(f"rule {self.name!r}: {len(self.failing_keys)} failing keys for {self.failed} failures")
        if self.explained > self.failed:
            raise ValueError(f"rule {self.name!r}: {self.explained} explained of {self.failed} failures")
        return self


class Generation(Fact):
    """One draw of samples that was ever made, whatever became of it, so that nobody can shop for a sample.

    `status` is that of the version it went into; `reason` says why another seed than the derived one was used.
    """

    version: int
    status: VersionStatus
    method: str
    parameters: str = ""
    seed: str
    population_sha256: str
    proposed: Count
    by: str
    at: Instant
    reason: str = ""


class Assignment(Fact):
    """Who answers for one attribute in one line of business; `changes` counts the reassignments and disputes."""

    attribute: str
    line_of_business: str
    owner: str = ""
    executive: str = ""
    status: Literal["unassigned", "assigned", "disputed", "waived"]
    changes: Count = 0
    reason: str = ""


class Case(Fact):
    """One test case as it ended. `outcome` is what was concluded; a waived case has none and a `waiver_reason`.

    `judged_from` is what the comparison had said where a person concluded instead; `reason` is then that person's.
    """

    number: str
    record_key: str
    attribute: str
    line_of_business: str
    owner: str = ""
    reported: str | None = None
    evidence: str | None = None
    outcome: Outcome | None = None
    reason: str = ""
    judged_from: Outcome | None = None
    document: str = ""
    revision: int | None = None
    locator: str = ""
    state: Literal["concluded", "waived"]
    waiver_reason: str = ""

    @model_validator(mode="after")
    def _says_how_it_ended(self) -> Case:
        if self.state == "concluded" and self.outcome is None:
            raise ValueError(f"case {self.number!r} is concluded without an outcome")
        if self.state == "waived" and not self.waiver_reason.strip():
            raise ValueError(f"case {self.number!r} is waived without a reason")
        return self


class StatedComparison(Fact):
    """What the cycle file states on comparing an attribute (`*`: all others); unstated means exact."""

    attribute: str
    comparison: Comparison


class ObservationFacts(Fact):
    """An observation with its approver's verdict; `owner` is the data owner in whose round it was decided."""

    content: Observation
    owner: str
    verdict: Literal["approve", "non_issue"]
    rationale: str = ""
    decided_by: str = ""
    decided_at: Instant | None = None


class ResolutionFacts(Fact):
    """A finding that left its observation `key`: execution `run` of the case passed, on a revision of a document."""

    owner: str
    key: str
    case_number: str
    run: Count
    document: str
    revision_number: Count
    executed_at: Instant


class CarriedFacts(Fact):
    """An observation that an earlier cycle left unresolved, and what this cycle's tests say of it.

    `resolved` names the last case that passed and its run; see `models.carried`.
    """

    from_cycle: str
    from_period: date
    owner: str
    key: str
    severity: Severity
    title: str
    remediation_plan: str = ""
    remediation_owner: str = ""
    remediation_due: date | None = None
    state: Literal["open", "recurs", "resolved"]
    tested: Count = 0
    failed: Count = 0
    case_number: str = ""
    run: Count | None = None


class CommentFacts(Fact):
    """A note, a question or a dispute on an item; `version` was the latest of the phase when it was written."""

    phase: str
    scope: str = ""
    key: str
    version: int
    question: bool = False
    dispute: bool = False
    text: str
    by: str
    at: Instant


class AuditHead(Fact):
    """The newest event of one audit stream: whoever holds this line can tell if the tail was cut."""

    stream: str
    seq: int
    hash: str


class SignOff(Fact):
    """One signature on the report: `content_hash` is the hash that the signer named."""

    role: Role
    by: str
    at: Instant
    content_hash: str
    comment: str = ""


class FileHash(Fact):
    """One file of the report body as it was rendered."""

    name: str
    sha256: Sha256
    bytes: int = Field(ge=1)


class ReportFacts(Fact):
    """Everything the report of one cycle is computed from. Order within the parts has no meaning.

    `as_of` is when the report was submitted: metrics and audit heads are as of then.
    """

    as_of: Instant
    cycle: CycleFacts
    phases: tuple[PhaseFacts, ...]
    versions: tuple[VersionFacts, ...]
    attributes: tuple[Attribute, ...]
    rules: tuple[RuleResult, ...] = ()
    scope: tuple[Scope, ...]
    samples: tuple[Sample, ...]
    generations: tuple[Generation, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    cases: tuple[Case, ...]
    comparisons: tuple[StatedComparison, ...] = ()
    sampling: Sampling | None = None
    field_groups: Mapping[str, tuple[str, ...]] = Field({}, description="name -> attributes that are one data field")
    observations: tuple[ObservationFacts, ...] = ()
    resolutions: tuple[ResolutionFacts, ...] = ()
    carried: tuple[CarriedFacts, ...] = ()
    comments: tuple[CommentFacts, ...] = ()
    metrics: tuple[Metric, ...] = ()
    audit_heads: tuple[AuditHead, ...] = ()
    signatories: tuple[Role, ...] = ("tester", "report_owner", "test_executive")

    @model_validator(mode="before")
    @classmethod
    def _without_words_for_figures(cls, given: Any) -> Any:
        # Reports submitted by the first release have their metrics in words. Those stand in their files; the
        # attestation, for which stored facts are read again, needs none.
        if isinstance(given, Mapping) and given.get("metrics"):
            kept = [metric for metric in given["metrics"] if not (isinstance(metric, Mapping) and "label" in metric)]
            return {**given, "metrics": kept}
        return given

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> ReportFacts:
        _once("case", (case.number for case in self.cases))
        _once("person", (person.id for person in self.cycle.people))
        _once("phase", (phase.kind for phase in self.phases))
        _once("rule", (rule.name for rule in self.rules))
        _once("version", (f"{v.phase}/{v.scope} v{v.number}" for v in self.versions))
        cases = {case.number for case in self.cases}
        for observation in self.observations:
            unknown = [number for number in observation.content.findings if number not in cases]
            if unknown:
                raise ValueError(f"observation {observation.content.natural_key!r} has unknown cases {unknown[:3]}")
        kinds = {phase.kind for phase in self.phases}
        strangers = sorted({version.phase for version in self.versions} - kinds)
        if strangers:
            raise ValueError(f"versions of phases that are not listed: {', '.join(strangers)}")
        return self


def _once(what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{what} {twice[0]!r} occurs more than once in the facts of the report")
