"""Everything that Assay refuses or cannot do, as one tree. Every leaf has a code, an exit code and a next step.

    AssayError               1  unexpected: a defect
    |- BadInput              2  bad_input, malformed_command, malformed_sheet, malformed_cycle_file, unusable_rule,
    |                           unusable_file, unusable_evidence
    |- NotFound              3  not_found: no such cycle, phase, version, item, owner, case, document, person
    |- Conflict              4  conflict, stale_version, stale_sheet, open_version_exists, wrong_state, command_reused,
    |                           already_running, stack_running
    |- Refused               5  refused, wrong_role, self_approval, undecided_items, rejected_items, reason_missing,
    |                           signoff_missing, successor_begun, too_large
    |- VerificationFailed    6  verification_failed: a check worked and its answer is no
    |- DependencyDown        7  dependency_down, database_down, server_down, no_worker, schema_mismatch, not_configured,
    |                           port_busy, home_unusable, stack_failed
    `- Unknown               8  unknown: no answer in time; a rerun with the same command id is safe

A worker hands a refusal across the workflow border as its code, message and hint; `from_code` rebuilds the class.
"""

from __future__ import annotations

from typing import ClassVar


class AssayError(Exception):
    """Base of all errors that people see. `hint` names the next command."""

    code: ClassVar[str] = "unexpected"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(AssayError):
    """Something handed to Assay cannot be read as what it should be."""

    code = "bad_input"
    exit_code = 2


class MalformedSheet(BadInput):
    """A decision sheet has a wrong row or column; row and column are named."""

    code = "malformed_sheet"


class MalformedCycleFile(BadInput):
    """The cycle file, its dictionary or its report data cannot be used."""

    code = "malformed_cycle_file"


class UnusableRule(BadInput):
    """A profiling rule cannot be compiled: the path in its tree is named, and what is wrong there."""

    code = "unusable_rule"


class UnusableFile(BadInput):
    """A file is missing, empty, a folder, or of another type than expected."""

    code = "unusable_file"


class UnusableEvidence(BadInput):
    """Evidence that cannot be read: wrong type, no header, key or attribute columns missing."""

    code = "unusable_evidence"


class Malformed(BadInput):
    """A command lacks a field, is too large, or names a verdict that its phase does not know."""

    code = "malformed_command"


class NotFound(AssayError):
    """The named object does not exist, or not in this cycle."""

    code = "not_found"
    exit_code = 3


class Conflict(AssayError):
    """The object is not in the state that the command assumes."""

    code = "conflict"
    exit_code = 4


class StaleVersion(Conflict):
    """The command names a version, hash or lock version that is no longer current."""

    code = "stale_version"


class StaleSheet(Conflict):
    """A decision sheet names revisions that are no longer in the version."""

    code = "stale_sheet"


class OpenVersionExists(Conflict):
    """A phase has at most one open version."""

    code = "open_version_exists"


class WrongState(Conflict):
    """The verb does not apply to an object in this state."""

    code = "wrong_state"


class CommandReused(Conflict):
    """The same command id was used for other content."""

    code = "command_reused"


class AlreadyRunning(Conflict):
    """The cycle runs already, or has finished and is never rerun."""

    code = "already_running"


class StackRunning(Conflict):
    """Another embedded stack holds the home folder."""

    code = "stack_running"


class Refused(AssayError):
    """A rule of the process forbids it."""

    code = "refused"
    exit_code = 5


class WrongRole(Refused):
    """The actor does not hold the role, the line of business or the case that the verb needs."""

    code = "wrong_role"


class SelfApproval(Refused):
    """An approver may not have created, edited, decided or submitted anything in the version."""

    code = "self_approval"


class UndecidedItems(Refused):
    """Submit needs a tester decision, approve an approver decision, on every item."""

    code = "undecided_items"


class RejectedItems(Refused):
    """This phase is not approved with rejected items inside: it is reworked."""

    code = "rejected_items"


class ReasonMissing(Refused):
    """Rejecting, withdrawing and overriding carry a reason."""

    code = "reason_missing"


class SignoffMissing(Refused):
    """The version needs a sign-off of every required role, each by another person."""

    code = "signoff_missing"


class SuccessorBegun(Refused):
    """A new draft is refused once the next phase has begun."""

    code = "successor_begun"


class TooLarge(Refused):
    """More than one cycle or one message may carry."""

    code = "too_large"


class VerificationFailed(AssayError):
    """The check ran; what it checked does not hold."""

    code = "verification_failed"
    exit_code = 6


class DependencyDown(AssayError):
    """Something that Assay needs does not answer."""

    code = "dependency_down"
    exit_code = 7


class DatabaseDown(DependencyDown):
    """Postgres does not answer."""

    code = "database_down"


class ServerDown(DependencyDown):
    """The Temporal server does not answer."""

    code = "server_down"


class NoWorker(DependencyDown):
    """No worker polls the task queue."""

    code = "no_worker"


class SchemaMismatch(DependencyDown):
    """The database holds another schema version than this code needs."""

    code = "schema_mismatch"


class NotConfigured(DependencyDown):
    """Neither an address is set nor is an embedded stack running."""

    code = "not_configured"


class PortBusy(DependencyDown):
    """Somebody listens on the port that an embedded server was to use."""

    code = "port_busy"


class HomeUnusable(DependencyDown):
    """The home folder cannot be used by this account, by Postgres's, or by this release."""

    code = "home_unusable"


class StackFailed(DependencyDown):
    """An embedded server or the worker does not start, or has ended by itself."""

    code = "stack_failed"


class Unknown(AssayError):
    """No answer in time: the command may or may not have taken effect. Running it again is safe."""

    code = "unknown"
    exit_code = 8


def leaves(root: type[AssayError] = AssayError) -> list[type[AssayError]]:
    """The root and its subclasses here, depth first; an example's own errors do not cross the workflow border."""
    ours = [child for child in root.__subclasses__() if child.__module__ == __name__]
    return [root, *(leaf for child in ours for leaf in leaves(child))]


def from_code(code: str, message: str, *, hint: str = "") -> AssayError:
    """The error of that code; an unknown code gives the base class."""
    cls = next((leaf for leaf in leaves() if leaf.code == code), AssayError)
    return cls(message, hint=hint)
