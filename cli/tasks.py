"""What waits for whom, and the command that does it: computed from the facts, so it can never be out of date."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.phase_state import waiting_for
from models.phases import BY_KIND, OWNER_ROUND, PHASES, Phase
from models.queries.cycles import CycleLine, PhaseLine
from models.queries.extensions import ExtensionLine
from models.queries.inbox import PairsWaiting, WorkWaiting
from models.queries.people import PersonLine

_ASSIGNING = next(phase for phase in PHASES if phase.stage == "cycle" and not phase.versioned)
# What is to be done about an owner's cases in a state: by which role (none: the owner), in which phase, how.
_WORK = {
    "open": ("", "request_info", "hand in evidence", "case list {cycle} --mine --template evidence.csv"),
    "returned": ("", "request_info", "hand in better evidence", "case list {cycle} --mine --state returned"),
    "to_accept": ("tester", "request_info", "accept or return evidence", "evidence list {cycle} --owner {owner}"),
    "to_review": ("tester", "test_execution", "review results",
                  "execution list {cycle} --owner {owner} --state to_review"),
    "failed": ("tester", "request_info", "retry or waive the failed work", "owner retry {cycle} {owner}"),
    "to_plan": ("tester", OWNER_ROUND.kind, "add the missing remediation plans",
                f"version open {{cycle}} {OWNER_ROUND.kind} --owner {{owner}}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that waits for one person. `age_days` counts since it waits; `command` does it, or begins it."""

    person: str
    cycle: str
    phase: str
    owner: str
    what: str
    version: int | None
    items: int
    due_at: datetime | None
    overdue: bool
    age_days: int | None
    command: str


def tasks(
    cycle: CycleLine, people: Mapping[str, PersonLine], phases: Sequence[PhaseLine], pairs: Sequence[PairsWaiting],
    work: Sequence[WorkWaiting], *, now: datetime,
) -> list[Task]:
    """Everything that waits in one running cycle, the most urgent first."""
    found = [
        *(task for line in phases for task in _of_version(cycle, people, line, now)),
        *(task for line in pairs for task in _of_pairs(cycle, people, line, now)),
        *(task for line in work for task in _of_work(cycle, people, line, now)),
    ]
    return sorted(found, key=lambda task: (task.due_at is None, task.due_at or now, task.person))


def extensions(
    cycle: CycleLine, people: Mapping[str, PersonLine], asked: Sequence[ExtensionLine], *, now: datetime
) -> list[Task]:
    """Every request for more time that waits, for each tester who may answer it, due when its first case is due."""
    return [
        _task(
            person, cycle, "request_info", f"grant {line.owner} time until {line.until}, or refuse: {line.reason}",
            f"case grant {shlex.quote(cycle.slug)} {line.number}", now=now, since=line.asked_at, due_at=line.due_at,
            owner=line.owner, items=line.still_open,
        )
        for line in asked for person in _holding(people, ("tester",)) if person != line.owner
    ]


def _task(
    person: str, cycle: CycleLine, phase: str, what: str, command: str, *, now: datetime, since: datetime | None,
    due_at: datetime | None, owner: str = "", version: int | None = None, items: int = 0,
) -> Task:
    return Task(
        person=person, cycle=cycle.slug, phase=phase, owner=owner, what=what, version=version, items=items,
        due_at=due_at, overdue=due_at is not None and due_at < now,
        age_days=(now - since).days if since else None, command=f"python starter.py {command} --as {person}",
    )


def _holding(people: Mapping[str, PersonLine], roles: Iterable[str]) -> Iterator[str]:
    wanted = set(roles)
    return (person.person for person in people.values() if wanted & set(person.roles))


def _of_version(
    cycle: CycleLine, people: Mapping[str, PersonLine], line: PhaseLine, now: datetime
) -> Iterator[Task]:
    policy = BY_KIND[line.kind]
    what, command = _next_step(policy, line)
    place = f"{shlex.quote(cycle.slug)} {line.kind}" + (f" --owner {line.scope}" if line.scope else "")
    for person in _holding(people, waiting_for(policy, line.status, line.signed)):
        yield _task(person, cycle, line.kind, what, command.format(place=place, cycle=shlex.quote(cycle.slug)), now=now,
                    since=line.since, due_at=line.due_at, owner=line.scope, version=line.version, items=line.undecided)


def _next_step(policy: Phase, line: PhaseLine) -> tuple[str, str]:
    """What is to be done with a version, and how."""
    signing = set(waiting_for(policy, line.status, line.signed)) & (set(policy.signoffs) - {policy.approver})
    if line.status not in ("draft", "submitted"):
        return f"rework: v{line.version} was {line.status}", "version open {place}"
    if line.status == "submitted" and signing:
        return "sign", "report sign {cycle}"
    if line.undecided:
        return f"decide {line.undecided} of {line.items} items", "version show {place} --sheet decisions.csv"
    if line.status == "draft":
        return "submit, all is decided", "version submit {place}"
    return "approve or reject, all is decided", "version approve {place}"


def _of_pairs(
    cycle: CycleLine, people: Mapping[str, PersonLine], line: PairsWaiting, now: datetime
) -> Iterator[Task]:
    disputed = f", {line.disputed} of them disputed" if line.disputed else ""
    what = f"assign owners in {line.line_of_business}{disputed}"
    for person in _holding(people, (_ASSIGNING.submitter,)):
        if people[person].covers(line.line_of_business):
            business = shlex.quote(line.line_of_business)
            command = f"owner assign {shlex.quote(cycle.slug)} --all-of-line {business} --owner OWNER"
            yield _task(person, cycle, _ASSIGNING.kind, what, command, now=now, since=line.since, due_at=line.due_at,
                        items=line.unassigned + line.disputed)


def _of_work(
    cycle: CycleLine, people: Mapping[str, PersonLine], line: WorkWaiting, now: datetime
) -> Iterator[Task]:
    role, phase, what, step = _WORK[line.state]
    command = step.format(cycle=shlex.quote(cycle.slug), owner=line.owner)
    for person in _holding(people, (role,)) if role else (line.owner,):
        yield _task(person, cycle, phase, what, command, now=now, since=line.since, due_at=line.due_at,
                    owner=line.owner, items=line.cases)
