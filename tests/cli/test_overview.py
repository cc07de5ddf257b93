"""Cycles, phases and owners as tables for people: what is urgent first, overdue marked, blank columns left out."""

from __future__ import annotations

from datetime import timedelta

from cli.overview import cycle_rows, owner_rows, some, stage_rows, used
from cli.tasks import tasks
from tests.cli.builders import NOW, cycle_line
from tests.cli.course import complete, drawn, facts, many, observed, owner_line, round_line, wanted


def test_cycles_with_something_overdue_come_first() -> None:
    """Then those that run, the newest first, then those that have ended."""
    lines = [cycle_line(slug=slug, id=at, status=status) for at, (slug, status) in enumerate(
        [("ended", "completed"), ("late", "running"), ("old", "running"), ("new", "on hold")])]
    late = tasks(facts(work=[wanted(due_at=NOW - timedelta(hours=3))], now=NOW).waiting)
    rows = cycle_rows(lines, {"late": late, "old": [], "new": []}, NOW)
    assert ["late", "new", "old", "ended"] == [row["slug"] for row in rows]
    assert ("ann", "! 1, by 3 h") == (rows[0]["waiting_for"], rows[0]["overdue"])


def test_a_phase_is_a_row_however_many_owners_there_are() -> None:
    """Nine rows for a thousand owners; what waits for single owners stands with them."""
    rows = stage_rows(many(1000))
    assert 9 == len(rows)
    assert not any(row["waiting_for"] for row in rows)


def test_a_phase_shows_all_its_versions_and_who_is_waited_for() -> None:
    """Who, what, since when and until when, in words."""
    rows = stage_rows(drawn(rounds=[round_line(status="rejected"), round_line(number=2, status="draft")]))
    assert ("v1 rejected, v2 draft", "1 of 3 decided", "tess", "decide 2 of 3 items", "3 d ago", "in 1 d") == (
        rows[0]["state"], rows[0]["done"], rows[0]["waiting_for"], rows[0]["what"], rows[0]["since"], rows[0]["due"])


def test_very_many_owners_are_folded() -> None:
    """The overdue ones are seen, the others are counted."""
    rows = owner_rows(many(100, late=2))
    assert ["late0000", "late0001"] == [row["owner"] for row in rows[:2]]
    assert "and 70 more: 70 complete" == rows[-1]["cases"]


def test_columns_without_anything_are_left_out() -> None:
    """When nobody is waited for there is no column for that."""
    rows = owner_rows(drawn(owners=[complete()], rounds=[observed()]))
    assert ["owner", "status", "cases", "observations"] == used(rows)
    assert [] == used(owner_rows(drawn()))


def test_an_overdue_owner_is_marked() -> None:
    """In words, since a table has no colours in a file."""
    picture = drawn(owners=[owner_line()], work=[wanted(due_at=NOW - timedelta(days=2))])
    assert "OVERDUE by 2 d" == owner_rows(picture)[0]["due"]


def test_of_very_many_people_a_few_are_named() -> None:
    """Each once."""
    assert "a, b, c, d, 2 more" == some(["a", "b", "a", "c", "d", "e", "f"])
