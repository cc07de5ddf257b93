"""Around every activity: heartbeats while it runs, log context, and Assay's errors told in Temporal's terms.

The head of each audit stream that it moved goes to the log, where whoever writes the database does not write.

A heartbeat is how a dead worker is noticed within seconds. A cycle that cannot be registered is final, and so is what
keeps one owner's work from going on, which a person then retries or waives. Everything else is tried again, so that a
run waits for the repair of whatever is broken instead of failing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models import errors
from models.audit import HEADS
from models.messages import Activity, Judgement, told_by_id

_FINAL = (Activity.REGISTER_CYCLE, Activity.BEGIN_OWNER, Activity.RUN_CASES, Activity.SYNC_OWNER)
log = structlog.get_logger()


class AssayInterceptor(Interceptor):
    """Install on the worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activity."""
        return _Inbound(next)


class _Inbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            workflow=info.workflow_id,
            activity=info.activity_type,
            attempt=info.attempt,
            **{**told_by_id(info.workflow_id or ""), **_told_by_input(input.args)},
        )
        try:
            heads: list[tuple[str, int, str]] = []
            HEADS.set(heads)
            async with _heartbeats():
                result = await self.next.execute_activity(input)
            for stream, seq, digest in heads:
                log.info("audit.head", stream=stream, seq=seq, hash=digest)
            return result
        except errors.AssayError as error:
            log.warning("activity.failed", code=error.code, message=error.message)
            raise ApplicationError(
                error.message,
                {"hint": error.hint},
                type=error.code,
                non_retryable=info.activity_type in _FINAL and not isinstance(error, errors.DependencyDown),
            ) from error


def _told_by_input(given: Sequence[Any]) -> dict[str, str]:
    """The phase and the command that an activity is about, where its input names them."""
    about = given[0] if given else None
    if isinstance(about, Judgement):
        command = about.command
        told = {"phase": command.phase, "command_id": command.command_id, "verb": command.verb.value}
    else:
        told = {"phase": getattr(about, "phase", ""), "owner": getattr(about, "owner", "")}
    return {name: value for name, value in told.items() if value}


@contextlib.asynccontextmanager
async def _heartbeats() -> AsyncIterator[None]:
    timeout = activity.info().heartbeat_timeout
    if not timeout:
        yield
        return

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(timeout.total_seconds() / 3)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
