"""Observations and remediation: what the failed tests amount to, what is done about it, and what is none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import mark
from methods.figures.display import NOTHING, count, day, first_of, moment, plural, spoken
from models.document import Bullets, Column, Detail, Entries, Entry, Heading, Mark, Paragraph, Table

if TYPE_CHECKING:
    from methods.figures.basis import Basis
    from models.document import AnyBlock, Cell, Tone
    from models.items import Observation
    from models.report import CarriedFacts, ObservationFacts

DESCRIBED = 40


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Overview, each observation with its plan, those decided to be non-issues, and what follows from the figures."""
    found: list[AnyBlock] = [Paragraph(text=_sentence(basis))]
    if basis.issues:
        found += [_by_severity(basis), _overview(basis)]
        more = len(basis.issues) - DESCRIBED
        found += [Heading(text="Observations in detail"),
                  Entries(items=tuple(_entry(basis, place, entry)
                                      for place, entry in enumerate(basis.issues[:DESCRIBED], start=1)))]
        if more > 0:
            found.append(Paragraph(text=f"{plural(more, 'more observation')} of lesser severity or fewer findings "
                                        "are described in the workbook, sheet “Observations”.", tone="note"))
    found.append(_workbook(basis))
    if basis.facts.resolutions:
        found += [Heading(text="Resolved by a retest"), _resolved(basis)]
    if basis.facts.carried:
        found += [Heading(text="Carried from earlier cycles"), _carried(basis)]
    if basis.non_issues:
        found += [Heading(text="Decided to be no issue"), _non_issues(basis)]
    return (*found, Heading(text="Recommendations"), Bullets(items=recommendations(basis)))


def _sentence(basis: Basis) -> str:
    findings = sum(len(entry.content.findings) for entry in basis.issues)
    if not basis.facts.observations:
        return "No observation was made."
    return (
        f"{plural(len(basis.issues), 'observation')} with {plural(findings, 'finding')} stand; "
        f"{count(len(basis.severe))} of them are critical or high. "
        f"{plural(len(basis.non_issues), 'further one') if basis.non_issues else 'None'} "
        f"{'were' if len(basis.non_issues) > 1 else 'was'} decided to be no issue"
        f"{'; the rationale is stated below' if basis.non_issues else ''}."
    )


def _by_severity(basis: Basis) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for severity, words in wording.SEVERITIES.items():
        chosen = [entry.content for entry in basis.issues if entry.content.severity == severity]
        due = [content.remediation_due.isoformat() for content in chosen if content.remediation_due]
        rows.append((mark(words), len(chosen), sum(len(content.findings) for content in chosen),
                     len({content.attribute for content in chosen}),
                     sum(bool(content.remediation_plan) for content in chosen), max(due, default=NOTHING)))
    return Table(
        title="Observations by severity",
        columns=(Column(label="Severity", kind="status"), Column(label="Observations", kind="number"),
                 Column(label="Findings", kind="number"), Column(label="Attributes", kind="number"),
                 Column(label="With a plan", kind="number"), Column(label="Last plan due", kind="time")),
        rows=tuple(rows),
        where="document",
    )


def _due(basis: Basis, entry: ObservationFacts) -> Cell:
    due = entry.content.remediation_due
    if due is None:
        return NOTHING
    if due < basis.facts.as_of.date():
        return Mark(text=f"{due.isoformat()} past", tone="bad")
    return due.isoformat()


def _overview(basis: Basis) -> Table:
    return Table(
        title="Observations",
        sheet="Observations",
        columns=(Column(label="#", kind="number"), Column(label="Severity", kind="status"),
                 Column(label="Attribute", kind="key"), Column(label="Line of business"), Column(label="Owner"),
                 Column(label="Failed", kind="number"), Column(label="Tested", kind="number"),
                 Column(label="Observation", kind="long"), Column(label="Plan due", kind="time")),
        rows=tuple((place, mark(wording.SEVERITIES[entry.content.severity]), entry.content.attribute,
                    entry.content.line_of_business, basis.name(entry.owner), len(entry.content.findings),
                    entry.content.cases_tested, entry.content.title, _due(basis, entry))
                   for place, entry in enumerate(basis.issues, start=1)),
        order="by severity, then most findings",
        empty="No observation stands.",
        where="document",
    )


def _entry(basis: Basis, place: int, entry: ObservationFacts) -> Entry:
    content = entry.content
    due = day(content.remediation_due) if content.remediation_due else "no date"
    who = basis.name(content.remediation_owner) if content.remediation_owner else "nobody named"
    plan = f"{content.remediation_plan} ({who}, due {due})" if content.remediation_plan else "No plan."
    texts = (
        ("Attribute", f"{content.attribute}, {content.line_of_business}"),
        ("Data owner", basis.name(entry.owner)),
        ("Description", content.description),
        ("Kind, root cause", f"{spoken(content.issue_type)}. {content.root_cause or 'Root cause not stated.'}"),
        ("Findings", f"{count(len(content.findings))} of {plural(content.cases_tested, 'case')} tested: "
                     f"{first_of(content.findings, len(content.findings), most=12)}"),
        ("Severity", _severity(content)),
        ("Remediation", plan),
        ("Decision", _decision(basis, entry)),
    )
    return Entry(title=f"{place}. {content.title}", mark=mark(wording.SEVERITIES[content.severity]),
                 fields=tuple(Detail(label=label, text=text) for label, text in texts if text))


def _severity(content: Observation) -> str:
    """How it was proposed, and why the tester departed from that; nothing for one without a proposal."""
    if content.severity == content.proposed_severity or not content.proposed_severity:
        return _sentence_of(content.severity_basis)
    return (f"{spoken(content.severity)}, where {content.proposed_severity} was proposed: {content.severity_reason} "
            f"(Proposed as {content.severity_basis}.)")


def _sentence_of(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _decision(basis: Basis, entry: ObservationFacts) -> str:
    verdict = "Approved" if entry.verdict == "approve" else "No issue"
    by = f" by {basis.name(entry.decided_by)}" if entry.decided_by else ""
    when = f", {moment(entry.decided_at)} UTC" if entry.decided_at else ""
    return f"{verdict}{by}{when}" + (f": {entry.rationale}" if entry.rationale else "")


def _workbook(basis: Basis) -> Table:
    labels = ("Attribute", "Line of business", "Owner", "Title", "Description", "Root cause", "Plan", "Plan owner")
    return Table(
        title="All observations",
        sheet="Observations",
        columns=(Column(label="Severity", kind="status"), Column(label="Verdict", kind="status"),
                 *(Column(label=label, kind="long") for label in labels), Column(label="Plan due", kind="time"),
                 Column(label="Tested", kind="number"), Column(label="Failed", kind="number"),
                 Column(label="Findings", kind="long"), Column(label="Decided by"),
                 Column(label="Decided (UTC)", kind="time"), Column(label="Rationale", kind="long")),
        rows=tuple(_full_row(entry) for entry in (*basis.issues, *basis.non_issues)),
        empty="No observation was made.",
        where="workbook",
    )


def _full_row(entry: ObservationFacts) -> tuple[Cell, ...]:
    content = entry.content
    return (mark(wording.SEVERITIES[content.severity]),
            mark(("Stands", "bad") if entry.verdict == "approve" else ("No issue", "plain")), content.attribute,
            content.line_of_business, entry.owner, content.title, content.description, content.root_cause,
            content.remediation_plan, content.remediation_owner,
            content.remediation_due.isoformat() if content.remediation_due else "", content.cases_tested,
            len(content.findings), ", ".join(content.findings), entry.decided_by, moment(entry.decided_at),
            entry.rationale)


def _non_issues(basis: Basis) -> Table:
    return Table(
        title="Observations decided to be no issue",
        sheet="Observations",
        columns=(Column(label="Attribute", kind="key"), Column(label="Line of business"),
                 Column(label="Failed", kind="number"), Column(label="Observation", kind="long"),
                 Column(label="Rationale", kind="long"), Column(label="Decided by")),
        rows=tuple((entry.content.attribute, entry.content.line_of_business, len(entry.content.findings),
                    entry.content.title, entry.rationale or NOTHING, basis.name(entry.decided_by))
                   for entry in basis.non_issues),
        order="by severity",
        where="document",
    )


def _resolved(basis: Basis) -> Table:
    lines = sorted(basis.facts.resolutions, key=lambda line: (line.owner, line.key, line.case_number))
    return Table(
        title="Findings resolved by a retest",
        sheet="Resolved",
        columns=(Column(label="Observation", kind="key"), Column(label="Owner"), Column(label="Case", kind="key"),
                 Column(label="Resolved by"), Column(label="Evidence", kind="long"),
                 Column(label="At (UTC)", kind="time")),
        rows=tuple((line.key, basis.name(line.owner), line.case_number,
                    f"execution {line.run} of case {line.case_number}",
                    f"{line.document}, revision {line.revision_number}", moment(line.executed_at)) for line in lines),
        order="by owner, observation and case",
    )


_CARRIED: dict[str, tuple[str, Tone]] = {
    "open": ("Open", "bad"), "recurs": ("Recurs", "bad"), "resolved": ("Resolved", "good")}


def _carried(basis: Basis) -> Table:
    lines = sorted(basis.facts.carried, key=lambda c: (c.from_period, c.from_cycle, c.key, c.owner))
    return Table(
        title="Observations of earlier cycles",
        sheet="Carried",
        columns=(Column(label="From cycle", kind="key"), Column(label="Observation", kind="key"),
                 Column(label="Severity", kind="status"), Column(label="Plan", kind="long"),
                 Column(label="Plan due", kind="time"), Column(label="State", kind="status"),
                 Column(label="By this cycle's tests", kind="long")),
        rows=tuple((c.from_cycle, c.key, mark(wording.SEVERITIES[c.severity]), c.remediation_plan or NOTHING,
                    c.remediation_due.isoformat() if c.remediation_due else NOTHING, mark(_CARRIED[c.state]),
                    _tested(c)) for c in lines),
        order="by cycle and observation",
    )


def _tested(one: CarriedFacts) -> str:
    if one.state == "recurs":
        return f"{count(one.failed)} of {plural(one.tested, 'case')} failed again"
    if one.state == "resolved":
        return f"{plural(one.tested, 'case')} passed; resolved by execution {one.run} of case {one.case_number}"
    return "not tested in this cycle; it carries into the next"


def recommendations(basis: Basis) -> tuple[str, ...]:
    """What follows from the figures by the stated bands; never more than the figures say."""
    found = []
    if basis.coverage is not None and basis.coverage < wording.WIDEN_BELOW:
        found.append("Widen the next cycle to 25 to 30% of the testable attributes, with all critical data elements "
                     "and all attributes that have known issues.")
    if basis.agreement is not None and basis.agreement < wording.ROOT_CAUSE_BELOW:
        causes = Counter(entry.content.issue_type for entry in basis.issues).most_common(1)
        kind = f", starting with {spoken(causes[0][0]).lower()}" if causes else ""
        found.append(f"Analyse the root cause of the exceptions{kind}: fewer than 90% of the values tested agree.")
    undated = [entry for entry in basis.severe
               if not (entry.content.remediation_plan and entry.content.remediation_due)]
    if undated:
        found.append(f"Give {plural(len(undated), 'critical or high observation')} a remediation plan with an owner "
                     "and a date.")
    elif basis.severe:
        found.append(f"Follow the dated plans of {plural(len(basis.severe), 'critical or high observation')} to "
                     "closure and test their attributes again.")
    if any(rule.gate == "blocking" and rule.failed > rule.threshold for rule in basis.rules):
        found.append("Correct the records that break blocking profiling rules, or refile, before the report is relied "
                     "on.")
    if basis.overall.undecided:
        found.append(f"Obtain evidence that decides {plural(basis.overall.undecided, 'undecided case')}.")
    return tuple(found) or ("None beyond the remediation of the observations above." if basis.issues
                            else "None: the figures call for no action.",)
