"""Every figure of the report counted once more, in SQL over the facts: the sections and the queries must agree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from methods.figures import compose
from models.document import Bars, Body, Figures, Mark, Table
from models.report import ReportFacts
from tests.report.builders import LINES, case, facts, sample
from tests.report.ledger import ledger, percent


def ordinary() -> ReportFacts:
    """Failures, waivers, judgements and skipped attributes in three lines of business."""
    return facts(samples=20, tested=12, lines=5)


def odd() -> ReportFacts:
    """Undecided and unreadable cases, an attribute with nothing but waivers, a line without a case."""
    cases = (case(0, outcome="not_found"), case(1, outcome="unreadable"), case(2, outcome="needs_review"),
             case(3, outcome="mismatch", line_of_business=LINES[1], owner="omar"),
             case(4, attribute="CycleEndingBalance", state="waived", outcome=None, waiver_reason="closed"),
             case(5, judged_from="mismatch", revision=3))
    return facts(cases=cases, observations=(), samples=4, skipped=30, tested=2,
                 generations=(), assignments=()).model_copy(update={
                     "samples": (sample(0), sample(1, line=LINES[1]), sample(2, line="Nobody's", category="boundary"))})


def spoiled() -> ReportFacts:
    """Hardly a value agrees, many rules are broken."""
    return facts(samples=9, tested=9, fail_every=2, waive_every=7, broken_rules=40, records=77)


MADE: dict[str, Callable[[], ReportFacts]] = {"ordinary": ordinary, "odd": odd, "spoiled": spoiled}


@cache
def book(name: str) -> dict[tuple[str, str], Any]:
    """(section, title) -> block of the report."""
    found: dict[tuple[str, str], Any] = {}
    for section in compose(MADE[name]()):
        for block in Body.model_validate_json(section.body).blocks:
            key = (section.name, getattr(block, "title", "figures" if isinstance(block, Figures) else ""))
            if isinstance(block, Table | Bars | Figures) and (key not in found or block.kind == "table"):
                found[key] = block
    return found


def told(name: str, section: str, title: str) -> list[tuple[Any, ...]]:
    """The rows of a table, in plain values."""
    return [tuple(cell.text if isinstance(cell, Mark) else cell for cell in row)
            for row in book(name)[section, title].rows]


def asked(name: str, sql: str) -> list[tuple[Any, ...]]:
    """What SQL says of the facts."""
    return ledger(MADE[name]()).execute(sql).fetchall()


CLASSES = """count(*), sum(outcome is 'match'), sum(outcome is 'match_within_tolerance'), sum(outcome is 'mismatch'),
    sum(state = 'concluded' and outcome in ('not_found', 'unreadable', 'needs_review')), sum(state = 'waived')"""
TESTABLE = "select name, critical from attributes where not pk"
TESTED = "select distinct attribute from cases where state = 'concluded'"

pytestmark = pytest.mark.parametrize("name", MADE)


def counted(name: str, *by: str) -> set[tuple[Any, ...]]:
    """Cases by outcome in groups, with the share that agrees of those concluded."""
    columns = ", ".join(by)
    rows = asked(name, f"select {columns}, {CLASSES} from cases group by {columns}")
    at = len(by)
    return {(*row, percent(row[at + 1] + row[at + 2], row[at] - row[at + 5])) for row in rows}


def test_results_by_line_and_attribute(name: str) -> None:
    """Each row of the three tables, and none too many."""
    for title, by in (("By line of business", ("line",)), ("By attribute", ("attribute",)),
                      ("By attribute and line of business", ("attribute", "line"))):
        rows = told(name, "testing_results", title)
        assert (counted(name, *by), len(rows)) == (set(rows), len(set(rows)))


def test_the_chart_of_outcomes_has_the_same_counts(name: str) -> None:
    """Bars are the rows of the table."""
    bars = book(name)["testing_results", "Outcomes by line of business"].bars
    assert {(row[0], *row[2:7]) for row in counted(name, "line")} == {(bar.label, *bar.values) for bar in bars}


def test_figures_of_the_first_page(name: str) -> None:
    """Five figures, each with its counts."""
    (attributes, covered), = asked(
        name, f"select count(*), sum(name in ({TESTED})) from ({TESTABLE})")
    (cases, match, near, mismatch, _, waived), = asked(name, f"select {CLASSES} from cases")
    (samples,), = asked(name, "select count(*) from samples")
    (issues, severe), = asked(name, "select count(*), coalesce(sum(severity in ('critical', 'high')), 0)"
                                    " from observations where verdict = 'approve'")
    concluded, records = cases - waived, MADE[name]().cycle.records
    figures = [(one.value, one.part, one.whole, one.detail) for one in book(name)["executive_summary", "figures"].items]
    assert figures == [
        (f"{covered}", covered, attributes, f"of {attributes} testable, {percent(covered, attributes)}"),
        (f"{samples}", samples, records, f"of {records:,} records filed"),
        (f"{concluded}", concluded, cases, f"of {cases}, {waived} waived"),
        (percent(match + near, concluded), match + near, concluded, f"{mismatch} differ"),
        (f"{severe}", None, None, f"of {issues} observation{'' if issues == 1 else 's'}"),
    ]


def test_measures_of_coverage(name: str) -> None:
    """Seven measures, by what they are taken of."""
    wanted = [
        f"select sum(name in ({TESTED})), count(*) from ({TESTABLE})",
        f"select coalesce(sum(name in ({TESTED})), 0), count(*) from ({TESTABLE}) where critical",
        f"select coalesce(sum(attribute in ({TESTED})), 0), count(*) from scope where action = 'test'",
        f"select count(*), {MADE[name]().cycle.records} from samples",
        "select count(distinct c.line), count(distinct s.line) from samples s left join cases c"
        " on c.line = s.line and c.state = 'concluded'",
        "select coalesce(sum(status = 'assigned'), 0), count(*) from pairs",
        "select sum(state = 'concluded'), count(*) from cases",
    ]
    counts = [asked(name, sql)[0] for sql in wanted]
    assert [(*pair, percent(*pair)) for pair in counts] == [
        row[1:] for row in told(name, "testing_coverage", "Measures of coverage")]
    drawn = [(bar.values[0], sum(bar.values)) for bar in book(name)["testing_coverage", "Coverage"].bars]
    assert [pair for pair in counts if pair[1]] == drawn


def test_coverage_by_line(name: str) -> None:
    """Samples, owners and cases of each line with a case."""
    rows = asked(name, """select line, (select count(*) from samples s where s.line = c.line),
        count(distinct nullif(owner, '')), count(*), sum(state = 'concluded'), sum(state = 'waived')
        from cases c group by line""")
    assert {(*row, percent(row[4], row[3])) for row in rows} == set(
        told(name, "testing_coverage", "Coverage by line of business"))


def test_decisions_on_scope(name: str) -> None:
    """Tested and skipped, with what is critical, failing, known and overruled among them."""
    rows = asked(name, """select count(*), coalesce(sum(attribute in (select name from attributes where critical)), 0),
        coalesce(sum(failing > 0), 0), coalesce(sum(past > 0), 0), coalesce(sum(action <> recommended), 0)
        from scope where action = 'test' union all
        select count(*), coalesce(sum(attribute in (select name from attributes where critical)), 0),
        coalesce(sum(failing > 0), 0), coalesce(sum(past > 0), 0), coalesce(sum(action <> recommended), 0)
        from scope where action = 'skip'""")
    assert rows == [row[1:] for row in told(name, "scope_and_approach", "Decisions on scope")][:2]


def test_samples_by_category(name: str) -> None:
    """The table adds up to the samples."""
    rows = asked(name, "select line, category, count(*) from samples group by line, category")
    shown = told(name, "scope_and_approach", "Samples by line of business and category")
    assert {(line, category.capitalize(), number) for line, category, number in rows} == set(shown)


def test_rules_by_dimension(name: str) -> None:
    """Checks are rules times records; a rule is met when it fails no more often than it accepts."""
    rows = asked(name, """select dimension, count(*), sum(failed <= threshold), sum(total), sum(failed), sum(passed)
        from rules group by dimension""")
    assert {(row[0].capitalize(), *row[1:5], percent(row[5], row[3])) for row in rows} == set(
        told(name, "testing_results", "Rules by dimension of data quality"))


def test_rules_that_found_something(name: str) -> None:
    """Every rule with a failing record, and its chart, longest bars first."""
    rows = asked(name, "select name, failed from rules where failed > 0")
    shown = told(name, "testing_results", "Rules that found failing records")
    bars = next(block for (section, title), block in book(name).items()
                if section == "testing_results" and title.startswith("Failing records by rule")).bars
    assert set(rows) == {(row[0], row[4]) for row in shown}
    assert sorted((failed for _, failed in rows), reverse=True)[:15] == [sum(bar.values) for bar in bars]


def test_observations_by_severity(name: str) -> None:
    """Those that stand, with their findings and plans."""
    rows = {row[0]: row[1:] for row in asked(name, """select severity, count(*), sum(findings),
        count(distinct attribute), sum(plan <> ''), coalesce(nullif(max(due), ''), '–') from observations
        where verdict = 'approve' group by severity""")}
    severities = ("critical", "high", "medium", "low")
    if not rows:
        assert ("observations", "Observations by severity") not in book(name)
        return
    shown = told(name, "observations", "Observations by severity")
    assert [(severity.capitalize(), *rows.get(severity, (0, 0, 0, 0, "–")))
            for severity in severities] == shown


def test_versions_of_phases(name: str) -> None:
    """Made, rejected, and the items of the approved ones; phases without versions have none."""
    rows = {kind: rest for kind, *rest in asked(name, """select phase, count(*), sum(status = 'rejected'),
        sum((status = 'approved') * members) from versions group by phase""")}
    shown = told(name, "phase_analysis", "The phases")
    titles = {phase.title: phase for phase in MADE[name]().phases}
    for row in shown:
        phase = titles[row[1]]
        assert (rows.get(phase.kind, [0, 0, 0]) if phase.versioned else ["–"] * 3) == list(row[3:6])


def test_owners(name: str) -> None:
    """Pairs, changes, cases, documents and failures of each owner."""
    names = {person.id: person.name for person in MADE[name]().cycle.people}
    rows = asked(name, """with owners as (select owner from cases where owner <> '' union select owner from pairs
        where owner <> '') select owner, (select count(*) from pairs p where p.owner = o.owner),
        (select coalesce(sum(changes), 0) from pairs p where p.owner = o.owner),
        (select count(*) from cases c where c.owner = o.owner),
        (select count(distinct document) from cases c where c.owner = o.owner and document <> ''),
        (select count(*) from cases c where c.owner = o.owner and outcome = 'mismatch') from owners o""")
    assert {(names[row[0]], *row[1:]) for row in rows} == {
        (row[0], *row[2:]) for row in told(name, "phase_analysis", "Data owners")}
