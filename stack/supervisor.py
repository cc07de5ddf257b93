"""The embedded stack as one block: Postgres, Temporal, schema, worker; when the block ends, so do they all.

It stands whole or not at all, holds its home alone, and writes where it listens to `stack.json`, which is how every
other command finds it. With servers of the user's own nothing is embedded, and only the worker is started.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import StackFailed
from models.settings import Endpoints, Settings, database_url, driver_url
from stack.cluster import last_line
from stack.ending import ends_when_told
from stack.guard import Guard, guarded, stop_process
from stack.home import Home, write_private
from stack.ports import LOOPBACK
from stack.postgres import PostgresServer, postgres
from stack.roles import APP, DATABASE, OWNER, READER, ensure_database, ensure_roles
from stack.temporal import TemporalServer, ensure_search_attributes, temporal

REPOSITORY = Path(__file__).parents[1]
_WORKER_TIMEOUT = 60.0  # seconds from the start of the worker until it says that it is ready
_WORKER_OVERTIME = 15.0  # seconds past its drain; it gives up by itself before that

Migrate = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a stack consists of beside its servers.

    `migrate` brings the schema up to date, given the owner's URL. `worker` is the command of the worker, none when
    empty: it writes its HTTP address to the file that ASSAY_READY_FILE names once the server lists it as a poller.
    `search_attributes` maps names to types (`Keyword`, `Int`, ...). `progress` is told what is being done. Port 0
    takes a free one. `fast` is for tests: a crash may lose data.
    """

    migrate: Migrate
    worker: Sequence[str] = ()
    search_attributes: Mapping[str, str] = field(default_factory=dict)
    temporal_port: int = 0
    ui_port: int = 0
    fast: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: where its servers and its worker are, and how to wait for the end of each of its processes."""

    endpoints: Endpoints
    ends: Mapping[str, Callable[[], Coroutine[None, None, object]]]
    logs: Path
    worker_url: str = ""

    async def wait(self) -> None:
        """Wait until a process ends by itself, which raises `StackFailed`; a stack without processes waits for ever."""
        if not self.ends:
            await asyncio.Event().wait()
        waits = {asyncio.create_task(end()): name for name, end in self.ends.items()}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        raise _ended(waits[done.pop()], self.logs)


@asynccontextmanager
async def open_stack(settings: Settings, plan: Plan) -> AsyncIterator[Stack]:
    """A stack for the time of the block: the embedded one, or a worker alone when both servers are the user's own.

    SIGINT, SIGTERM and SIGHUP, and the death of the `make` above, cancel the block (`CancelledError`). Raises
    `StackRunning`, `PortBusy`, `HomeUnusable`, `StackFailed`, or `NotConfigured` when only one server is configured.
    """
    async with ends_when_told(), (_external if settings.external else _embedded)(settings, plan) as stack:
        yield stack


@asynccontextmanager
async def _embedded(settings: Settings, plan: Plan) -> AsyncIterator[Stack]:
    home = Home(settings.home)
    home.prepare()
    async with AsyncExitStack() as undo:
        lock = undo.enter_context(home.lock())
        guard = await undo.enter_async_context(guarded(home.ledger, keep_open=[lock]))
        await guard.remove_at_end(home.stack)
        plan.progress("starting Temporal")
        server = await undo.enter_async_context(
            temporal(
                home,
                guard,
                search_attributes=plan.search_attributes,
                namespace=settings.temporal_namespace or "default",
                port=plan.temporal_port,
                ui_port=plan.ui_port,
            )
        )
        plan.progress("starting Postgres")
        database = await undo.enter_async_context(postgres(home, guard, fast=plan.fast))
        plan.progress("bringing the database up to date")
        urls = await _database(database)
        await plan.migrate(urls[OWNER])
        endpoints = _endpoints(settings, urls, server)
        worker = await undo.enter_async_context(_worker(plan, settings, endpoints, guard, home))
        undo.callback(home.stack.unlink, missing_ok=True)
        write_private(home.stack, _described(endpoints))
        ends = {"temporal": server.process.wait, "postgres": database.wait, **worker.ends}
        yield Stack(endpoints, ends, home.logs, worker.url)


@asynccontextmanager
async def _external(settings: Settings, plan: Plan) -> AsyncIterator[Stack]:
    home = Home(settings.home)
    home.prepare()
    there = settings.resolve()
    await ensure_search_attributes(there.temporal_address, there.temporal_namespace, plan.search_attributes)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            guarded(Path(folder) / "pids") as guard,
            _worker(plan, settings, there, guard, home) as worker,
        ):
            yield Stack(there, worker.ends, home.logs, worker.url)


@dataclass(frozen=True, slots=True)
class _Worker:
    """What a stack tells of its worker: how to wait for its end, and where it answers over HTTP."""

    ends: Mapping[str, Callable[[], Coroutine[None, None, object]]] = field(default_factory=dict)
    url: str = ""


@asynccontextmanager
async def _worker(
    plan: Plan, settings: Settings, endpoints: Endpoints, guard: Guard, home: Home
) -> AsyncIterator[_Worker]:
    """The worker for the time of the block, if the plan has one."""
    if not plan.worker:
        yield _Worker()
        return
    plan.progress("starting the worker")
    log = home.fresh_log("worker")
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        process = await guard.spawn(plan.worker, log=log, env=_worker_env(settings, endpoints, ready), cwd=REPOSITORY)
        try:
            url = await _until_ready(process, ready, home.logs)
            yield _Worker({"worker": process.wait}, url)
        finally:
            await stop_process(process, grace=settings.drain_seconds + _WORKER_OVERTIME)


def _worker_env(settings: Settings, endpoints: Endpoints, ready: Path) -> dict[str, str]:
    """The caller's environment with the addresses of this stack, and without those that a worker must not have."""
    named = ("TEMPORAL_ADDRESS_FILE", "TEMPORAL_NAMESPACE_FILE")
    env = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_") and name not in named}
    return env | {
        "ASSAY_HOME": str(endpoints.home),
        "ASSAY_DATABASE_URL": endpoints.app_url,
        "ASSAY_STORE_URL": endpoints.store_url,
        "ASSAY_TASK_QUEUE": settings.task_queue,
        "ASSAY_READY_FILE": str(ready),
        # A free port, unless one is asked for: several stacks run on one machine.
        "ASSAY_HTTP_ADDRESS": settings.http_address or f"{LOOPBACK}:0",
        "ASSAY_LOG_LEVEL": settings.log_level,
        "ASSAY_LOG_FORMAT": settings.log_format,
        "ASSAY_DRAIN_SECONDS": str(settings.drain_seconds),
        "TEMPORAL_ADDRESS": endpoints.temporal_address,
        "TEMPORAL_NAMESPACE": endpoints.temporal_namespace,
    }


async def _until_ready(process: asyncio.subprocess.Process, ready: Path, logs: Path) -> str:
    """What the worker wrote once it was ready."""
    try:
        async with asyncio.timeout(_WORKER_TIMEOUT):
            while not await asyncio.to_thread(ready.exists):
                if process.returncode is not None:
                    raise _ended("worker", logs)
                await asyncio.sleep(0.05)
        return (await asyncio.to_thread(ready.read_text)).strip()
    except TimeoutError as error:
        log = logs / "worker.log"
        raise StackFailed(f"the worker is not ready in time: {last_line(log)}", hint=f"see {log}") from error


async def _database(server: PostgresServer) -> dict[str, str]:
    """Roles and database made sure of; role -> URL."""
    passwords = server.cluster.passwords
    roles = {OWNER: passwords.owner, APP: passwords.app, READER: passwords.reader}
    await ensure_roles(server.admin_url(), roles)
    await ensure_database(server.admin_url())
    return {role: database_url(server.url(role, password, database=DATABASE)) for role, password in roles.items()}


def _endpoints(settings: Settings, urls: Mapping[str, str], server: TemporalServer) -> Endpoints:
    return Endpoints(
        home=settings.home,
        store_url=settings.store_url or Home(settings.home).store.as_uri(),
        temporal=server.address,
        temporal_namespace=server.namespace,
        ui_url=server.ui_url,
        owner=urls[OWNER],
        app=urls[APP],
        reader=urls[READER],
    )


def _described(endpoints: Endpoints) -> dict[str, object]:
    """The content of `stack.json`, with the addresses as any tool for Postgres takes them."""
    urls = {"owner": endpoints.owner_url, "app": endpoints.app_url, "reader": endpoints.reader_url}
    return {
        "database": {role: driver_url(url) for role, url in urls.items()},
        "temporal": endpoints.temporal_address,
        "namespace": endpoints.temporal_namespace,
        "ui": endpoints.ui_url,
        "store": endpoints.store_url,
        "pid": os.getpid(),
    }


def _ended(name: str, logs: Path) -> StackFailed:
    log = logs / f"{name}.log"
    return StackFailed(f"{name} has ended by itself: {last_line(log)}", hint=f"see {log}")
