"""Running an evidence query: read-only, in a time and up to a number of rows that the cycle file states.

The source's URL stands in the worker's environment or in a file there, is never logged, stored or quoted, and its role
should be one that reads alone. Nothing is cut: more rows than allowed is an error.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from methods.evidence.queries import CheckedQuery
from models.cycle_file import Query
from models.errors import UnusableEvidence, WrongState

Rows = list[Sequence[object]]
_CONNECT_SECONDS = 5
_SECRETS = Path("/run/secrets")
_STEPS = 1_000  # of SQLite's machine between two looks at the clock
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}


async def run_query(query: CheckedQuery, spec: Query) -> Rows:
    """The rows that the query gives, in its columns.

    Raises `WrongState` when the source has no address here or does not answer, `UnusableEvidence` when the query fails,
    takes too long or gives more than `most_rows`.
    """
    url = source_url(spec.address)
    if spec.engine == "sqlite":
        found = await asyncio.to_thread(_from_sqlite, query, spec, url)
    else:
        found = await _from_postgres(query, spec, url)
    if len(found) > spec.most_rows:
        raise UnusableEvidence(f"the query gives more than {spec.most_rows:,} rows", hint="narrow it to what was asked")
    return found


def source_url(variable: str) -> str:
    """The URL in the variable, in the file that `VARIABLE_FILE` names or in the secret of that name."""
    if stated := os.environ.get(variable):
        return stated
    named = os.environ.get(f"{variable}_FILE")
    path = Path(named) if named else _SECRETS / variable.lower()
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongState(f"no worker knows the address of this source: {variable} is not set",
                         hint=f"set {variable} or {variable}_FILE where the worker runs") from error


async def _from_postgres(query: CheckedQuery, spec: Query, url: str) -> Rows:
    milliseconds = str(spec.timeout_seconds * 1000)
    told = {"default_transaction_read_only": "on", "statement_timeout": milliseconds, "lock_timeout": milliseconds,
            "application_name": "assay evidence query"}
    try:
        connection = await asyncpg.connect(
            url, timeout=_CONNECT_SECONDS, command_timeout=spec.timeout_seconds + 1, server_settings=told)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _silent(spec, error) from None
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            prepared = await connection.prepare(query.sql)
            _require_columns(query, [one.name for one in prepared.get_attributes()])
            cursor = await prepared.cursor()
            return [tuple(row.values()) for row in await cursor.fetch(spec.most_rows + 1)]
    except (TimeoutError, asyncpg.QueryCanceledError):
        raise _slow(spec) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _failed(str(error)) from error
    finally:
        # Not `close`, which would wait for an answer: nothing is left to be said, and the transaction only read.
        connection.terminate()


def _from_sqlite(query: CheckedQuery, spec: Query, url: str) -> Rows:
    path = Path(unquote(urlsplit(url).path))
    until = time.monotonic() + spec.timeout_seconds
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_CONNECT_SECONDS)
    except (sqlite3.Error, ValueError) as error:
        raise _silent(spec, error) from None
    try:
        connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY)
        connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        cursor = connection.execute(query.sql)
        _require_columns(query, [one[0] for one in cursor.description or ()])
        return cursor.fetchmany(spec.most_rows + 1)
    except sqlite3.Error as error:
        raise (_slow(spec) if time.monotonic() > until else _failed(str(error))) from error
    finally:
        connection.close()


def _require_columns(query: CheckedQuery, given: Sequence[str]) -> None:
    """The database's own word on what the columns are called goes before ours."""
    if tuple(given) != query.columns:
        raise UnusableEvidence(f"the query gives {', '.join(given)}, not {', '.join(query.columns)} as was read",
                               hint="name every column: ... AS NAME")


def _silent(spec: Query, error: Exception) -> WrongState:
    """Says what went wrong by its kind alone: drivers quote addresses."""
    return WrongState(f"the source at {spec.address} does not answer ({type(error).__name__})",
                      hint="try again, or have its address corrected where the worker runs")


def _slow(spec: Query) -> UnusableEvidence:
    return UnusableEvidence(f"the query took longer than {spec.timeout_seconds} s and was stopped",
                            hint="narrow it to what was asked")


def _failed(said: str) -> UnusableEvidence:
    first = said.split("\n")[0][:200]
    return UnusableEvidence(f"the query failed: {first}", hint="correct it and hand it in again")
