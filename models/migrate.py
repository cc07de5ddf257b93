"""Bringing a database to this code's schema, and saying whether it is there.

Only `make migrate`, the embedded stack and the compose job migrate; a worker or a command that meets another schema
says so and stops.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.errors import SchemaMismatch

# No such table, no such schema, or none that this role may look into; anything else says nothing about the schema.
_NO_SCHEMA = ("42P01", "3F000", "42501")
_MIGRATIONS = Path(__file__).parents[1] / "migrations"


def configured(url: str = "") -> Config:
    """Alembic, for the database at an address."""
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The schema revision that this code needs."""
    revision = ScriptDirectory.from_config(configured()).get_current_head()
    assert revision is not None
    return revision


async def upgrade(owner_url: str) -> None:
    """Migrate to `head()` as the owner role; does nothing when the database is there already."""
    await asyncio.to_thread(command.upgrade, configured(owner_url), "head")


async def check_schema(connection: AsyncConnection) -> None:
    """Raise `SchemaMismatch` unless the database is exactly at `head()`."""
    try:
        found = (await connection.execute(text("select version_num from assay.alembic_version"))).scalar()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NO_SCHEMA:
            raise
        found = None
    if found != head():
        raise _mismatch(found)


def _mismatch(found: str | None) -> SchemaMismatch:
    """What is wrong with the schema: there is none, it is older than this code, or newer."""
    migrate = "run `make migrate` with ASSAY_OWNER_URL set"
    if found is None:
        return SchemaMismatch(f"the database holds no schema of Assay, this code needs {head()}", hint=migrate)
    known = {revision.revision for revision in ScriptDirectory.from_config(configured()).walk_revisions()}
    age, hint = ("older", migrate) if found in known else ("newer", "use the release that brought the database there")
    return SchemaMismatch(f"the database holds schema {found}, {age} than this code, which needs {head()}", hint=hint)
