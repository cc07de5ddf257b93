"""A worker with everything registered; the service and the tests use the same one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Interceptor, Worker, WorkerDeploymentConfig

from activities.cycle import CycleActivities
from activities.interceptor import AssayInterceptor
from activities.judge import JudgeActivities
from activities.owners import OwnerActivities
from activities.phases import PhaseActivities
from activities.unfit import UnfitActivities
from models.database import Database
from models.store import ContentStore
from workflows.runtime import WORKFLOWS, sandbox

RELEASE = "0.1.0"
SLOTS = 16
CACHED = 500
DRAIN = timedelta(seconds=30)


def make_worker(
    client: Client,
    database: Database,
    store: ContentStore,
    *,
    task_queue: str,
    interceptors: Sequence[Interceptor] = (),
    max_cached_workflows: int = CACHED,
    drain: timedelta = DRAIN,
) -> Worker:
    """A worker on these servers; once it is told to stop, its activities have `drain` to end."""
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
            UnfitActivities(database).record,
        ],
        interceptors=[AssayInterceptor(), *interceptors],
        max_concurrent_activities=SLOTS,
        graceful_shutdown_timeout=drain,
        max_cached_workflows=max_cached_workflows,
        deployment_config=WorkerDeploymentConfig(
            # Named but not switched on: without a name the SDK hashes every loaded module, three seconds of start-up.
            version=WorkerDeploymentVersion("assay", RELEASE), use_worker_versioning=False,
        ),
    )
