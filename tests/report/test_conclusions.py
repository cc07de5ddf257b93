"""The statistical conclusion comes from the records that were drawn, by the plan that drew them; it claims no more."""

from __future__ import annotations

from typing import Any

import pytest

from methods.figures.basis import Basis
from methods.figures.conclusions import blocks, concluded_sample
from methods.sampling import Member, draw
from methods.sampling.conclusions import conclude
from models.cycle_file import Sampling
from models.document import Mark, Paragraph, Table
from models.report import Case, ReportFacts
from tests.report.builders import case, cycle, facts

ATTRIBUTE = Sampling.model_validate({"method": "attribute", "tolerable_rate": "5%", "risk": "5%"})
FFIEC = Sampling(method="ffiec_hmda_2017")


def report_on(plan: Sampling, outcomes: dict[int, str], *, records: int = 400, **changes: Any) -> ReportFacts:
    """A report whose sample was drawn by the plan; `outcomes` by place in the draw, all others match."""
    members = [Member((f"R{at:04d}",), "Cards") for at in range(records)]
    failing = {f"R{at:04d}": ("r",) for at in range(9)}
    samples = draw(members, anomalies=failing, plan=plan, population_sha256="p", version_number=1,
                   population_size=records)
    drawn = [sample for sample in samples if sample.category == "random"]
    cases = [case(at, record_key=sample.record_key, attribute="Balance", line_of_business="Cards",
                  outcome=outcomes.get(at, "match")) for at, sample in enumerate(drawn)]
    others = [sample for sample in samples if sample.category == "anomaly"]
    cases += [case(len(cases) + at, record_key=sample.record_key, attribute="Balance", line_of_business="Cards",
                   outcome="mismatch") for at, sample in enumerate(others)]
    return facts(samples=1, tested=1, skipped=0, lines=1, broken_rules=0).model_copy(update={
        "samples": samples, "cases": tuple(cases), "observations": (), "cycle": cycle(records=records),
        "sampling": plan, **changes})


def row(found: ReportFacts) -> tuple[str, ...]:
    """The one row of the table, in words."""
    table = next(block for block in blocks(Basis(found)) if isinstance(block, Table))
    assert 1 == len(table.rows)
    return tuple(cell.text if isinstance(cell, Mark) else str(cell) for cell in table.rows[0])


def in_a_group(found: ReportFacts) -> ReportFacts:
    """The same with a second attribute that ends alike, in one group with the first."""
    again = [one.model_copy(update={"number": f"X{one.number}", "attribute": "Currency"}) for one in found.cases]
    groups = {"Amount": ("Balance", "Currency")}
    return found.model_copy(update={"cases": (*found.cases, *again), "field_groups": groups})


class TestAttribute:
    def test_supported(self) -> None:
        """No deviation in 55 of 400."""
        found = report_on(ATTRIBUTE, {})
        assert ("Balance", "55", "0", "0%", "4.75%", "Supported") == row(found)

    def test_one_deviation_too_many(self) -> None:
        """An undecided value is one too."""
        assert ["Not supported"] * 2 == [row(report_on(ATTRIBUTE, {3: outcome}))[-1] for outcome in ("mismatch",
                                                                                                "not_found")]

    def test_records_that_were_not_drawn_do_not_count(self) -> None:
        """A failing record that was taken for its failure proves nothing of the others."""
        plan = ATTRIBUTE.model_copy(update={"anomalies": 1})
        found = report_on(plan, {})
        assert 1 == sum(one.outcome == "mismatch" for one in found.cases)
        assert [("Balance", 0)] == [(one.field, one.deviations) for one in conclude(concluded_sample(Basis(found)))]

    def test_a_waived_case_is_not_tested(self) -> None:
        """With fewer records less is proved."""
        found = report_on(ATTRIBUTE, {})
        waived: tuple[Case, ...] = tuple(
            one.model_copy(update={"state": "waived", "outcome": None}) for one in found.cases[:20])
        assert ("35", "Not supported") == (
            (said := row(found.model_copy(update={"cases": waived + found.cases[20:]})))[1], said[-1])

    def test_the_sentence(self) -> None:
        """It counts data fields and names rate and confidence."""
        said = next(block for block in blocks(Basis(report_on(ATTRIBUTE, {}))) if isinstance(block, Paragraph)).text
        assert "For 1 of 1 data field the sample shows with 95% confidence that no more than the tolerable 5%" in said


    def test_a_group_is_one_data_field(self) -> None:
        """A record that is wrong in both attributes of a group deviates once; the table is by data field."""
        found = in_a_group(report_on(ATTRIBUTE, {0: "mismatch", 40: "mismatch"}))
        assert ("Amount", "55", "2") == row(found)[:3]
        table = next(block for block in blocks(Basis(found)) if isinstance(block, Table))
        assert ("Data field", "by data field") == (table.columns[0].label, table.order)


class TestTables:
    @pytest.mark.parametrize(("outcomes", "decided"), [
        ({0: "mismatch", 30: "mismatch", 31: "mismatch", 32: "mismatch"}, ("1", "4", "Passed in the initial sample")),
        ({0: "mismatch", 1: "mismatch"}, ("2", "2", "Below the threshold")),
        ({0: "mismatch", 29: "unreadable", 58: "mismatch"}, ("2", "3", "Threshold reached"))])
    def test_two_stages(self, outcomes: dict[int, str], decided: tuple[str, ...]) -> None:
        """One error among the first thirty ends the test of a field, whatever the rest has."""
        said = row(report_on(FFIEC, outcomes))
        assert ("59", decided) == (said[1], (said[2], said[3], said[5]))

    def test_one_stage(self) -> None:
        """There is no initial sample to pass in."""
        plan = Sampling(method="cfr12_1002_app_f")
        assert ("", "3", "Threshold reached") == (
            (said := row(report_on(plan, {0: "mismatch", 40: "mismatch", 58: "mismatch"})))[2], said[3], said[5])


    def test_a_group_is_one_data_field(self) -> None:
        """A record that is wrong in all attributes of a group has one error in it, as the FFIEC counts."""
        grouped = in_a_group(report_on(FFIEC, {0: "mismatch", 40: "mismatch"}))
        assert ("Amount", "59", "1", "2", "3", "Passed in the initial sample") == row(grouped)
        said = next(block for block in blocks(Basis(grouped)) if isinstance(block, Paragraph)).text
        assert "at most one error (Amount: Balance, Currency)" in said


class TestOthers:
    @pytest.mark.parametrize("plan", [None, Sampling(), Sampling(method="census")])
    def test_no_claim_without_a_method_for_it(self, plan: Sampling | None) -> None:
        """A stratified sample is not said to prove a rate."""
        assert () == blocks(Basis(facts(samples=2, tested=2).model_copy(update={"sampling": plan})))
