"""The three roles and the database, brought to what they should be as often as one likes.

`assay_owner` owns the database and migrates; `assay_app` (workers) and `assay_reader` (command line) may connect, and
get the rest from the migrations. Nobody may create temporary tables: they would shadow the tables that triggers read.
"""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

OWNER, APP, READER = "assay_owner", "assay_app", "assay_reader"
DATABASE = "assay"


async def ensure_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Create the roles where missing, and set their passwords (role -> password). `admin_url` may create roles."""
    connection = await asyncpg.connect(admin_url)
    try:
        for role, password in passwords.items():
            known = await connection.fetchval("select true from pg_roles where rolname = $1", role)
            statement = "select format('%s role %I login nosuperuser nocreatedb nocreaterole password %L', $1, $2, $3)"
            verb = "alter" if known else "create"
            await connection.execute(await connection.fetchval(_typed(statement), verb, role, password))
    finally:
        await connection.close()


async def ensure_database(admin_url: str, *, name: str = DATABASE, template: str = "template0") -> None:
    """Create a database of the owner's where missing, and let nobody but the three roles connect to it.

    `template` is copied with all its tables; nobody may be connected to it.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", name):
            create = _typed("select format('create database %I owner %I template %I', $1, $2, $3)")
            await connection.execute(await connection.fetchval(create, name, OWNER, template))
        for grant in ("revoke all on database %I from public", f"grant connect on database %I to {APP}, {READER}"):
            await connection.execute(await connection.fetchval("select format($1, $2::text)", grant, name))
    finally:
        await connection.close()


def _typed(statement: str) -> str:
    # Postgres cannot guess the types of format's arguments.
    return statement.replace("$1", "$1::text").replace("$2", "$2::text").replace("$3", "$3::text")
