"""The pieces of DuckDB SQL that compiled rules and the table's own queries are made of, each safe by itself.

Names are quoted, texts escaped, numbers exact; what a cast would read beyond our notation is refused before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from methods.dates import date_pattern, parse_date
from methods.formats import DECIMALS, INTEGER_DIGITS
from methods.numbers import plain
from methods.text import WHITE_SPACE as _SPACES
from models.errors import MalformedCycleFile, UnusableRule

WHITE_SPACE = f"'{_SPACES}'"

_DIGITS = 38
# RE2 refuses larger repetitions.
_MOST_REPEATED = 1000
_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*"}


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal in SQL, its scale, and whether computing it can overflow."""

    sql: str
    scale: int
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """A test in SQL: decided only for records that meet `given`; NULL, where it can be, means undecided."""

    sql: str
    given: str = ""
    nullable: bool = False
    overflows: bool = False


def identifier(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str, path: str) -> str:
    """A text in single quotes. Raises `UnusableRule` for a NUL character, which SQL cannot hold."""
    if "\0" in value:
        raise UnusableRule(f"{path}: the text holds a NUL character", hint="remove it")
    return "'" + value.replace("'", "''") + "'"


def decimal(number: Decimal, path: str) -> Number:
    """An exact constant of its own precision. Raises `UnusableRule` when it is longer than a column may be."""
    written = plain(number) if number.is_finite() and abs(number.adjusted()) < _DIGITS else ""
    whole, _, decimals = written.lstrip("-").partition(".")
    if not written or len(whole) > INTEGER_DIGITS or len(decimals) > DECIMALS:
        raise UnusableRule(f"{path}: {number} has more than {INTEGER_DIGITS} digits or {DECIMALS} decimals",
                           hint="state a shorter number")
    return Number(f"CAST('{written}' AS DECIMAL({len(whole) + len(decimals)},{len(decimals)}))", len(decimals))


def read_number(column: str, *, blank_as_zero: bool) -> Number:
    """A trimmed text as a decimal, NULL when it is none; decimals beyond the tenth are rounded.

    A cast reads what is written here as a number, and besides 1e3 and 1_000, which three searches refuse in a third of
    the time that a pattern takes; white space around a number, which it reads too, no trimmed text has.
    """
    kind = f"DECIMAL({_DIGITS},{DECIMALS})"
    zero = f"WHEN {column} = '' THEN CAST(0 AS {kind}) " if blank_as_zero else ""
    other = " OR ".join(f"contains({column}, '{mark}')" for mark in "eE_")
    return Number(f"(CASE {zero}WHEN NOT ({other}) THEN TRY_CAST({column} AS {kind}) END)", DECIMALS)


def combined(operation: Literal["add", "subtract", "multiply"], parts: Sequence[Number], path: str) -> Number:
    """Sum, difference or product. Raises `UnusableRule` when a product leaves no room for whole digits."""
    scales = [part.scale for part in parts]
    scale = sum(scales) if operation == "multiply" else max(scales)
    if scale > _DIGITS - 8:
        raise UnusableRule(f"{path}: the product would have {scale} decimals", hint="multiply three columns at most")
    return Number(f"({f' {_OPERATORS[operation]} '.join(part.sql for part in parts)})", scale, computed=True)


def judged(test: Test, *, holds: bool) -> str:
    """SQL that is true where the test is definitely true, or definitely false; never NULL.

    An overflow makes its own row unknown; without TRY it would fail the whole query.
    """
    wanted = test.sql if holds else f"NOT ({test.sql})"
    wanted = f"TRY({wanted})" if test.overflows else wanted
    wanted = f"coalesce({wanted}, false)" if test.nullable else wanted
    return f"({test.given} AND {wanted})" if test.given else f"({wanted})"


def date(value: str, format: str, path: str) -> str:
    """A text as a date by one format in its full width, NULL when it is none."""
    try:
        pattern = date_pattern(format)
    except MalformedCycleFile as error:
        raise UnusableRule(f"{path}: {error}", hint=error.hint) from error
    # Functions alone: they are run once per entry of a dictionary, what stands in a CASE once per record.
    whole = text(rf"\A(?:{pattern})\z", path)
    return f"TRY_CAST(try_strptime(regexp_extract({value}, {whole}), {text(format, path)}) AS DATE)"


def date_constant(value: str, format: str, path: str) -> str:
    """A constant date. Raises `UnusableRule` when it is none: such a rule could never fail."""
    read = date(text(value, path), format, path)
    if parse_date(value, format=format, padded=True) is None:
        raise UnusableRule(f"{path}: {value!r} is not a date in the format {format!r}",
                           hint="write the date in that format, or state date_format")
    return read


def number_pattern(*, precision: int, scale: int, signed: bool, path: str) -> str:
    """The pattern of a number of at most so many digits before and after the point, zeros counted as written."""
    if not (0 <= precision <= _MOST_REPEATED and 0 <= scale <= _MOST_REPEATED and precision + scale):
        raise UnusableRule(f"{path}: precision {precision} and scale {scale} allow no number",
                           hint=f"state from 0 to {_MOST_REPEATED} digits each, not both 0")
    whole = f"[0-9]{{1,{precision}}}" if precision else "0"
    fraction = rf"\.[0-9]{{1,{scale}}}"
    sign = "[+-]?" if signed else ""
    return f"{sign}(?:{whole}(?:{fraction})?|{fraction})" if scale else f"{sign}{whole}"


def mod_97_10(column: str) -> str:
    """That a text of letters and digits leaves the remainder 1 (ISO/IEC 7064 MOD 97-10); false for other text.

    Read from left to right, a letter as two digits, so that no number grows longer than four.
    """
    code = "CASE WHEN c BETWEEN '0' AND '9' THEN ascii(c) - 48 ELSE ascii(upper(c)) - 55 END"
    codes = f"list_transform(string_split({column}, ''), lambda c: CAST({code} AS BIGINT))"
    step = "(rest * CASE WHEN n > 9 THEN 100 ELSE 10 END + n) % 97"
    return (f"CASE WHEN regexp_full_match({column}, '[0-9A-Za-z]+') "
            f"THEN list_reduce(list_prepend(CAST(0 AS BIGINT), {codes}), lambda rest, n: {step}) = 1 ELSE false END")
