"""Integers, numbers, money and percent: exact decimals by scale, sign, rounding, tolerance and currency.

Sources: FFIEC HMDA Examiner Transaction Testing (August 2017): a loan amount within $1,000 and income to the nearest
thousand are no errors; FFIEC Call Report edits: a tolerance in units of the report.
"""

from __future__ import annotations

from decimal import Decimal

from methods.comparison.outcomes import Outcome, both, by_distance
from methods.numbers import EXACT, Amount, Unreadable, plain, read_number
from methods.text import quoted
from models.cycle_file import Comparison, PercentUnit
from models.items import DataType

_UNITS: dict[PercentUnit, Decimal] = {"fraction": Decimal(1), "percent": Decimal("0.01"),
                                      "basis_point": Decimal("0.0001")}


def read_amount(text: str, *, kind: DataType, spec: Comparison, evidence: bool) -> Amount | Unreadable:
    """The amount that a text states, in the unit and by the sign of the report.

    A bare percent is in `percent_in` (evidence) or `reported_percent_in`; the result is always a fraction, so 12.5% is
    0.125. Evidence is multiplied by `scale`, then takes the report's sign.
    """
    unit = _UNITS[spec.percent_in if evidence else spec.reported_percent_in]
    number = read_number(text, kind=kind, notation=spec.notation if evidence else spec.reported_notation,
                         marks=spec.sign_marks, bare=unit)
    if isinstance(number, Unreadable):
        return number
    value = EXACT.multiply(number.value, spec.scale) if evidence else number.value
    if spec.sign == "ignored":
        value = EXACT.abs(value)
    elif spec.sign == "opposite" and evidence:
        value = EXACT.minus(value)
    return Amount(value, _currencies(number, spec))


def judge_amounts(claim: Amount, proof: Amount, *, spec: Comparison) -> Outcome:
    """Currencies first, then how far the two are apart, after rounding both where the cycle file says so.

    Symmetric in its two amounts, and monotone in either tolerance; not in `round_to`, since 1,499 and 1,501 are the
    same to the nearest 2 but not to the nearest 1,000.
    """
    left, right = plain(claim.value), plain(proof.value)
    if claim.currencies and proof.currencies and not claim.currencies & proof.currencies:
        return Outcome("mismatch", left, right, f"reported {quoted(left)} in {_named(claim)}, evidence "
                       f"{quoted(right)} in {_named(proof)}: the currencies differ")
    pair, after = (claim.value, proof.value), ""
    if spec.round_to is not None and claim.value != proof.value:
        pair, after = (rounded(pair[0], spec), rounded(pair[1], spec)), f"once rounded to {plain(spec.round_to)}"
    apart = EXACT.abs(EXACT.subtract(*pair))
    if not apart.is_finite():
        return Outcome("needs_review", left, right, f"{both(left, right)}: too large to be compared")
    larger = EXACT.max(EXACT.abs(pair[0]), EXACT.abs(pair[1]))
    most = EXACT.max(spec.tolerance, EXACT.multiply(larger, spec.relative_tolerance))
    return by_distance(left, right, apart, most=most, after=after)


def rounded(value: Decimal, spec: Comparison) -> Decimal:
    """The nearest multiple of `round_to`. Halves go away from zero (`half_up`), to the even multiple (`half_even`);
    `down` cuts towards zero. The value itself where its multiple would have more than 400 digits."""
    unit = spec.round_to or Decimal(1)
    whole, rest = EXACT.divmod(EXACT.abs(value), unit)
    if not whole.is_finite():
        return value
    double = EXACT.multiply(rest, Decimal(2))
    odd = EXACT.remainder(whole, Decimal(2)) == 1
    up = spec.rounding != "down" and (double > unit or (double == unit and (spec.rounding == "half_up" or odd)))
    found = EXACT.multiply(EXACT.add(whole, Decimal(1)) if up else whole, unit)
    return EXACT.minus(found) if value < 0 else found


def _currencies(number: Amount, spec: Comparison) -> frozenset[str]:
    """What the amount is in: the stated symbol narrowed to the cycle file's currency, or that where none is stated."""
    if spec.currency is None:
        return number.currencies
    own = frozenset({spec.currency})
    return (number.currencies & own or number.currencies) if number.currencies else own


def _named(amount: Amount) -> str:
    return " or ".join(sorted(amount.currencies))
