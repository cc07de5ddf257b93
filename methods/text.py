"""What is white space, and how a value is quoted in a sentence: one answer for Python, DuckDB and every message."""

from __future__ import annotations

from collections.abc import Sequence

# Exactly what str.strip() removes, so that a key trimmed while DuckDB loads equals one trimmed in Python.
WHITE_SPACE = ("\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
               "\u200a\u2028\u2029\u202f\u205f\u3000")

_QUOTED, _NAMED = 60, 10
# What a spreadsheet could take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def escape(text: str) -> str:
    """A cell that a spreadsheet shows and does not run: what could begin a formula gets a `'` in front."""
    return f"'{text}" if text.startswith(FORMULA) else text


def unescape(text: str) -> str:
    """What `escape` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def quoted(value: str | None) -> str:
    """A value as a sentence shows it: in quotes, at most 60 characters of it; nothing is said as `nothing`."""
    if not value:
        return "nothing"
    return f"'{value}'" if len(value) <= _QUOTED else f"'{value[:_QUOTED]}...' ({len(value)} characters)"


def counted(number: int, noun: str) -> str:
    """`1 record`, `2,500 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def first_ten(names: Sequence[str]) -> str:
    """`A, B`; of more than ten the first ten, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
