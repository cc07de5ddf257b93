"""Numbers as people and systems write them, read as exact decimals or refused with the reason; never as a float.

Thousands in groups of three, a minus before or after or as parentheses, a currency or a percent sign where the type
has one. What could mean two numbers, or has lost digits, is not read. ASCII and full-width digits only. How a country
writes numbers is stated (`NOTATIONS`), never guessed: 1.234 is not the same number in Berlin and in Boston.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

from models.items import DataType

# Wide enough that no sum, difference or product of two readable numbers is ever rounded, nor traps.
EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
LONGEST = 60

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_SCIENTIFIC = re.compile(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+")
_CURRENCY = re.compile(r"[A-Z]{0,2}\$|[€£¥]|(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])")
_UNITS = {"%": Decimal("0.01"), "bps": Decimal("0.0001"), "bp": Decimal("0.0001")}

_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN"})
_SYMBOLS = {"$": _DOLLARS, "US$": frozenset({"USD"}), "C$": frozenset({"CAD"}), "CA$": frozenset({"CAD"}),
            "A$": frozenset({"AUD"}), "€": frozenset({"EUR"}), "£": frozenset({"GBP"}), "¥": frozenset({"JPY", "CNY"})}
_ISO_CODES = _DOLLARS | {"EUR", "GBP", "JPY", "CNY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "BRL", "INR",
                         "KRW", "ZAR", "TRY", "ILS", "THB", "TWD", "CLP", "COP", "PEN", "PHP", "IDR", "MYR", "SAR"}

# Full-width digits and signs, the true minus sign, and spaces that keep a number on one line. Superscripts, fractions
# and digits of other scripts stay what they are and are refused: NFKC would turn 10² into 102.
_FORMS = str.maketrans(
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0b\uff0d\uff0e\uff0c\uff05\uff04\u2212\u00a0\u2007\u2009\u202f",
    "0123456789+-.,%$-    ")


_THREES = "[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+"
_LAKHS = "[1-9][0-9]?(?:{group}[0-9]{{2}})*{group}[0-9]{{3}}"


class Notation:
    """How a country writes numbers: digits grouped by any one of `groups`, and the decimal `point`."""

    def __init__(self, groups: str, point: str, grouping: str = _THREES) -> None:
        self.groups, self.point = groups, point
        wholes = "|".join(["[0-9]+", *(grouping.format(group=re.escape(group)) for group in groups)])
        mark = re.escape(point)
        self.body = re.compile(f"(?:{wholes})(?:{mark}[0-9]*)?|{mark}[0-9]+")
        letters = re.escape(f"{groups}{point}., ")
        self.signed = re.compile(
            rf"(?P<open>\()?\s*(?P<before>[+-])?\s*(?P<body>[0-9.{mark}][0-9{letters}]*?)\s*(?P<after>-)?\s*(?P<close>\))?")

    def digits(self, body: str) -> str:
        """The number with a point and without groups."""
        for group in f"{self.groups} ":
            body = body.replace(group, "")
        return body.replace(self.point, ".")


# As CLDR has them for English, German, French, Swiss and Indian texts; a space may group in all but the last.
NOTATIONS: Mapping[str, Notation] = {
    "en": Notation(", ", "."), "de": Notation(". ", ","), "fr": Notation(" ", ","), "ch": Notation("' \u2019", "."),
    "in": Notation(",", ".", _LAKHS)}


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact number; `currencies` holds the ISO codes that a stated symbol can mean, empty when none is stated."""

    value: Decimal
    currencies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is not read; continues the sentence "the evidence 'x' ..."."""

    reason: str


def plain_number(text: str) -> Decimal | None:
    """Digits with an optional sign and point, or None: how files that belong to Assay write numbers."""
    short = len(text) <= LONGEST and _PLAIN.fullmatch(text)
    return Decimal(text) if short else None


def plain(number: Decimal) -> str:
    """A number without exponent, superfluous zeros or a negative zero; the normalised form."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def read_number(text: str, *, kind: DataType, notation: str = "en", marks: Mapping[str, str] | None = None,
                bare: Decimal = Decimal(1)) -> Amount | Unreadable:
    """The number that a trimmed, non-blank text states. Percent and basis points are fractions: 12.5% is 0.125.

    Integer takes 12 and 12.0, not 12.5; only money takes a currency and only percent a percent sign, without which it
    is multiplied by `bare`. `marks` are letters before or after the number that state its sign, such as CR for `-`.
    """
    rest, currencies, unit = text.translate(_FORMS), frozenset[str](), Decimal(1)
    if kind is DataType.MONEY:
        rest, currencies = _without_currency(rest)
    elif kind is DataType.PERCENT:
        rest, unit = _without_unit(rest, bare)
    rest, sign = _without_mark(rest, marks or {})
    number = _read(rest, NOTATIONS[notation], sign)
    if isinstance(number, Unreadable):
        return number
    if kind is DataType.INTEGER and number != number.to_integral_value():
        return Unreadable("is not a whole number")
    return Amount(EXACT.multiply(number, unit), currencies)


def _read(text: str, notation: Notation, sign: str) -> Decimal | Unreadable:
    found = notation.signed.fullmatch(text) if len(text) <= 2 * LONGEST else None
    if found is None:
        return Unreadable(_why_not(text))
    body, signs = found["body"], [found["open"], found["before"], found["after"], sign or None]
    if not notation.body.fullmatch(body):
        return Unreadable("groups its digits in a way that can mean more than one number")
    if bool(found["open"]) != bool(found["close"]) or sum(one is not None for one in signs) > 1:
        return Unreadable("states its sign twice or half")
    digits = notation.digits(body)
    if len(digits) > LONGEST:
        return Unreadable(f"has more than {LONGEST} digits")
    negative = found["open"] or found["after"] or found["before"] == "-" or sign == "-"
    # A unary minus would round to the thread's context.
    return Decimal(f"-{digits}" if negative else digits)


def _why_not(text: str) -> str:
    if len(text) > 2 * LONGEST:
        return f"is {len(text)} characters long, too long for a number"
    return "is in scientific notation, which loses digits" if _SCIENTIFIC.fullmatch(text) else "is not a number"


def _without_currency(text: str) -> tuple[str, frozenset[str]]:
    """The text without its one currency, and what that can be; a mark inside the digits is left where it is."""
    marks = [mark for mark in _CURRENCY.finditer(text) if _codes(mark[0])]
    if len(marks) != 1:
        return text, frozenset()
    before, after = text[:marks[0].start()], text[marks[0].end():]
    inside = any(character.isdigit() for character in before) and any(character.isdigit() for character in after)
    return (text, frozenset()) if inside else ((before.rstrip() + after.lstrip()).strip(), _codes(marks[0][0]))


def _codes(mark: str) -> frozenset[str]:
    return _SYMBOLS.get(mark) or (frozenset({mark.upper()}) & _ISO_CODES)


def _without_unit(text: str, bare: Decimal) -> tuple[str, Decimal]:
    """The text without its percent sign or unit, also inside parentheses, as in (12.5%)."""
    closed = text.endswith(")")
    inner = text[:-1].rstrip() if closed else text
    for sign, unit in _UNITS.items():
        if inner.lower().endswith(sign):
            return inner[:-len(sign)].rstrip() + ")" * closed, unit
    return text, bare


def _without_mark(text: str, marks: Mapping[str, str]) -> tuple[str, str]:
    """The text without the letters that state its sign, and the sign ('' where none do)."""
    said = text.casefold()
    for mark, sign in marks.items():
        if mark and said.endswith(mark.casefold()):
            return text[:-len(mark)].rstrip(), sign
        if mark and said.startswith(mark.casefold()):
            return text[len(mark):].lstrip(), sign
    return text, ""
