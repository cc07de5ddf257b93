"""Calendar dates are read by stated formats only; nothing is guessed from the look of a value.

A format becomes a regular expression that Python and RE2 read alike, so that a rule in SQL and a comparison in Python
accept the same texts. ASCII digits only; month names are English, whatever the machine's language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from models.errors import MalformedCycleFile

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Year 0000 does not exist in Python and is 1 BC in DuckDB: no format reads it.
_YEAR = "[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000"
_PARTS = {"Y": _YEAR, "y": "[0-9]{2}", "m": "[0-9]{2}", "d": "[0-9]{2}", "b": f"(?i:{'|'.join(_MONTHS)})",
          "H": "[01][0-9]|2[0-3]", "M": "[0-5][0-9]", "S": "[0-5][0-9]"}
_TOKEN = re.compile(r"%(-?.?)|([^%])", re.DOTALL)
# Written without a leading zero, as in 1/5/2024; DuckDB reads these directives alike.
_UNPADDED = {"-m": "m", "-d": "d"}


@lru_cache(maxsize=256)
def date_pattern(format: str, *, padded: bool = True) -> str:
    """The regular expression of a strptime format; the whole value has to match it.

    With `padded` every number has its full width. Without, a day or month that stands between separators may drop its
    leading zero (1/5/2024), as `%-m` and `%-d` always may. Raises `MalformedCycleFile` for a format that is not
    supported: `%Y` or `%y`, with `%m` or `%b`, and perhaps `%d %H %M %S`, each once.
    """
    tokens = _tokens(format)
    used = [_UNPADDED.get(directive, directive) for directive, _ in tokens if directive]
    if not ({"Y", "y"} & set(used) and {"m", "b"} & set(used)):
        raise _unusable(format, "names no year or no month")
    if len(set(used)) != len(used):
        raise _unusable(format, "names a part twice")
    pattern = ""
    for place, (directive, character) in enumerate(tokens):
        touches = _touches_digits(tokens, place)
        if directive in _UNPADDED and touches:
            raise _unusable(format, f"has no separator beside %{directive}")
        loose = directive in _UNPADDED or (not padded and directive in ("m", "d") and not touches)
        name = _UNPADDED.get(directive, directive)
        part = "[0-9]{1,2}" if loose else _PARTS.get(name, "")
        pattern += f"(?P<{name}>{part})" if directive else re.escape(character)
    return pattern


def parse_date(text: str, *, format: str, padded: bool = False) -> date | None:
    """The calendar date of a text in one format, or None. Raises `MalformedCycleFile` for the format only."""
    found = re.fullmatch(date_pattern(format, padded=padded), text)
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["Y"]) if "Y" in parts else _with_century(int(parts["y"]))
    month = int(parts["m"]) if "m" in parts else _MONTHS.index(parts["b"].lower()) + 1
    try:
        return date(year, month, int(parts.get("d", "1")))
    except ValueError:
        return None


def parse_dates(text: str, *, formats: Sequence[str]) -> tuple[date, ...]:
    """Every different date that a text can be, by the formats; two or more mean that it is ambiguous."""
    return tuple(sorted({found for format in formats if (found := parse_date(text, format=format))}))


def _tokens(format: str) -> list[tuple[str, str]]:
    """Pairs of directive and literal character; one of the two is empty."""
    tokens = []
    for found in _TOKEN.finditer(format):
        directive, character = found.group(1), found.group(2)
        if directive is None:
            tokens.append(("", character))
        elif directive == "%":
            tokens.append(("", "%"))
        elif directive in _PARTS or directive in _UNPADDED:
            tokens.append((directive, ""))
        else:
            raise _unusable(format, f"uses %{directive}")
    return tokens


def _touches_digits(tokens: Sequence[tuple[str, str]], place: int) -> bool:
    near = [*tokens[max(place - 1, 0):place], *tokens[place + 1:place + 2]]
    return any(directive not in ("", "b") or character.isdigit() for directive, character in near)


def _with_century(year: int) -> int:
    """POSIX: 69-99 are 1969-1999, 00-68 are 2000-2068; DuckDB reads %y alike."""
    return 1900 + year if year >= 69 else 2000 + year


def _unusable(format: str, reason: str) -> MalformedCycleFile:
    return MalformedCycleFile(f"the date format {format!r} {reason}",
                              hint="use %Y or %y, %m, %-m or %b, %d or %-d, %H, %M, %S")
