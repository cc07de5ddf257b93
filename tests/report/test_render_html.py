"""The HTML report: self-contained, escaped, complete where it can be read and honest where it cannot."""

from __future__ import annotations

import re
from typing import Any

import pytest

from activities.render.columns import LINE, layout
from activities.render.html import render_html
from methods.figures import compose
from methods.lettering import width
from models.document import Column
from models.errors import VerificationFailed
from models.report import ReportFacts
from tests.report.builders import LINES, case, cycle, facts, observation, rule

NASTY = '<script>alert("x")</script>'


def page(given: ReportFacts) -> str:
    """The report as text."""
    return render_html(given, compose(given)).decode()


def without_cases(**changes: Any) -> ReportFacts:
    """A report of ten samples and ten attributes, all matching."""
    return facts(**{"fail_every": 0, "waive_every": 0, "broken_rules": 0, **changes})


class TestSelfContained:
    def test_it_asks_for_nothing(self) -> None:
        """No address, no script, no picture or font from elsewhere; the policy forbids it besides."""
        found = page(facts()).replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"https?://|<script|<img|<link|@import|url\((?!#)", found)
        assert "default-src 'none'" in found

    def test_every_reference_inside_leads_somewhere(self) -> None:
        """Contents, labels of charts and patterns point to ids that exist once."""
        found = page(facts())
        ids = re.findall(r'\bid="([^"]+)"', found)
        wanted = {*re.findall(r'href="#([^"]+)"', found), *re.findall(r"url\(#([^)]+)\)", found)}
        for both in re.findall(r'aria-labelledby="([^"]+)"', found):
            wanted.update(both.split())
        assert len(set(ids)) == len(ids)
        assert set() == wanted - set(ids)

    def test_headings_of_tables_are_headings(self) -> None:
        """Printing repeats them on every page, and a screen reader names the column."""
        found = page(facts())
        assert found.count("<thead>") == found.count("<colgroup>") > 20
        assert "thead { display: table-header-group; }" in found


class TestEscaping:
    @pytest.mark.parametrize("changes", [
        {"cycle": cycle(report_name=NASTY)}, {"cycle": cycle(institution=NASTY)}, {"cycle": cycle(regulation=NASTY)},
        {"cases": (case(outcome="mismatch", evidence=NASTY, reason=NASTY, document=NASTY, line_of_business=NASTY),),
         "observations": ()},
        {"rules": (rule(NASTY, attribute=NASTY, passed=999, failed=1, failing_keys=(NASTY,)),)},
        {"cases": (case(outcome="mismatch"),), "observations": (
            observation(title=NASTY, description=NASTY, root_cause=NASTY, remediation_plan=NASTY),)},
    ])
    def test_what_people_wrote_never_becomes_markup(self, changes: dict[str, Any]) -> None:
        """Wherever it stands, a tag is shown as text."""
        found = page(facts(**changes))
        assert "<script" not in found
        assert "&lt;script&gt;" in found

    def test_a_comment_of_a_section_is_escaped(self) -> None:
        """The tester's comment is text like any other."""
        given = facts()
        sections = tuple(section.model_copy(update={"comment": NASTY}) for section in compose(given))
        assert "<script" not in render_html(given, sections).decode()

    def test_values_cannot_turn_the_reading_direction(self) -> None:
        """A value with a direction control shows it instead of obeying it."""
        found = page(facts(cases=(case(outcome="mismatch", evidence="12\u202e34"),), observations=()))
        assert "\u202e" not in found
        assert "12⟨U+202E⟩34" in found

    def test_values_of_other_scripts_are_set_apart(self) -> None:
        """Right-to-left text does not drag its neighbours along."""
        assert "<bdi>שלום</bdi>" in page(facts(cases=(case(outcome="mismatch", reason="שלום"),), observations=()))


class TestSize:
    def test_a_short_register_is_printed_whole(self) -> None:
        """Up to 200 cases stand in the appendix."""
        found = page(without_cases(samples=20, tested=10))
        assert "TC-00001" in found
        assert "TC-00200" in found

    def test_a_long_register_is_counted_and_pointed_to(self) -> None:
        """Above that, the number and the sheet that has them."""
        found = page(without_cases(samples=21, tested=10))
        assert "TC-00200" not in found
        assert "210 rows: too many to read on paper. All are in sheet “Cases” of the workbook." in found

    def test_ten_thousand_cases_show_their_exceptions(self) -> None:
        """Every exception is in the page, every match only in the workbook."""
        found = page(facts(samples=100, tested=100, skipped=0, fail_every=500, waive_every=0, broken_rules=0))
        assert "TC-00500" in found
        assert "TC-10000" in found
        assert "TC-00001" not in found
        assert len(found) < 1_000_000

    def test_very_many_exceptions_are_cut_with_a_word(self) -> None:
        """A thousand are shown, and the reader knows of the others."""
        found = page(facts(samples=40, tested=60, skipped=0, fail_every=2, waive_every=0, broken_rules=0))
        assert re.search("The first 1,000 of 1,2[0-9]{2} rows, mismatches first. All are in sheet “Exceptions”", found)

    def test_one_case_makes_a_report(self) -> None:
        """No empty chart, no table without a word."""
        found = page(without_cases(samples=1, tested=1, skipped=0, lines=1))
        assert "No exceptions: the one value tested agrees with its source." in found
        assert "None: every case agrees with its evidence." in found

    def test_many_lines_of_business_share_one_chart(self) -> None:
        """The worst twenty, and the title says so: one bar for all others would leave nothing to see of these."""
        cases = tuple(case(place, line_of_business=f"Line {place}") for place in range(30))
        found = page(facts(cases=cases, observations=()))
        assert "Outcomes by line of business (the 20 with most mismatches, of 30)" in found
        assert 20 == found.count("100% agree</text>")


class TestTrust:
    def test_the_first_page_says_what_was_tested_and_who_signs(self) -> None:
        """Subject, result, open issues, signatories, before the second section begins."""
        first = page(facts()).split('id="scope_and_approach"')[0]
        for expected in ("FR Y-14M Schedule D.1", "31 March 2026", "7 exceptions in 98 concluded test cases",
                         "Open observations of critical or high severity", "Ruth Adler", "not authenticated"):
            assert expected in first

    def test_other_facts_than_those_decided_on_are_refused(self) -> None:
        """A report is never drawn from cases that its sections were not composed from."""
        given = without_cases()
        changed = given.cases[0].model_copy(update={"reported": "1.00"})
        with pytest.raises(VerificationFailed, match=r"section 'appendix' .* decided on 100 rows of cases"):
            render_html(given.model_copy(update={"cases": (changed, *given.cases[1:])}), compose(given))

    def test_an_amending_cycle_says_what_it_corrects(self) -> None:
        """The correction names the finished cycle."""
        assert "correcting 2025-q4-cards" in page(facts(cycle=cycle(amends="2025-q4-cards")))


class TestColumns:
    def test_short_values_are_not_broken_where_there_is_room(self) -> None:
        """A date keeps its width beside a long text."""
        columns = (Column(label="Due", kind="time"), Column(label="Reason", kind="long"))
        found = layout(columns, (("2026-06-30", "word " * 60),), dense=False)
        assert float(found.widths[0].rstrip("%")) > 9

    def test_in_a_crowd_long_values_give_way(self) -> None:
        """A name is whole beside values that break at any width."""
        columns = tuple(Column(label=label, kind="key") for label in ("By", *"abcdef"))
        found = layout(columns, (("Jane", *("9" * 90 for _ in "abcdef")),), dense=False)
        assert LINE[found.setting] * float(found.widths[0].rstrip("%")) / 100 - 2 >= width("Jane")

    def test_widths_fill_the_table(self) -> None:
        """The columns make a hundred percent."""
        columns = tuple(Column(label=f"Column {place}") for place in range(7))
        found = layout(columns, (tuple("x" * place for place in range(7)),), dense=False)
        assert 100 == pytest.approx(sum(float(width.rstrip("%")) for width in found.widths), abs=0.1)

    def test_only_very_wide_tables_turn_the_page(self) -> None:
        """Twelve columns of keys go across; nine never do."""
        key = "K" * 24
        wide, narrow = ((Column(label="Key", kind="key"),) * number for number in (12, 9))
        assert ("wide", "compact") == (layout(wide, ((key,) * 12,), dense=False).setting,
                                       layout(narrow, ((key,) * 9,), dense=False).setting)


def test_lines_of_business_are_all_named() -> None:
    """A reader finds each line of business by name."""
    found = page(facts(samples=10, lines=5))
    assert all(line in found for line in LINES)
