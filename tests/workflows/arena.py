"""A worker on real servers, in this process, and cycles on it: as many side by side as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from cli.client import Session
from cli.servers import pollers
from models.database import Database
from models.messages import CycleInput, Workflow, cycle_workflow_id
from models.settings import Endpoints
from models.store import ContentStore
from tests.databases import DatabaseUrls
from tests.workflows.groundwork import Groundwork
from tests.workflows.people import WITHIN, Play, until
from tests.workflows.tiny import Tiny
from worker import make_worker
from workflows.converter import DATA_CONVERTER

IDENTITY = "assay-test"


class Faults(Interceptor):
    """Activities that are to fail once, by name and text of their input: before they do anything, or after."""

    def __init__(self) -> None:
        self.before: list[tuple[str, str]] = []
        self.after: list[tuple[str, str]] = []

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activity."""
        return _Faulty(next, self)


class _Faulty(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, faults: Faults) -> None:
        super().__init__(next)
        self.faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        self._fail(self.faults.before, input)
        result = await self.next.execute_activity(input)
        self._fail(self.faults.after, input)
        return result

    def _fail(self, planted: list[tuple[str, str]], input: ExecuteActivityInput) -> None:
        told = f"{activity.info().activity_type} {input.args!r}"
        for fault in [fault for fault in planted if all(part in told for part in fault)]:
            planted.remove(fault)
            raise ApplicationError("the disk is full", type="planted", non_retryable=True)


@dataclass(frozen=True, kw_only=True)
class Arena:
    """Where cycles of a test run."""

    session: Session
    database: Database
    faults: Faults = field(default_factory=Faults)

    async def polled(self) -> None:
        """Wait for a worker."""

        async def seen() -> bool | None:
            return True if await pollers(self.session.client, self.session.task_queue) else None

        await until(seen, "a worker that polls")

    async def start(self, tiny: Tiny, *, at: str = "planning", amends: str = "", again: bool = False) -> Play:
        """A cycle whose run has come to this phase: those before it are approved.

        `again`: the Temporal server has seen a cycle of this name, which was on another database.
        """
        play, given = Play(self.session, tiny), tiny.stored(self.session.store, amends=amends)
        if at != "planning":
            await Groundwork(self.database, self.session.store).lay(play, given, at)
        await asyncio.wait_for(self.start_again(given) if again else self.session.start_cycle(given), WITHIN)
        if at == "data_owner_id":
            await until(play.pairs, "pairs to assign")
        return play


    async def start_again(self, given: CycleInput) -> None:
        """Start a cycle whatever the server knows of an earlier one."""
        run = await self.session.client.start_workflow(
            Workflow.CYCLE, given, id=cycle_workflow_id(given.slug), task_queue=self.session.task_queue
        )
        await run.execute_update("await_start")


@asynccontextmanager
async def arena(
    address: str,
    urls: DatabaseUrls,
    folder: Path,
    *,
    interceptors: Sequence[Interceptor] = (),
    task_queue: str = "",
    work: bool = True,
    **worker: Any,
) -> AsyncIterator[Arena]:
    """Clients of the servers, and unless told not to a worker, for the time of the block."""
    client = await Client.connect(address, data_converter=DATA_CONVERTER, identity=IDENTITY)
    store = ContentStore((folder / "store").as_uri())
    app, reader = Database(urls.app, pool_size=16), Database(urls.reader, pool_size=8)
    endpoints = Endpoints(
        home=folder, store_url=store.root, app=urls.app, reader=urls.reader, temporal=address
    )
    queue = task_queue or f"test-{uuid4()}"
    faults = Faults()
    session = Session(endpoints, reader, store, queue, client)
    made = Arena(session=session, database=app, faults=faults)
    try:
        if not work:
            yield made
            return
        async with make_worker(client, app, store, task_queue=queue, interceptors=[faults, *interceptors], **worker):
            await made.polled()
            yield made
    finally:
        await app.close()
        await reader.close()
