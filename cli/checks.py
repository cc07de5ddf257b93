"""What a cycle needs of its surroundings, checked one by one: a failed check names its fix and hides no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.servers import check_database, connect_temporal, pollers
from models import errors
from models.database import Database, one
from models.messages import SEARCH_ATTRIBUTES
from models.settings import Endpoints, Settings

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


async def run_checks(settings: Settings) -> list[Check]:
    """All checks, in the order in which things depend on each other."""
    try:
        endpoints = settings.resolve()
    except errors.AssayError as error:
        return [_failed("configuration", error)]
    return [*await _database(endpoints), *await _temporal(endpoints, settings.task_queue)]


def _failed(name: str, error: errors.AssayError) -> Check:
    return Check(check=name, ok=False, found=error.message, fix=error.hint)


async def _database(endpoints: Endpoints) -> list[Check]:
    found = []
    try:
        async with _open(endpoints.reader_url) as reader:
            await check_database(reader)
            found.append(Check(check="database", ok=True, found="answers, and holds this code's schema"))
            found.append(await _reads_only(reader))
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


async def _temporal(endpoints: Endpoints, task_queue: str) -> list[Check]:
    try:
        client = await connect_temporal(endpoints)
    except errors.AssayError as error:
        return [_failed("temporal server", error)]
    found = [Check(check="temporal server", ok=True, found=f"answers at {endpoints.temporal_address}")]
    namespace = await _namespace(client)
    found.append(namespace)
    if namespace.ok:
        found += [await _search_attributes(client), await _worker(client, task_queue)]
    return found


async def _namespace(client: Client) -> Check:
    try:
        request = DescribeNamespaceRequest(namespace=client.namespace)
        await client.workflow_service.describe_namespace(request, timeout=_SOON)
    except RPCError as error:
        missing = error.status is RPCStatusCode.NOT_FOUND
        said = f"there is no namespace {client.namespace!r}" if missing else error.message
        return Check(check="namespace", ok=False, found=said,
                     fix=f"temporal operator namespace create {client.namespace}, or set TEMPORAL_NAMESPACE")
    return Check(check="namespace", ok=True, found=client.namespace)


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
