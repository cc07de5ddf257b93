"""The metrics of a cycle computed by hand: plain Python over the raw rows of the tables, without a view or a query.

Slow and plain on purpose. It shares no code with what it checks; docs/metrics.md is what both follow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.phases import BY_KIND
from tests.figures_by_hand import Figure, Key, holds, ratio, spread

UNUSABLE = ("not_found", "unreadable")


@dataclass(frozen=True)
class Wait:
    """Somebody was waited for."""

    kind: str
    role: str
    task: str
    since: datetime
    until: datetime | None


class ByHand:
    """All figures of one cycle from its raw rows; `since` leaves out what began earlier."""

    def __init__(self, found: Mapping[str, list[dict[str, Any]]], since: datetime | None = None) -> None:
        self.rows, self.since = found, since
        self.phases = {row["id"]: row for row in found["phase"]}
        self.ends = found["cycle_closing"][0]["at"] if found["cycle_closing"] else None
        self.closed = {(v["phase"], v["number"]): v for v in found["version"]}
        self.cases = {table: _grouped(found[table], "test_case")
                      for table in ("case_owner", "case_waiver", "case_evidence", "execution")}
        self.revisions = _grouped(found["item_revision"], "phase")
        self.written = _grouped(found["item_revision"], "item")
        self.said = _grouped(found["item_decision"], "revision")
        self.reviews = _grouped(found["execution_review"], "execution")

    def of_a_case(self, table: str, case: int) -> list[dict[str, Any]]:
        """The rows of one case."""
        return self.cases[table][case]

    def kind(self, row: Mapping[str, Any]) -> str:
        """The kind of the phase of a row."""
        return str(self.phases[row["phase"]]["kind"])

    def fresh(self, moment: datetime) -> bool:
        """Whether something that began then is asked for."""
        return self.since is None or moment >= self.since

    def held(self, person: str, role: str, moment: datetime) -> bool:
        """Whether somebody held a role then."""
        known = [row for row in self.rows["person"] if row["person"] == person and row["at"] <= moment]
        return bool(known) and role in known[-1]["roles"]

    def figures(self) -> dict[Key, Figure]:
        """Everything, by measure, what it is of, and phase; without what has no base."""
        every = {**self.of_versions(), **self.of_items(), **self.of_owners(), **self.of_documents(),
                 **self.of_requests(), **self.of_waits()}
        return {key: figure for key, figure in every.items() if figure.whole}

    def members(self, phase: int, number: int) -> list[dict[str, Any]]:
        """The revisions in a version."""
        return [r for r in self.revisions[phase] if holds(r, number)]

    def decision(self, revision: int, role: str, number: int) -> dict[str, Any] | None:
        """What a side says of a revision in a version."""
        said = [d for d in self.said[revision] if d["role"] == role and holds(d, number)]
        return said[0] if said else None

    def of_versions(self) -> dict[Key, Figure]:
        """Creation, approval, rejection, carrying forward."""
        found: dict[Key, Figure] = {}
        versions = [v for v in self.rows["version"] if self.fresh(v["created_at"])]
        for phase, some in _by_phase(versions, self.kind).items():
            decided = [v for v in some if v["status"] in ("approved", "superseded", "rejected")]
            approved = [v for v in decided if v["status"] != "rejected"]
            said = [d for v in decided for m in self.members(v["phase"], v["number"])
                    if (d := self.decision(m["id"], "approver", v["number"])) and d["version"] == v["number"]]
            cut = [(v, m) for v in some if v["parent"] and v["submitted_at"]
                   for m in self.members(v["phase"], v["number"])]
            found["version_creation_rate", "", phase] = ratio(len(some), len({v["phase"] for v in some}))
            found["approval_time", "created_to_approved", phase] = spread(
                (_seconds(v["created_at"], v["decided_at"]) for v in approved), whole=len(some),
                open_=sum(v["status"] in ("draft", "submitted") for v in some))
            found["approval_time", "submitted_to_decided", phase] = spread(
                (_seconds(v["submitted_at"], v["decided_at"]) for v in decided),
                whole=sum(v["submitted_at"] is not None for v in some),
                open_=sum(v["status"] == "submitted" for v in some))
            found["rejection_rate", "versions", phase] = ratio(len(decided) - len(approved), len(decided))
            found["rejection_rate", "items", phase] = ratio(sum(d["verdict"] == "reject" for d in said), len(said))
            found["carry_forward_rate", "", phase] = ratio(sum(m["version"] != v["number"] for v, m in cut), len(cut))
        return found

    def of_items(self) -> dict[Key, Figure]:
        """Rounds of rework: later submissions for which something of the item was made anew."""
        rounds: dict[str, list[float]] = defaultdict(list)
        for item in self.rows["item"]:
            seen = []
            versions = [v for v in self.rows["version"] if v["phase"] == item["phase"]]
            for v in sorted(versions, key=lambda v: int(v["number"])):
                mine = [m for m in self.written[item["id"]] if holds(m, v["number"])]
                if mine and v["submitted_at"]:
                    said = self.decision(mine[0]["id"], "tester", v["number"])
                    seen.append((v, v["number"] in (mine[0]["version"], said["version"] if said else None)))
            if seen and self.fresh(seen[0][0]["submitted_at"]):
                for phase in (self.kind(item), "all"):
                    rounds[phase].append(sum(anew for _, anew in seen[1:]))
        return {("rework_rounds", "", phase): spread(counts, whole=len(counts), part=int(sum(counts)))
                for phase, counts in rounds.items()}

    def of_owners(self) -> dict[Key, Figure]:
        """Changes of owner, whatever lay between the two."""
        owners: dict[tuple[str, str], str] = {}
        changes = 0
        for row in self.rows["assignment"]:
            pair = (row["attribute"], row["line_of_business"])
            if row["status"] == "assigned" and owners.get(pair, row["owner"]) != row["owner"]:
                changes += self.fresh(row["at"])
            owners[pair] = row["owner"] or owners.get(pair, "")
            if not owners[pair]:
                del owners[pair]
        pairs = {(row["attribute"], row["line_of_business"]) for row in self.rows["assignment"]}
        return {("owner_changes", "", "data_owner_id"): ratio(changes, len(pairs))}

    def of_documents(self) -> dict[Key, Figure]:
        """Revisions of each document."""
        times: dict[int, list[datetime]] = defaultdict(list)
        for row in self.rows["document_revision"]:
            times[row["document"]].append(row["at"])
        counts = [len(known) for known in times.values() if self.fresh(min(known))]
        return {("document_revisions", "", "request_info"): spread(counts, whole=len(counts), part=sum(counts))}

    def of_requests(self) -> dict[Key, Figure]:
        """What was asked for, answered, and still waits."""
        asked: dict[tuple[str, str], list[tuple[float | None, bool]]] = defaultdict(list)

        def add(request: str, kind: str, at: datetime, answer: datetime | None, moot: datetime | None = None) -> None:
            idle = moot is not None or self.ends is not None
            if self.fresh(at):
                for phase in (kind, "all"):
                    asked[request, phase].append(
                        (_seconds(at, answer) if answer else None, answer is None and not idle))

        names = {"initial": "initial", "evidence_revised": "revised", "rerun": "retest"}
        runs = {(row["test_case"], row["request"]): row["at"] for row in self.rows["execution"]}
        for row in self.rows["execution_request"]:
            add(names[row["cause"]], "test_execution", row["at"], runs.get((row["test_case"], row["request"])))
        for question, _, answer, decided in self.questions():
            add("clarification", self.kind(question), question["at"], answer, decided)
        decisions = {row["request"]: row["at"] for row in self.rows["extension_decision"]}
        for row in self.rows["extension_request"]:
            add("extension", "request_info", row["at"], decisions.get(row["id"]))
        return {
            ("request_turnaround", request, phase): spread(
                [t for t, _ in times if t is not None], whole=len(times), open_=sum(waits for _, waits in times))
            for (request, phase), times in asked.items()
        }

    def questions(self) -> list[tuple[dict[str, Any], str, datetime | None, datetime | None]]:
        """Each question with the side that has to answer, when it did, and the next decision on the phase."""
        found = []
        for asked in (row for row in self.rows["item_comment"] if row["question"]):
            policy = BY_KIND[self.kind(asked)]
            role = policy.approver if self.held(asked["by"], policy.submitter, asked["at"]) else policy.submitter
            answers = [row["at"] for row in self.rows["item_comment"]
                       if row["item"] == asked["item"] and row["id"] > asked["id"] and row["by"] != asked["by"]
                       and self.held(row["by"], role, row["at"])]
            decided = [v["decided_at"] for v in self.rows["version"]
                       if v["phase"] == asked["phase"] and v["status"] in ("approved", "superseded", "rejected")
                       and v["decided_at"] > asked["at"]]
            found.append((asked, role, min(answers, default=None), min(decided, default=None)))
        return found

    def of_waits(self) -> dict[Key, Figure]:
        """How long each role was waited for."""
        times: dict[tuple[str, str], list[Wait]] = defaultdict(list)
        for wait in self.waits():
            if self.fresh(wait.since):
                for phase in (wait.kind, "all"):
                    times[wait.role, phase].append(wait)
        return {
            ("waiting_time", role, phase): spread(
                [_seconds(w.since, w.until) for w in some if w.until], whole=len(some),
                open_=sum(w.until is None for w in some))
            for (role, phase), some in times.items()
        }

    def waits(self) -> list[Wait]:
        """Everything that anybody was waited for."""
        found = [*self._of_phases(), *self._of_pairs(), *self._of_failures()]
        for case in self.rows["test_case"]:
            found += self.of_case(case["id"])
        decisions = {row["request"]: row["at"] for row in self.rows["extension_decision"]}
        found += [Wait("request_info", "tester", "extension", row["at"], decisions.get(row["id"]))
                  for row in self.rows["extension_request"]]
        for asked, role, answered, decided in self.questions():
            until = min((at for at in (answered, decided) if at), default=None)
            found.append(Wait(self.kind(asked), role, "question", asked["at"], until))
        return [Wait(w.kind, w.role, w.task, w.since, w.until or self.ends) for w in found]

    def _of_phases(self) -> list[Wait]:
        found = []
        for v in self.rows["version"]:
            kind = self.kind(v)
            policy = BY_KIND[kind]
            found.append(Wait(kind, policy.submitter, "draft", v["created_at"], v["submitted_at"] or v["decided_at"]))
            if v["submitted_at"]:
                signed = {s["role"]: s["at"] for s in self.rows["version_signoff"]
                          if (s["phase"], s["number"]) == (v["phase"], v["number"])}
                others = [r for r in policy.signoffs if r not in (policy.submitter, policy.approver)]
                found += [Wait(kind, r, "signature", v["submitted_at"], signed.get(r, v["decided_at"])) for r in others]
                if all(r in signed for r in others):
                    since = max([v["submitted_at"], *(signed[r] for r in others)])
                    found.append(Wait(kind, policy.approver, "approval", since, v["decided_at"]))
            if v["status"] in ("rejected", "withdrawn"):
                after = self.closed.get((v["phase"], v["number"] + 1))
                found.append(Wait(kind, policy.submitter, "rework", v["decided_at"],
                                  after["created_at"] if after else None))
        return found

    def _of_pairs(self) -> list[Wait]:
        found, seen = [], defaultdict(list)
        for row in self.rows["assignment"]:
            seen[row["attribute"], row["line_of_business"]].append(row)
        for history in seen.values():
            for row, after in zip(history, [*history[1:], None], strict=True):
                if row["status"] in ("unassigned", "disputed"):
                    found.append(Wait("data_owner_id", "data_executive", "assignment", row["at"],
                                      after["at"] if after else None))
        return found

    def _of_failures(self) -> list[Wait]:
        found, seen = [], defaultdict(list)
        for row in self.rows["owner_event"]:
            seen[row["owner"]].append(row)
        for history in seen.values():
            for row, after in zip(history, [*history[1:], None], strict=True):
                if row["event"] == "failed":
                    found.append(Wait("request_info", "tester", "failed work", row["at"],
                                      after["at"] if after else None))
        return found

    def of_case(self, case: int) -> list[Wait]:
        """What happened to a case, one thing after the other, and who was waited for in between."""
        found: list[Wait] = []
        owner = ""
        stands_on: int | None = None
        waits: tuple[str, str, datetime] | None = None
        ran: dict[int, tuple[str, bool]] = {}
        proved: set[int] = set()
        verdicts: dict[int, str] = {}

        def turn(task: str | None, at: datetime) -> None:
            nonlocal waits
            if waits and (waits[0], waits[1]) == (task, owner):
                return
            if waits:
                found.append(_case_wait(waits[0], waits[2], at))
            waits = (task, owner, at) if task else None

        for at, what, row in self._course(case):
            if what == "asked" and row["owner"] != owner:
                owner_before, owner, stands_on = owner, row["owner"], None
                if waits and owner_before:
                    found.append(_case_wait(waits[0], waits[2], at))
                    waits = None
                turn("evidence", at)
            elif what == "handed_in" and row["covers"]:
                stands_on = row["id"]
                turn(None, at)
            elif what == "handed_in" and row["before"] == stands_on and stands_on not in {None, *proved}:
                stands_on = None
                turn("evidence", at)
            elif what == "ran":
                ran[row["revision"]] = (row["outcome"], False)
                if row["revision"] == stands_on:
                    back = row["outcome"] in UNUSABLE or verdicts.get(row["revision"]) == "return"
                    turn("corrected evidence" if back else "review", at)
            elif what == "judged":
                verdicts[row["revision"]] = row["verdict"]
                outcome, reviewed = ran.get(row["revision"], ("", False))
                if row["revision"] == stands_on and row["verdict"] == "return":
                    turn("corrected evidence", at)
                elif row["revision"] == stands_on and outcome and outcome not in UNUSABLE:
                    turn(None if reviewed else "review", at)
            elif what == "reviewed":
                ran[row["revision"]] = (row["outcome"], True)
                proved.add(row["revision"])
                if row["revision"] == stands_on:
                    turn(None, at)
            elif what == "waived":
                turn(None, at)
                return found
        if waits:
            found.append(_case_wait(waits[0], waits[2], None))
        return found

    def _course(self, case: int) -> list[tuple[datetime, str, dict[str, Any]]]:
        evidence = {row["revision"] for row in self.of_a_case("case_evidence", case)}
        revisions = {(row["document"], row["revision"]): row for row in self.rows["document_revision"]}
        executions = {row["id"]: row for row in self.of_a_case("execution", case)}
        course: list[tuple[datetime, str, dict[str, Any]]] = []
        course += [(row["at"], "asked", row) for row in self.of_a_case("case_owner", case)]
        for (document, number), row in revisions.items():
            before = revisions.get((document, number - 1), {"id": 0})["id"]
            course.append((row["at"], "handed_in", {**row, "covers": row["id"] in evidence, "before": before}))
        course += [(row["at"], "ran", row) for row in executions.values()]
        course += [(row["at"], "judged", row) for row in self.rows["document_decision"] if row["revision"] in evidence]
        course += [(row["at"], "reviewed", executions[one]) for one in executions for row in self.reviews[one]]
        course += [(row["at"], "waived", row) for row in self.of_a_case("case_waiver", case)]
        return sorted(course, key=lambda event: event[0])


def _grouped(found: Iterable[dict[str, Any]], column: str) -> dict[int, list[dict[str, Any]]]:
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        groups[row[column]].append(row)
    return groups


def _case_wait(task: str, since: datetime, until: datetime | None) -> Wait:
    kind, role = ("test_execution", "tester") if task == "review" else ("request_info", "data_owner")
    return Wait(kind, role, task, since, until)


def _by_phase(
    versions: Iterable[dict[str, Any]], kind: Callable[[dict[str, Any]], str]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for version in versions:
        found[kind(version)].append(version)
        found["all"].append(version)
    return found


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
