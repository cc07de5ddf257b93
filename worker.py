"""The worker service: polls one task queue, runs workflows and activities, drains on SIGTERM.

Run `python worker.py`. It connects as configured (ASSAY_*, TEMPORAL_*, or the running embedded stack), refuses to
start on another schema than it was written for, and exits non-zero on a fatal error so that a supervisor restarts it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Interceptor, Worker, WorkerDeploymentConfig

from activities.cycle import CycleActivities
from activities.duck import sweep
from activities.interceptor import AssayInterceptor
from activities.judge import JudgeActivities
from activities.owners import OwnerActivities
from activities.phases import PhaseActivities
from models.database import Database
from models.errors import AssayError, ServerDown
from models.migrate import check_schema
from models.settings import Endpoints, Settings
from models.store import ContentStore
from workflows.converter import DATA_CONVERTER
from workflows.runtime import WORKFLOWS, sandbox

RELEASE = "0.1.0"
SLOTS = 16
CACHED = 500
DRAIN = timedelta(seconds=30)
log = structlog.get_logger()


def make_worker(
    client: Client,
    database: Database,
    store: ContentStore,
    *,
    task_queue: str,
    interceptors: Sequence[Interceptor] = (),
    max_cached_workflows: int = CACHED,
) -> Worker:
    """A worker with everything registered; tests and the service use the same one."""
    cycle, phases = CycleActivities(database, store), PhaseActivities(database, store)
    owners, judge = OwnerActivities(database, store), JudgeActivities(database, store)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        workflow_runner=sandbox(),
        activities=[
            cycle.register,
            cycle.list_blockers,
            cycle.close,
            phases.begin,
            phases.conclude,
            owners.begin,
            owners.run_cases,
            owners.sync,
            owners.record,
            judge.judge,
        ],
        interceptors=[AssayInterceptor(), *interceptors],
        max_concurrent_activities=SLOTS,
        graceful_shutdown_timeout=DRAIN,
        max_cached_workflows=max_cached_workflows,
        deployment_config=WorkerDeploymentConfig(
            # Named but not switched on: without a name the SDK hashes every loaded module, three seconds of start-up.
            version=WorkerDeploymentVersion("assay", RELEASE), use_worker_versioning=False,
        ),
    )


async def connect(endpoints: Endpoints) -> Client:
    """A client of the configured Temporal server; raises `ServerDown`."""
    try:
        return await Client.connect(
            endpoints.temporal_address, namespace=endpoints.temporal_namespace, data_converter=DATA_CONVERTER
        )
    except RuntimeError as error:
        raise ServerDown(
            f"no Temporal server at {endpoints.temporal_address}: {error}",
            hint="check TEMPORAL_ADDRESS or run `make up`",
        ) from error


def configure_logging() -> None:
    """JSON lines on stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def serve(*, interceptors: Sequence[Interceptor] = (), max_cached_workflows: int = CACHED) -> None:
    """Work until told to stop."""
    settings = Settings.load()
    endpoints = settings.resolve()
    database = Database(endpoints.app_url, pool_size=SLOTS, statement_timeout_seconds=120)
    try:
        async with database.begin() as tx:
            await check_schema(tx)
        if left := await asyncio.to_thread(sweep):
            log.info("worker.swept", folders=left)
        client = await connect(endpoints)
        worker = make_worker(
            client,
            database,
            ContentStore(endpoints.store_url),
            task_queue=settings.task_queue,
            interceptors=interceptors,
            max_cached_workflows=max_cached_workflows,
        )
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        async with worker:
            log.info("worker.ready", task_queue=settings.task_queue, temporal=endpoints.temporal_address)
            if settings.ready_file:
                settings.ready_file.touch()
            await stop.wait()
            log.info("worker.draining", seconds=DRAIN.seconds)
    finally:
        await database.close()


def main(interceptors: Sequence[Interceptor] = (), *, max_cached_workflows: int = CACHED) -> int:
    """The exit code of the service."""
    configure_logging()
    try:
        asyncio.run(serve(interceptors=interceptors, max_cached_workflows=max_cached_workflows))
    except AssayError as error:
        # The message says it all; a traceback would bury it.
        log.error("worker.cannot_start", code=error.code, message=error.message, hint=error.hint)
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The SDK's threads can abort the interpreter at exit, after everything has succeeded.
    os._exit(code)
