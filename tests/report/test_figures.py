"""The sections of the report: computed from facts alone, reconciled, and the same whatever the order of facts."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from methods.figures import compose, registers
from methods.figures.basis import Basis, grouped
from methods.figures.checks import checks
from methods.figures.observations import recommendations
from methods.figures.summary import conclusion
from models.cycle_file import Comparison
from models.document import Body, Mark, Register, Table
from models.report import Assignment, CarriedFacts, ReportFacts, ResolutionFacts, StatedComparison
from tests.report.builders import LINES, START, case, comment, cycle, facts, observation, rule, rules_of, sample, scope

PARTS = ("phases", "versions", "attributes", "rules", "scope", "samples", "generations", "assignments", "cases",
         "comparisons", "observations", "comments", "metrics", "audit_heads")


def one(*cases: Any, **changes: Any) -> ReportFacts:
    """A report of one sample and one attribute with just these cases."""
    given: dict[str, Any] = {"samples": 1, "tested": 1, "skipped": 0, "lines": 1, "broken_rules": 0}
    return facts(**{**given, "cases": cases, "observations": (), **changes})


def tables(found: ReportFacts, section: str) -> dict[str, Table]:
    """The tables of a section by title."""
    body = next(s.body for s in compose(found) if s.name == section)
    return {block.title: block for block in Body.model_validate_json(body).blocks if isinstance(block, Table)}


def text(found: ReportFacts, section: str) -> str:
    """The canonical body of a section."""
    return next(s.body for s in compose(found) if s.name == section)


class TestSections:
    def test_there_are_eight_in_order(self) -> None:
        """The sections that a reader of such reports expects."""
        expected = ["executive_summary", "scope_and_approach", "testing_coverage", "phase_analysis", "testing_results",
                    "observations", "sign_offs", "appendix"]
        assert expected == [section.name for section in compose(facts())]

    def test_their_order_counts_from_one(self) -> None:
        """Section 1 is the executive summary."""
        assert [*range(1, 9)] == [section.ordinal for section in compose(facts())]

    def test_bodies_are_canonical(self) -> None:
        """A body read and written again has the same bytes."""
        for section in compose(facts()):
            assert section.body == Body.model_validate_json(section.body).canonical()

    def test_the_order_of_facts_does_not_show(self) -> None:
        """Queries may return rows in any order."""
        given = facts()
        shuffled = {part: list(getattr(given, part)) for part in PARTS}
        for rows in shuffled.values():
            random.Random(7).shuffle(rows)  # noqa: S311 - an order, not a secret
        people = given.cycle.model_copy(update={"people": given.cycle.people[::-1], "inputs": given.cycle.inputs[::-1]})
        assert compose(given) == compose(given.model_copy(update={
            **{part: tuple(rows) for part, rows in shuffled.items()}, "cycle": people}))

    def test_ten_thousand_cases_stay_out_of_the_bodies(self) -> None:
        """The case register is pinned by count and hash, not copied into the versioned section."""
        given = facts(samples=100, tested=100, skipped=0, fail_every=0, waive_every=0, broken_rules=0)
        register = next(block for block in Body.model_validate_json(text(given, "appendix")).blocks
                        if isinstance(block, Register))
        assert (10_000, registers.digest(registers.rows(given, "cases"))) == (register.count, register.sha256)
        assert len(text(given, "appendix")) < 50_000

    def test_sheets_have_names_of_their_own(self) -> None:
        """No two tables go to the same sheet of the workbook, whatever their case."""
        names = [block.sheet.lower() for section in compose(facts())
                 for block in Body.model_validate_json(section.body).blocks
                 if isinstance(block, Register) or (isinstance(block, Table) and block.sheet
                                                    and block.where != "document")]
        assert len(set(names)) == len(names)

    @pytest.mark.parametrize("empty", ["rules", "samples", "assignments", "cases", "observations", "metrics",
                                       "audit_heads", "generations", "attributes", "scope", "versions", "phases"])
    def test_a_report_without_some_facts_is_still_composed(self, empty: str) -> None:
        """Nothing divides by zero and nothing is left out."""
        gone: dict[str, Any] = {empty: ()}
        if empty in ("cases", "phases"):
            gone |= {"observations": (), "versions": ()}
        assert 8 == len(compose(facts().model_copy(update=gone)))


class TestMetrics:
    def test_are_worded_with_what_they_are_computed_from(self) -> None:
        """Times in their two largest units, shares in percent, counts by their unit; measures in their order."""
        rows = tables(facts(), "appendix")["Metrics of the cycle"].rows
        assert rows == (
            ("Version creation rate (versions per round)", "All phases", "1.25", "–", "–", "10 / 8", "–"),
            ("Approval time, created to approved", "All phases", "5 h", "–", "–", "10 of 12", "–"),
            ("Approval time, submitted to decided", "Scoping", "0 s", "–", "–", "10 of 12", 1),
            ("Rejection rate, versions", "All phases", "10.0%", "–", "–", "1 of 10", "–"),
            ("Document revisions (revisions per document)", "Request Info", "1.33", "1.00", "1.80", "4 / 3", "–"),
            ("Waiting time, data owner", "Request Info", "–", "–", "–", "0 of 12", "–"),
        )


class TestConclusion:
    def test_full_agreement(self) -> None:
        """One matching case and nothing else."""
        assert ("No exceptions: the one value tested agrees with its source.", "good") == conclusion(Basis(one(case())))

    def test_open_severe_observations_make_it_grave(self) -> None:
        """A high observation stands in the first sentence."""
        failed = one(case(outcome="mismatch"), observations=(observation(),))
        assert ("1 exception in 1 concluded test case; 1 observation of critical or high severity is open.",
                "bad") == conclusion(Basis(failed))

    def test_a_non_issue_is_not_open(self) -> None:
        """What the report owner decided to be none does not count as open."""
        failed = one(case(outcome="mismatch"), observations=(observation(verdict="non_issue"),))
        assert ("1 exception in 1 concluded test case; no critical or high observation is open.",
                "warn") == conclusion(Basis(failed))

    def test_nothing_concluded_is_said_as_such(self) -> None:
        """All cases waived is not agreement."""
        waived = one(case(state="waived", outcome=None, waiver_reason="closed"))
        assert conclusion(Basis(waived))[0].startswith("No test case was concluded")

    def test_undecided_cases_are_not_agreement(self) -> None:
        """A value that was not found does not agree."""
        assert ("No exceptions: no value was found to differ; 1 case could not be decided.",
                "warn") == conclusion(Basis(one(case(outcome="not_found"))))


class TestCounting:
    def test_every_case_is_in_one_class(self) -> None:
        """Agreed, disagreed, undecided and waived make all cases, in each line of business."""
        for total in grouped(facts().cases, lambda c: (c.line_of_business,)).values():
            assert total.cases == total.agreed + total.disagreed + total.undecided + total.waived

    def test_lines_of_business_add_up_to_the_whole(self) -> None:
        """The table's columns sum to the report's totals."""
        given = facts()
        rows = tables(given, "testing_results")["By line of business"].rows
        overall = Basis(given).overall
        assert (overall.cases, overall.disagreed, overall.waived) == tuple(
            sum(int(str(row[place])) for row in rows) for place in (1, 4, 6))

    def test_an_attribute_whose_cases_are_all_waived_is_not_tested(self) -> None:
        """Coverage counts concluded tests, not intentions."""
        waived = one(case(state="waived", outcome=None, waiver_reason="closed"))
        assert 0 == Basis(waived).coverage

    def test_primary_keys_are_counted_apart(self) -> None:
        """A look-up key is neither testable nor tested."""
        basis = Basis(facts(tested=10, skipped=8))
        assert (1, 18, 10) == (len(basis.keys), len(basis.testable), len(basis.tested))

    def test_judged_cases_are_shown_with_their_reason(self) -> None:
        """What a person concluded instead of the comparison is listed, though it agrees."""
        judged = one(case(judged_from="needs_review", reason="same day"))
        row = registers.rows(judged, "exceptions")[0]
        assert "Judged by the tester (comparison: needs review): same day" == row[8]

    def test_mismatches_come_before_waivers(self) -> None:
        """Where a list is cut, the gravest rows are above the cut."""
        given = one(case(0, state="waived", outcome=None, waiver_reason="closed"), case(1, outcome="unreadable"),
                    case(2, outcome="mismatch"))
        assert ["TC-00003", "TC-00002", "TC-00001"] == [row[0] for row in registers.rows(given, "exceptions")]

    def test_nothing_and_blank_are_told_apart(self) -> None:
        """A missing value and an empty one are different findings."""
        given = one(case(0, reported=None), case(1, reported=" "))
        assert ["(none)", "(blank)"] == [row[5] for row in registers.rows(given, "cases")]

    def test_people_of_the_same_name_keep_their_id(self) -> None:
        """Two Jane Does stay two persons."""
        people = tuple(p.model_copy(update={"name": "Jane Doe"}) for p in cycle().people[:2])
        basis = Basis(facts(cycle=cycle(people=people)))
        assert ("Jane Doe (jane)", "Jane Doe (mike)") == (basis.name("jane"), basis.name("mike"))


class TestComparisons:
    def test_settings_without_a_column_are_named(self) -> None:
        """What was tolerated is in the report, whatever it was."""
        stated = StatedComparison(attribute="Income", comparison=Comparison(
            round_to=Decimal(1000), same_year=True, sign_marks={"CR": "-"}, nothing=("NA", "Exempt")))
        found = tables(one(comparisons=(stated,)), "scope_and_approach")["Stated comparisons"]
        assert ("Also", "round_to: 1000; sign_marks: CR is -; same_year: yes; nothing: NA, Exempt") == (
            found.columns[-1].label, found.rows[0][-1])

    def test_without_such_settings_there_is_no_column(self) -> None:
        """A report that states none looks as it did."""
        assert "Codes translated" == tables(one(), "scope_and_approach")["Stated comparisons"].columns[-1].label


class TestContent:
    def test_breaks_of_rules_appear_with_keys(self) -> None:
        """A real break of a profiling rule names the records, and how many more there are."""
        broken = rule("Assets.identity", passed=990, failed=10, failing_keys=("700123", "700124", "a", "b", "c"))
        rows = tables(facts(rules=(broken,)), "testing_results")["Rules that found failing records"].rows
        assert [("Assets.identity", "700123, 700124 and 8 more")] == [(row[0], row[-1]) for row in rows]

    @pytest.mark.parametrize(("explained", "said"), [
        ((7, 7), "Of these, 2 are explained (B.domain and C.domain) and 1 is not explained."),
        ((0, 3), "Of these, 1 is explained in part and 2 are not explained."),
        ((7, 3), "Of these, 1 is explained (B.domain), 1 is explained in part and 1 is not explained.")])
    def test_the_first_page_says_which_broken_rules_are_explained(self, explained: tuple[int, int], said: str) -> None:
        """By name where every failing record is, by number otherwise; a blocking rule never is."""
        rules = (rule("A.not_null", gate="blocking", passed=999, failed=1), *(
            rule(name, passed=993, failed=7, explained=number)
            for name, number in zip(("B.domain", "C.domain"), explained, strict=True)))
        assert said in text(facts(rules=rules), "executive_summary")

    def test_rules_that_nobody_can_explain_are_not_said_to_lack_it(self) -> None:
        """A blocking rule is corrected."""
        assert "explained" not in text(facts(rules=(rule(gate="blocking", passed=999, failed=1),)), "executive_summary")

    def test_explained_failures_stay_counted(self) -> None:
        """Failed, explained and open, who explained and who approved; explained is not met."""
        why = {"number": 1, "records": 7, "covers": "all", "reason": "a merger", "by": "jane", "decided_by": "mike",
               "decided_at": datetime(2026, 4, 1, tzinfo=UTC)}
        found = tables(facts(rules=(rule(passed=993, failed=7, explained=7, explanations=(why,)),)), "testing_results")
        assert [(7, 7, 0)] == [row[4:7] for row in found["Rules that found failing records"].rows]
        (row,) = found["Approved explanations of failing records"].rows
        assert ("all", "a merger", "Jane Doe", "Mike Johnson") == row[3:7]
        assert "Explained" in str(found["All profiling rules"].rows[0][-1])

    def test_every_key_handed_over_is_in_the_workbook(self) -> None:
        """A row for each failing record of each rule."""
        given = facts(rules=rules_of(("A", "B"), records=1000, broken=4))
        keys = tables(given, "testing_results")["Keys of failing records"].rows
        assert sum(len(r.failing_keys) for r in given.rules) == len(keys)

    def test_withdrawn_draws_of_samples_stay(self) -> None:
        """Nobody can shop for a sample: each draw is listed with seed and fate."""
        rows = tables(facts(), "scope_and_approach")["Every draw of samples"].rows
        assert [("Withdrawn", "41c07d9e"), ("Approved", "8f3a6c21")] == [
            (row[1].text if isinstance(row[1], Mark) else "", row[4]) for row in rows]

    def test_non_issues_keep_their_rationale(self) -> None:
        """What was decided to be none stays in the report with the reason."""
        decided = one(case(outcome="mismatch"), observations=(observation(verdict="non_issue"),))
        row = tables(decided, "observations")["Observations decided to be no issue"].rows[0]
        assert "The source was restated after the reporting date; the filing is right." == row[4]

    def test_rejected_and_withdrawn_versions_stand_in_the_history_with_reasons(self) -> None:
        """The history of a phase shows what did not become the approved version, and why."""
        rows = tables(facts(), "phase_analysis")["Versions of Sample Selection"].rows
        assert "The population lacked the last day of the month." == rows[0][-1]

    def test_an_override_does_not_hide_the_derived_state(self) -> None:
        """Both states are shown, with the reason."""
        given = facts()
        changed = given.phases[0].model_copy(update={"override": "On hold", "override_reason": "audit"})
        rows = tables(given.model_copy(update={"phases": (changed, *given.phases[1:])}), "phase_analysis")["The phases"]
        assert "Complete (overridden: On hold, audit)" == rows.rows[0][2]

    def test_very_low_coverage_needs_acceptance(self) -> None:
        """Below five percent the report says who accepts the risk."""
        assert "formally accept the risk" in text(facts(tested=1, skipped=30), "testing_coverage")

    def test_five_percent_needs_none(self) -> None:
        """The bound itself is not below."""
        assert "formally accept the risk" not in text(facts(tested=1, skipped=19), "testing_coverage")

    def test_a_plan_past_due_is_marked(self) -> None:
        """Due is judged by the report's own date, never by the clock."""
        late = one(case(outcome="mismatch"), observations=(observation(remediation_due="2026-04-01"),))
        assert Mark(text="2026-04-01 past", tone="bad") == tables(late, "observations")["Observations"].rows[0][-1]

    def test_what_a_retest_resolved_is_told_with_the_execution(self) -> None:
        """By its run and case; a report without any has no such table."""
        line = ResolutionFacts(owner="lisa", key="CreditLimit | Cards", case_number="TC-00001", run=2, document="a.csv",
                               revision_number=3, executed_at=START)
        rows = tables(facts(resolutions=(line,)), "observations")["Findings resolved by a retest"].rows
        assert [("execution 2 of case TC-00001", "a.csv, revision 3")] == [row[3:5] for row in rows]
        assert "Findings resolved by a retest" not in tables(facts(), "observations")

    @pytest.mark.parametrize(("changes", "said"), [
        ({"state": "open"}, "not tested in this cycle; it carries into the next"),
        ({"state": "recurs", "tested": 4, "failed": 1}, "1 of 4 cases failed again"),
        ({"state": "resolved", "tested": 1, "case_number": "TC-00009", "run": 2},
         "1 case passed; resolved by execution 2 of case TC-00009")])
    def test_carried_observations_are_told_with_their_state(self, changes: dict[str, Any], said: str) -> None:
        """Each with the cycle that it comes from."""
        one = CarriedFacts(from_cycle="2025-q4:r", from_period=START.date(), owner="lisa", key="CreditLimit | Cards",
                           severity="high", title="t", **changes)
        (row,) = tables(facts(carried=(one,)), "observations")["Observations of earlier cycles"].rows
        assert ("2025-q4:r", said) == (row[0], row[-1])

    def test_another_severity_than_proposed_is_told_with_its_reason(self) -> None:
        """Beside what was proposed, and how that added up."""
        told = observation(severity="low", proposed_severity="high", severity_reason="archived",
                           severity_basis="high: x")
        given = one(case(outcome="mismatch"), observations=(told,))
        assert "Low, where high was proposed: archived (Proposed as high: x.)" in text(given, "observations")

    def test_comments_and_questions_stand_in_the_appendix(self) -> None:
        """In order of time, with who said it on what; a report without any says nothing of them."""
        said = (comment("it is filed at noon", at=9, by="jane"), comment("which day?", at=8, by="mike", question=True))
        table = tables(facts(comments=said), "appendix")["Comments and questions"]
        assert [("Question", "which day?"), ("Comment", "it is filed at noon")] == [row[-2:] for row in table.rows]
        assert "Comments and questions" not in tables(facts(), "appendix")

    def test_the_report_says_that_actors_are_not_authenticated(self) -> None:
        """Until commands are signed, the first page and the sign-offs say so."""
        assert "are not authenticated" in text(facts(), "executive_summary")
        assert "are not authenticated" in text(facts(), "sign_offs")


class TestRecommendations:
    def test_none_where_figures_call_for_none(self) -> None:
        """A clean report recommends nothing."""
        assert ("None: the figures call for no action.",) == recommendations(Basis(one(case())))

    def test_low_coverage_is_to_be_widened(self) -> None:
        """Below a quarter of the testable attributes."""
        assert recommendations(Basis(facts(tested=2, skipped=8, fail_every=0)))[0].startswith("Widen the next cycle")

    def test_low_agreement_calls_for_root_causes(self) -> None:
        """Below nine of ten values."""
        assert any("root cause" in line for line in recommendations(Basis(facts(fail_every=3, waive_every=0))))

    def test_severe_observations_without_a_date_get_one(self) -> None:
        """A high observation needs a dated plan."""
        undated = one(case(outcome="mismatch"), observations=(observation(remediation_due=None),))
        assert any("an owner and a date" in line for line in recommendations(Basis(undated)))


class TestReconciliation:
    def failing(self, given: ReportFacts) -> list[str]:
        """The claims that do not hold."""
        return [claim for claim, _, against in checks(Basis(given)) if against]

    def test_consistent_facts_reconcile(self) -> None:
        """The builder's report holds every claim."""
        assert [] == self.failing(facts())

    def test_a_missing_case_is_found(self) -> None:
        """Each sample and attribute in scope has a case."""
        given = facts(fail_every=0)
        assert any("exactly one test case" in claim for claim in
                   self.failing(given.model_copy(update={"cases": given.cases[1:]})))

    def test_a_waived_pair_needs_no_case(self) -> None:
        """An attribute waived for the line of business explains its missing cases."""
        waived = Assignment(attribute="CreditLimit", line_of_business=LINES[0], status="waived", reason="sold")
        assert [] == self.failing(one(assignments=(waived,)))

    def test_a_case_out_of_scope_is_found(self) -> None:
        """A case on an attribute that nobody put in scope."""
        assert any("an attribute in scope" in claim for claim in
                   self.failing(one(case(), case(1, attribute="Unasked"))))

    def test_a_mismatch_without_observation_is_found(self) -> None:
        """Every failure is in a decided observation."""
        assert ["Every mismatch is a finding of a decided observation"] == self.failing(one(case(outcome="mismatch")))

    def test_a_finding_that_agrees_is_found(self) -> None:
        """A retest that passes must not leave its observation standing."""
        assert ["Every finding is a mismatch"] == self.failing(one(case(), observations=(observation(),)))

    def test_the_report_states_what_does_not_hold(self) -> None:
        """An exception stands in the report and names its facts."""
        rows = tables(one(case(outcome="mismatch")), "appendix")["Reconciliation"].rows
        assert [("Does not hold", "TC-00001")] == [
            (row[3].text, row[4]) for row in rows if isinstance(row[3], Mark) and row[2]]


def test_samples_and_scope_can_be_given_alone() -> None:
    """The builders of single facts fit together."""
    given = one(case(), samples=1).model_copy(update={"samples": (sample(),), "scope": (scope(),)})
    assert 8 == len(compose(given))
