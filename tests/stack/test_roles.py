"""The roles of the database may do what their names say, and a second run changes nothing."""

from __future__ import annotations

import asyncpg
import pytest

from models.settings import driver_url
from stack.postgres import PostgresServer
from stack.roles import APP, OWNER, READER, ensure_database, ensure_roles
from tests.databases import DatabaseUrls

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("role", ["app", "reader"])
@pytest.mark.parametrize("statement", ["create temporary table phase (id int)", "create table public.phase (id int)"])
async def test_only_the_owner_creates_tables(database: DatabaseUrls, role: str, statement: str) -> None:
    """Neither role can put a table of its own before those that the triggers read."""
    connection = await asyncpg.connect(driver_url(getattr(database, role)))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def test_the_database_belongs_to_the_owner(database: DatabaseUrls) -> None:
    """Migrations need no superuser."""
    connection = await asyncpg.connect(driver_url(database.owner))
    query = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert OWNER == await connection.fetchval(query)
    await connection.close()


async def test_a_second_run_changes_the_passwords_and_nothing_else(
    postgres_server: PostgresServer, database: DatabaseUrls
) -> None:
    """Roles and databases that are there stay; the passwords are those given last."""
    passwords = postgres_server.cluster.passwords
    admin, name = postgres_server.admin_url(), database.owner.rpartition("/")[2]
    try:
        await ensure_roles(admin, {OWNER: "owner's", APP: "app's", READER: "reader's"})
        await ensure_database(admin, name=name)
        reader = await asyncpg.connect(postgres_server.url(READER, "reader's", database=name))
        assert 9 == await reader.fetchval("select count(*) from assay.phase_policy")
        await reader.close()
    finally:
        await ensure_roles(admin, {OWNER: passwords.owner, APP: passwords.app, READER: passwords.reader})
