"""The Temporal server as workers and commands meet it: connecting, the namespace, and who polls a task queue."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from models.errors import ServerDown
from models.settings import Endpoints
from workflows.converter import DATA_CONVERTER

_WITHIN = 10.0
# A worker polls at least once a minute; one that has not for longer is gone, although the server still lists it.
_POLLED_WITHIN = 90.0
_WORKFLOWS, _ACTIVITIES = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
_CHECK = "check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE"


async def connect_temporal(
    endpoints: Endpoints, *, identity: str | None = None, runtime: Runtime | None = None
) -> Client:
    """A client of the Temporal server; raises `ServerDown`."""
    address = endpoints.temporal_address
    try:
        async with asyncio.timeout(_WITHIN):
            return await Client.connect(
                address, namespace=endpoints.temporal_namespace, data_converter=DATA_CONVERTER, identity=identity,
                runtime=runtime,
            )
    except (RuntimeError, TimeoutError) as error:
        raise ServerDown(
            f"no Temporal server answers at {address}", hint="check TEMPORAL_ADDRESS or run `make up`"
        ) from error


async def namespace_exists(client: Client, *, within: float = _WITHIN) -> bool:
    """Whether the server knows the client's namespace. Raises `ServerDown`."""
    try:
        request = DescribeNamespaceRequest(namespace=client.namespace)
        await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=within))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise ServerDown(f"the Temporal server says: {error.message}", hint=_CHECK) from error
    return True


async def pollers(
    client: Client, task_queue: str, kind: TaskQueueType.ValueType = _WORKFLOWS, *, within: float = _WITHIN
) -> list[str]:
    """Who polls the task queue for workflow tasks, or for tasks of another kind, by identity. Raises `ServerDown`."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind
    )
    try:
        found = await client.workflow_service.describe_task_queue(
            request, retry=True, timeout=timedelta(seconds=within)
        )
    except RPCError as error:
        raise ServerDown(f"the Temporal server says: {error.message}", hint=_CHECK) from error
    oldest = time.time() - _POLLED_WITHIN
    return [poller.identity for poller in found.pollers if poller.last_access_time.ToDatetime(UTC).timestamp() > oldest]


async def polls(client: Client, task_queue: str, *, within: float = _WITHIN) -> bool:
    """Whether the server lists this very client as a poller for both kinds of tasks. Raises `ServerDown`."""
    for kind in (_WORKFLOWS, _ACTIVITIES):
        if client.identity not in await pollers(client, task_queue, kind, within=within):
            return False
    return True
