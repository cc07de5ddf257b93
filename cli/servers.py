"""The two servers and the worker: reached, or named in an error with what to do about it."""

from __future__ import annotations

from models.database import Database
from models.migrate import check_schema
from service.server import connect_temporal as connect_temporal
from service.server import pollers as pollers


async def check_database(reader: Database) -> None:
    """Raise `DatabaseDown` or `SchemaMismatch` unless the database can be read."""
    async with reader.begin() as tx:
        await check_schema(tx)
