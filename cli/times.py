"""Times as people type them: a day or a moment; UTC unless a zone is named. What is left out is taken to its end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from models import errors

_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,6})?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?", re.I)
_SPANS = (("minute", timedelta(days=1)), ("second", timedelta(minutes=1)), ("fraction", timedelta(seconds=1)))
_LAST = timedelta(microseconds=1)  # as fine as the database tells times


def moment_of(text: str) -> datetime:
    """The moment that a text names: "2026-03-31" is the end of that day, "2026-03-31 09:30" that of the minute.

    Tables show minutes, so a time copied from one includes what happened in it. Raises `BadInput`.
    """
    found = _TIME.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        begin = datetime.fromisoformat(text.strip().upper())
        begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
        span = next((span for part, span in _SPANS if found[part] is None), _LAST)
        return (begin + span - _LAST).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "2026-03-31 (the end of that day), 2026-03-31T09:30 (UTC) or 2026-03-31T09:30:00+02:00"
        raise errors.BadInput(f"{text!r} is no time", hint=hint) from error


def told(at: datetime) -> str:
    """A moment as people read it, to the second, with its zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
