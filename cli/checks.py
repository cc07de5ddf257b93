"""What a cycle needs of its surroundings, checked one by one: a failed check names its fix and hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from cli.clocks import APART, Clock, database_clock, now, server_clock
from cli.servers import check_database, connect_temporal, pollers
from models import errors
from models.database import Database, one
from models.messages import SEARCH_ATTRIBUTES
from models.settings import Endpoints, Settings
from models.store import ContentStore
from service.server import namespace_exists

_SOON = timedelta(seconds=5)
_ROLE = """
select current_user as name, has_any_column_privilege('assay.item_revision', 'insert') as writes,
       pg_has_role(current_user, (select tableowner from pg_tables
                                   where schemaname = 'assay' and tablename = 'item_revision'), 'usage') as owns
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is needed: whether it is there, what was found, and what to do when it is not."""

    check: str
    ok: bool
    found: str
    fix: str = ""


async def run_checks(settings: Settings, *, clock: Clock = now) -> list[Check]:
    """All checks, in the order in which things depend on each other; `clock` is this machine's."""
    try:
        endpoints = settings.resolve()
    except errors.AssayError as error:
        return [_failed("configuration", error)]
    facts, store = await _database(endpoints, clock), await _store(endpoints)
    return [*facts, store, *await _temporal(endpoints, settings.task_queue, clock)]


def _failed(name: str, error: errors.AssayError) -> Check:
    return Check(check=name, ok=False, found=error.message, fix=error.hint)


async def _database(endpoints: Endpoints, clock: Clock) -> list[Check]:
    found = []
    try:
        async with _open(endpoints.reader_url) as reader:
            await check_database(reader)
            found.append(Check(check="database", ok=True, found="answers, and holds this code's schema"))
            found.append(await _reads_only(reader))
            found.append(_clocks("database clock", await database_clock(reader, clock), "the database's machine"))
    except errors.AssayError as error:
        found.append(_failed("schema" if isinstance(error, errors.SchemaMismatch) else "database", error))
        return found
    if endpoints.app is not None:
        found.append(await _worker_role(endpoints))
    return found


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[Database]:
    database = Database(url, pool_size=1, statement_timeout_seconds=10)
    try:
        yield database
    finally:
        await database.close()


async def _reads_only(reader: Database) -> Check:
    async with reader.begin() as tx:
        role = await one(tx, _ROLE)
    if not role.writes:
        return Check(check="reader role", ok=True, found=f"{role.name} reads only")
    return Check(check="reader role", ok=False, found=f"the command line reads as {role.name}, which may write",
                 fix="set ASSAY_READER_URL to the role assay_reader")


async def _worker_role(endpoints: Endpoints) -> Check:
    try:
        async with _open(endpoints.app_url) as database:
            await check_database(database)
            async with database.begin() as tx:
                role = await one(tx, _ROLE)
    except errors.AssayError as error:
        return _failed("worker role", error)
    if role.writes and not role.owns:
        return Check(check="worker role", ok=True, found=f"{role.name} writes facts and owns nothing")
    wrong = "owns the tables, so it could rewrite history" if role.owns else "may not write"
    return Check(check="worker role", ok=False, found=f"workers act as {role.name}, which {wrong}",
                 fix="set ASSAY_DATABASE_URL to the role assay_app")


async def _store(endpoints: Endpoints) -> Check:
    try:
        await asyncio.to_thread(lambda: ContentStore(endpoints.store_url).probe())
    except errors.AssayError as error:
        return _failed("content store", error)
    except (ImportError, ValueError) as error:
        return Check(check="content store", ok=False, found=f"{endpoints.store_url!r} cannot be used: {error}",
                     fix="set ASSAY_STORE_URL to a folder or bucket, such as file:///srv/assay/store")
    return Check(check="content store", ok=True, found=f"{endpoints.store_url} can be read and written")


def _clocks(name: str, apart: timedelta, whose: str) -> Check:
    seconds = apart.total_seconds()
    if abs(seconds) <= APART.total_seconds():
        return Check(check=name, ok=True, found=f"within {APART.seconds} s of this machine's")
    way = "ahead of" if seconds > 0 else "behind"
    return Check(check=name, ok=False, found=f"{abs(seconds):.0f} s {way} this machine's",
                 fix=f"synchronise the clocks of this machine and of {whose} (chrony, ntpd): due dates depend on them")


async def _temporal(endpoints: Endpoints, task_queue: str, clock: Clock) -> list[Check]:
    try:
        client = await connect_temporal(endpoints)
    except errors.AssayError as error:
        return [_failed("temporal server", error)]
    found = [Check(check="temporal server", ok=True, found=f"answers at {endpoints.temporal_address}")]
    namespace = await _namespace(client)
    found.append(namespace)
    if namespace.ok:
        found += [await _search_attributes(client), await _worker(client, task_queue)]
        apart = await server_clock(client, clock)
        found += [_clocks("server clock", apart, "the Temporal server")] if apart is not None else []
    return found


async def _namespace(client: Client) -> Check:
    try:
        found = await namespace_exists(client)
    except errors.AssayError as error:
        return _failed("namespace", error)
    if found:
        return Check(check="namespace", ok=True, found=client.namespace)
    return Check(check="namespace", ok=False, found=f"there is no namespace {client.namespace!r}",
                 fix=f"temporal operator namespace create {client.namespace}, or set TEMPORAL_NAMESPACE")


async def _search_attributes(client: Client) -> Check:
    known: set[str] = set()
    with suppress(RPCError):
        request = ListSearchAttributesRequest(namespace=client.namespace)
        known = set((await client.operator_service.list_search_attributes(request, timeout=_SOON)).custom_attributes)
    missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in known}
    if not missing:
        return Check(check="search attributes", ok=True, found=", ".join(SEARCH_ATTRIBUTES))
    made = " ".join(f"--name {name} --type {kind}" for name, kind in missing.items())
    return Check(check="search attributes", ok=False, found=f"missing: {', '.join(missing)}",
                 fix=f"temporal operator search-attribute create --namespace {client.namespace} {made}")


async def _worker(client: Client, task_queue: str) -> Check:
    try:
        found = await pollers(client, task_queue)
    except errors.AssayError as error:
        return _failed("worker", error)
    if not found:
        return Check(check="worker", ok=False, found=f"nobody polls task queue {task_queue!r}",
                     fix="run `make up`, or `python worker.py` in another terminal")
    return Check(check="worker", ok=True, found=f"{', '.join(sorted(set(found)))} polls {task_queue!r}")
