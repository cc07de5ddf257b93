"""The inbox: each fact waits for exactly those who can act on it, with the command that does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cli.tasks import Task, questions, tasks
from models.queries.comments import OpenQuestion
from models.queries.inbox import PairsWaiting, WorkWaiting
from tests.cli.builders import NOW, SLUG, cycle_line, people, phase_line


def found(
    *, phase: dict[str, Any] | None = None, pairs: dict[str, Any] | None = None, work: dict[str, Any] | None = None,
    **roles: str,
) -> list[Task]:
    """What waits, given one fact."""
    lines = [phase_line(**phase)] if phase is not None else []
    when = {"since": NOW, "due_at": NOW}
    two = {"line_of_business": "Cards", "unassigned": 2, "disputed": 1, **when}
    four = {"owner": "ann", "state": "open", "cases": 4, **when}
    waiting = [PairsWaiting(**{**two, **pairs})] if pairs else []
    cases = [WorkWaiting(**{**four, **work})] if work else []
    return tasks(cycle_line(), people(**roles), lines, waiting, cases, now=NOW)


SCOPING = {"kind": "scoping", "status": "submitted"}
REPORT = {"kind": "finalize_report", "status": "submitted"}


@pytest.mark.parametrize(("phase", "person", "what", "command"), [
    ({}, "tess", "decide 2 of 3 items", f"version show {SLUG} planning --sheet decisions.csv"),
    ({"undecided": 0}, "tess", "submit, all is decided", f"version submit {SLUG} planning"),
    (SCOPING, "rhea", "decide 2 of 3 items", f"version show {SLUG} scoping --sheet decisions.csv"),
    ({**SCOPING, "undecided": 0}, "rhea", "approve or reject, all is decided", f"version approve {SLUG} scoping"),
    ({**SCOPING, "status": "rejected"}, "tess", "rework: v1 was rejected", f"version open {SLUG} scoping"),
    ({"kind": "observation_management", "scope": "ann", "undecided": 0}, "tess", "submit, all is decided",
     f"version submit {SLUG} observation_management --owner ann"),
    ({**REPORT, "signed": ("tester",)}, "rhea", "sign", f"report sign {SLUG}"),
])
def test_a_version_waits_for_one_side(phase: dict[str, Any], person: str, what: str, command: str) -> None:
    """The person, what is to be done, and the exact next command."""
    waiting = [(task.person, task.what, task.command) for task in found(phase=phase)]
    assert [(person, what, f"python starter.py {command} --as {person}")] == waiting


def test_a_report_waits_for_its_approver_once_signed() -> None:
    """The test executive comes last."""
    signed = {**REPORT, "signed": ("report_owner", "tester"), "undecided": 0}
    waiting = found(phase=signed, exa="test_executive", rhea="report_owner")
    assert ["exa"] == [task.person for task in waiting]


def test_an_approved_version_waits_for_nobody() -> None:
    """What is done is not in the inbox."""
    assert [] == found(phase={"status": "approved", "approved": 1})


@pytest.mark.parametrize(("line", "persons"), [("Cards", ["dora"]), ("Loans", [])])
def test_pairs_wait_for_the_executive_of_the_line(line: str, persons: list[str]) -> None:
    """Nobody is asked to assign in a line of business that is not theirs."""
    assert persons == [task.person for task in found(pairs={"line_of_business": line})]


@pytest.mark.parametrize(("state", "person"), [
    ("open", "ann"), ("returned", "ann"), ("to_accept", "tess"), ("to_review", "tess"), ("failed", "tess"),
    ("to_plan", "tess"),
])
def test_work_waits_for_the_owner_or_the_tester(state: str, person: str) -> None:
    """Evidence is the owner's, judging it the tester's."""
    assert [person] == [task.person for task in found(work={"state": state})]


def test_overdue_shows() -> None:
    """Age counts from the day since when it waits, overdue from the due date."""
    late = found(phase={"due_at": NOW - timedelta(hours=1), "since": NOW - timedelta(days=3)})
    assert [(True, 3)] == [(task.overdue, task.age_days) for task in late]


def test_the_most_urgent_comes_first() -> None:
    """What is due first is done first."""
    waiting = tasks(
        cycle_line(), people(), [phase_line(), phase_line(kind="scoping", due_at=NOW)], [], [], now=NOW
    )
    assert ["scoping", "planning"] == [task.phase for task in waiting]


def asked(**changed: Any) -> OpenQuestion:
    """The report owner asks the tester about an attribute in Scoping."""
    named: dict[str, Any] = {"kind": "scoping", "scope": "", "key": "a1", "version": 1, "text": "why\nnot?",
                             "by": "rhea", "at": NOW, "role": "tester", "due_at": NOW}
    return OpenQuestion(**{**named, **changed})


def test_a_question_waits_for_whoever_can_answer() -> None:
    """Everybody of that role, in one line, with the command that answers it."""
    found = questions(cycle_line(), people(tess="tester", tom="tester", rhea="report_owner"), [asked()], now=NOW)
    assert [("tess", "answer rhea on a1: why not?"), ("tom", "answer rhea on a1: why not?")] == [
        (task.person, task.what) for task in found
    ]
    assert f'python starter.py item comment {SLUG} scoping a1 "ANSWER" --as tess' == found[0].command


def test_nobody_answers_themselves() -> None:
    """In Planning both sides are testers: another one answers."""
    mine = asked(kind="planning", by="tess")
    assert [] == questions(cycle_line(), people(), [mine], now=NOW)
    others = questions(cycle_line(), people(tess="tester", tom="tester"), [mine], now=NOW)
    assert ["tom"] == [task.person for task in others]
