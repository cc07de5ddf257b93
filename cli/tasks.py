"""What waits for whom, and the command that does it: computed from the facts, so it can never be out of date.

A new kind of task is a function of `Waiting` in `SOURCES`, and a field of `Waiting` where it needs facts of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from methods.text import counted
from models.phase_state import waiting_for
from models.phases import BY_KIND, OWNER_ROUND, PHASES, Phase
from models.queries.carried import CarriedLine
from models.queries.comments import OpenQuestion
from models.queries.cycles import CycleLine, PhaseLine
from models.queries.explanations import ExplanationLine
from models.queries.extensions import ExtensionLine
from models.queries.inbox import ObservationsWaiting, PairsWaiting, WorkWaiting
from models.queries.people import PersonLine

_ASSIGNING = next(phase for phase in PHASES if phase.stage == "cycle" and not phase.versioned)
_CHOOSING = next(phase for phase in PHASES if phase.item == "scope")
_RESUMERS = ("test_executive", "tester")
_NAMED = 5
_WORDS = 80
# What is to be done about an owner's cases in a state: by which role (none: the owner), in which phase, what, how it
# begins and, unless that does it, how it goes on.
WORK = {
    "open": ("", "request_info", "hand in evidence", "case list {cycle} --mine --state open",
             "case list {cycle} --mine --template evidence.csv --source SOURCE"),
    "returned": ("", "request_info", "hand in better evidence", "case list {cycle} --mine --state returned",
                 "evidence upload {cycle} FILE --source SOURCE"),
    "to_accept": ("tester", "request_info", "accept or return evidence", "evidence list {cycle} --owner {owner}",
                  "evidence accept {cycle} --owner {owner}"),
    "query": ("tester", "request_info", "accept or return a query, which then runs",
              "evidence list {cycle} --owner {owner}", "evidence accept {cycle} --owner {owner}"),
    "to_review": ("tester", "test_execution", "review results",
                  "execution list {cycle} --owner {owner} --state to_review",
                  "execution review {cycle} --owner {owner}"),
    "failed": ("tester", "request_info", "retry or waive the failed work", "owner retry {cycle} {owner}", ""),
    "to_plan": ("tester", OWNER_ROUND.kind, "add the missing remediation plans",
                f"version open {{cycle}} {OWNER_ROUND.kind} --owner {{owner}}",
                "observation edit {cycle} KEY remediation_plan=PLAN remediation_owner=PERSON remediation_due=DATE"
                " --owner {owner}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that waits for one person. `age_days` counts since it waits; `owner` is whose part of the cycle it is.

    `command` works as it stands and does it, or begins it; `then` goes on, words in capitals being yours to fill in.
    """

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
    then: str
    since: datetime | None
    on_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What one running cycle waits for, as it was read at `now`."""

    cycle: CycleLine
    people: Mapping[str, PersonLine]
    phases: Sequence[PhaseLine]
    pairs: Sequence[PairsWaiting]
    work: Sequence[WorkWaiting]
    observed: Sequence[ObservationsWaiting] = ()
    questions: Sequence[OpenQuestion] = ()
    extensions: Sequence[ExtensionLine] = ()
    explanations: Sequence[ExplanationLine] = ()
    carried: Sequence[CarriedLine] = ()
    now: datetime

    def holding(self, roles: Iterable[str]) -> Iterator[str]:
        """Who holds one of the roles."""
        wanted = set(roles)
        return (person.person for person in self.people.values() if wanted & set(person.roles))

    def task(
        self, person: str, phase: str, what: str, command: str, *, then: str = "", since: datetime | None = None,
        due_at: datetime | None = None, owner: str = "", line: str = "", key: str = "", version: int | None = None,
        items: int = 0,
    ) -> Task:
        """A task of one person. In commands {cycle}, {owner}, {line} (of business) and {key} are one word each."""
        names = {"cycle": quote(self.cycle.slug), "owner": quote(owner), "line": quote(line), "key": quote(key)}
        said = [f"python starter.py {words.format(**names)} --as {person}" if words else ""
                for words in (command, then)]
        return Task(
            person=person, cycle=self.cycle.slug, phase=phase, owner=owner, what=what, version=version, items=items,
            due_at=due_at, overdue=due_at is not None and due_at < self.now, since=since,
            age_days=(self.now - since).days if since else None, command=said[0], then=said[1],
            on_hold=self.cycle.status == "on hold",
        )


def tasks(waiting: Waiting) -> list[Task]:
    """Everything that waits in one running cycle, the most urgent first; in a cycle on hold, what will again."""
    found = [task for source in SOURCES for task in source(waiting)]
    return sorted(found, key=lambda task: (task.due_at is None, task.due_at or waiting.now, task.person))


def _of_hold(waiting: Waiting) -> Iterator[Task]:
    if waiting.cycle.status == "on hold":
        for person in waiting.holding(_RESUMERS):
            yield waiting.task(person, "", f"resume, or leave on hold: {waiting.cycle.reason}",
                               "cycle show {cycle}", then="cycle resume {cycle} --reason REASON")


def _of_versions(waiting: Waiting) -> Iterator[Task]:
    bulk = _decided_together(waiting)
    for line in waiting.phases:
        if line not in bulk:
            policy = BY_KIND[line.kind]
            what, command, then = _next_step(policy, line)
            for person in waiting.holding(waiting_for(policy, line.status, line.signed)):
                yield waiting.task(person, line.kind, what, command, then=then, since=line.since, due_at=line.due_at,
                                   owner=line.scope, version=line.version, items=line.undecided)
    if bulk:
        for person in waiting.holding((OWNER_ROUND.approver,)):
            yield _bulk_task(waiting, person, bulk)


def _next_step(policy: Phase, line: PhaseLine) -> tuple[str, str, str]:
    """What is to be done with a version, how it begins, and how it goes on."""
    place = f"{{cycle}} {line.kind}{' --owner {owner}' if line.scope else ''}"
    signing = set(waiting_for(policy, line.status, line.signed)) & (set(policy.signoffs) - {policy.approver})
    if line.status not in ("draft", "submitted"):
        return f"rework: v{line.version} was {line.status}", f"version open {place}", ""
    if line.status == "submitted" and signing:
        return "sign", "report sign {cycle}", ""
    if line.undecided:
        # A sheet is never written over, so each version has a name of its own.
        sheet = f"{'-'.join(filter(None, (line.kind, line.scope)))}-v{line.version}.xlsx"
        return (f"decide {line.undecided:,} of {line.items:,} items", f"version show {place} --sheet {sheet}",
                f"item decide {place} --sheet {sheet}")
    if line.status == "draft":
        return "submit, all is decided", f"version submit {place}", ""
    return "approve or reject, all is decided", f"version approve {place}", ""


def _decided_together(waiting: Waiting) -> list[PhaseLine]:
    """The owners' versions that one approver can decide at a stroke; none when there are not several."""
    found = [line for line in waiting.phases if line.kind == OWNER_ROUND.kind and line.status == "submitted"]
    return found if len(found) > 1 else []


def _bulk_task(waiting: Waiting, person: str, lines: Sequence[PhaseLine]) -> Task:
    named = [f"{one.attribute} ({one.owners} owners)" if one.owners > 1 else one.attribute for one in waiting.observed]
    more = [f"{len(named) - _NAMED} more attributes"] if len(named) > _NAMED else []
    about = f": {', '.join([*named[:_NAMED], *more])}" if named else ""
    undecided = sum(line.undecided for line in lines)
    what = f"decide {undecided:,} of {sum(line.items for line in lines):,} observations of {len(lines):,} owners{about}"
    place = f"{{cycle}} {OWNER_ROUND.kind} {ALL_OWNERS} --sheet observations.xlsx"
    return waiting.task(
        person, OWNER_ROUND.kind, what, f"version show {place}", then=f"version approve {place}", items=undecided,
        since=min(line.since for line in lines), due_at=min(line.due_at for line in lines),
    )


def _of_pairs(waiting: Waiting) -> Iterator[Task]:
    for line in waiting.pairs:
        disputed = f", {line.disputed} of them disputed" if line.disputed else ""
        what = f"assign owners in {line.line_of_business}{disputed}"
        for person in waiting.holding((_ASSIGNING.submitter,)):
            if waiting.people[person].covers(line.line_of_business):
                yield waiting.task(
                    person, _ASSIGNING.kind, what, "owner list {cycle}", since=line.since, due_at=line.due_at,
                    then="owner assign {cycle} --all-of-line {line} --owner OWNER", line=line.line_of_business,
                    items=line.unassigned + line.disputed)


def _of_work(waiting: Waiting) -> Iterator[Task]:
    rounds = {line.scope: line.status for line in waiting.phases if line.kind == OWNER_ROUND.kind}
    for line in waiting.work:
        role, phase, what, command, then = WORK[line.state]
        if line.state == "to_plan" and rounds.get(line.owner) in ("draft", "submitted"):
            # The next version is open already: plans go into its draft, or wait for its decision.
            command, then = "observation list {cycle} --owner {owner}", then if rounds[line.owner] == "draft" else ""
        for person in waiting.holding((role,)) if role else (line.owner,):
            yield waiting.task(person, phase, what, command, then=then, since=line.since, due_at=line.due_at,
                               owner=line.owner, items=line.cases)


def _of_questions(waiting: Waiting) -> Iterator[Task]:
    for asked in waiting.questions:
        place = f"{{cycle}} {asked.kind} {{key}}{' --owner {owner}' if asked.scope else ''}"
        for person in waiting.holding((asked.role,)):
            if person != asked.by:
                yield waiting.task(
                    person, asked.kind, f"{_answering(asked)}: {_first_words(asked.text)}",
                    f"item show {place}", then=f"item comment {place} ANSWER", key=asked.key, owner=asked.scope,
                    since=asked.at, due_at=asked.due_at, version=asked.version, items=1)


def _of_extensions(waiting: Waiting) -> Iterator[Task]:
    for asked in waiting.extensions:
        for person in waiting.holding(("tester",)):
            if person != asked.owner:
                yield waiting.task(
                    person, "request_info", f"grant {asked.owner} time until {asked.until}, or refuse: {asked.reason}",
                    "case extensions {cycle} --owner {owner}", then=f"case grant {{cycle}} {asked.number}",
                    owner=asked.owner, since=asked.asked_at, due_at=asked.due_at, items=asked.still_open)


def _of_explanations(waiting: Waiting) -> Iterator[Task]:
    for written in waiting.explanations:
        for person in waiting.holding((written.role,)):
            if person != written.by:
                yield waiting.task(
                    person, written.phase, f"approve or reject why {counted(written.records, 'record')} may fail"
                    f" {written.rule}: {_first_words(written.reason)}", "profile explanations {cycle} --waiting",
                    then=f"profile approve {{cycle}} {written.number}", key=written.rule, since=written.at,
                    due_at=written.due_at, items=written.records)


def _answering(asked: OpenQuestion) -> str:
    return f"answer {asked.by}{', who disputes' if asked.dispute else ' on'} {asked.key}"


def _of_carried(waiting: Waiting) -> Iterator[Task]:
    """While it is chosen what is tested: what an earlier cycle left unresolved."""
    drafts = [line for line in waiting.phases if line.kind == _CHOOSING.kind and line.status == "draft"]
    for line in drafts if waiting.carried else ():
        number = counted(len(waiting.carried), "observation")
        for person in waiting.holding((_CHOOSING.submitter,)):
            yield waiting.task(
                person, line.kind, f"consider {number} that earlier cycles left unresolved",
                "observation carried {cycle}", since=line.since, due_at=line.due_at, version=line.version,
                items=len(waiting.carried))


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WORDS else f"{line[:_WORDS - 3]}..."


ALL_OWNERS = "--all-owners"
SOURCES: tuple[Callable[[Waiting], Iterator[Task]], ...] = (
    _of_hold, _of_versions, _of_pairs, _of_work, _of_questions, _of_extensions, _of_explanations,
    _of_carried,
)
