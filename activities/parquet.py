"""Decoding Parquet with DuckDB, from memory: no file is written, no extension loaded, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
from fsspec.implementations.memory import MemoryFileSystem

from methods import duckdb_sql as sql
from methods.evidence.parquet import ParquetTable
from methods.evidence.records import Unreadable

_FETCH = 5_000
_MEMORY = "1GB"  # half of what the child process may use
_PATH = "/evidence.parquet"
_READ = f"read_parquet('memory://{_PATH}')"
# How columns of a type are fetched: Python would need a package for time zones, so DuckDB writes those out, in UTC; and
# a single float has fewer digits than the double that Python makes of it.
_AS = {"TIMESTAMP WITH TIME ZONE": "CAST({} AS VARCHAR)", "TIME WITH TIME ZONE": "CAST({} AS VARCHAR)",
       "FLOAT": "CAST(CAST({} AS VARCHAR) AS DOUBLE)"}


def decode_parquet(data: bytes) -> ParquetTable:
    """The table in the bytes of a file; its rows are decoded as they are asked for. Raises `Unreadable`."""
    connection = duckdb.connect(config={
        "memory_limit": _MEMORY, "threads": "1", "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    files = MemoryFileSystem(skip_instance_cache=True)
    files.pipe_file(_PATH, data)
    connection.register_filesystem(files)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        described = connection.execute(f"DESCRIBE SELECT * FROM {_READ}").fetchall()  # noqa: S608 - a constant
        counted = connection.execute(f"SELECT count(*) FROM {_READ}").fetchall()  # noqa: S608 - a constant
    except duckdb.Error as error:
        raise _damaged(error) from error
    columns = [(str(name), str(kind)) for name, kind, *_ in described]
    return ParquetTable(
        columns=tuple(name for name, _ in columns), row_count=int(counted[0][0]),
        rows=lambda chosen: _rows(connection, [columns[at] for at in chosen]))


def _rows(connection: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]]) -> Iterator[Sequence[object]]:
    names = [(sql.identifier(name), kind) for name, kind in columns]
    shown = ", ".join(_AS.get(kind, "{}").format(name) for name, kind in names)
    try:
        found = connection.execute(f"SELECT {shown} FROM {_READ}")  # noqa: S608 - names are quoted
        while rows := found.fetchmany(_FETCH):
            yield from rows
    except duckdb.Error as error:
        raise _damaged(error) from error


def _damaged(error: duckdb.Error) -> Unreadable | MemoryError:
    if isinstance(error, duckdb.OutOfMemoryException):
        return MemoryError()
    said = str(error).split("\n")[0]
    if "crypt" in said:
        return Unreadable("is encrypted: it asks for a key")
    return Unreadable(f"is damaged: {said[:100]}")
