"""Times as people say them: how long ago, when it is due, and by how much it is too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from models.errors import BadInput

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span(length: timedelta) -> str:
    """A length of time in its two largest units below ten, else in its largest: `3 d 4 h`, `12 d`, `45 min`."""
    seconds = max(int(length.total_seconds()), 0)
    for place, (unit, size) in enumerate(_STEPS):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            finer = _STEPS[place + 1] if place + 1 < len(_STEPS) else ("", 1)
            more = f" {rest // finer[1]} {finer[0]}" if whole < 10 and unit in ("d", "h") and rest >= finer[1] else ""
            return f"{whole} {unit}{more}"
    return "0 s"


def ago(moment: datetime | None, now: datetime) -> str:
    """`3 h ago`; nothing of nothing."""
    return f"{span(now - moment)} ago" if moment else ""


def due(moment: datetime | None, now: datetime) -> str:
    """`in 4 d`, or `OVERDUE by 2 h`; nothing when it is never due."""
    if moment is None:
        return ""
    return f"OVERDUE by {span(now - moment)}" if moment < now else f"in {span(moment - now)}"


def minute(moment: datetime) -> str:
    """To the minute, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def second(moment: datetime) -> str:
    """To the second, in UTC, as machines read it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day(text: str, option: str) -> date:
    """A day as people type it after an option; raises `BadInput`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no day", hint=f"{option} YYYY-MM-DD, such as 2026-12-24") from None
