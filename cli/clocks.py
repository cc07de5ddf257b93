"""How far apart the clocks of this machine, the database and the Temporal server are, by asking for their time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, PollActivityTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from models.database import Database, scalar

Clock = Callable[[], datetime]
APART = timedelta(seconds=3)
_POLL, _ASKED = timedelta(seconds=5), 20
_QUEUE = "assay-clock"


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


def apart(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """How far another clock is ahead (or, negative, behind), given when it was asked and when it had answered."""
    if theirs < before:
        return theirs - before
    return max(theirs - after, timedelta())


async def database_clock(reader: Database, clock: Clock) -> timedelta:
    """How far the database's clock is ahead."""
    async with reader.begin() as tx:
        before = clock()
        theirs: datetime = await scalar(tx, "select clock_timestamp()")
        return apart(before, theirs, clock())


async def server_clock(client: Client, clock: Clock) -> timedelta | None:
    """How far the Temporal server's clock is ahead; None when it does not say.

    The server tells its time nowhere but in its list of pollers, so we poll a queue that nobody uses for a moment.
    """
    identity, before = f"assay-clock-{uuid4().hex}", clock()
    poll = asyncio.create_task(_poll(client, identity))
    try:
        for _ in range(_ASKED):
            if (seen := await _last_seen(client, identity)) is not None:
                return apart(before, seen, clock())
            await asyncio.sleep(0.1)
    except RPCError:
        return None
    finally:
        poll.cancel()
    return None


async def _poll(client: Client, identity: str) -> None:
    request = PollActivityTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=_QUEUE), identity=identity
    )
    with suppress(RPCError):
        await client.workflow_service.poll_activity_task_queue(request, timeout=_POLL)


async def _last_seen(client: Client, identity: str) -> datetime | None:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    found = await client.workflow_service.describe_task_queue(request, timeout=_POLL)
    times = (one.last_access_time.ToDatetime(UTC) for one in found.pollers if one.identity == identity)
    return next(times, None)
