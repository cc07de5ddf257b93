"""The differences that `ffiec_hmda_2017` does not count as errors, field by field.

FFIEC HMDA Examiner Transaction Testing Guidelines (August 2017): application date within three calendar days; date of
action taken within three calendar days, unless that puts it into the wrong calendar year; loan amount within $1,000;
income rounded to the nearest thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DateTolerance:
    """Dates may differ by so many calendar days; with `same_year` never by a calendar year."""

    days: int
    same_year: bool = False

    def is_error(self, reported: date, found: date) -> bool:
        """Whether the difference counts."""
        return abs((reported - found).days) > self.days or (self.same_year and reported.year != found.year)


@dataclass(frozen=True, slots=True)
class AmountTolerance:
    """Amounts in dollars may differ by `within`, or by what rounding to a multiple of `unit` explains."""

    within: Decimal = Decimal(0)
    unit: Decimal = Decimal(0)

    def is_error(self, reported: Decimal, found: Decimal) -> bool:
        """Whether the difference counts. Halfway between two multiples, either is the nearest."""
        apart = abs(reported - found)
        if self.unit and reported % self.unit == 0:
            return apart > max(self.within, self.unit / 2)
        return apart > self.within


TOLERANCES: Mapping[str, DateTolerance | AmountTolerance] = {
    "application_date": DateTolerance(days=3),
    "action_taken_date": DateTolerance(days=3, same_year=True),
    "loan_amount": AmountTolerance(within=Decimal(1000)),
    "income": AmountTolerance(unit=Decimal(1000)),
}
