"""Whether a reported value agrees with its evidence: typed, exact by default, with the reason as a sentence.

The same two texts always give the same outcome; no likeness, model or score ever makes a test pass. No text raises.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from methods.dates import parse_dates
from methods.numbers import EXACT, Amount, Unreadable, plain, read_number
from methods.text import quoted
from models.cycle_file import Comparison
from models.errors import MalformedCycleFile
from models.items import DataType

Result = Literal["match", "match_within_tolerance", "mismatch", "not_found", "unreadable", "needs_review"]

NUMBERS = frozenset({DataType.INTEGER, DataType.NUMBER, DataType.MONEY, DataType.PERCENT})
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result with both values as they were compared (None: there was none) and the reason, one sentence."""

    result: Result
    reported: str | None
    evidence: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Ambiguous:
    reason: str


_Reading = str | Amount | date | Unreadable | _Ambiguous


def compare(reported: str | None, evidence: str | None, *, data_type: DataType, spec: Comparison) -> Outcome:
    """Judge one case. `evidence` None: the evidence has no such value; `reported` None: the report left it blank.

    Evidence that cannot be read is `unreadable`, whatever was reported; a date that its formats read in two ways
    `needs_review`. Nothing equals nothing, and never a value, unless `blank_is_zero` makes it 0. A reported value that
    cannot be read is a `mismatch`: the report is wrong whatever the evidence says. `codes` translates the evidence
    first, `scale` multiplies it once read, `tolerance` is in the unit of the result.
    """
    kind = spec.data_type or data_type
    left = _clean(reported or "", kind=kind)
    if evidence is None:
        return Outcome("not_found", left, None, f"the evidence holds no value for the reported {quoted(left)}")
    right = _clean(spec.codes.get(evidence.strip(), evidence), kind=kind)
    if kind in NUMBERS and spec.blank_is_zero:
        left, right = left or "0", right or "0"
    proof = _read(right, kind=kind, spec=spec, scale=spec.scale)
    if right and isinstance(proof, Unreadable):
        return Outcome("unreadable", left, right,
                       f"the evidence {quoted(right)} {proof.reason}; reported is {quoted(left)}")
    if not (left and right):
        return _with_blank(left, right and _normal(proof, right))
    claim = _read(left, kind=kind, spec=spec, scale=Decimal(1))
    if isinstance(claim, Unreadable):
        shown = _normal(proof, right)
        return Outcome("mismatch", left, shown,
                       f"the reported {quoted(left)} {claim.reason}; the evidence states {quoted(shown)}")
    return _judge(claim, proof, left=left, right=right, spec=spec)


def _clean(value: str, *, kind: DataType) -> str:
    """The text that is compared or read: codes trimmed only, other text in Unicode's NFKC with single spaces."""
    if kind is not DataType.TEXT:
        return value.strip()
    return _WHITE.sub(" ", unicodedata.normalize("NFKC", value)).strip()


def _with_blank(left: str, right: str) -> Outcome:
    agree = left == right
    return Outcome("match" if agree else "mismatch", left, right,
                   f"reported {quoted(left)}, {'and' if agree else 'while'} the evidence states {quoted(right)}")


def _read(text: str, *, kind: DataType, spec: Comparison, scale: Decimal) -> _Reading:
    if kind in NUMBERS:
        number = read_number(text, kind=kind)
        if isinstance(number, Unreadable):
            return number
        return Amount(EXACT.multiply(number.value, scale), number.currencies)
    if kind is DataType.DATE:
        return _read_date(text, spec=spec)
    return unicodedata.normalize("NFKC", text.casefold()) if spec.ignore_case else text


def _read_date(text: str, *, spec: Comparison) -> _Reading:
    try:
        found = parse_dates(text, formats=spec.date_formats)
    except MalformedCycleFile as error:
        return _Ambiguous(f"cannot be read, since {error}")
    if not found:
        return Unreadable(f"is not a date in the form {' or '.join(spec.date_formats)}")
    if len(found) > 1:
        return _Ambiguous(f"can mean {' or '.join(map(str, found))}")
    return found[0]


def _normal(value: _Reading, text: str) -> str:
    match value:
        case Amount():
            return plain(value.value)
        case date():
            return value.isoformat()
        case str():
            return value
        case _:
            return text


def _judge(claim: _Reading, proof: _Reading, *, left: str, right: str, spec: Comparison) -> Outcome:
    """Two readable values, or one that can mean several."""
    for which, value in (("evidence", proof), ("report", claim)):
        if isinstance(value, _Ambiguous):
            return Outcome("needs_review", left, right, f"reported {quoted(left)}, evidence {quoted(right)}: the value "
                           f"of the {which} {value.reason}")
    left, right = _normal(claim, left), _normal(proof, right)
    if isinstance(claim, Amount) and isinstance(proof, Amount):
        if claim.currencies and proof.currencies and not claim.currencies & proof.currencies:
            return Outcome("mismatch", left, right, f"reported {quoted(left)} in {_named(claim)}, evidence "
                           f"{quoted(right)} in {_named(proof)}: the currencies differ")
        apart = EXACT.abs(EXACT.subtract(claim.value, proof.value))
        return _by_distance(left, right, apart, most=spec.tolerance, unit="")
    if isinstance(claim, date) and isinstance(proof, date):
        days = Decimal(abs((claim - proof).days))
        return _by_distance(left, right, days, most=Decimal(spec.window_days), unit=" days")
    same = claim == proof
    return Outcome("match" if same else "mismatch", left, right,
                   f"reported {quoted(left)}, evidence {quoted(right)}: {'the same' if same else 'not the same'}")


def _by_distance(left: str, right: str, apart: Decimal, *, most: Decimal, unit: str) -> Outcome:
    both = f"reported {quoted(left)}, evidence {quoted(right)}"
    if apart == 0:
        return Outcome("match", left, right, f"{both}: equal")
    differ = f"{both}: they differ by {plain(apart)}{unit}"
    if apart <= most:
        return Outcome("match_within_tolerance", left, right, f"{differ}, within the tolerance of {plain(most)}{unit}")
    allowed = f"more than the tolerance of {plain(most)}{unit}" if most > 0 else "and no difference is tolerated"
    return Outcome("mismatch", left, right, f"{differ}, {allowed}")


def _named(amount: Amount) -> str:
    return " or ".join(sorted(amount.currencies))
