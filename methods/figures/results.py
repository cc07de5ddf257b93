"""Testing results: test cases by line of business and attribute, then the profiling rules that found real breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from methods.figures import conclusions, registers, wording
from methods.figures.basis import grouped, mark
from methods.figures.display import count, first_of, moment, plural, share, spoken
from models.document import Bar, Bars, Column, Heading, Paragraph, Series, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from methods.figures.basis import Basis, Tally
    from models.document import AnyBlock, Cell, Tone
    from models.report import RuleResult

BARS = 20
RULES_DRAWN = 15
PAIRS_SHOWN = 60
KEYS_SHOWN = 2
_COUNTS = ("Cases", "Match", "Within tolerance", "Mismatch", "Undecided", "Waived", "Agree")


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Cases first, the report data as a whole after."""
    found: list[AnyBlock] = [Heading(text="Test cases"), Paragraph(text=_sentence(basis))]
    by_line = grouped(basis.cases, lambda case: (case.line_of_business,))
    if by_line:
        found.append(_chart(by_line))
    found += [
        _table("By line of business", "Results by line", ("Line of business",), by_line, order="by name"),
        _table("By attribute", "Results by attribute", ("Attribute",),
               _worst_first(grouped(basis.cases, lambda case: (case.attribute,))), order="most mismatches first"),
        *_pairs(basis),
        *conclusions.blocks(basis),
        Heading(text="Profiling rules on the whole report data"),
        Paragraph(text=_rules_sentence(basis)),
    ]
    found.append(_dimensions(basis))
    if basis.broken:
        found.append(_rules_chart(basis.broken))
    found += [_broken(basis), *_explanations(basis), _all_rules(basis), _keys(basis),
              registers.exceptions(basis.facts)]
    return tuple(found)


def _pairs(basis: Basis) -> tuple[Table, Table]:
    """All pairs of attribute and line for the workbook, those with exceptions for the document."""
    pairs = _worst_first(grouped(basis.cases, lambda case: (case.attribute, case.line_of_business)))
    bad = {names: total for names, total in pairs.items() if total.disagreed or total.undecided}
    names, order = ("Attribute", "Line of business"), "most mismatches first"
    return (
        _table("Attributes with exceptions, by line of business", "Results by both", names, bad, order=order,
               where="document", most=PAIRS_SHOWN),
        _table("By attribute and line of business", "Results by both", names, pairs, order=order, where="workbook"),
    )


def _sentence(basis: Basis) -> str:
    total = basis.overall
    judged = sum(case.judged_from is not None for case in basis.cases)
    return (
        f"{plural(total.cases, 'test case')}: {count(total.outcomes['match'])} match, "
        f"{count(total.outcomes['match_within_tolerance'])} match within the stated tolerance, "
        f"{count(total.disagreed)} differ, {count(total.undecided)} could not be decided, "
        f"{count(total.waived)} waived. {plural(judged, 'case')} {'was' if judged == 1 else 'were'} concluded by the "
        "tester's judgement, with a reason. Shares are of the values tested; what they prove of all records filed is "
        "said only where the method of the sample allows it."
    )


def _values(total: Tally) -> tuple[int, ...]:
    return (total.outcomes["match"], total.outcomes["match_within_tolerance"], total.disagreed, total.undecided,
            total.waived)


def _worst_first(groups: dict[tuple[str, ...], Tally]) -> dict[tuple[str, ...], Tally]:
    return dict(sorted(groups.items(), key=lambda item: (-item[1].disagreed, -item[1].undecided)))


def _chart(by_line: dict[tuple[str, ...], Tally]) -> Bars:
    # All others in one bar would be so long that nothing is seen of these.
    worst = list(_worst_first(by_line).items())[:BARS]
    return Bars(
        title="Outcomes by line of business" + _drawn(BARS, len(by_line), "most mismatches"),
        bars=tuple(Bar(label=name[0], values=_values(total), text=f"{share(total.agreed, total.concluded)} agree")
                   for name, total in worst),
        description="Cases of each line of business by outcome; the table below has the numbers.",
        series=(Series(name="Match", tone="good"), Series(name="Within tolerance", tone="note"),
                Series(name="Mismatch", tone="bad"), Series(name="Undecided", tone="warn"),
                Series(name="Waived", tone="plain")))


def _drawn(most: int, number: int, worst: str) -> str:
    return f" (the {most} with {worst}, of {count(number)})" if number > most else ""


def _table(title: str, sheet: str, names: tuple[str, ...], groups: dict[tuple[str, ...], Tally], *, order: str,
           where: Literal["both", "document", "workbook"] = "both", most: int = 200) -> Table:
    return Table(
        title=title, sheet=sheet, order=order, where=where, most=most, empty="None.",
        columns=tuple(Column(label=name, kind="key") for name in names) + tuple(
            Column(label=label, kind="number") for label in _COUNTS),
        rows=tuple((*name, total.cases, *_values(total), share(total.agreed, total.concluded))
                   for name, total in groups.items()))


def _rules_sentence(basis: Basis) -> str:
    over = sum(rule.failed > rule.threshold for rule in basis.rules)
    ran = (f"{plural(len(basis.rules), 'approved rule')} ran over all {plural(basis.facts.cycle.records, 'record')} "
           "filed.")
    if not basis.broken:
        return f"{ran} None found a failing record."
    return (
        f"{ran} {count(len(basis.broken))} found failing records, {count(over)} of them more than the rule accepts. "
        "These breaks are in the report as filed; they do not depend on the samples."
        f"{_explained_sentence(basis)}"
    )


def _explained_sentence(basis: Basis) -> str:
    explained = sum(rule.explained for rule in basis.broken)
    if not explained:
        return ""
    failed, still = sum(rule.failed for rule in basis.broken), sum(rule.open for rule in basis.broken)
    return (f" Of {plural(failed, 'failure')}, {count(explained)} {'has' if explained == 1 else 'have'} an approved "
            f"explanation and {count(still)} {'is' if still == 1 else 'are'} open.")


def _rules_chart(broken: tuple[RuleResult, ...]) -> Bars:
    severities = tuple(wording.SEVERITIES)
    drawn = sorted(broken, key=lambda rule: -rule.failed)[:RULES_DRAWN]
    return Bars(
        title="Failing records by rule" + _drawn(RULES_DRAWN, len(broken), "most failing records"),
        description="Number of records of the report that fail each rule.",
        series=tuple(Series(name=label, tone=tone) for label, tone in wording.SEVERITIES.values()),
        bars=tuple(Bar(label=rule.name, values=tuple(rule.failed if rule.severity == s else 0 for s in severities),
                       text=count(rule.failed)) for rule in drawn))


def _broken(basis: Basis) -> Table:
    return Table(
        title="Rules that found failing records",
        sheet="Rules",
        columns=(Column(label="Rule", kind="key"), Column(label="Attribute", kind="key"),
                 Column(label="Severity", kind="status"), Column(label="Gate"), Column(label="Failed", kind="number"),
                 Column(label="Explained", kind="number"), Column(label="Open", kind="number"),
                 Column(label="Accepted", kind="number"), Column(label="Keys of failing records", kind="long")),
        rows=tuple((rule.name, rule.attribute, mark(wording.SEVERITIES[rule.severity]), spoken(rule.gate), rule.failed,
                    rule.explained, rule.open, rule.threshold,
                    first_of(rule.failing_keys, rule.failed, most=KEYS_SHOWN))
                   for rule in basis.broken),
        order="by severity, then most failing records",
        empty="None: no approved rule found a failing record.",
        where="document",
    )


def _dimensions(basis: Basis) -> Table:
    def row(label: str, rules: Iterable[RuleResult]) -> tuple[Cell, ...]:
        chosen = list(rules)
        checks, passed = sum(rule.total for rule in chosen), sum(rule.passed for rule in chosen)
        return (label, len(chosen), sum(rule.failed <= rule.threshold for rule in chosen), checks, checks - passed,
                share(passed, checks))

    names = sorted({rule.dimension for rule in basis.rules})
    return Table(
        title="Rules by dimension of data quality",
        sheet="Rules by dimension",
        columns=(Column(label="Dimension"), Column(label="Rules", kind="number"), Column(label="Met", kind="number"),
                 Column(label="Checks", kind="number"), Column(label="Failed", kind="number"),
                 Column(label="Passed", kind="number")),
        rows=tuple(row(spoken(name), (rule for rule in basis.rules if rule.dimension == name)) for name in names),
        empty="No rule was approved.",
    )


def _all_rules(basis: Basis) -> Table:
    return Table(
        title="All profiling rules",
        sheet="Rules",
        columns=(Column(label="Rule", kind="key"), Column(label="Attribute", kind="key"),
                 Column(label="Description", kind="long"), Column(label="Dimension"), Column(label="Gate"),
                 Column(label="Severity", kind="status"), Column(label="Passed", kind="number"),
                 Column(label="Failed", kind="number"), Column(label="Explained", kind="number"),
                 Column(label="Open", kind="number"), Column(label="Total", kind="number"),
                 Column(label="Accepted", kind="number"), Column(label="Met", kind="status")),
        rows=tuple((rule.name, rule.attribute, rule.description, spoken(rule.dimension), spoken(rule.gate),
                    mark(wording.SEVERITIES[rule.severity]), rule.passed, rule.failed, rule.explained, rule.open,
                    rule.total, rule.threshold, mark(_met(rule)))
                   for rule in basis.rules),
        where="workbook",
    )


def _met(rule: RuleResult) -> tuple[str, Tone]:
    """An explanation does not make a rule met: the records still fail it."""
    if rule.failed <= rule.threshold:
        return ("Met", "good")
    return ("Explained", "plain") if rule.open <= rule.threshold else ("Broken", "bad")


def _explanations(basis: Basis) -> tuple[Table, ...]:
    if not any(rule.explanations for rule in basis.broken):
        return ()
    return (Table(
        title="Approved explanations of failing records",
        sheet="Explanations",
        columns=(Column(label="No.", kind="number"), Column(label="Rule", kind="key"),
                 Column(label="Records", kind="number"), Column(label="Covers", kind="long"),
                 Column(label="Explanation", kind="long"), Column(label="By"), Column(label="Approved by"),
                 Column(label="Approved at", kind="time")),
        rows=tuple((one.number, rule.name, one.records, one.covers, one.reason, basis.name(one.by),
                    basis.name(one.decided_by), moment(one.decided_at))
                   for rule in basis.broken for one in rule.explanations),
        empty="None.",
    ),)


def _keys(basis: Basis) -> Table:
    return Table(
        title="Keys of failing records",
        sheet="Failing records",
        columns=(Column(label="Rule", kind="key"), Column(label="Attribute", kind="key"),
                 Column(label="Severity", kind="status"), Column(label="Record key", kind="key"),
                 Column(label="Failing in all", kind="number")),
        rows=tuple((rule.name, rule.attribute, mark(wording.SEVERITIES[rule.severity]), key, rule.failed)
                   for rule in basis.broken for key in rule.failing_keys),
        where="workbook",
    )
