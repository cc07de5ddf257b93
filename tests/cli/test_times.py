"""Times as people type them: what is left out is taken to its end, and no zone means UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli.moments import sentences
from cli.times import moment_of, told
from models.errors import BadInput
from models.phases import BY_KIND
from models.queries.moments import Moment
from tests.cli.builders import HASH, NOW, SLUG


@pytest.mark.parametrize(("text", "expected"), [
    ("2026-03-31", "2026-03-31 23:59:59.999999"), ("2026-03-31T09:30", "2026-03-31 09:30:59.999999"),
    ("2026-03-31 09:30", "2026-03-31 09:30:59.999999"), ("2026-03-31T09:30:07", "2026-03-31 09:30:07.999999"),
    ("2026-03-31T09:30:07.25", "2026-03-31 09:30:07.250000"),
    ("2026-03-31t09:30:07.000001z", "2026-03-31 09:30:07.000001"),
    ("2026-03-31T01:30:00.5+02:00", "2026-03-30 23:30:00.500000"), ("2026-03-31T09:30Z", "2026-03-31 09:30:59.999999"),
])
def test_names_a_moment(text: str, expected: str) -> None:
    """A day is its last moment, a minute its last; a zone is reckoned with, none is UTC."""
    assert f"{expected} UTC" == f"{moment_of(text):%Y-%m-%d %H:%M:%S.%f} UTC"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "31.03.2026", "2026-03-31T25:00", "2026-03",
                                  "9999-12-31T23:59-01:00",
                                  "20260331", "2026-03-31T09", "2026-03-31T09:30:07.1234567"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With the ways in which a time is written."""
    with pytest.raises(BadInput) as caught:
        moment_of(text)
    assert "2026-03-31T09:30" in (caught.value.hint or "")


def test_told_is_what_is_understood() -> None:
    """A moment as it is told, to the second, names that second when it is typed."""
    at = datetime(2026, 3, 31, 9, 30, 7, 25, tzinfo=UTC)
    assert at.replace(microsecond=999999) == moment_of(told(at).removesuffix(" UTC"))


def moment(**changed: object) -> Moment:
    """Nothing was approved, nothing was open."""
    named = dict.fromkeys(Moment.__dataclass_fields__)
    return Moment(**{**named, "phase": 1, "at": NOW, "items": 0, "counting": 0, **changed})  # type: ignore[arg-type]


def said(of: Moment) -> str:
    return "\n".join(sentences(of, BY_KIND["planning"], SLUG, "", clock=NOW))


def test_says_until_when_a_version_counted() -> None:
    """Who approved it, and which one took its place, or that it counts still."""
    approved = {"number": 2, "approved_by": "rhea", "approved_at": NOW, "content_hash": HASH}
    assert "Planning v2, approved by rhea at 2026-04-10 12:00:00 UTC, and counts still" in said(moment(**approved))
    until = said(moment(**approved, superseded_by=4, superseded_at=NOW))
    assert "and counted until v4 took its place at 2026-04-10 12:00:00 UTC" in until


@pytest.mark.parametrize(("known", "next_step"), [
    ({"next_number": 3, "next_at": NOW}, f"version show {SLUG} planning --at 2026-04-10T12:00:00Z"),
    ({"open_number": 2, "open_status": "draft", "open_since": NOW, "open_by": "tess"},
     f"version show {SLUG} planning --version 2"),
    ({}, f"version history {SLUG} planning"),
])
def test_names_what_is_next_when_nothing_was_approved(known: dict[str, object], next_step: str) -> None:
    """The first approval, else what was open, else all versions."""
    told_now = said(moment(**known))
    assert "nothing of Planning was approved" in told_now
    assert next_step in told_now


def test_says_that_a_time_lies_ahead() -> None:
    """Tomorrow is answered as things stand, and that is told."""
    ahead = sentences(moment(at=NOW.replace(day=11)), BY_KIND["planning"], SLUG, "", clock=NOW)
    assert "that lies ahead" in ahead[0]
