"""Testing coverage: of everything that could have been tested, how much was, and what was left out and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import grouped
from methods.figures.display import count, plural, share
from models.document import Bar, Bars, Column, Heading, Mark, Paragraph, Series, Table

if TYPE_CHECKING:
    from methods.figures.basis import Basis
    from models.document import AnyBlock, Cell


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Measures of coverage, their chart, coverage by line of business, and the acceptance that low coverage needs."""
    measures = _measures(basis)
    found: list[AnyBlock] = [_sentence(basis)]
    drawn = tuple(Bar(label=short, values=(part, whole - part),
                      text=f"{share(part, whole)} ({count(part)} of {count(whole)})")
                  for short, _, part, whole in measures if whole)
    if drawn:
        found.append(Bars(
            title="Coverage", shares=True, bars=drawn,
            description="For each measure, the share that was covered; figures are in the table below.",
            series=(Series(name="Covered", tone="good"), Series(name="Not covered", tone="plain"))))
    found.append(Table(
        title="Measures of coverage",
        sheet="Coverage",
        columns=(Column(label="Measure", kind="long"), Column(label="Covered", kind="number"),
                 Column(label="Of", kind="number"), Column(label="Share", kind="number")),
        rows=tuple((label, part, whole, share(part, whole)) for _, label, part, whole in measures)))
    found.append(_by_line(basis))
    if basis.coverage is not None and basis.coverage < wording.RISK_ACCEPTANCE_BELOW:
        found.append(Paragraph(text=wording.RISK_ACCEPTANCE, tone="bad"))
    found += [Heading(text="Waivers"), _waivers(basis)]
    return tuple(found)


def _sentence(basis: Basis) -> Paragraph:
    if basis.coverage is None:
        return Paragraph(text="The approved dictionary has no attribute that can be tested.", tone="warn")
    covered = sum(attribute.name in basis.tested for attribute in basis.testable)
    critical = sum(attribute.critical for attribute in basis.testable)
    untested = len(basis.in_scope - basis.tested)
    left = (f" {plural(untested, 'attribute')} in scope {'has' if untested == 1 else 'have'} no concluded case and "
            f"{'counts' if untested == 1 else 'count'} as not tested.") if untested else ""
    text = (f"{count(covered)} of {plural(len(basis.testable), 'testable attribute')} "
            f"{'was' if covered == 1 else 'were'} tested "
            f"({share(covered, len(basis.testable))}). {wording.band(basis.coverage, wording.COVERAGE).sentence} "
            f"{share(critical, len(basis.testable))} of the testable attributes are critical data elements. "
            f"{wording.band(Fraction(critical, len(basis.testable)), wording.CRITICAL_SHARE).sentence}{left}")
    return Paragraph(text=text)


def _measures(basis: Basis) -> list[tuple[str, str, int, int]]:
    """(short label, label, covered, whole)."""
    facts = basis.facts
    critical = {attribute.name for attribute in basis.testable if attribute.critical}
    testable = {attribute.name for attribute in basis.testable}
    lines = {sample.line_of_business for sample in facts.samples}
    tested_lines = {case.line_of_business for case in basis.cases if case.state == "concluded"}
    return [
        ("Testable attributes", "Testable attributes with a concluded case",
         len(testable & basis.tested), len(testable)),
        ("Critical elements", "Critical data elements with a concluded case",
         len(critical & basis.tested), len(critical)),
        ("Attributes in scope", "Attributes in scope with a concluded case",
         len(basis.in_scope & basis.tested), len(basis.in_scope)),
        ("Records filed", "Records filed that were sampled", len(facts.samples), facts.cycle.records),
        ("Lines of business", "Sampled lines of business with a concluded case", len(lines & tested_lines), len(lines)),
        ("Attributes with an owner", "Attributes by line of business with an owner",
         sum(pair.status == "assigned" for pair in facts.assignments), len(facts.assignments)),
        ("Test cases", "Test cases concluded", basis.overall.concluded, basis.overall.cases),
    ]


def _by_line(basis: Basis) -> Table:
    cases = grouped(basis.cases, lambda case: (case.line_of_business,))
    samples = Counter(sample.line_of_business for sample in basis.facts.samples)
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for case in basis.cases:
        owners[case.line_of_business].update([case.owner] if case.owner else [])
    rows: list[tuple[Cell, ...]] = [
        (line, samples[line], len(owners[line]), total.cases, total.concluded, total.waived,
         share(total.concluded, total.cases)) for (line,), total in cases.items()
    ]
    return Table(
        title="Coverage by line of business",
        sheet="Coverage by line",
        columns=(Column(label="Line of business"), Column(label="Samples", kind="number"),
                 Column(label="Owners", kind="number"), Column(label="Cases", kind="number"),
                 Column(label="Concluded", kind="number"), Column(label="Waived", kind="number"),
                 Column(label="Concluded, share", kind="number")),
        rows=tuple(rows),
        order="by name",
        empty="There is no test case.",
    )


def _waivers(basis: Basis) -> Table:
    cases = Counter((case.waiver_reason, case.line_of_business) for case in basis.cases if case.state == "waived")
    pairs = Counter((pair.reason or "no reason recorded", pair.line_of_business)
                    for pair in basis.facts.assignments if pair.status == "waived")
    rows = [(Mark(text=what, tone="plain"), line, number, reason)
            for what, found in (("Cases", cases), ("Attributes", pairs))
            for (reason, line), number in sorted(found.items(), key=lambda item: (-item[1], item[0]))]
    return Table(
        title="What was waived, and why",
        columns=(Column(label="Waived", kind="status"), Column(label="Line of business"),
                 Column(label="Number", kind="number"), Column(label="Reason", kind="long")),
        rows=tuple(rows),
        order="by number",
        empty="Nothing was waived.",
        where="document",
    )
