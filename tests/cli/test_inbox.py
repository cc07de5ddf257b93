"""The inbox for people: by person, those with overdue work first, commands on lines of their own."""

from __future__ import annotations

from datetime import timedelta

from cli.inbox import listed
from cli.tasks import tasks
from tests.cli.builders import NOW, SLUG
from tests.cli.course import facts, owner_line, round_line, wanted


def lines() -> list[str]:
    """Planning waits for the tester; ann is late, bob is not."""
    late = wanted("ann", due_at=NOW - timedelta(days=2))
    given = facts(rounds=[round_line(status="draft")], owners=[owner_line(), owner_line("bob")],
                  work=[late, wanted("bob")])
    return list(listed(tasks(given.waiting), NOW))


def test_people_with_overdue_work_come_first() -> None:
    """Each with the number of tasks, and how many of them are late."""
    heads = [line for line in lines() if line and not line.startswith(" ")]
    assert ["ann: 1 task, 1 OVERDUE", "bob: 1 task", "tess: 1 task"] == heads


def test_a_task_says_what_and_until_when() -> None:
    """Phase, what, how many; due, how late, since when, in which cycle."""
    found = lines()
    at = found.index("  ! Request Info: hand in evidence, 3 items")
    assert f"    due 2026-04-08 12:00 (OVERDUE by 2 d), waits 2 d, {SLUG}" == found[at + 1]


def test_a_command_can_be_copied() -> None:
    """It stands alone on its line, never broken, whatever the width of the terminal."""
    assert f"      python starter.py case list {SLUG} --mine --state open --as ann" in lines()
    assert all("\n" not in line for line in lines())


def test_very_many_tasks_of_a_kind_are_folded() -> None:
    """Of three hundred owners whose evidence waits for the tester five are shown, the late ones first."""
    names = [f"owner{at:03d}" for at in range(300)]
    work = [wanted(name, state="to_accept", due_at=NOW + timedelta(days=-1 if at >= 293 else 1))
            for at, name in enumerate(names)]
    found = list(listed(tasks(facts(work=work).waiting), NOW))
    assert 5 == sum("accept or return evidence" in line for line in found)
    assert all(line.startswith("  ! ") for line in found if "accept or return evidence" in line)
    assert "  … and 295 more like this, 2 OVERDUE: --output csv lists them all" == found[-1]


def test_a_cycle_on_hold_is_said() -> None:
    """With the reason, to who may resume it."""
    held = facts(cycle={"status": "on hold", "reason": "data refiled"})
    assert "  - ON HOLD  resume, or leave on hold: data refiled" in list(listed(tasks(held.waiting), NOW))
