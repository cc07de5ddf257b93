"""The first page: what was tested, with which result, which high issues are open, and who signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import mark
from methods.figures.display import NOTHING, count, day, listed, plural, share
from methods.figures.signoffs import signatories
from models.document import Column, Figure, Figures, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.figures.basis import Basis
    from models.document import AnyBlock, Cell, Tone
    from models.report import ObservationFacts, RuleResult

SEVERE_ON_FIRST_PAGE = 5
NAMED = 3


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """The executive summary."""
    headline, tone = conclusion(basis)
    return (
        Paragraph(text=headline, tone=tone),
        Figures(items=_figures(basis)),
        Paragraph(text=_what_was_tested(basis)),
        Paragraph(text=_result(basis)),
        _severe(basis),
        signatories(basis),
        Paragraph(text=wording.FIRST_PAGE_NOTICE, tone="note"),
    )


def conclusion(basis: Basis) -> tuple[str, Tone]:
    """The result in one sentence, and how grave it is."""
    total = basis.overall
    if not total.concluded:
        return "No test case was concluded: this report makes no statement on the reported values.", "bad"
    if not total.disagreed and not basis.severe:
        extra = f"; {plural(total.undecided, 'case')} could not be decided" if total.undecided else ""
        return f"No exceptions: {_all_agree(total.agreed)}{extra}.", "warn" if total.undecided else "good"
    exceptions = f"{plural(total.disagreed, 'exception')} in {plural(total.concluded, 'concluded test case')}"
    if not basis.severe:
        return f"{exceptions}; no critical or high observation is open.", "warn"
    open_ = f"{plural(len(basis.severe), 'observation')} of critical or high severity"
    return f"{exceptions}; {open_} {'is' if len(basis.severe) == 1 else 'are'} open.", "bad"


def _all_agree(agreed: int) -> str:
    if agreed == 1:
        return "the one value tested agrees with its source"
    return f"all {count(agreed)} values tested agree with their source" if agreed else "no value was found to differ"


def _figures(basis: Basis) -> tuple[Figure, ...]:
    total, facts = basis.overall, basis.facts
    covered = sum(attribute.name in basis.tested for attribute in basis.testable)
    agreement = wording.band(basis.agreement, wording.AGREEMENT).tone if basis.agreement is not None else "warn"
    severe = len(basis.severe)
    return (
        Figure(label="Attributes tested", value=count(covered), part=covered, whole=len(basis.testable),
               detail=f"of {count(len(basis.testable))} testable, {share(covered, len(basis.testable))}"),
        Figure(label="Records sampled", value=count(len(facts.samples)), part=len(facts.samples),
               whole=facts.cycle.records, detail=f"of {plural(facts.cycle.records, 'record')} filed"),
        Figure(label="Cases concluded", value=count(total.concluded), part=total.concluded, whole=total.cases,
               detail=f"of {count(total.cases)}, {count(total.waived)} waived"),
        Figure(label="Values that agree", value=share(total.agreed, total.concluded), part=total.agreed,
               whole=total.concluded, detail=f"{count(total.disagreed)} differ", tone=agreement),
        Figure(label="Open critical or high", value=count(severe),
               detail=f"of {plural(len(basis.issues), 'observation')}", tone="bad" if severe else "good"),
    )


def _what_was_tested(basis: Basis) -> str:
    facts, cycle = basis.facts, basis.facts.cycle
    lines = {sample.line_of_business for sample in facts.samples}
    scoped, keys = len(basis.in_scope), len(basis.keys)
    whose = f" of {cycle.institution}" if cycle.institution else ""
    return (
        f"Tested was {cycle.report_name}{whose} for the period ending {day(cycle.period)}: "
        f"{plural(cycle.records, 'record')} as filed. In scope {'was' if scoped == 1 else 'were'} "
        f"{plural(scoped, 'attribute')} out of {count(len(basis.testable))} that can be tested; "
        f"{plural(keys, 'primary key')} served to look records up and {'was' if keys == 1 else 'were'} not tested. "
        f"{plural(len(facts.samples), 'record')} {'was' if len(facts.samples) == 1 else 'were'} sampled in "
        f"{plural(len(lines), 'line')} of business. Every sampled value was compared with evidence from its source, or "
        f"its case was waived with a reason. {plural(len(facts.rules), 'profiling rule')} ran over all records."
    )


def _result(basis: Basis) -> str:
    sentences = []
    if basis.agreement is not None:
        total = basis.overall
        sentences.append(f"Reported value and evidence agree in {count(total.agreed)} of "
                         f"{plural(total.concluded, 'concluded case')} ({share(total.agreed, total.concluded)}). "
                         f"{wording.band(basis.agreement, wording.AGREEMENT).sentence}")
    if basis.coverage is not None:
        sentences.append(wording.band(basis.coverage, wording.COVERAGE).sentence)
    over = [rule for rule in basis.broken if rule.failed > rule.threshold]
    if over:
        blocking = [rule.name for rule in over if rule.gate == "blocking"]
        sentences.append(f"{plural(len(over), 'profiling rule')} found more failing records than the rule accepts"
                         + (f", among them the blocking {_named(blocking)}." if blocking
                            else ", none of them blocking."))
        sentences += _explained(over)
    elif basis.rules:
        sentences.append("No profiling rule found more failing records than it accepts.")
    return " ".join(sentences) or "There is no result to state."


def _explained(over: Sequence[RuleResult]) -> list[str]:
    """Which of these rules are explained, as the table of all rules says it; nothing where none of them can be."""
    if not any(rule.gate == "explainable" for rule in over):
        return []
    whole = [rule.name for rule in over if rule.open <= rule.threshold]
    part = sum(rule.explained > 0 and rule.open > rule.threshold for rule in over)
    told = ((len(whole), f"explained ({_named(whole)})"), (part, "explained in part"),
            (len(over) - len(whole) - part, "not explained"))
    said = (f"{count(number)} {'is' if number == 1 else 'are'} {words}" for number, words in told if number)
    return [f"Of these, {listed(said)}."]


def _named(rules: Sequence[str]) -> str:
    if len(rules) <= NAMED:
        return listed(rules)
    return f"{', '.join(rules[:NAMED])} and {count(len(rules) - NAMED)} more"


def _severe(basis: Basis) -> Table:
    total = len(basis.severe)
    more = f" (first {SEVERE_ON_FIRST_PAGE} of {count(total)})" if total > SEVERE_ON_FIRST_PAGE else ""
    return Table(
        title=f"Open observations of critical or high severity{more}",
        columns=(Column(label="Severity", kind="status"), Column(label="Observation", kind="long"),
                 Column(label="Attribute", kind="key"), Column(label="Line of business"),
                 Column(label="Failed", kind="number"), Column(label="Plan due", kind="time")),
        rows=tuple(_severe_row(entry) for entry in basis.severe[:SEVERE_ON_FIRST_PAGE]),
        empty="None is open.",
        where="document",
    )


def _severe_row(entry: ObservationFacts) -> tuple[Cell, ...]:
    content = entry.content
    due = content.remediation_due.isoformat() if content.remediation_due else NOTHING
    return (mark(wording.SEVERITIES[content.severity]), content.title, content.attribute, content.line_of_business,
            f"{count(len(content.findings))} of {count(content.cases_tested)}", due)
