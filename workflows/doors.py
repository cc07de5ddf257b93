"""How people reach a workflow: one update per verb, and a signal of the same name for the verbs of approvers.

Both take the same envelope down the same path. A validator refuses only form; everything else is judged in one
activity. A refusal is raised to the caller of an update and logged for a signal, which can never fail a run. A signal
whose form is refused leaves an event without its body, up to a number per run: a flood must not fill the history.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        Activity,
        Answer,
        Command,
        Context,
        Judgement,
        Verb,
        host_of,
    )
    from workflows.unfit import described
    from workflows.words import VERBS

SIGNAL_QUEUE = 1000
UNFIT_RECORDED = 50
UNKNOWN = "unknown"
_JUDGED_WITHIN = timedelta(seconds=60)
_SECONDS_A_MEGABYTE = 2
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)
# The server takes 400 bytes; a name may be all but as long, and in any alphabet.
_SUMMARY = 100


class Host:
    """State and behaviour that all three workflows share: judging commands one at a time, in order of arrival."""

    def __init__(self, heartbeat_seconds: float) -> None:
        self.heartbeat = timedelta(seconds=heartbeat_seconds)
        self.turn = asyncio.Lock()
        self.signals: deque[Command] = deque()
        self.unfit: set[str] = set()
        self.begun = False
        self.closing = False

    def applied(self, command: Command, answer: Answer) -> None:
        """What the workflow takes note of once a command has taken effect."""

    def doubt(self) -> None:
        """A command may have taken effect without this run being told: the facts have to be looked at again."""

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """However the block ends, whoever has sent something is answered before the run closes."""
        put_away = False
        try:
            yield
        except GeneratorExit:
            # A worker that stops puts away what it holds of a run that goes on elsewhere; nothing can be awaited then.
            put_away = True
            raise
        finally:
            self.closing = True
            if not put_away:
                await workflow.wait_condition(workflow.all_handlers_finished)

    async def execute(self, name: Activity, given: Any, result: type[Any] | None = None, *, summary: str = "") -> Any:
        """Run an activity until it succeeds: an outage of the database is waited out."""
        return await workflow.execute_activity(
            name,
            given,
            result_type=result,
            summary=summary[:_SUMMARY] or None,
            heartbeat_timeout=self.heartbeat,
            start_to_close_timeout=timedelta(hours=2),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
        )

    async def take(self, command: Command) -> Answer:
        """Judge a command and act on its effect; raises the refusal."""
        # A handler can run before the first line of `run`, when what the command is about is not on record yet.
        await workflow.wait_condition(lambda: self.begun or self.closing)
        async with self.turn:
            answer = await self._judge(command)
            if answer.accepted and not command.dry_run:
                self.applied(command, answer)
        if not answer.accepted:
            raise ApplicationError(answer.message, {"hint": answer.hint}, type=answer.code, non_retryable=True)
        return answer

    async def _judge(self, command: Command) -> Answer:
        info = workflow.info()
        judgement = Judgement(command=command, context=Context(workflow_id=info.workflow_id, run_id=info.run_id))
        within = patience(command)
        try:
            answer: Answer = await workflow.execute_activity(
                Activity.JUDGE,
                judgement,
                result_type=Answer,
                summary=f"{command.actor}: {f'{command.verb.value} {command.phase}'.replace('_', ' ')}"[:_SUMMARY],
                heartbeat_timeout=self.heartbeat,
                start_to_close_timeout=within,
                schedule_to_close_timeout=within,
            )
        except ActivityError as error:
            self.doubt()
            raise ApplicationError(
                f"no answer within {within.seconds} s; it may or may not have taken effect",
                {"hint": "run the same command again: it is safe"},
                type=UNKNOWN,
                non_retryable=True,
            ) from error
        return answer

    def check_form(self, command: Command, verb: Verb) -> None:
        """Refuse what no activity should see: a malformed, oversized or misaddressed envelope, or a run that closes."""
        if self.closing:
            raise ApplicationError(
                "this run is closing", {"hint": "starter.py cycle show"}, type="wrong_state", non_retryable=True
            )
        if wrong := _wrong_form(command, verb):
            raise ApplicationError(wrong, type="malformed_command", non_retryable=True)

    async def obey(self, verb: Verb, given: tuple[Any, ...]) -> None:
        """Put a signalled command in line. Whoever finds the line empty works it off, in order, for all."""
        try:
            (envelope,) = given
            command = Command.model_validate(envelope)
        except ValueError as error:
            await self._record_unfit(verb, given, str(error))
            return
        if wrong := "the line is full" if len(self.signals) >= SIGNAL_QUEUE else _wrong_form(command, verb):
            await self._record_unfit(verb, given, wrong)
            return
        self.signals.append(command)
        if len(self.signals) > 1:
            return
        while self.signals:
            await self._take_signalled(self.signals[0])
            self.signals.popleft()

    async def _record_unfit(self, verb: Verb, given: tuple[Any, ...], why: str) -> None:
        """Put on record that something was sent which nobody can judge."""
        info = workflow.info()
        unfit = described(verb, given, why, Context(workflow_id=info.workflow_id, run_id=info.run_id))
        workflow.logger.warning("signal.dropped", extra=unfit.model_dump(mode="json", exclude={"context"}))
        known = unfit.sha256 in self.unfit or len(self.unfit) >= UNFIT_RECORDED
        if known or not workflow.patched("record-unfit-signals"):
            return
        self.unfit.add(unfit.sha256)
        await workflow.wait_condition(lambda: self.begun or self.closing)
        await self.execute(Activity.RECORD_UNFIT, unfit, summary=f"{verb.value} refused for its form")

    async def _take_signalled(self, command: Command) -> None:
        """Nobody hears the answer of a signal, so nobody would send it again: it is tried until there is one."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self.take(command)
            except ApplicationError as refusal:
                told = {"command_id": command.command_id, "code": refusal.type}
                if refusal.type != UNKNOWN:
                    workflow.logger.info("signal.refused", extra=told)
                    return
                workflow.logger.warning("signal.unanswered", extra=told)
                await workflow.sleep(pause, summary="a signalled command has no answer yet")
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return


def patience(command: Command) -> timedelta:
    """How long a command may take to be judged: a file that is handed in has to be read first."""
    size = command.payload.bytes if command.payload.kind == "upload" else 0
    return _JUDGED_WITHIN + timedelta(seconds=_SECONDS_A_MEGABYTE * (size >> 20))


def _wrong_form(command: Command, verb: Verb) -> str:
    host = host_of(command)
    if command.verb is not verb:
        return f"{command.verb} cannot be sent as {verb}"
    if host != workflow.info().workflow_id:
        return f"this command is for {host}"
    try:
        return command.refusal_of_form()
    except ValueError as error:
        return f"this command cannot be put into words: {error}"


def root_of(error: BaseException) -> str:
    """The failure at the end of a chain of causes, in words."""
    while cause := getattr(error, "cause", None):
        error = cause
    return str(error)[:500]


def outgrown() -> bool:
    """Whether the history has become so long that the run should go on under a new one."""
    return workflow.info().is_continue_as_new_suggested()


def update_of(verb: Verb) -> Any:
    """The update handler of a verb."""

    # The SDK takes `self` for an argument of the message as soon as it bears an annotation.
    async def handler(self, command: Command) -> Answer:  # type: ignore[no-untyped-def]
        answer: Answer = await self.take(command)
        return answer

    def validate(self, command: Command) -> None:  # type: ignore[no-untyped-def]
        self.check_form(command, verb)

    handler.__name__ = handler.__qualname__ = verb.value
    update = workflow.update(
        name=verb.value, description=f"{VERBS[verb]}; answers, or refuses and says why"
    )(handler)
    update.validator(validate)
    return update


def signal_of(verb: Verb) -> Any:
    """The signal handler of a verb: the same effect without a reply."""

    # Whatever is sent under this name has to be taken: a signature that does not fit would stop the run for good.
    async def handler(self, *given: Any) -> None:  # type: ignore[no-untyped-def]
        await self.obey(verb, given)

    handler.__name__ = handler.__qualname__ = f"{verb.value}_signal"
    return workflow.signal(name=verb.value, description=f"{VERBS[verb]}; no reply")(handler)
