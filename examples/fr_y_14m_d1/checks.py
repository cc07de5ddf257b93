"""Which profiling rules one record breaks, worked out without Assay's own rule engine.

The names are those of the rules that Assay proposes from the dictionary, and of the rules in cycle.yaml. A blank or
unreadable value breaks only the rule that is about it; range, domain and identities are then left to that rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from examples.fr_y_14m_d1.dictionary import Line

Values = Mapping[str, str]
UNIQUE_KEY = "key.unique"
NUMBER = re.compile(r"-?\d+(\.\d+)?")
FORMAT = re.compile(r"(?P<kind>[CN])(?P<size>\d+)(\.(?P<scale>\d+))?")


def broken_rules(values: Values, lines: Iterable[Line]) -> tuple[str, ...]:
    """Names of the rules that the record breaks, uniqueness of the key apart, which no single record can show."""
    found = [f"{line.name}.{fault}" for line in lines if (fault := _fault(values[line.name], line))]
    found += [
        f"{line.name}.domain" for line in lines
        if line.domain and values[line.name].strip() and values[line.name] not in line.domain
    ]
    found += [f"{line.name}.range" for line in lines if _out_of_range(number(values[line.name]), line)]
    found += [name for name, holds in IDENTITIES.items() if holds(values) is False]
    return tuple(sorted(found))


def number(text: str) -> Decimal | None:
    """The number that the text is, or None."""
    return Decimal(text) if NUMBER.fullmatch(text) else None


def day(text: str) -> date | None:
    """The calendar date that YYYYMMDD names, or None."""
    if not re.fullmatch(r"\d{8}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a calendar date has no time zone
    except ValueError:
        return None


def _fault(text: str, line: Line) -> str:
    if not text.strip():
        return "not_blank" if line.mandatory else ""
    return "" if _well_formed(text, line.format) else "format"


def _well_formed(text: str, form: str) -> bool:
    if form.startswith("Date"):
        return day(text) is not None
    parts = FORMAT.fullmatch(form)
    if parts is None:
        raise ValueError(f"dictionary.csv: format {form!r} is neither C, N nor Date; correct the line")
    if parts["kind"] == "C":
        return len(text) <= int(parts["size"])
    whole, _, decimals = text.removeprefix("-").partition(".")
    return number(text) is not None and len(whole) <= int(parts["size"]) and len(decimals) <= int(parts["scale"] or 0)


def _out_of_range(value: Decimal | None, line: Line) -> bool:
    if value is None:
        return False
    return (line.minimum is not None and value < line.minimum) or (line.maximum is not None and value > line.maximum)


def _numbers(values: Values, names: tuple[str, ...], holds: Callable[..., bool]) -> bool | None:
    read = [number(values[name]) for name in names]
    return None if None in read else holds(*read)


def _days(values: Values, names: tuple[str, str], holds: Callable[[date, date], bool]) -> bool | None:
    first, second = (day(values[name]) for name in names)
    return None if first is None or second is None else holds(first, second)


def _at_most(small: str, large: str) -> Callable[[Values], bool | None]:
    return lambda values: _numbers(values, (small, large), lambda one, other: one <= other)


def _total(whole: str, *parts: str) -> Callable[[Values], bool | None]:
    cent = Decimal("0.01")
    return lambda values: _numbers(values, (whole, *parts), lambda total, *rest: abs(total - sum(rest)) <= cent)


def _nothing_when(amount: str, condition: str) -> Callable[[Values], bool | None]:
    def holds(values: Values) -> bool | None:
        return values[condition] != "0" or _numbers(values, (amount,), lambda value: value == 0)
    return holds


IDENTITIES: Mapping[str, Callable[[Values], bool | None]] = {
    "CycleEndingBalance.mix": _total(
        "CycleEndingBalance", "CycleEndingBalancePromotional", "CycleEndingBalanceCash",
        "CycleEndingBalancePenalty", "CycleEndingBalanceOther",
    ),
    "CycleEndingBalance.twice_limit": lambda values: _numbers(
        values, ("CycleEndingBalance", "CurrentCreditLimit"), lambda balance, limit: balance <= 2 * limit
    ),
    "CycleEndingBalancePromotional.no_promotion": _nothing_when("CycleEndingBalancePromotional", "PromotionFlag"),
    "CurrentCashAdvanceLimit.within_limit": _at_most("CurrentCashAdvanceLimit", "CurrentCreditLimit"),
    "MinimumPaymentDue.within_balance": _at_most("MinimumPaymentDue", "CycleEndingBalance"),
    "MinimumPaymentDue.within_total": _at_most("MinimumPaymentDue", "TotalPaymentDue"),
    "TotalPaymentDue.parts": _total("TotalPaymentDue", "MinimumPaymentDue", "TotalPastDue"),
    "TotalPastDue.current_account": _nothing_when("TotalPastDue", "DaysPastDue"),
    "AccountCycleEndDelinquency.current_account": _nothing_when("AccountCycleEndDelinquency", "DaysPastDue"),
    "CycleEndingRetailAPR.within_maximum": _at_most("CycleEndingRetailAPR", "MaxAPR"),
    "PrincipalChargeOffInCurrentMonthAmount.within_gross": _at_most(
        "PrincipalChargeOffInCurrentMonthAmount", "GrossChargeOffInCurrentMonthAmount"
    ),
    "GrossChargeOffInCurrentMonthAmount.no_reason": _nothing_when(
        "GrossChargeOffInCurrentMonthAmount", "ChargeOffReasonCode"
    ),
    "AccountOriginationDate.before_cycle_end": lambda values: _days(
        values, ("AccountOriginationDate", "AccountCycleEndDate"), lambda opened, end: opened <= end
    ),
    "NextPaymentDueDate.after_cycle_end": lambda values: _days(
        values, ("NextPaymentDueDate", "AccountCycleEndDate"), lambda due, end: due > end
    ),
    "CreditScoreRefreshDate.within_period": lambda values: _days(
        values, ("CreditScoreRefreshDate", "PeriodId"), lambda refreshed, end: refreshed <= end
    ),
    "OriginalCreditScoreCoborrower.sole_borrower": _nothing_when("OriginalCreditScoreCoborrower", "JointAccount"),
    "MonthEndActiveFlag.not_closed": lambda values: (
        values["MonthEndClosedRevokedFlag"] not in {"1", "2"} or values["MonthEndActiveFlag"] == "0"
    ),
    "DebtWaiverProgramActiveFlag.enrolled": lambda values: (
        values["DebtWaiverProgramActiveFlag"] != "1" or values["DebtWaiverProgramEnrolFlag"] == "1"
    ),
    "WorkoutProgramType.no_program": _nothing_when("WorkoutProgramType", "WorkoutProgramFlag"),
}
