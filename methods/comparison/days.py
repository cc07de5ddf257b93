"""Dates by stated formats, a window of days and the same-year rule.

Source: FFIEC HMDA Examiner Transaction Testing (August 2017): an application date within three calendar days is no
error; nor is an action date, unless its calendar year is another.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from methods.comparison.outcomes import Ambiguous, Outcome, both, by_distance
from methods.dates import parse_dates
from methods.numbers import Unreadable
from models.cycle_file import Comparison
from models.errors import MalformedCycleFile


def read_day(text: str, *, spec: Comparison) -> date | Unreadable | Ambiguous:
    """The one date that the formats make of a text; two dates, or a format that is not supported, are ambiguous."""
    try:
        found = parse_dates(text, formats=spec.date_formats)
    except MalformedCycleFile as error:
        return Ambiguous(f"cannot be read, since {error}")
    if not found:
        return Unreadable(f"is not a date in the form {' or '.join(spec.date_formats)}")
    if len(found) > 1:
        return Ambiguous(f"can mean {' or '.join(map(str, found))}")
    return found[0]


def judge_days(claim: date, proof: date, *, spec: Comparison) -> Outcome:
    """Calendar days apart, `window_days` tolerated on both sides; symmetric, monotone in the window."""
    left, right, apart = claim.isoformat(), proof.isoformat(), abs((claim - proof).days)
    if spec.same_year and claim.year != proof.year and apart <= spec.window_days:
        return Outcome("mismatch", left, right, f"{both(left, right)}: they differ by {apart} days and fall in "
                       "different calendar years, which no window covers")
    return by_distance(left, right, Decimal(apart), most=Decimal(spec.window_days), unit=" days")
