"""Alembic's entry point: one connection, one transaction, the schema `assay`; the URL comes from `models.migrate`."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine


def migrate(connection: Connection) -> None:
    """Run the pending migrations on an open connection; Alembic's own table lives in the schema too."""
    connection.execute(text("create schema if not exists assay"))
    context.configure(connection=connection, version_table_schema="assay")
    with context.begin_transaction():
        context.run_migrations()


async def online(url: str) -> None:
    """Connect as the owner role and migrate in one transaction."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


asyncio.run(online(context.config.attributes["url"]))
