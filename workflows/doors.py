"""How people reach a workflow: one update per verb, and a signal of the same name for the verbs of approvers.

Both take the same envelope down the same path. A validator refuses only form; everything else is judged in one
activity. A refusal is raised to the caller of an update and logged for a signal, which can never fail a run.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.messages import Activity, Answer, Command, Context, Judgement, Verb

SIGNAL_QUEUE = 1000
_JUDGED_WITHIN = timedelta(seconds=60)


class Host:
    """State and behaviour that all three workflows share: judging commands one at a time, in order of arrival."""

    def __init__(self, heartbeat_seconds: float) -> None:
        self.heartbeat = timedelta(seconds=heartbeat_seconds)
        self.turn = asyncio.Lock()
        self.signals: deque[Command] = deque()
        self.closing = False

    async def applied(self, command: Command, answer: Answer) -> None:
        """What the workflow does once a command has taken effect."""

    async def execute(self, name: Activity, given: Any, result: type[Any] | None = None, *, summary: str = "") -> Any:
        """Run an activity until it succeeds: an outage of the database is waited out."""
        return await workflow.execute_activity(
            name,
            given,
            result_type=result,
            summary=summary or None,
            heartbeat_timeout=self.heartbeat,
            start_to_close_timeout=timedelta(hours=2),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
        )

    async def take(self, command: Command) -> Answer:
        """Judge a command and act on its effect; raises the refusal."""
        async with self.turn:
            answer = await self._judge(command)
            if answer.accepted and not command.dry_run:
                await self.applied(command, answer)
        if not answer.accepted:
            raise ApplicationError(answer.message, {"hint": answer.hint}, type=answer.code, non_retryable=True)
        return answer

    async def _judge(self, command: Command) -> Answer:
        info = workflow.info()
        judgement = Judgement(command=command, context=Context(workflow_id=info.workflow_id, run_id=info.run_id))
        try:
            answer: Answer = await workflow.execute_activity(
                Activity.JUDGE,
                judgement,
                result_type=Answer,
                summary=f"{command.actor}: {command.verb.value} {command.phase}",
                heartbeat_timeout=self.heartbeat,
                start_to_close_timeout=_JUDGED_WITHIN,
                schedule_to_close_timeout=_JUDGED_WITHIN,
            )
        except ActivityError as error:
            raise ApplicationError(
                f"no answer within {_JUDGED_WITHIN.seconds} s; it may or may not have taken effect",
                {"hint": "run the same command again: it is safe"},
                type="unknown",
                non_retryable=True,
            ) from error
        return answer

    def check_form(self, command: Command) -> None:
        """Refuse what no activity should see: a malformed or oversized envelope, or a run that is closing."""
        if self.closing:
            raise ApplicationError(
                "this run is closing", {"hint": "starter.py cycle show"}, type="wrong_state", non_retryable=True
            )
        if wrong := command.refusal_of_form():
            raise ApplicationError(wrong, type="malformed_command", non_retryable=True)

    def enqueue(self, command: Command) -> None:
        """Put a signalled command in line; a storm beyond the queue's length is dropped with a warning."""
        if len(self.signals) >= SIGNAL_QUEUE:
            workflow.logger.warning("signal.dropped", extra={"command_id": command.command_id})
            return
        self.signals.append(command)

    async def drain_signals(self) -> None:
        """The one coroutine that works off signalled commands; runs as long as the workflow."""
        while True:
            await workflow.wait_condition(lambda: bool(self.signals))
            command = self.signals.popleft()
            if wrong := command.refusal_of_form():
                workflow.logger.warning("signal.malformed", extra={"command_id": command.command_id, "why": wrong})
                continue
            try:
                await self.take(command)
            except ApplicationError as refusal:
                workflow.logger.info("signal.refused", extra={"command_id": command.command_id, "code": refusal.type})

    @property
    def quiet(self) -> bool:
        """Nothing is being judged and no signal waits."""
        return not self.signals and not self.turn.locked() and workflow.all_handlers_finished()


def update_of(verb: Verb) -> Any:
    """The update handler of a verb."""

    # The SDK takes `self` for an argument of the message as soon as it bears an annotation.
    async def handler(self, command: Command) -> Answer:  # type: ignore[no-untyped-def]
        answer: Answer = await self.take(command)
        return answer

    def validate(self, command: Command) -> None:  # type: ignore[no-untyped-def]
        self.check_form(command)

    handler.__name__ = handler.__qualname__ = verb.value
    update = workflow.update(
        name=verb.value, description=f"{verb.value.replace('_', ' ')}: answers, or refuses with a reason"
    )(handler)
    update.validator(validate)
    return update


def signal_of(verb: Verb) -> Callable[..., None]:
    """The signal handler of a verb: the same effect without a reply."""

    def handler(self, command: Command) -> None:  # type: ignore[no-untyped-def]
        self.enqueue(command)

    handler.__name__ = handler.__qualname__ = f"{verb.value}_signal"
    return workflow.signal(name=verb.value, description=f"{verb.value.replace('_', ' ')}, without a reply")(handler)
