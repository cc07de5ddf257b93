"""Two sampling tables of the law, carried as they stand: nobody has published a formula for them.

`ffiec_hmda_2017`: FFIEC HMDA Examiner Transaction Testing Guidelines, August 2017, in two stages per data field.
`cfr12_1002_app_f`: 12 CFR part 1002 (Regulation B, small business lending), Appendix F, table 1, in one stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from methods.sampling.exact import binomial_at_most
from models.errors import BadInput


class Decision(StrEnum):
    """What the errors found in one data field mean."""

    STOP = "stop"
    CONTINUE = "test the rest of the total sample"
    RESUBMIT = "correct and resubmit"
    BELOW = "below the threshold"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: for `low` to `high` records, `total` are tested, at most as many as there are; None is all of them.

    `initial` of them come first, and fewer than `initial_threshold` errors among these stop the test of a field;
    None where there is one stage. `threshold` errors in the total sample mean that the field fails; `printed_percent`
    is that number as a share of the sample, as the table prints it. `unverified` names what was taken from memory of
    the published page and not from a copy of it.
    """

    low: int
    high: int | None
    total: int | None
    initial: int | None
    threshold: int
    printed_percent: Fraction | None
    initial_threshold: int = 2
    unverified: tuple[str, ...] = ()

    def sizes(self, population: int) -> tuple[int, int]:
        """Records in the initial and in the total sample of a population; the same number where there is one stage."""
        total = population if self.total is None else min(self.total, population)
        return (total if self.initial is None else min(self.initial, total)), total


@dataclass(frozen=True, slots=True)
class LiteralTable:
    """A table with its name, source and stages."""

    name: str
    source: str
    rows: tuple[Row, ...]
    two_stage: bool

    def row(self, population: int) -> Row:
        """The row for so many records. Raises `BadInput` when the table has none."""
        for row in self.rows:
            if row.low <= population and (row.high is None or population <= row.high):
                return row
        raise BadInput(f"{self.name} begins at {self.rows[0].low:,} records; there are {population:,}",
                       hint="use another table, or the attribute method")

    def after_initial(self, errors: int, *, population: int) -> Decision:
        """Whether a field's test goes on after the initial sample. Raises `BadInput` in a table of one stage."""
        row = self.row(population)
        if not self.two_stage:
            raise BadInput(f"{self.name} has one stage", hint="leave out the errors of an initial sample")
        _count(errors, row.sizes(population)[0])
        return Decision.STOP if errors < row.initial_threshold else Decision.CONTINUE

    def after_total(self, errors: int, *, population: int) -> Decision:
        """What the errors of a field in the total sample, those of the initial one among them, mean."""
        row = self.row(population)
        _count(errors, row.sizes(population)[1])
        return Decision.RESUBMIT if errors >= row.threshold else Decision.BELOW

    def chance_to_fail(self, rate: Fraction, *, population: int) -> Fraction:
        """The operating characteristic: the chance that a field fails whose true error rate is this.

        Binomial, so for a population much larger than the sample: P(X1 >= 2 and X1 + X2 >= threshold) in two stages,
        with X1 errors in the initial sample and X2 in the rest; P(X >= threshold) in one.
        """
        row = self.row(population)
        first, total = row.sizes(population)
        if first == total:
            return 1 - binomial_at_most(row.threshold - 1, sample=total, rate=rate)
        chance = 1 - binomial_at_most(row.threshold - 1, sample=first, rate=rate)
        for found in range(row.initial_threshold, row.threshold):
            exactly = (binomial_at_most(found, sample=first, rate=rate)
                       - binomial_at_most(found - 1, sample=first, rate=rate))
            rest = binomial_at_most(row.threshold - found - 1, sample=total - first, rate=rate)
            chance += exactly * (1 - rest)
        return chance


def _count(errors: int, sample: int) -> None:
    if not 0 <= errors <= sample:
        raise BadInput(f"{errors} errors in a sample of {sample} cannot be", hint="one per record and field at most")


def _percent(text: str) -> Fraction:
    return Fraction(text) / 100


_INITIAL = ("initial sample",)
ffiec_hmda_2017 = LiteralTable(
    name="ffiec_hmda_2017", two_stage=True,
    source="FFIEC HMDA Examiner Transaction Testing Guidelines (August 2017), table of sample sizes and thresholds",
    rows=(
        # Fewer than 25 entries: all of them, in one stage; from 25 to 29 the total sample of 30 is all of them as well.
        Row(1, 24, None, None, 3, None),
        Row(25, 50, 30, 15, 3, _percent("10.0"), unverified=_INITIAL),
        Row(51, 100, 30, 20, 3, _percent("10.0"), unverified=(*_INITIAL, "total sample", "threshold")),
        Row(101, 130, 47, 29, 3, _percent("6.4"), unverified=_INITIAL),
        Row(131, 190, 56, 30, 3, _percent("5.4"), unverified=_INITIAL),
        Row(191, 500, 59, 30, 3, _percent("5.1"), unverified=_INITIAL),
        Row(501, 100_000, 79, 30, 4, _percent("5.1"), unverified=_INITIAL),
        Row(100_001, None, 159, 61, 4, _percent("2.5")),
    ))
cfr12_1002_app_f = LiteralTable(
    name="cfr12_1002_app_f", two_stage=False, source="12 CFR part 1002, Appendix F, table 1",
    rows=(
        Row(100, 130, 47, None, 3, _percent("6.4")),
        Row(131, 190, 56, None, 3, _percent("5.4")),
        Row(191, 500, 59, None, 3, _percent("5.1")),
        Row(501, 100_000, 79, None, 4, _percent("5.1")),
        Row(100_001, None, 159, None, 4, _percent("2.5")),
    ))
TABLES: Mapping[str, LiteralTable] = {one.name: one for one in (ffiec_hmda_2017, cfr12_1002_app_f)}


def errors_by_field(found: Iterable[tuple[str, str]], *, groups: Mapping[str, str] | None = None) -> Counter[str]:
    """Errors per data field or field group, from (record key, field) pairs: a record counts once in each.

    `groups` maps a field to the group that the table counts as one data field, as HMDA does with the fields for
    ethnicity and those for race.
    """
    named = groups or {}
    return Counter(field for _, field in {(record, named.get(field, field)) for record, field in found})
