"""How a worker ends: after a drain, at once when told twice, and with an error when it cannot go on."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import DeleteNamespaceRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from models.messages import Workflow, cycle_workflow_id
from models.settings import driver_url
from models.store import ContentStore
from stack.guard import Guard
from stack.temporal import TemporalServer
from tests.databases import DatabaseUrls
from tests.service.processes import Running, worker
from tests.workflows.arena import arena
from tests.workflows.people import Play, until
from tests.workflows.tiny import Tiny

pytestmark = pytest.mark.asyncio

IMPATIENT = ("-m", "tests.service.impatient_worker")
STUCK = ("-m", "tests.service.stuck_worker")


@asynccontextmanager
async def stuck(
    guard: Guard, folder: Path, urls: DatabaseUrls, server: TemporalServer, *, queue: str, tiny: Tiny, drain: float
) -> AsyncIterator[Running]:
    """A worker in the middle of an activity that does not end by itself."""
    env = {"ASSAY_TASK_QUEUE": queue, "ASSAY_DRAIN_SECONDS": str(drain)}
    async with (
        arena(server.address, urls, folder, task_queue=queue, work=False) as around,
        worker(guard, folder, urls, server.address, program=STUCK, env=env) as running,
    ):
        await running.ready()
        given = tiny.stored(ContentStore((folder / "store").as_uri())).model_copy(update={"heartbeat_seconds": 1.0})
        await around.session.client.start_workflow(
            Workflow.CYCLE, given, id=cycle_workflow_id(given.slug), task_queue=queue
        )

        async def begun() -> bool | None:
            return any(event["event"] == "stuck" for event in running.events()) or None

        await until(begun, "an activity at work")
        yield running


async def test_what_a_drain_does_not_finish_another_worker_does(
    guard: Guard, temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """SIGTERM ends a worker with 0 after its drain, whatever it is at, and the cycle goes on elsewhere."""
    queue, tiny = f"drain-{uuid4()}", Tiny(cycle="drained")
    async with stuck(guard, tmp_path, database, temporal_server, queue=queue, tiny=tiny, drain=0.5) as running:
        running.process.send_signal(signal.SIGTERM)
        assert 0 == await running.ended()
        assert {"worker.draining", "worker.drained"} <= {event["event"] for event in running.events()}
    async with arena(temporal_server.address, database, tmp_path, task_queue=queue) as around:
        assert 1 == await Play(around.session, tiny).draft("planning")


async def test_a_draining_worker_is_alive_and_not_ready_and_ends_at_once_when_told_again(
    guard: Guard, temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """While it drains it says so and takes no new work; the second signal does not wait for anything."""
    queue, tiny = f"twice-{uuid4()}", Tiny(cycle="twice")
    async with stuck(guard, tmp_path, database, temporal_server, queue=queue, tiny=tiny, drain=600) as running:
        running.process.send_signal(signal.SIGTERM)

        async def draining() -> str | None:
            status, body = await running.get("/readyz")
            return json.loads(body)["parts"]["draining"] if status == 503 else None

        assert "the worker is draining" == await until(draining, "a worker that drains")
        assert 200 == (await running.get("/livez"))[0]
        running.process.send_signal(signal.SIGTERM)
        assert 128 + signal.SIGTERM == await running.ended()


async def test_a_worker_ends_when_its_schema_is_lost(
    guard: Guard, temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """Another schema than its own is fatal: exit code 7, and both schemas by name."""
    env = {"ASSAY_TASK_QUEUE": f"lost-{uuid4()}"}
    async with worker(guard, tmp_path, database, temporal_server.address, program=IMPATIENT, env=env) as running:
        await running.ready()
        owner = await asyncpg.connect(driver_url(database.owner))
        await owner.execute("update assay.alembic_version set version_num = '9999'")
        await owner.close()
        assert 7 == await running.ended()
        assert ("worker.ended", "schema_mismatch") == (running.events()[-1]["event"], running.events()[-1]["code"])
        assert "9999" in running.events()[-1]["message"]


@pytest.mark.nightly
async def test_a_worker_ends_when_its_namespace_is_gone(
    guard: Guard, temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """Nobody can poll a namespace that is not there: exit code 7, and the namespace by name."""
    client, name = await Client.connect(temporal_server.address), f"gone-{uuid4().hex[:8]}"
    kept = Duration()
    kept.FromTimedelta(timedelta(days=1))
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=kept)
    )
    env = {"TEMPORAL_NAMESPACE": name}
    async with worker(guard, tmp_path, database, temporal_server.address, program=IMPATIENT, env=env) as running:
        await running.ready()
        await client.operator_service.delete_namespace(DeleteNamespaceRequest(namespace=name))
        assert 7 == await running.ended()
        last = running.events()[-1]
        assert ("worker.ended", "server_down") == (last["event"], last["code"])
        assert name in last["message"] or "poll" in last["message"]
