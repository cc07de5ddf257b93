"""Whether a worker is alive, and whether it is ready: which part is not, by name.

Alive: its event loop answers. Ready: database, schema and Temporal server answer, and that server itself lists this
worker as a poller, so that whatever is started now is taken up. A worker that drains is alive and not ready.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from models.database import Database
from models.errors import AssayError, DependencyDown, SchemaMismatch, ServerDown
from models.migrate import check_schema
from service.server import namespace_exists, polls

OK = "ok"
KEPT_FOR = 1.0
_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """`ok`, or what is wrong, by part."""

    parts: dict[str, str]

    @property
    def ready(self) -> bool:
        """Whether every part is in order."""
        return set(self.parts.values()) == {OK}


@dataclass
class Health:
    """What a worker says of itself; `client` is None until it is connected."""

    database: Database
    task_queue: str
    client: Client | None = None
    draining: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _looked_at: float = field(default=float("-inf"), repr=False)
    _found: dict[str, str] = field(default_factory=dict, repr=False)

    async def readiness(self, *, kept_for: float = KEPT_FOR) -> Readiness:
        """All parts, looked at no more than once in so many seconds however many ask."""
        async with self._lock:
            if time.monotonic() - self._looked_at > kept_for:
                self._found = await self._look()
                self._looked_at = time.monotonic()
        return Readiness({**self._found, "draining": "the worker is draining" if self.draining else OK})

    async def _look(self) -> dict[str, str]:
        facts, polling = await asyncio.gather(self._facts(), _told(self._polling))
        if polling in (OK, _UNLISTED):
            return {**facts, "server": OK, "poller": polling}
        return {**facts, "server": polling, "poller": "unknown while the server does not answer"}

    async def _facts(self) -> dict[str, str]:
        found = await _told(self._schema)
        if found == OK:
            return {"database": OK, "schema": OK}
        if found.startswith(SchemaMismatch.code):
            return {"database": OK, "schema": found}
        return {"database": found, "schema": "unknown while the database does not answer"}

    async def _schema(self) -> str:
        async with self.database.begin() as tx:
            await check_schema(tx)
        return OK

    async def _polling(self) -> str:
        if self.client is None:
            return "not connected yet"
        listed = await polls(self.client, self.task_queue, within=_WITHIN)
        return OK if listed else _UNLISTED


_UNLISTED = "the server does not list this worker yet"


async def _told(question: Callable[[], Awaitable[str]]) -> str:
    """The answer, or why there is none."""
    try:
        async with asyncio.timeout(_WITHIN):
            return await question()
    except TimeoutError:
        return f"no answer within {_WITHIN:.0f} s"
    except AssayError as error:
        return f"{error.code}: {error.message}"
    except SQLAlchemyError as error:
        return f"the database says: {error}"


async def fatal(health: Health) -> AssayError | None:
    """What no waiting repairs: another schema than this code's, a namespace that is gone. Outages are waited for."""
    try:
        async with asyncio.timeout(_WITHIN), health.database.begin() as tx:
            await check_schema(tx)
        if health.client is not None and not await namespace_exists(health.client, within=_WITHIN):
            return ServerDown(
                f"the namespace {health.client.namespace!r} is gone",
                hint=f"temporal operator namespace create {health.client.namespace}, or restore the server",
            )
    except SchemaMismatch as error:
        return error
    except (DependencyDown, SQLAlchemyError, TimeoutError):
        return None
    return None
