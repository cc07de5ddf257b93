"""Facts of a report, built to size: every argument has a default and nothing is random, so each call gives equals."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from models.cycle_file import Comparison
from models.items import Attribute, DataType, Observation, Sample, Scope, Severity
from models.measures import Metric
from models.report import (
    Assignment,
    AuditHead,
    Case,
    CommentFacts,
    CycleFacts,
    FileHash,
    Generation,
    ObservationFacts,
    Participant,
    PhaseFacts,
    PinnedFile,
    ReportFacts,
    RuleResult,
    SignOff,
    StatedComparison,
    VersionFacts,
)

START = datetime(2026, 4, 13, 8, 30, tzinfo=UTC)
NAMES = ("CreditLimit", "CycleEndingBalance", "MinimumPaymentDue", "PastDueAmount", "AccountOriginationDate",
         "OriginalFicoScore", "RefreshedCreditScore", "DaysPastDue", "PurchaseAprPercent", "ProbabilityOfDefault",
         "LossGivenDefault", "ExposureAtDefault", "InternalRiskRating", "BankruptcyFlag", "ChargeOffReason",
         "RecoveryAmount", "LastPaymentAmount", "NextPaymentDueDate", "StateOfResidence", "ProductType")
LINES = ("Consumer Banking", "Commercial Banking", "Private Banking", "Small Business", "Partner Cards")
PHASES = (("planning", "Planning", True), ("data_profiling", "Data Profiling", True), ("scoping", "Scoping", True),
          ("sample_selection", "Sample Selection", True), ("data_owner_id", "Data Owner ID", False),
          ("request_info", "Request Info", False), ("test_execution", "Test Execution", False),
          ("observation_management", "Observation Management", True), ("finalize_report", "Finalize Report", True))
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


def sha256(text: str) -> str:
    """A hash that looks like one."""
    return hashlib.sha256(text.encode()).hexdigest()


def after(hours: float) -> datetime:
    """So many hours after the start of the cycle."""
    return START + timedelta(hours=hours)


def attribute_names(number: int) -> tuple[str, ...]:
    """Distinct attribute names."""
    return tuple(NAMES[i % len(NAMES)] + (str(i // len(NAMES) + 1) if i >= len(NAMES) else "") for i in range(number))


def attribute(name: str = "CreditLimit", **changes: Any) -> Attribute:
    """A money attribute."""
    given = {"name": name, "line": "1", "title": name, "data_type": DataType.MONEY, "mandatory": True,
             "primary_key": False, "critical": False, "source_column": name}
    return Attribute(**{**given, **changes})


def scope(name: str = "CreditLimit", *, action: Literal["test", "skip"] = "test", **changes: Any) -> Scope:
    """A decision that follows the recommendation."""
    given = {"attribute": name, "action": action, "recommended": action, "score": 72 if action == "test" else 31,
             "reason": "Critical to capital models; failing records found." if action == "test"
             else "No source of evidence; low impact.", "critical": False, "failing_records": 0, "past_issues": 0}
    return Scope(**{**given, **changes})


def sample(place: int = 0, *, line: str = LINES[0], **changes: Any) -> Sample:
    """One sampled record."""
    given = {"record_key": record_key(place), "key_values": (record_key(place),), "line_of_business": line,
             "category": "anomaly" if place % 7 == 3 else "stratified", "reason": "", "method": "stratified",
             "population_sha256": sha256("population"), "seed": "8f3a6c21"}
    return Sample(**{**given, **changes})


def record_key(place: int) -> str:
    """An account reference of 18 characters, as in FR Y-14M Schedule D.1."""
    return f"ACC{place:07d}{sha256(str(place))[:8].upper()}"


def case(place: int = 0, **changes: Any) -> Case:
    """A concluded case that matches."""
    given = {"number": f"TC-{place + 1:05d}", "record_key": record_key(0), "attribute": "CreditLimit",
             "line_of_business": LINES[0], "owner": "lisa", "reported": f"{1000 + place}.00",
             "evidence": f"{1000 + place}.00", "outcome": "match", "reason": "equal", "document": "core-banking.csv",
             "revision": 1, "locator": f"row {place + 2}", "state": "concluded"}
    return Case(**{**given, **changes})


def rule(name: str = "CreditLimit.not_null", **changes: Any) -> RuleResult:
    """A rule that every one of 1,000 records passes."""
    given = {"name": name, "attribute": name.split(".")[0], "description": f"{name} holds for every record",
             "dimension": "completeness", "gate": "explainable", "severity": "high", "passed": 1000, "failed": 0,
             "total": 1000}
    return RuleResult(**{**given, **changes})


def observation(name: str = "CreditLimit", *, line: str = LINES[0], findings: tuple[str, ...] = ("TC-00001",),
                verdict: Literal["approve", "non_issue"] = "approve", **changes: Any) -> ObservationFacts:
    """An approved observation with a dated plan."""
    given = {"attribute": name, "line_of_business": line, "title": f"{name} differs from the system of record",
             "description": f"Values of {name} filed for {line} are not those of the source at the reporting date.",
             "severity": "high", "root_cause": "The nightly extract runs before the last posting batch is complete.",
             "remediation_plan": "Move the extract behind the posting batch and refile the affected records.",
             "remediation_owner": "david", "remediation_due": date(2026, 6, 30), "cases_tested": 20,
             "findings": findings}
    rationale = "" if verdict == "approve" else "The source was restated after the reporting date; the filing is right."
    return ObservationFacts(content=Observation(**{**given, **changes}), owner="lisa", verdict=verdict,
                            rationale=rationale, decided_by="mike", decided_at=after(200))


def version(phase: str, number: int = 1, *, at: float = 0, status: str = "approved", **changes: Any) -> VersionFacts:
    """A version that took five hours."""
    done = status not in ("draft", "submitted")
    given = {"phase": phase, "number": number, "parent": number - 1 or None, "status": status, "created_by": "jane",
             "created_at": after(at), "submitted_by": "jane", "submitted_at": after(at + 3),
             "decided_by": "mike" if done else "", "decided_at": after(at + 5) if done else None, "members": 20,
             "carried": 0, "approved": 20, "rejected": 0, "content_hash": sha256(f"{phase}{number}c"),
             "manifest_hash": sha256(f"{phase}{number}m") if done else ""}
    return VersionFacts(**{**given, **changes})


def cycle(**changes: Any) -> CycleFacts:
    """A cycle with one person or more in every role."""
    people = (
        Participant(id="jane", name="Jane Doe", roles=("tester",)),
        Participant(id="mike", name="Mike Johnson", roles=("report_owner",)),
        Participant(id="david", name="David Brown", roles=("data_executive",), lines_of_business=LINES[:3]),
        Participant(id="priya", name="Priya Nair", roles=("data_executive",), lines_of_business=LINES[3:]),
        Participant(id="lisa", name="Lisa Chen", roles=("data_owner",), lines_of_business=LINES[:2]),
        Participant(id="omar", name="Omar Haddad", roles=("data_owner",), lines_of_business=LINES[2:4]),
        Participant(id="ana", name="Ana Sousa", roles=("data_owner",), lines_of_business=LINES[4:]),
        Participant(id="ruth", name="Ruth Adler", roles=("test_executive",)),
    )
    given = {"id": "2026-q1-cards", "report_name": "FR Y-14M Schedule D.1, Domestic Credit Card",
             "regulation": "FR Y-14M", "institution": "First Example Bank, N.A.", "period": date(2026, 3, 31),
             "started_at": START, "records": 1000, "people": people,
             "inputs": (PinnedFile(title="Report data", sha256=sha256("report")),
                        PinnedFile(title="Dictionary", sha256=sha256("dictionary")),
                        PinnedFile(title="Cycle file", sha256=sha256("cycle")))}
    return CycleFacts(**{**given, **changes})


def owner_of(line: str) -> str:
    """The data owner of a line of business."""
    return {LINES[2]: "omar", LINES[3]: "omar", LINES[4]: "ana"}.get(line, "lisa")


def grid(samples: int, tested: int, lines: int, *, fail_every: int, waive_every: int) -> tuple[Case, ...]:
    """One case for each sample and tested attribute, with failures and waivers at regular places."""
    names, found = attribute_names(tested), []
    for place in range(samples * tested):
        where, name = place // tested, names[place % tested]
        line = LINES[where % lines]
        changes: dict[str, Any] = {"record_key": record_key(where), "attribute": name, "line_of_business": line,
                                   "owner": owner_of(line), "document": f"{owner_of(line)}-core.csv",
                                   "revision": 2 if line == LINES[1] else 1}
        if fail_every and place % fail_every == fail_every - 1:
            changes |= {"outcome": "mismatch", "evidence": f"{2000 + place}.00",
                        "reason": f"differs by 1000.00 from {2000 + place}.00; exact match is required"}
        elif waive_every and place % waive_every == waive_every - 1:
            changes |= {"state": "waived", "outcome": None, "evidence": None, "document": "", "revision": None,
                        "locator": "", "waiver_reason": "Account closed before the reporting date"}
        elif place % 41 == 40:
            changes |= {"outcome": "match_within_tolerance", "evidence": f"{1000 + place}.01", "reason": "within 0.01"}
        elif place % 97 == 96:
            changes |= {"judged_from": "needs_review", "reason": "Same date, written 04/13/26 in the source"}
        found.append(case(place, **changes))
    return tuple(found)


def observations_of(cases: tuple[Case, ...]) -> tuple[ObservationFacts, ...]:
    """One observation for each attribute and line of business with mismatches; each ninth is a non-issue."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for failed in (c for c in cases if c.outcome == "mismatch"):
        groups.setdefault((failed.attribute, failed.line_of_business), []).append(failed)
    return tuple(
        observation(name, line=line, findings=tuple(c.number for c in found), severity=SEVERITIES[place % 4],
                    verdict="non_issue" if place % 9 == 8 else "approve",
                    cases_tested=sum(c.attribute == name and c.line_of_business == line for c in cases))
        for place, ((name, line), found) in enumerate(sorted(groups.items())))


def rules_of(names: tuple[str, ...], *, records: int, broken: int) -> tuple[RuleResult, ...]:
    """Three rules for each attribute, of which the first so many find failing records."""
    kinds = (("not_null", "completeness", "blocking"), ("domain", "validity", "explainable"),
             ("identity", "consistency", "informational"))
    found = []
    for place, (name, (kind, dimension, gate)) in enumerate((n, k) for n in names for k in kinds):
        failed = min(records, 3 + (place * 7) % 40) if place < broken else 0
        found.append(rule(f"{name}.{kind}", dimension=dimension, gate=gate, severity=SEVERITIES[place % 4],
                          passed=records - failed, failed=failed, total=records,
                          failing_keys=tuple(record_key(i * 3) for i in range(min(failed, 20)))))
    return tuple(found)


def versions() -> tuple[VersionFacts, ...]:
    """A history with a rejection, a withdrawal, and one round of observations for each owner."""
    return (
        version("planning", decided_by="jane", members=118),
        version("data_profiling", at=8, status="rejected", rejected=4, approved=16,
                reason="Four rules contradict the filing instructions."),
        version("data_profiling", 2, at=20, carried=16),
        version("scoping", at=30),
        version("sample_selection", at=40, status="withdrawn", decided_by="jane", approved=0,
                reason="The population lacked the last day of the month."),
        version("sample_selection", 2, at=46),
        *(version("observation_management", scope=owner, at=150 + 6 * place)
          for place, owner in enumerate(("ana", "lisa", "omar"))),
        version("finalize_report", at=210, status="submitted", members=8, approved=0),
    )


def facts(*, samples: int = 10, tested: int = 10, skipped: int = 8, lines: int = 3, fail_every: int = 13,
          waive_every: int = 37, broken_rules: int = 5, records: int = 1000, **changes: Any) -> ReportFacts:
    """A whole report of `samples` x `tested` cases."""
    names = attribute_names(tested + skipped)
    key = attribute("AccountNumber", line="1", primary_key=True)
    attributes = (key, *(attribute(name, line=str(place), critical=place % 6 == 2)
                         for place, name in enumerate(names, start=2)))
    critical = {a.name for a in attributes if a.critical}
    cases = grid(samples, tested, lines, fail_every=fail_every, waive_every=waive_every)
    decisions = tuple(scope(name, action="test" if place < tested else "skip", critical=name in critical,
                            recommended="skip" if place == 1 else "test" if place < tested else "skip",
                            failing_records=place * 3 % 10) for place, name in enumerate(names))
    pairs = tuple(Assignment(attribute=name, line_of_business=line, owner=owner_of(line), executive="david",
                             status="assigned", changes=int(place % 11 == 10))
                  for line in LINES[:min(lines, samples)] for place, name in enumerate(names[:tested]))
    given: dict[str, Any] = {
        "as_of": after(214), "cycle": cycle(records=records), "versions": versions(), "attributes": attributes,
        "phases": tuple(PhaseFacts(kind=kind, title=title, ordinal=place, versioned=versioned,
                                   state="In progress" if place == 9 else "Complete")
                        for place, (kind, title, versioned) in enumerate(PHASES, start=1)),
        "rules": rules_of(names, records=records, broken=broken_rules), "scope": decisions,
        "samples": tuple(sample(place, line=LINES[place % lines]) for place in range(samples)),
        "generations": (
            Generation(version=1, status="withdrawn", method="stratified", parameters="size 25, at least 1 per line",
                       seed="41c07d9e", population_sha256=sha256("old"), proposed=samples, by="jane", at=after(40)),
            Generation(version=2, status="approved", method="stratified", parameters="size 25, at least 1 per line",
                       seed="8f3a6c21", population_sha256=sha256("population"), proposed=samples, by="jane",
                       at=after(46))),
        "assignments": pairs, "cases": cases, "observations": observations_of(cases),
        "comparisons": (StatedComparison(attribute="*", comparison=Comparison(tolerance=Decimal("0.01"))),),
        "metrics": (metric("version_creation_rate", unit="versions per round", value=1.25, part=10, whole=8),
                    metric("approval_time", of="created_to_approved"),
                    metric("approval_time", of="submitted_to_decided", phase="scoping", value=0.4, open=1),
                    metric("rejection_rate", of="versions", unit="share", value=0.1, part=1, whole=10),
                    metric("document_revisions", phase="request_info", unit="revisions per document", value=4 / 3,
                           median=1.0, p90=1.8, part=4, whole=3),
                    metric("waiting_time", of="data_owner", phase="request_info", value=None, part=0)),
        "audit_heads": tuple(AuditHead(stream=f"2026-q1-cards:{kind}", seq=17 * place, hash=sha256(kind))
                             for place, (kind, _, _) in enumerate(PHASES, start=1)),
    }
    return ReportFacts(**{**given, **changes})


def metric(measure: str, **changes: Any) -> Metric:
    """A time of five hours on the average of all phases."""
    given = {"measure": measure, "phase": "all", "unit": "seconds", "value": 18_000.0, "part": 10, "whole": 12}
    return Metric(**{**given, **changes})


def comment(text: str, *, at: int = 8, by: str = "mike", question: bool = False) -> CommentFacts:
    """Somebody's word on an attribute in Scoping."""
    return CommentFacts(phase="scoping", key="CurrentBalance", version=1, question=question, text=text, by=by,
                        at=after(at))


def signoffs() -> tuple[SignOff, ...]:
    """The three signatures, in order."""
    content = sha256("finalize_report1c")
    return tuple(SignOff(role=role, by=by, at=after(hours), content_hash=content)
                 for role, by, hours in (("tester", "jane", 214), ("report_owner", "mike", 216),
                                         ("test_executive", "ruth", 220)))


def files() -> tuple[FileHash, ...]:
    """The two files of the body."""
    return (FileHash(name="report.html", sha256=sha256("html"), bytes=123456),
            FileHash(name="report.xlsx", sha256=sha256("xlsx"), bytes=65432))
