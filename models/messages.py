"""What crosses the workflow border: names, ids, command envelopes and answers. Pydantic only, nothing else.

Every field added later needs a default and no field is ever renamed: these models are stored in histories.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal

from pydantic import Field

from models.payloads import Message, Nothing, Payload

MAX_ITEMS = 200
MAX_OWNERS = 1000
MAX_BYTES = 50_000
MAX_NAME = 200
_RUN = re.compile(r"cycle:(?P<cycle>[^:]+:[^:]+(?::a\d+)?)(?::phase:(?P<phase>[^:]+)|:owner:(?P<owner>.+))?", re.DOTALL)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Workflow(StrEnum):
    """Registered workflow names."""

    CYCLE = "TestCycleWorkflow"
    PHASE = "PhaseWorkflow"
    OWNER = "DataOwnerWorkflow"


class Activity(StrEnum):
    """Registered activity names."""

    REGISTER_CYCLE = "register_cycle"
    BEGIN_PHASE = "begin_phase"
    CONCLUDE_PHASE = "conclude_phase"
    JUDGE = "judge_command"
    RECORD_UNFIT = "record_unfit_signal"
    BEGIN_OWNER = "begin_owner"
    RUN_CASES = "run_cases"
    SYNC_OWNER = "sync_owner"
    RECORD_OWNER = "record_owner"
    LIST_BLOCKERS = "list_blockers"
    CLOSE_CYCLE = "close_cycle"


class Verb(StrEnum):
    """What people do. Approvers' verbs are signals as well as updates, under the same name."""

    OPEN = "open"
    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"
    DECIDE = "decide"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REJECT = "reject"
    SIGN = "sign"
    REQUEST = "request"
    COMMENT = "comment"
    ASSIGN = "assign"
    WAIVE_PAIRS = "waive_pairs"
    RETRY_OWNER = "retry_owner"
    WAIVE_OWNER = "waive_owner"
    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"
    REASSIGN_PERSON = "reassign_person"
    DISPUTE = "dispute"
    UPLOAD = "upload"
    JUDGE_EVIDENCE = "judge_evidence"
    REVIEW = "review"
    RERUN = "rerun"
    WAIVE_CASES = "waive_cases"
    EXTEND = "extend"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    EXPLAIN = "explain"
    APPROVE_EXPLANATION = "approve_explanation"
    REJECT_EXPLANATION = "reject_explanation"


PHASE_VERBS = (
    Verb.OPEN,
    Verb.ADD,
    Verb.EDIT,
    Verb.REMOVE,
    Verb.DECIDE,
    Verb.SUBMIT,
    Verb.WITHDRAW,
    Verb.APPROVE,
    Verb.REJECT,
    Verb.SIGN,
    Verb.REQUEST,
    Verb.COMMENT,
)
APPROVER_VERBS = (Verb.DECIDE, Verb.APPROVE, Verb.REJECT, Verb.SIGN, Verb.REQUEST, Verb.COMMENT)


class Command(Message):
    """One intent of one person. The same id is one effect; `sha256` names the very bytes."""

    command_id: str
    cycle: str
    actor: str
    verb: Verb
    phase: str = ""
    scope: str = ""
    version: int | None = None
    content_hash: str = ""
    lock_version: int | None = None
    reason: str = ""
    payload: Payload = Nothing()
    dry_run: bool = False
    issued_at: datetime

    def sha256(self) -> str:
        """SHA-256 of the envelope's JSON; the update id and the proof that a resend is the same command."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    def refusal_of_form(self) -> str:
        """What is wrong with the form alone, or nothing: validators refuse this without leaving a trace."""
        text = self.model_dump_json()
        if _NUL.search(text):
            return "a message carries no NUL characters, which no database holds"
        names = (self.command_id, self.cycle, self.actor, self.phase, self.scope)
        if max(map(len, names)) > MAX_NAME:
            return f"ids and names have at most {MAX_NAME} characters"
        if len(text) > MAX_BYTES:
            return f"a message carries at most {MAX_BYTES} bytes; store larger payloads first"
        rows = max((len(value) for _, value in self.payload if isinstance(value, tuple)), default=0)
        if rows > MAX_ITEMS:
            return f"a message carries at most {MAX_ITEMS} rows, this one has {rows}; store larger payloads first"
        return ""


class Answer(Message):
    """What became of a command. A refusal has a code, a message and the next step."""

    accepted: bool
    code: str = ""
    message: str = ""
    hint: str = ""
    result: dict[str, Any] = Field(default_factory=dict)


class PhaseTarget(Message):
    """Which phase an activity is to begin or conclude."""

    slug: str
    phase: str


class Context(Message):
    """Which run asks, for the audit trail."""

    workflow_id: str = ""
    run_id: str = ""


class Judgement(Message):
    """A command on its way to the one activity that judges all commands."""

    command: Command
    context: Context


class UnfitSignal(Message):
    """What was signalled under a verb's name and cannot be judged, without its body: `sha256` and `bytes` name that.

    `actor` and `command_id` are what it claims, '' where it does not; `why` is what is wrong with its form.
    """

    verb: Verb
    sha256: str
    bytes: int
    why: str
    actor: str = ""
    command_id: str = ""
    context: Context


class CycleInput(Message):
    """A test cycle by the hashes of its inputs; `heartbeat_seconds` is how soon a dead worker is noticed."""

    slug: str
    cycle_file_sha256: str
    dictionary_sha256: str
    report_sha256: str
    started_by: str
    amends: str = ""
    heartbeat_seconds: float = 10.0


class PhaseInput(Message):
    """One versioned phase of a cycle.

    `tells` is how often its run may tell the cycle's run where it stands; None for a cycle that does not listen.
    """

    slug: str
    phase: str
    heartbeat_seconds: float = 10.0
    tells: int | None = None


class OwnerInput(Message):
    """One data owner's work in a cycle.

    `tells` is how often its run may tell the cycle's run where it stands; None for a cycle that does not listen.
    """

    slug: str
    owner: str
    heartbeat_seconds: float = 10.0
    tells: int | None = None


class PhaseState(Message):
    """What a phase's workflow needs to know: the open version, who is waited for, and whether one is approved."""

    version: int = 0
    status: str = ""
    items: int = 0
    undecided: int = 0
    waiting_for: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    since: datetime | None = None
    approved: int | None = None
    due_at: datetime | None = None


class Slice(Message):
    """At most so many of the runs that an owner's cases wait for, oldest request first."""

    slug: str
    owner: str
    limit: int = 500


class SliceDone(Message):
    """How far a slice came, and how many runs are still waited for."""

    executed: int
    pending: int


class Awaited(Message):
    """Somebody who is waited for: who in which role, to do what (an infinitive) with how many, since when."""

    role: str
    people: tuple[str, ...] = ()
    what: str
    number: int = 0
    since: datetime | None = None
    due_at: datetime | None = None


class OwnerProgress(Message):
    """Where an owner's work stands, counted from the facts; `waits` are sentences on what is missing.

    `pending` counts the runs of cases that were asked for and are not done. `awaited` are the people whose turn it is,
    but for those of the observations' round, which `observations` tells.
    """

    cases: dict[str, int] = Field(default_factory=dict)
    pending: int = 0
    observations: PhaseState = PhaseState()
    waits: tuple[str, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    complete: bool = False


class Standing(Message):
    """What the run of a phase or of an owner tells the cycle's run when somebody else is waited for.

    `cases` counts an owner's by state, `disputed` the pairs that the owner has sent back since the run began. `last`:
    the run may tell no more, so `state` can be out of date from here on.
    """

    phase: str
    owner: str = ""
    state: PhaseState = PhaseState()
    cases: dict[str, int] = Field(default_factory=dict)
    disputed: int = 0
    last: bool = False


# How the signal reads among the events of the cycle's run.
STANDING = "now_waiting_for"


class OwnerEvent(Message):
    """What became of an owner's work; a failure is data."""

    slug: str
    owner: str
    event: Literal["completed", "failed"]
    reason: str = ""


class Blockers(Message):
    """What stands between a cycle and its final report, a sentence each (the first hundred).

    `owners` are those whose work should be going on by the facts; `outcome` is how the cycle ended, if it has.
    `cases` counts all cases by state, `pairs` the pairs of attribute and line of business by status.
    """

    blockers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    outcome: str = ""
    cases: dict[str, int] = Field(default_factory=dict)
    pairs: dict[str, int] = Field(default_factory=dict)


def cycle_workflow_id(slug: str) -> str:
    """`cycle:{cycle}:{report}`."""
    return f"cycle:{slug}"


def phase_workflow_id(slug: str, kind: str) -> str:
    """`cycle:{cycle}:{report}:phase:{kind}`."""
    return f"cycle:{slug}:phase:{kind}"


def owner_workflow_id(slug: str, owner: str) -> str:
    """`cycle:{cycle}:{report}:owner:{owner}`."""
    return f"cycle:{slug}:owner:{owner}"


def told_by_id(workflow_id: str) -> dict[str, str]:
    """What the id of a run tells, by `cycle`, `phase` and `owner`; nothing for an id that is none of the three."""
    if not (found := _RUN.fullmatch(workflow_id)):
        return {}
    return {name: value for name, value in found.groupdict().items() if value}


SEARCH_ATTRIBUTES = {"AssayCycle": "Keyword", "AssayPhase": "Keyword", "AssayWaitingFor": "KeywordList"}


def host_of(command: Command) -> str:
    """The workflow that takes a command: the phase's, the owner's or the cycle's."""
    if command.scope:
        return owner_workflow_id(command.cycle, command.scope)
    if command.verb in PHASE_VERBS:
        return phase_workflow_id(command.cycle, command.phase)
    return cycle_workflow_id(command.cycle)
