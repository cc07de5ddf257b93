"""Times in words: two units where that helps, and late is said as late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.ages import ago, due, span
from tests.cli.builders import NOW


@pytest.mark.parametrize(("length", "said"), [
    (timedelta(0), "0 s"), (timedelta(seconds=59), "59 s"), (timedelta(minutes=61), "1 h 1 min"),
    (timedelta(hours=23, minutes=59), "23 h"), (timedelta(days=3, hours=4), "3 d 4 h"), (timedelta(days=3), "3 d"),
    (timedelta(days=12, hours=9), "12 d"), (timedelta(seconds=-5), "0 s"),
])
def test_a_length_has_at_most_two_units(length: timedelta, said: str) -> None:
    """Nobody needs the minutes of a week."""
    assert said == span(length)


def test_what_is_late_is_said_as_late() -> None:
    """Before it is due, after, and never."""
    assert ("in 2 d", "OVERDUE by 2 d", "") == (
        due(NOW + timedelta(days=2), NOW), due(NOW - timedelta(days=2), NOW), due(None, NOW))


def test_what_never_was_has_no_age() -> None:
    """Nothing instead of a made-up time."""
    assert ("1 h ago", "") == (ago(NOW - timedelta(hours=1), NOW), ago(None, NOW))
