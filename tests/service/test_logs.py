"""The log of a worker: one event per line, about which cycle, without passwords, silent while a history replays."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import pytest
import structlog
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.messages import owner_workflow_id, phase_workflow_id, told_by_id
from service.logs import configure_logging
from stack.temporal import TemporalServer

Log = Callable[..., Callable[[], list[dict[str, Any]]]]
CYCLE = "2026-q1:card"


@pytest.fixture
def log() -> Iterator[Log]:
    """A log of the test's own; what was configured before is put back."""
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()

    def configured(
        level: str = "info", form: Literal["json", "console"] = "json"
    ) -> Callable[[], list[dict[str, Any]]]:
        stream = io.StringIO()
        configure_logging(level, form, stream)
        return lambda: [json.loads(line) if form == "json" else {"line": line} for line in
                        stream.getvalue().splitlines()]

    yield configured
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


def test_no_line_holds_a_password(log: Log) -> None:
    """Neither an event, nor a field, nor a traceback shows what opens the database."""
    lines = log()
    url = "postgresql+asyncpg://assay_app:s3cr%40t@db:5432/assay"
    structlog.get_logger().info("worker.started", database=url)
    logging.getLogger("sqlalchemy").warning("cannot connect to %s", url)
    try:
        raise RuntimeError(url)
    except RuntimeError:
        structlog.get_logger().exception("worker.ended")
    told = json.dumps(lines())
    assert ("s3cr%40t" in told, told.count("assay_app:***@db:5432")) == (False, 3)


def test_level_and_form_are_chosen(log: Log) -> None:
    """Less than the level is not written; for a person a line is text."""
    lines = log("warning", "console")
    structlog.get_logger().info("quiet")
    logging.getLogger("x").info("quiet")
    structlog.get_logger().warning("worker.draining", seconds=30)
    (only,) = lines()
    assert "worker.draining" in only["line"]
    assert "seconds" in only["line"]


@pytest.mark.parametrize(
    ("workflow_id", "told"),
    [
        (phase_workflow_id(CYCLE, "scoping"), {"cycle": CYCLE, "phase": "scoping"}),
        (owner_workflow_id(f"{CYCLE}:a1", "ann"), {"cycle": f"{CYCLE}:a1", "owner": "ann"}),
        ("somebody-elses", {}),
    ],
)
def test_an_id_tells_what_its_run_is_about(workflow_id: str, told: dict[str, str]) -> None:
    """The ids of our runs can be read back."""
    assert told == told_by_id(workflow_id)


@activity.defn(name="speak")
async def speak() -> None:
    """Says one line."""
    activity.logger.warning("said by an activity")


@workflow.defn(name="Speaks", sandboxed=False)
class Speaks:
    """Says one line before and one after an activity."""

    @workflow.run
    async def run(self) -> None:
        """Once."""
        workflow.logger.warning("before", extra={"why": "a test"})
        await workflow.execute_activity("speak", start_to_close_timeout=timedelta(seconds=10))
        workflow.logger.warning("after")


@pytest.mark.asyncio
async def test_a_run_is_told_once_however_often_it_is_replayed(log: Log, temporal_server: TemporalServer) -> None:
    """Without a cache every step replays the run from its beginning; each line is there once and says whose it is."""
    lines, queue = log(), str(uuid4())
    client = await Client.connect(temporal_server.address)
    async with Worker(
        client, task_queue=queue, workflows=[Speaks], activities=[speak], max_cached_workflows=0,
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        run = phase_workflow_id(f"{uuid4().hex[:8]}:x", "scoping")
        await client.execute_workflow("Speaks", id=run, task_queue=queue)
    said = [line for line in lines() if line["logger"].startswith("temporalio.") and line["level"] == "warning"]
    assert ["before", "said by an activity", "after"] == [line["event"] for line in said]
    assert {"scoping"} == {line["phase"] for line in said}
    assert "a test" == said[0]["why"]
    assert not any(key.startswith("temporal_") for line in said for key in line)
