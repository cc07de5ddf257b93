"""The two tables of the law: every row at both of its ends, every stopping rule at its boundary, and how they err."""

from __future__ import annotations

import json
import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from methods.sampling.tables import Decision, LiteralTable, cfr12_1002_app_f, errors_by_field, ffiec_hmda_2017
from methods.sampling.tolerances import TOLERANCES, AmountTolerance, DateTolerance
from models.errors import BadInput

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "sampling_tables.json"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the published tables are not beside the project")
FFIEC, CFR = ffiec_hmda_2017, cfr12_1002_app_f


@needs_data
class TestAsPublished:
    def test_ffiec(self) -> None:
        """Every row; the initial sizes that come from memory are marked, the one that was read is not."""
        rows = json.loads(DATA.read_text(encoding="utf-8"), parse_float=Fraction)["hmda_ffiec_2017"]["rows"]
        ours = [[r.low, r.high, r.total, r.initial, r.initial_threshold, r.threshold,
                 r.printed_percent and r.printed_percent * 100] for r in FFIEC.rows]
        assert rows == ours
        assert [bool(row.unverified) for row in FFIEC.rows] == [row.initial in (15, 20, 29, 30) for row in FFIEC.rows]

    def test_cfr(self) -> None:
        """Every row, none of it from memory."""
        rows = json.loads(DATA.read_text(encoding="utf-8"), parse_float=Fraction)["cfr12_1002_appF"]["rows"]
        assert rows == [[r.low, r.high, r.total, r.threshold, (r.printed_percent or 0) * 100] for r in CFR.rows]
        assert not any(row.unverified for row in CFR.rows)


class TestRows:
    @pytest.mark.parametrize(("records", "initial", "total", "threshold"), [
        (1, 1, 1, 3), (24, 24, 24, 3), (25, 15, 25, 3), (29, 15, 29, 3), (30, 15, 30, 3), (50, 15, 30, 3),
        (51, 20, 30, 3), (100, 20, 30, 3), (101, 29, 47, 3), (130, 29, 47, 3), (131, 30, 56, 3), (190, 30, 56, 3),
        (191, 30, 59, 3), (500, 30, 59, 3), (501, 30, 79, 4), (100_000, 30, 79, 4), (100_001, 61, 159, 4)])
    def test_ffiec_at_every_end(self, records: int, initial: int, total: int, threshold: int) -> None:
        """Fewer than 30 lines are tested whole, and the threshold stays 3."""
        row = FFIEC.row(records)
        assert ((initial, total), threshold) == (row.sizes(records), row.threshold)

    @pytest.mark.parametrize(("records", "total", "threshold"), [
        (100, 47, 3), (130, 47, 3), (131, 56, 3), (190, 56, 3), (191, 59, 3), (500, 59, 3), (501, 79, 4),
        (100_000, 79, 4), (100_001, 159, 4)])
    def test_cfr_at_every_end(self, records: int, total: int, threshold: int) -> None:
        """It has one stage."""
        row = CFR.row(records)
        assert ((total, total), threshold) == (row.sizes(records), row.threshold)

    def test_cfr_begins_at_a_hundred(self) -> None:
        """Appendix F says nothing of fewer."""
        with pytest.raises(BadInput, match="begins at 100 records; there are 99"):
            CFR.row(99)

    @pytest.mark.parametrize("table", [FFIEC, CFR], ids=lambda table: table.name)
    def test_printed_percent(self, table: LiteralTable) -> None:
        """Where one is printed, it is the threshold as a share of the sample, to a tenth."""
        printed = [row for row in table.rows if row.printed_percent is not None and row.total is not None]
        assert printed
        assert all(abs(Fraction(row.threshold, row.total or 1) - (row.printed_percent or 0)) <= Fraction(1, 2000)
                   for row in printed)


class TestStopping:
    @pytest.mark.parametrize("records", [25, 51, 101, 131, 191, 501, 100_001])
    def test_after_the_initial_sample(self, records: int) -> None:
        """One error stops the test of a field, two do not."""
        assert [Decision.STOP, Decision.STOP, Decision.CONTINUE] == [
            FFIEC.after_initial(errors, population=records) for errors in (0, 1, 2)]

    @pytest.mark.parametrize("table", [FFIEC, CFR], ids=lambda table: table.name)
    @pytest.mark.parametrize("records", [100, 131, 191, 501, 100_001])
    def test_after_the_total_sample(self, table: LiteralTable, records: int) -> None:
        """The threshold itself fails the field, one error less does not."""
        threshold = table.row(records).threshold
        assert [Decision.BELOW, Decision.RESUBMIT] == [
            table.after_total(errors, population=records) for errors in (threshold - 1, threshold)]

    def test_no_initial_sample_in_one_stage(self) -> None:
        """Appendix F has none."""
        with pytest.raises(BadInput, match="one stage"):
            CFR.after_initial(1, population=200)

    @pytest.mark.parametrize("errors", [-1, 31])
    def test_more_errors_than_records(self, errors: int) -> None:
        """They are counted wrongly."""
        with pytest.raises(BadInput, match="cannot be"):
            FFIEC.after_initial(errors, population=400)


class TestErrors:
    def test_a_group_counts_once_per_record(self) -> None:
        """Ethnicity and race are many fields and two data fields."""
        found = [("a", "ethnicity_1"), ("a", "ethnicity_2"), ("b", "ethnicity_2"), ("b", "rate"), ("b", "rate")]
        groups = {"ethnicity_1": "ethnicity", "ethnicity_2": "ethnicity"}
        assert {"ethnicity": 2, "rate": 1} == errors_by_field(found, groups=groups)


class TestOperatingCharacteristic:
    @pytest.mark.parametrize(("records", "chances"), [
        (60, (".003", ".017", ".151", ".509")), (110, (".008", ".049", ".328", ".766")),
        (300, (".012", ".066", ".388", ".806")), (600, (".004", ".040", ".361", ".807")),
        (200_000, (".042", ".241", ".805", ".987"))])
    def test_known_chances(self, records: int, chances: tuple[str, ...]) -> None:
        """P(resubmit) at true error rates of 1, 2, 5 and 10%, as computed independently beforehand."""
        found = [FFIEC.chance_to_fail(Fraction(rate, 100), population=records) for rate in (1, 2, 5, 10)]
        assert all(abs(one - Fraction(known)) <= Fraction(6, 10_000) for one, known in zip(found, chances, strict=True))

    @pytest.mark.parametrize("table", [FFIEC, CFR], ids=lambda table: table.name)
    @pytest.mark.parametrize(("records", "percent"), [(300, 5), (600, 2)])
    def test_the_rules_carried_out(self, table: LiteralTable, records: int, percent: int) -> None:
        """Fields with seeded errors, tested and stopped by the rules, fail as often as computed, within 4 sigma."""
        source, rounds = random.Random(records + percent), 1000  # noqa: S311 - a simulation, not a secret
        first, total = table.row(records).sizes(records)
        failed = 0
        for _ in range(rounds):
            errors = [source.randrange(100) < percent for _ in range(total)]
            stopped = table.two_stage and (
                table.after_initial(sum(errors[:first]), population=records) is Decision.STOP)
            failed += not stopped and table.after_total(sum(errors), population=records) is Decision.RESUBMIT
        chance = float(table.chance_to_fail(Fraction(percent, 100), population=records))
        assert abs(failed / rounds - chance) < 4 * (chance * (1 - chance) / rounds) ** 0.5


class TestTolerances:
    @pytest.mark.parametrize(("field", "reported", "found", "error"), [
        ("application_date", date(2017, 5, 4), date(2017, 5, 1), False),
        ("application_date", date(2017, 5, 5), date(2017, 5, 1), True),
        ("application_date", date(2017, 1, 1), date(2016, 12, 31), False),
        ("action_taken_date", date(2017, 5, 4), date(2017, 5, 7), False),
        ("action_taken_date", date(2017, 5, 4), date(2017, 5, 8), True),
        ("action_taken_date", date(2017, 1, 1), date(2016, 12, 31), True)])
    def test_dates(self, field: str, reported: date, found: date, error: bool) -> None:
        """Three days pass, four do not; for the action taken a day across New Year is an error."""
        tolerance = TOLERANCES[field]
        assert isinstance(tolerance, DateTolerance)
        assert error == tolerance.is_error(reported, found)

    @pytest.mark.parametrize(("field", "reported", "found", "error"), [
        ("loan_amount", "150000", "151000", False), ("loan_amount", "150000", "151000.01", True),
        ("income", "73000", "72500", False), ("income", "73000", "72499.99", True), ("income", "72999", "73000", True)])
    def test_amounts(self, field: str, reported: str, found: str, error: bool) -> None:
        """$1,000 of a loan; of an income what rounding to the nearest thousand explains."""
        tolerance = TOLERANCES[field]
        assert isinstance(tolerance, AmountTolerance)
        assert error == tolerance.is_error(Decimal(reported), Decimal(found))
