"""What the pictures of a cycle share: a colour per state and outcome, a heading, a row of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cli.following.picture import Picture
from methods.drawing import EDGE, LETTER, Element, panel, text
from methods.lettering import width
from models.queries.cycles import CycleLine

# Ground and edge of a state; the state is always written, too.
STATES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("approved", "done", "complete", "completed"), ("#e1f0e6", "#3f7d57")),
    **dict.fromkeys(("draft", "working", "running"), ("#e6eff8", "#4a78a8")),
    **dict.fromkeys(("submitted", "waiting", "on hold"), ("#fdf1cf", "#a87408")),
    **dict.fromkeys(("rejected", "failed", "cancelled"), ("#f8dcdc", "#a02b2b")),
    **dict.fromkeys(("withdrawn", "superseded", "not begun"), ("#f4f5f6", "#8a949e")),
}
OUTCOMES: Mapping[str, str] = {
    "match": "#8fc3a4", "mismatch": "#a02b2b", "to decide": "#b79bd1", "running": "#7da7d1", "open": "#e4e7ea",
    "returned": "#e3b04b", "waived": "#b4bcc4",
}
LATE, FAINT = "#b00020", "#6b7682"


def head(svg: Element, line: CycleLine, now: datetime, x: float, y: float) -> None:
    """The name of the cycle, its state, and when it ended or as of when that is."""
    text(svg, x, y, f"{line.name}, {line.period}", size=16, bold=True, most=110)
    said = f"{line.status}{f': {line.reason}' if line.reason else ''}"
    when = f"{line.closed_at:%Y-%m-%d %H:%M}" if line.closed_at else f"as of {now:%Y-%m-%d %H:%M}"
    text(svg, x, y + 18, f"{line.slug}, {said} {when} UTC", size=11, ink=FAINT, most=170)


def described(shown: Picture) -> str:
    """The picture in a sentence, for those who hear it."""
    begun = [f"{stage.phase.title} {stage.status}" for stage in shown.stages if stage.status != "not begun"]
    late = sum(wait.overdue(shown.now) for wait in shown.waits)
    return f"{'; '.join(begun) or 'nothing has begun'}; {len(shown.parts)} data owners; {late} overdue"


def keys(svg: Element, x: float, y: float, entries: Sequence[tuple[str, str]], *, edge: str = EDGE) -> float:
    """Names beside boxes in their colours; where the next would stand."""
    for name, fill in entries:
        panel(svg, x, y - 9, 11, 11, fill=fill, edge=edge)
        text(svg, x + 16, y, name)
        x += 34 + width(name) * LETTER * 1.1
    return x
