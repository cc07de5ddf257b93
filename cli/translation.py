"""What Temporal's client raises, as the errors that people see. A refusal crosses as code, message and hint."""

from __future__ import annotations

from temporalio.exceptions import ApplicationError

from models import errors
from models.messages import Command
from models.phases import BY_KIND
from models.queries.cycles import Standing

# The server's own word for an update whose run ended before it did: what became of the command is not known.
_LOST = ("AcceptedUpdateCompletedWorkflow",)


def refusal(cause: BaseException | None) -> errors.AssayError:
    """The refusal at the end of a chain of causes, or `Unknown` when the chain holds none."""
    while cause is not None and not (isinstance(cause, ApplicationError) and cause.type):
        cause = cause.__cause__
    if not isinstance(cause, ApplicationError) or cause.type in _LOST:
        return errors.Unknown("no answer")
    details = cause.details[0] if cause.details else {}
    hint = details.get("hint", "") if isinstance(details, dict) else ""
    return errors.from_code(str(cause.type), cause.message, hint=hint)


def unknown(command_id: str, *, seconds: float | None = None, said: str = "") -> errors.Unknown:
    """No answer: it may or may not have taken effect. `said` is what was heard instead."""
    within = f" within {seconds:g} s" if seconds else ""
    again = f" with --command-id {command_id}" if command_id else ""
    return errors.Unknown(
        f"{said.rstrip('.') or 'no answer'}{within}; the command may or may not have taken effect",
        hint=f"run the same command again{again}: it is safe",
    )


def absent(command: Command, standing: Standing | None) -> errors.AssayError | None:
    """Why no run takes the command, from the facts; None when by the facts one should."""
    cycle = command.cycle
    if standing is None:
        return errors.NotFound(f"there is no cycle {cycle!r}", hint="starter.py cycle list")
    if standing.outcome:
        hint = f"starter.py cycle start FILE --amends {cycle}"
        return errors.WrongState(f"cycle {cycle} is {standing.outcome}", hint=hint)
    if command.scope:
        return _absent_owner(command, standing)
    if command.phase and standing.phase is None:
        title = BY_KIND[command.phase].title if command.phase in BY_KIND else command.phase
        return errors.NotFound(f"{title} of cycle {cycle} has not begun", hint=f"starter.py cycle show {cycle}")
    if command.phase and standing.approved is not None and standing.approved == standing.latest:
        title = BY_KIND[command.phase].title
        return errors.WrongState(
            f"{title} of cycle {cycle} is closed: v{standing.approved} is approved",
            hint="correct a finished cycle by `cycle start --amends`",
        )
    return None


def _absent_owner(command: Command, standing: Standing) -> errors.AssayError | None:
    hint = f"starter.py owner list {command.cycle}"
    if standing.owner_event is None:
        return errors.NotFound(f"nothing has been asked of {command.scope!r} in cycle {command.cycle}", hint=hint)
    if standing.owner_event in ("completed", "failed", "waived"):
        why = f"the work of {command.scope} in cycle {command.cycle} is {standing.owner_event}"
        return errors.WrongState(why, hint=hint)
    return None


def lost(command: Command) -> errors.AssayError:
    """By the facts a run should take the command, yet the server knows none."""
    run = " ".join(part for part in (command.phase, command.scope) if part) or "it"
    return errors.WrongState(
        f"the Temporal server knows no run of cycle {command.cycle} for {run}",
        hint="check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE: it was started on another server, or terminated there",
    )
