"""The inbox: each fact waits for exactly those who can act on it, with the command that does."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli.main import build
from cli.tasks import SOURCES, WORK, Task, Waiting, tasks
from models.phases import OWNER_ROUND, VERSIONED
from models.queries.carried import CarriedLine
from models.queries.comments import OpenQuestion
from models.queries.cycles import PhaseLine
from models.queries.explanations import ExplanationLine
from models.queries.extensions import ExtensionLine
from models.queries.inbox import ObservationsWaiting, PairsWaiting, WorkWaiting
from tests.cli.builders import NOW, SLUG, cycle_line, people, phase_line


def waiting(**changed: Any) -> Waiting:
    """A running cycle in which nothing waits."""
    named: dict[str, Any] = {
        "cycle": cycle_line(), "people": people(), "phases": [], "pairs": [], "work": [], "observed": [], "now": NOW,
    }
    return Waiting(**{**named, **changed})


def found(
    *, phase: dict[str, Any] | None = None, pairs: dict[str, Any] | None = None, work: dict[str, Any] | None = None,
    **roles: str,
) -> list[Task]:
    """What waits, given one fact."""
    when = {"since": NOW, "due_at": NOW}
    two = {"line_of_business": "Cards", "unassigned": 2, "disputed": 1, **when}
    four = {"owner": "ann", "state": "open", "cases": 4, **when}
    return tasks(waiting(
        people=people(**roles), phases=[phase_line(**phase)] if phase is not None else [],
        pairs=[PairsWaiting(**{**two, **pairs})] if pairs else [],
        work=[WorkWaiting(**{**four, **work})] if work else [],
    ))


def submitted(*owners: str, **changed: Any) -> list[PhaseLine]:
    """Observations of owners that wait for the report owner."""
    named: dict[str, Any] = {"kind": OWNER_ROUND.kind, "status": "submitted", **changed}
    return [phase_line(scope=owner, **named) for owner in owners]


SCOPING = {"kind": "scoping", "status": "submitted"}
REPORT = {"kind": "finalize_report", "status": "submitted"}


@pytest.mark.parametrize(("phase", "person", "what", "command"), [
    ({}, "tess", "decide 2 of 3 items", f"version show {SLUG} planning --sheet planning-v1.xlsx"),
    ({"undecided": 0}, "tess", "submit, all is decided", f"version submit {SLUG} planning"),
    (SCOPING, "rhea", "decide 2 of 3 items", f"version show {SLUG} scoping --sheet scoping-v1.xlsx"),
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
    waits = tasks(waiting(phases=[phase_line(), phase_line(kind="scoping", due_at=NOW)]))
    assert ["scoping", "planning"] == [task.phase for task in waits]


class TestObservationsOfManyOwners:
    def test_are_one_task_of_their_approver(self) -> None:
        """Two owners' versions are decided at a stroke; the attributes are named with their number of owners."""
        observed = [ObservationsWaiting(attribute="rate", owners=2, observations=2),
                    ObservationsWaiting(attribute="limit", owners=1, observations=1)]
        one, = tasks(waiting(phases=submitted("ann", "bob"), observed=observed))
        assert ("rhea", "decide 4 of 6 observations of 2 owners: rate (2 owners), limit") == (one.person, one.what)
        place = f"{SLUG} observation_management --all-owners --sheet observations.xlsx --as rhea"
        assert (f"python starter.py version show {place}", f"python starter.py version approve {place}") == (
            one.command, one.then)

    def test_wait_since_the_first_and_are_due_with_the_first(self) -> None:
        """The most urgent owner decides when it is due."""
        early = submitted("bob", due_at=NOW - timedelta(days=1), since=NOW - timedelta(days=9))
        one, = tasks(waiting(phases=[*submitted("ann"), *early]))
        assert (True, 9) == (one.overdue, one.age_days)

    def test_of_one_owner_are_decided_alone(self) -> None:
        """With one owner the usual command does."""
        one, = tasks(waiting(phases=submitted("ann")))
        assert "ann" == one.owner
        assert "--all-owners" not in one.command

    def test_drafts_stay_with_the_tester(self) -> None:
        """What is not submitted is nobody's to approve."""
        waits = tasks(waiting(phases=[*submitted("ann"), *submitted("bob", status="draft")]))
        assert {("rhea", "ann"), ("tess", "bob")} == {(task.person, task.owner) for task in waits}


class TestOnHold:
    def test_a_cycle_waits_for_who_may_resume_it(self) -> None:
        """The tester is told why it is on hold."""
        one, = tasks(waiting(cycle=cycle_line(status="on hold", reason="data refiled")))
        assert ("tess", "resume, or leave on hold: data refiled", True) == (one.person, one.what, one.on_hold)

    def test_what_waits_is_marked(self) -> None:
        """Nothing can be done about it until the cycle is resumed."""
        held = cycle_line(status="on hold", reason="data refiled")
        assert all(task.on_hold for task in tasks(waiting(cycle=held, phases=[phase_line()])))


@pytest.mark.parametrize(("status", "begins"), [("approved", "version open"), ("draft", "observation list")])
def test_missing_plans_go_into_the_draft_that_is_open(status: str, begins: str) -> None:
    """A second draft cannot be opened, so none is suggested."""
    line = phase_line(kind=OWNER_ROUND.kind, scope="ann", status=status)
    work = [WorkWaiting(owner="ann", state="to_plan", cases=1, since=NOW, due_at=None)]
    one = next(task for task in tasks(waiting(phases=[line], work=work)) if "plans" in task.what)
    assert one.command.startswith(f"python starter.py {begins} ")


def question(**changed: Any) -> OpenQuestion:
    """The report owner asks the tester about an attribute in Scoping."""
    named: dict[str, Any] = {"kind": "scoping", "scope": "", "key": "a1", "version": 1, "text": "why\nnot?",
                             "by": "rhea", "at": NOW, "role": "tester", "due_at": NOW}
    return OpenQuestion(**{**named, **changed})


class TestQuestions:
    def test_wait_for_whoever_can_answer(self) -> None:
        """Everybody of that role, in one line, with the command that answers it."""
        both = people(tess="tester", tom="tester", rhea="report_owner")
        found = tasks(waiting(people=both, questions=[question()]))
        assert [("tess", "answer rhea on a1: why not?"), ("tom", "answer rhea on a1: why not?")] == [
            (task.person, task.what) for task in found
        ]
        assert f"python starter.py item comment {SLUG} scoping a1 ANSWER --as tess" == found[0].then

    def test_a_dispute_says_so(self) -> None:
        """The tester sees that it is more than a question."""
        asked = question(kind=OWNER_ROUND.kind, scope="ann", by="ann", role="tester", dispute=True)
        assert ["answer ann, who disputes a1: why not?"] == [task.what for task in tasks(waiting(questions=[asked]))]

    def test_nobody_answers_themselves(self) -> None:
        """In Planning both sides are testers: another one answers."""
        mine = question(kind="planning", by="tess")
        assert [] == tasks(waiting(questions=[mine]))
        others = tasks(waiting(people=people(tess="tester", tom="tester"), questions=[mine]))
        assert ["tom"] == [task.person for task in others]


def carried() -> CarriedLine:
    """An observation that an earlier cycle left unresolved."""
    return CarriedLine(from_cycle="q4:r", from_period=NOW.date(), owner="ann", key="a1 | Cards", severity="high",
                       title="t", root_cause="", remediation_plan="", remediation_owner="", remediation_due=None,
                       state="open", tested=0, failed=0, case_number="", run=None)


@pytest.mark.parametrize(("kind", "status", "told"), [
    ("scoping", "draft", ["consider 1 observation that earlier cycles left unresolved"]),
    ("scoping", "submitted", []), ("planning", "draft", [])])
def test_carried_observations_wait_while_scoping_is_a_draft(kind: str, status: str, told: list[str]) -> None:
    """The tester is shown them before it is settled what is tested."""
    all_of_it = tasks(waiting(phases=[phase_line(kind=kind, status=status)], carried=[carried()]))
    assert told == [task.what for task in all_of_it if task.command.startswith("python starter.py observation carried")]


def extension(**changed: Any) -> ExtensionLine:
    """Ann has asked for more time for two cases."""
    named: dict[str, Any] = {
        "number": 3, "owner": "ann", "status": "open", "cases": 2, "still_open": 2, "due_at": NOW,
        "until": NOW.date(), "reason": "the archive is being moved", "asked_at": NOW, "granted_until": None,
        "decided_by": None, "decided_at": None, "decision_reason": None,
    }
    return ExtensionLine(**{**named, **changed})


def test_a_request_for_more_time_waits_for_testers() -> None:
    """Every tester but the asker may answer it, and sees until when and why."""
    both = people(tess="tester", ann="tester", rhea="report_owner")
    one, = tasks(waiting(people=both, extensions=[extension()]))
    what = f"grant ann time until {NOW.date()}, or refuse: the archive is being moved"
    assert ("tess", what) == (one.person, one.what)
    assert f"python starter.py case grant {SLUG} 3 --as tess" == one.then


EVERY_STATUS = ("draft", "submitted", "approved", "rejected", "withdrawn")
ODD = "Cards, 'Gold' & Co; $HOME {owner}"


def explanation(**changed: Any) -> ExplanationLine:
    """Why three records may fail a rule, waiting."""
    return ExplanationLine(**{
        "number": 1, "rule": ODD, "attribute": "a", "status": "waiting", "counts": False, "records": 3, "failed": 9,
        "covers": "all", "reason": "a merger", "by": "tess", "at": NOW, "decided_by": None, "decided_at": None,
        "decision_reason": None, "phase": "data_profiling", "role": "report_owner", "due_at": NOW, **changed})


def test_an_explanation_waits_for_an_approver_of_the_rules() -> None:
    """Not for the one who wrote it, whatever else that person is."""
    both = people(tess="tester", rhea="report_owner", rob="report_owner")
    found = tasks(waiting(people=both, explanations=[explanation(by="rob", rule="limit.range")]))
    assert [("rhea", "python starter.py profile approve 2026q1:tiny 1 --as rhea")] == [
        (task.person, task.then) for task in found]


def everything() -> list[Waiting]:
    """A fact of every kind, about names that a shell would like to read."""
    everybody = people(tess="tester", rhea="report_owner", exa="test_executive")
    dora = replace(people(dora="data_executive")["dora"], lines_of_business=())
    named: dict[str, Any] = {"people": {**everybody, "dora": dora}}
    lines = [phase_line(kind=phase.kind, scope="ann" if phase.stage == "owner" else "", status=status, undecided=left)
             for phase in VERSIONED for status in EVERY_STATUS for left in (0, 2)]
    work = [WorkWaiting(owner="ann", state=state, cases=1, since=NOW, due_at=NOW) for state in WORK]
    pairs = [PairsWaiting(line_of_business=ODD, unassigned=1, disputed=0, since=NOW, due_at=NOW)]
    held = cycle_line(slug="a b:c", status="on hold", reason="x")
    odd = [question(key=ODD), question(kind=OWNER_ROUND.kind, scope="ann")]
    alone = [waiting(cycle=cycle_line(slug="a b:c"), phases=[line], **named) for line in lines]
    return [*alone, waiting(cycle=held, phases=submitted("ann", "bob"), pairs=pairs, work=work, questions=odd,
                            extensions=[extension()], explanations=[explanation()], **named),
            waiting(cycle=cycle_line(slug="a b:c"), phases=[phase_line(kind="scoping", status="draft")],
                    carried=[carried()], **named)]


EVERY_TASK = [task for one in everything() for task in tasks(one)]


def test_every_source_is_checked() -> None:
    """What is added to the sources has a task whose commands are typed below."""
    assert all(any(list(source(one)) for one in everything()) for source in SOURCES)


@pytest.mark.parametrize("command", sorted({
    said for task in EVERY_TASK for said in (task.command, task.then) if said}))
def test_every_command_can_be_typed(command: str) -> None:
    """The command line understands what the inbox says, with the names as they were."""
    words = shlex.split(command)
    assert ["python", "starter.py"] == words[:2]
    assert "a b:c" in words
    _, bound, unused, _ = build().parse_known_args(words[2:])
    assert [] == unused
    assert bound.arguments


def test_a_line_of_business_stays_one_word() -> None:
    """Quotes, blanks and dollars of a name mean nothing to the shell."""
    assert any(ODD in shlex.split(task.then) for task in EVERY_TASK)
