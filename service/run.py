"""The life of a worker: it starts, says when it is ready, watches what it depends on, and drains when told to stop.

It ends with 0 after a drain, and with the code of the error when it cannot go on, so that a supervisor restarts it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

import structlog
from temporalio.worker import Interceptor, Worker

from activities.duck import sweep
from models.database import Database
from models.errors import AssayError, ServerDown
from models.migrate import check_schema
from models.settings import Settings
from models.store import ContentStore
from service.build import CACHED, RELEASE, SLOTS, make_worker
from service.health import Health, fatal
from service.http import Pages, serving
from service.logs import configure_logging
from service.metrics import Facts
from service.server import connect_temporal
from service.telemetry import telemetry

_ASK_EVERY = 0.1
_WATCH_EVERY = 10.0
# Past the drain the SDK cancels what is left, which takes a moment; a supervisor's patience has to be longer still.
OVERTIME = 10.0
OVERRUN = 1
log = structlog.get_logger("assay.worker")


async def serve(settings: Settings, *, interceptors: Sequence[Interceptor] = (), cached: int = CACHED) -> int:
    """Work until told to stop; the exit code. Raises what keeps a worker from working."""
    endpoints, stop = settings.resolve(), _told_to_stop()
    async with _database(endpoints.app_url) as database:
        async with database.begin() as tx:
            await check_schema(tx)
        if left := await asyncio.to_thread(sweep):
            log.info("worker.swept", folders=left)
        sdk = telemetry(metrics=settings.http_address is not None)
        health = Health(database, settings.task_queue)
        pages = Pages(health, Facts(database), sdk_url=sdk.metrics_url)
        with serving(settings.http_address, pages) if settings.http_address else nullcontext("") as url:
            health.client = await connect_temporal(endpoints, identity=_identity(), runtime=sdk.runtime)
            worker = make_worker(
                health.client,
                database,
                ContentStore(endpoints.store_url),
                task_queue=settings.task_queue,
                interceptors=interceptors,
                max_cached_workflows=cached,
                drain=timedelta(seconds=settings.drain_seconds),
            )
            log.info("worker.started", release=RELEASE, task_queue=settings.task_queue, http=url or None,
                     temporal=endpoints.temporal_address, namespace=endpoints.temporal_namespace,
                     database=endpoints.app_url, identity=health.client.identity)
            return await _work(worker, health, stop, drain=settings.drain_seconds,
                               announcing=_announce(health, url=url, ready_file=settings.ready_file))


def _identity() -> str:
    # Unique: a container that is started again has the same host name and process number as before.
    return f"assay-worker-{os.getpid()}@{socket.gethostname()}-{uuid.uuid4().hex[:6]}"


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    # Beside the activities, health and metrics need one each.
    database = Database(url, pool_size=SLOTS + 2, statement_timeout_seconds=120)
    try:
        yield database
    finally:
        await database.close()


def _told_to_stop() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second one ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        if stop.is_set():
            log.warning("worker.ended_at_once", signal=number.name)
            sys.stderr.flush()
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    return stop


async def _work(
    worker: Worker, health: Health, stop: asyncio.Event, *, drain: float, announcing: Coroutine[None, None, None]
) -> int:
    running = asyncio.create_task(worker.run())
    stopped, lost = asyncio.create_task(stop.wait()), asyncio.create_task(_lost(health))
    announced = asyncio.create_task(announcing)
    try:
        await asyncio.wait({running, stopped, lost}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            _raise_why(running)
        health.draining = True
        log.info("worker.draining", seconds=drain)
        code = await _drained(worker, running, drain)
        if lost.done():
            raise lost.result()
        return code
    finally:
        for task in (stopped, lost, announced):
            task.cancel()


async def _drained(worker: Worker, running: asyncio.Task[None], seconds: float) -> int:
    """Let the worker finish; what it has not finished in time is tried again by another one."""
    try:
        async with asyncio.timeout(seconds + OVERTIME):
            await worker.shutdown()
            await running
    except TimeoutError:
        log.error("worker.drain_overrun", seconds=seconds + OVERTIME)
        return OVERRUN
    log.info("worker.drained")
    return 0


def _raise_why(running: asyncio.Task[None]) -> None:
    """A worker that ends by itself could not go on polling."""
    error = running.exception()
    raise ServerDown(f"the worker cannot go on polling: {error or 'it has ended by itself'}",
                     hint="see the line before; `starter.py worker check` says what is missing") from error


async def _lost(health: Health) -> AssayError:
    """Returns once something is gone that no waiting brings back."""
    while True:
        await asyncio.sleep(_WATCH_EVERY)
        if (found := await fatal(health)) is not None:
            return found


async def _announce(health: Health, *, url: str, ready_file: Path | None) -> None:
    """Say once that the worker is ready: whoever waits for it may start a cycle then."""
    while not (await health.readiness(kept_for=0)).ready:
        await asyncio.sleep(_ASK_EVERY)
    log.info("worker.ready", task_queue=health.task_queue)
    if ready_file is not None:
        draft = ready_file.with_suffix(".new")
        draft.write_text(f"{url}\n", encoding="utf-8")
        draft.replace(ready_file)


def main(interceptors: Sequence[Interceptor] = (), *, max_cached_workflows: int = CACHED) -> int:
    """The exit code of the service."""
    configure_logging()
    try:
        settings = Settings.load()
        configure_logging(settings.log_level, settings.log_format)
        return asyncio.run(serve(settings, interceptors=interceptors, cached=max_cached_workflows))
    except AssayError as error:
        # The message says it all; a traceback would bury it.
        log.error("worker.ended", code=error.code, message=error.message, hint=error.hint)
        return error.exit_code
    except Exception:
        log.exception("worker.ended", code=AssayError.code)
        return AssayError.exit_code
