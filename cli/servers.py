"""The two servers and the worker: reached, or named in an error with what to do about it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from models import errors
from models.database import Database
from models.migrate import check_schema
from models.settings import Endpoints
from workflows.converter import DATA_CONVERTER

_CONNECT_WITHIN = 10.0
# A worker polls at least once a minute; one that has not for longer is gone, although the server still lists it.
_POLLED_WITHIN = 90.0


async def check_database(reader: Database) -> None:
    """Raise `DatabaseDown` or `SchemaMismatch` unless the database can be read."""
    async with reader.begin() as tx:
        await check_schema(tx)


async def connect_temporal(endpoints: Endpoints) -> Client:
    """A client of the Temporal server; raises `ServerDown`."""
    address = endpoints.temporal_address
    try:
        async with asyncio.timeout(_CONNECT_WITHIN):
            return await Client.connect(
                address, namespace=endpoints.temporal_namespace, data_converter=DATA_CONVERTER
            )
    except (RuntimeError, TimeoutError) as error:
        raise errors.ServerDown(
            f"no Temporal server answers at {address}", hint="check TEMPORAL_ADDRESS or run `make up`"
        ) from error


async def pollers(client: Client, task_queue: str) -> list[str]:
    """Who polls the task queue for workflow tasks, by identity. Raises `ServerDown`."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        found = await client.workflow_service.describe_task_queue(
            request, retry=True, timeout=timedelta(seconds=_CONNECT_WITHIN)
        )
    except RPCError as error:
        raise errors.ServerDown(
            f"the Temporal server says: {error.message}", hint="check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE"
        ) from error
    oldest = time.time() - _POLLED_WITHIN
    return [poller.identity for poller in found.pollers if poller.last_access_time.ToDatetime(UTC).timestamp() > oldest]
