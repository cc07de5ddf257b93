"""A server of the oldest Postgres that is supported, where its programs are installed; the tests skip where not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stack.account import server_account
from stack.cluster import SUPERUSER, Cluster, last_line
from stack.guard import Guard
from stack.home import Home, passwords
from stack.postgres import PostgresServer

FLOOR = "15"
VARIABLE = f"ASSAY_POSTGRES_{FLOOR}"
# Where the packages of Debian and of the PostgreSQL project for Red Hat put them.
_USUAL = (f"/usr/lib/postgresql/{FLOOR}/bin", f"/usr/pgsql-{FLOOR}/bin")


def floor_programs() -> Path:
    """The folder of its `initdb` and `pg_ctl`: where the variable says, else a usual place, else `pg_config`'s.

    Skips the test when there is none.
    """
    named = os.environ.get(VARIABLE)
    asked = shutil.which("pg_config")
    told = [_output([asked, "--bindir"])] if asked else []
    for folder in [Path(named)] if named else [*map(Path, _USUAL), *map(Path, told)]:
        if (folder / "initdb").exists() and f" {FLOOR}." in _output([str(folder / "postgres"), "--version"]):
            return folder
    pytest.skip(f"no Postgres {FLOOR} here (install it, or name its folder of programs in {VARIABLE})")


@asynccontextmanager
async def floor_server(home: Home, guard: Guard) -> AsyncIterator[PostgresServer]:
    """An empty server without crash safety, started as the stack starts its own."""
    programs = floor_programs()
    account = server_account(home.postgres / "data")
    home.postgres.mkdir(mode=0o700)
    os.chown(home.postgres, account.uid, account.gid)
    cluster = Cluster(home.postgres / "data", account, programs, passwords(home))
    log = home.fresh_log("postgres")
    await _initialise(cluster, guard, log)
    server = PostgresServer(cluster, guard, log, fast=True)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


async def _initialise(cluster: Cluster, guard: Guard, log: Path) -> None:
    secret = cluster.data.with_name("password")
    secret.touch(0o600)
    secret.write_text(cluster.passwords.superuser)
    os.chown(secret, cluster.account.uid, cluster.account.gid)
    argv = [
        *(str(cluster.programs / "initdb"), "-D", str(cluster.data), "-U", SUPERUSER, "--pwfile", str(secret)),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
    ]
    process = await guard.spawn(argv, log=log, **cluster.options())
    assert await process.wait() == 0, last_line(log)


def _output(argv: list[str]) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
