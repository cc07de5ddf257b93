"""A typed value of a table as the text that a person would write for it; one answer for Parquet and for databases."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal

from methods.numbers import plain


def as_text(value: object) -> str | None:
    """The text; '' for none, and None for what is no single value: a list, a structure, NaN, bytes that are no text.

    No ".0", no exponent; a double has its shortest digits, dates are ISO, truth is TRUE or FALSE.
    """
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f") if value.is_finite() else None
        case float():
            return plain(Decimal(repr(value))) if math.isfinite(value) else None
        case datetime() if value.time() == time() and value.tzinfo is None:
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return _decoded(value)
        case list() | tuple() | set() | dict():
            return None
        case _:
            return str(value)


def kind_of_value(value: object) -> str:
    """What a value is that has no text, in words."""
    match value:
        case float() | Decimal():
            return "no number (NaN or infinity)"
        case bytes():
            return "bytes that are no text"
        case _:
            return "several values in one"


def _decoded(value: bytes) -> str | None:
    """Older writers store texts as bytes without saying that they are texts."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
