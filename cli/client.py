"""The one way in: commands go to the workflows as updates or signals, reads go to the database as the reader role.

A command is kept in the journal before it is sent; no answer in time is `Unknown`, never a failure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import cast

import uuid_utils
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from cli import translation
from cli.journal import Journal
from cli.prepare import prepare_cycle as prepare_cycle
from cli.servers import check_database, connect_temporal, pollers
from models import errors
from models.database import Database
from models.messages import (
    APPROVER_VERBS,
    Answer,
    Command,
    CycleInput,
    Verb,
    Workflow,
    cycle_workflow_id,
    host_of,
)
from models.payloads import Message, Nothing, Payload, Stored
from models.queries.cycles import CycleLine, find_cycle, standing
from models.settings import Endpoints, Settings
from models.store import ContentStore

# A little longer than the worker takes to give up by itself, which tells more.
ANSWER_WITHIN = timedelta(seconds=75)
_WORKER_KNOWN_FOR = 10.0
_RUN_APPEARS_WITHIN = 5.0
_AGAIN = "start the cycle again: it is safe"


@dataclass
class Session:
    """Open connections for one person's commands; see `connect`."""

    endpoints: Endpoints
    reader: Database
    store: ContentStore
    task_queue: str
    temporal: Client | None = None
    invocation: str = ""
    _worker_seen: float = field(default=float("-inf"), repr=False)

    @property
    def client(self) -> Client:
        """The Temporal client; only a session connected with `server` has one."""
        if self.temporal is None:
            raise RuntimeError("this session was opened for reading only")
        return self.temporal

    @cached_property
    def journal(self) -> Journal:
        """The commands that were sent from this home."""
        return Journal(self.endpoints.home)

    def command(
        self,
        verb: Verb,
        *,
        cycle: str,
        actor: str,
        phase: str = "",
        scope: str = "",
        payload: Message | None = None,
        reason: str = "",
        version: int | None = None,
        content_hash: str = "",
        lock_version: int | None = None,
        command_id: str | None = None,
        dry_run: bool = False,
    ) -> Command:
        """One intent of one person, under a new id (uuid7) unless one is given."""
        return Command(
            command_id=command_id or str(uuid_utils.uuid7()), cycle=cycle, actor=actor, verb=verb, phase=phase,
            scope=scope, payload=cast(Payload, payload or Nothing()), reason=reason, version=version,
            content_hash=content_hash, lock_version=lock_version, dry_run=dry_run, issued_at=datetime.now(UTC),
        )

    async def send(
        self, command: Command, *, signal: bool = False,
        timeout: timedelta = ANSWER_WITHIN,  # noqa: ASYNC109 - how long a person waits, not how long it may take
    ) -> Answer:
        """Send a command and give its answer; a payload too large for a message is stored first.

        Raises the refusal, `Unknown` when there is no answer in time, `NoWorker` when nobody would give one. Sending a
        command again gives its first answer. A signal has no answer: what became of it shows in the facts.
        """
        if signal and command.verb not in APPROVER_VERBS:
            raise errors.Malformed(
                f"{command.verb} cannot be sent as a signal", hint=f"signals: {', '.join(APPROVER_VERBS)}"
            )
        command = await self._fitting(command)
        if not signal:
            await self.require_worker()
        return await self.deliver(command, signal=signal, timeout=timeout)

    async def deliver(
        self, command: Command, *, signal: bool = False,
        timeout: timedelta = ANSWER_WITHIN,  # noqa: ASYNC109 - how long a person waits, not how long it may take
    ) -> Answer:
        """Send these very bytes, kept in the journal until they are answered."""
        seconds = timeout.total_seconds()
        attempt = 1 if command.dry_run else self.journal.write(command, invocation=self.invocation)
        # The server answers an update id as it did before, an "unknown" too, so each attempt has an id of its own;
        # the worker knows the command by its own id and gives the first answer.
        update_id = command.sha256() if attempt == 1 else f"{command.sha256()}:{attempt}"
        try:
            async with asyncio.timeout(seconds):
                answer = await self._deliver(command, update_id, signal=signal)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise translation.unknown(command.command_id, seconds=seconds) from error
        except errors.Unknown as error:
            raise translation.unknown(command.command_id, said=error.message.split(";")[0]) from error
        except errors.AssayError:
            self.journal.answered(command.command_id)
            raise
        self.journal.answered(command.command_id)
        return answer

    async def start_cycle(
        self, given: CycleInput, *, summary: str = "", details: str = "",
        timeout: timedelta = ANSWER_WITHIN,  # noqa: ASYNC109 - how long a person waits, not how long it may take
    ) -> None:
        """Start a cycle and wait until it is on record; a running one with the same input is left as it is.

        `summary` and `details` are for the Temporal Web UI: what `cli.announcement` makes of the cycle file.
        Raises `AlreadyRunning` when it has ended or runs with other input: that is corrected by an amendment.
        """
        async with self.reader.begin() as tx:
            _refuse_other(await find_cycle(tx, given.slug), given)
        await self.require_worker()
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await self._started(given, summary, details)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise translation.unknown("", seconds=timeout.total_seconds()) from error
        async with self.reader.begin() as tx:
            _refuse_other(await find_cycle(tx, given.slug), given)

    async def require_worker(self) -> None:
        """Raise `NoWorker` unless somebody polls the task queue, which is looked at every ten seconds at most."""
        if time.monotonic() - self._worker_seen < _WORKER_KNOWN_FOR:
            return
        if not await pollers(self.client, self.task_queue):
            raise errors.NoWorker(
                f"no worker polls task queue {self.task_queue!r} of {self.endpoints.temporal_address}",
                hint="run `make up`, or `python worker.py` in another terminal",
            )
        self._worker_seen = time.monotonic()

    async def _fitting(self, command: Command) -> Command:
        if not command.refusal_of_form() or isinstance(command.payload, Nothing | Stored):
            return command
        text = command.payload.model_dump_json()
        rows = max((len(value) for _, value in command.payload if isinstance(value, tuple)), default=0)
        digest = await asyncio.to_thread(self.store.put, text.encode())
        return command.model_copy(update={"payload": Stored(sha256=digest, rows=rows)})

    async def _deliver(self, command: Command, update_id: str, *, signal: bool) -> Answer:
        until = time.monotonic() + _RUN_APPEARS_WITHIN
        while True:
            try:
                return await self._attempt(command, update_id, signal=signal)
            except WorkflowUpdateFailedError as error:
                raise translation.refusal(error.cause) from error
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise errors.Unknown(f"no answer, the Temporal server says: {error.message}") from error
                # A run that ends while its successor begins is gone for a moment; the facts tell that from the rest.
                await self._explain_absence(command, final=time.monotonic() > until)
                await asyncio.sleep(0.1)

    async def _attempt(self, command: Command, update_id: str, *, signal: bool) -> Answer:
        handle = self.client.get_workflow_handle(host_of(command))
        if signal:
            await handle.signal(command.verb.value, command)
            return Answer(accepted=True, message=f"{command.verb} was sent as a signal, which has no answer")
        answer: Answer = await handle.execute_update(
            command.verb.value, command, id=update_id, result_type=Answer
        )
        return answer

    async def _explain_absence(self, command: Command, *, final: bool) -> None:
        async with self.reader.begin() as tx:
            facts = await standing(tx, command.cycle, kind=command.phase, scope=command.scope)
        if (why := translation.absent(command, facts)) is not None:
            raise why
        if final:
            raise translation.lost(command)

    async def _started(self, given: CycleInput, summary: str, details: str) -> None:
        try:
            handle: WorkflowHandle[object, object] = await self.client.start_workflow(
                Workflow.CYCLE, given, id=cycle_workflow_id(given.slug), task_queue=self.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                static_summary=summary or given.slug,
                static_details=details or None,
            )
            await handle.execute_update("await_start", id=f"await-start-{uuid_utils.uuid7()}", result_type=str)
        except WorkflowAlreadyStartedError as error:
            raise _ended(given.slug, "over") from error
        except (WorkflowUpdateFailedError, RPCError) as error:
            await self._explain_start(given, error)

    async def _explain_start(self, given: CycleInput, error: WorkflowUpdateFailedError | RPCError) -> None:
        """A run that could not be registered has failed, and its failure says why."""
        if isinstance(error, RPCError) and error.status is not RPCStatusCode.NOT_FOUND:
            raise errors.Unknown(f"the Temporal server says: {error.message}", hint=_AGAIN) from error
        try:
            await self.client.get_workflow_handle(cycle_workflow_id(given.slug)).result()
        except WorkflowFailureError as failure:
            raise translation.refusal(failure.cause) from failure


@asynccontextmanager
async def connect(
    given: Settings | Endpoints | None = None, *, task_queue: str = "", server: bool = True, invocation: str = ""
) -> AsyncIterator[Session]:
    """A session on the configured servers, or on those of a stack that is at hand; without `server` for reading only.

    Raises `NotConfigured`, `DatabaseDown`, `SchemaMismatch`, `ServerDown`.
    """
    given = given or Settings.load()
    endpoints = given.resolve() if isinstance(given, Settings) else given
    queue = task_queue or (given.task_queue if isinstance(given, Settings) else "assay")
    reader = Database(endpoints.reader_url, pool_size=4, statement_timeout_seconds=60)
    try:
        await check_database(reader)
        temporal = await connect_temporal(endpoints) if server else None
        yield Session(endpoints, reader, ContentStore(endpoints.store_url), queue, temporal, invocation)
    finally:
        await reader.close()


def _refuse_other(found: CycleLine | None, given: CycleInput) -> None:
    if found is None:
        return
    if found.ended:
        raise _ended(found.slug, found.status)
    held = (found.cycle_file_sha256, found.dictionary_sha256, found.report_sha256)
    if held != (given.cycle_file_sha256, given.dictionary_sha256, given.report_sha256):
        raise errors.AlreadyRunning(
            f"cycle {found.slug} runs with other input",
            hint=f"starter.py cycle cancel {found.slug}, then start an amendment",
        )


def _ended(slug: str, status: str) -> errors.AlreadyRunning:
    return errors.AlreadyRunning(
        f"cycle {slug} is {status} and is never run again", hint=f"starter.py cycle start FILE --amends {slug}"
    )
