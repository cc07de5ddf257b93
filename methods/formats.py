"""The formats that report dictionaries print, read as a data type and as a condition on the column.

`C18`: up to 18 characters. `N5`: a whole number of up to 5 digits. `N12.2`: up to 12 digits before the point and up to
2 after it. `Date YYYYMMDD`, also with other orders and separators; `M` and `D` between separators need no leading zero.
`Numeric`, `Character`: no sizes stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from models.expressions import Expression, IsDate, IsNumber, Length
from models.items import DataType

# What rules compare by; a format without sizes asks for no fewer digits, and leaves the decimals open.
INTEGER_DIGITS = 28
DECIMALS = 10
ANY_DECIMALS = 100

_TEXT = re.compile(r"(?:C|CHAR|CHARACTER|TEXT|STRING)\s*\(?\s*([0-9]{1,4})\s*\)?")
_NUMBER = re.compile(r"(?:N|NUM|NUMERIC|NUMBER)\s*\(?\s*([0-9]{1,2})(?:\.([0-9]{1,2}))?\s*\)?")
_DATE = re.compile(r"(?:DATE)?[\s:(]*((?:YYYY|YY|MMM|MON|MM|M|DD|D|[-/. ])+?)\s*\)?")
_DATE_PARTS = {"YYYY": "%Y", "YY": "%y", "MMM": "%b", "MON": "%b", "MM": "%m", "M": "%-m", "DD": "%d", "D": "%-d"}
_BARE = {"NUMERIC": DataType.NUMBER, "NUMBER": DataType.NUMBER, "N": DataType.NUMBER, "INTEGER": DataType.INTEGER,
         "CHARACTER": DataType.TEXT, "CHAR": DataType.TEXT, "C": DataType.TEXT, "TEXT": DataType.TEXT,
         "STRING": DataType.TEXT, "DATE": DataType.DATE}


@dataclass(frozen=True, slots=True)
class Format:
    """What a format says; sizes are None where it states none, `date` is a strptime format."""

    data_type: DataType
    characters: int | None = None
    digits: int | None = None
    decimals: int | None = None
    date: str | None = None


def parse_format(text: str) -> Format | None:
    """The meaning of a format, or None when the grammar does not know it. Case and padding do not matter.

    Two decimals are the mark of an amount of money; a number without decimals is an integer.
    """
    written = " ".join(text.upper().split())
    if bare := _BARE.get(written):
        return Format(data_type=bare)
    if found := _TEXT.fullmatch(written):
        return Format(data_type=DataType.TEXT, characters=int(found[1]))
    if found := _NUMBER.fullmatch(written):
        return _number(int(found[1]), int(found[2] or 0))
    if found := _DATE.fullmatch(written):
        return _date(found[1])
    return None


def format_expression(text: str, *, column: str) -> Expression | None:
    """The condition that a column's values have the format; None when it is unknown or restricts nothing."""
    known = parse_format(text)
    if known is None:
        return None
    if known.date:
        return IsDate(op="is_date", column=column, format=known.date)
    if known.characters is not None:
        return Length(op="length", column=column, maximum=known.characters)
    if known.data_type in (DataType.TEXT, DataType.DATE):
        return None
    whole = known.data_type is DataType.INTEGER
    decimals = known.decimals if known.decimals is not None else 0 if whole else ANY_DECIMALS
    return IsNumber(op="is_number", column=column, precision=known.digits or INTEGER_DIGITS, scale=decimals)


def _number(digits: int, decimals: int) -> Format | None:
    if digits == 0:
        return None
    kind = {0: DataType.INTEGER, 2: DataType.MONEY}.get(decimals, DataType.NUMBER)
    return Format(data_type=kind, digits=digits, decimals=decimals)


def _date(written: str) -> Format | None:
    parts = re.findall(r"YYYY|YY|MMM|MON|MM|M|DD|D|[-/. ]", written)
    if any({left, right} & {"M", "D"} and {left, right} <= set(_DATE_PARTS) for left, right in pairwise(parts)):
        return None
    directives = [_DATE_PARTS[part].replace("-", "") for part in parts if part in _DATE_PARTS]
    complete = {"%d"} <= set(directives) and set(directives) & {"%Y", "%y"} and set(directives) & {"%m", "%b"}
    if len(set(directives)) != len(directives) or not (complete or set(directives) == {"%Y", "%m"}):
        return None
    return Format(data_type=DataType.DATE, date="".join(_DATE_PARTS.get(part, part) for part in parts))
