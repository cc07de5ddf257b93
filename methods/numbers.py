"""Numbers as people and systems write them, read as exact decimals or refused with the reason; never as a float.

Thousands in groups of three, a minus before or after or as parentheses, a currency or a percent sign where the type
has one. What could mean two numbers, or has lost digits, is not read. ASCII and full-width digits only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

from models.items import DataType

# Wide enough that no sum, difference or product of two readable numbers is ever rounded, nor traps.
EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
LONGEST = 60

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_BODY = re.compile(r"(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+)(?:\.[0-9]*)?|\.[0-9]+")
_SIGNED = re.compile(r"(?P<open>\()?\s*(?P<before>[+-])?\s*(?P<body>[0-9.][0-9., ]*?)\s*(?P<after>-)?\s*(?P<close>\))?")
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


def read_number(text: str, *, kind: DataType) -> Amount | Unreadable:
    """The number that a trimmed, non-blank text states. Percent and basis points are fractions: 12.5% is 0.125.

    Integer takes 12 and 12.0, not 12.5; only money takes a currency and only percent a percent sign.
    """
    rest, currencies, unit = text.translate(_FORMS), frozenset[str](), Decimal(1)
    if kind is DataType.MONEY:
        rest, currencies = _without_currency(rest)
    elif kind is DataType.PERCENT:
        rest, unit = _without_unit(rest)
    number = _read(rest)
    if isinstance(number, Unreadable):
        return number
    if kind is DataType.INTEGER and number != number.to_integral_value():
        return Unreadable("is not a whole number")
    return Amount(EXACT.multiply(number, unit), currencies)


def _read(text: str) -> Decimal | Unreadable:
    found = _SIGNED.fullmatch(text) if len(text) <= 2 * LONGEST else None
    if found is None:
        return Unreadable(_why_not(text))
    body, signs = found["body"], [found["open"], found["before"], found["after"]]
    if not _BODY.fullmatch(body):
        return Unreadable("groups its digits in a way that can mean more than one number")
    if bool(found["open"]) != bool(found["close"]) or sum(sign is not None for sign in signs) > 1:
        return Unreadable("states its sign twice or half")
    digits = body.replace(",", "").replace(" ", "")
    if len(digits) > LONGEST:
        return Unreadable(f"has more than {LONGEST} digits")
    negative = found["open"] or found["after"] or found["before"] == "-"
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


def _without_unit(text: str) -> tuple[str, Decimal]:
    for sign, unit in _UNITS.items():
        if text.lower().endswith(sign):
            return text[:-len(sign)].rstrip(), unit
    return text, Decimal(1)
