"""The stack stands whole, is found by others while it runs, and leaves nothing running, however it ends."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from models.errors import NotConfigured, StackFailed
from models.settings import Settings, driver_url
from stack.home import Home
from stack.postgres import PostgresServer
from stack.supervisor import REPOSITORY, Plan, open_stack
from stack.temporal import TemporalServer

READY = "import json, os, pathlib, time; pathlib.Path(os.environ['ASSAY_READY_FILE']).touch();"
WORKER = (sys.executable, "-c", READY + "print(json.dumps(dict(os.environ)), flush=True); time.sleep(600)")
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from stack.guard import guarded
from stack.home import Home

async def main():
    home = Home(Path(sys.argv[1]))
    home.prepare()
    with home.lock() as lock:
        async with guarded(home.ledger, keep_open=[lock]) as guard:
            await guard.remove_at_end(home.stack)
            home.stack.touch()
            argv = [sys.executable, "-c", "import time; time.sleep(600)"]
            process = await guard.spawn(argv, log=home.logs / "x.log", env={})
            print(process.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home that the account of Postgres can reach."""
    with tempfile.TemporaryDirectory(prefix="assay-tests-") as name:
        yield Path(name)


def settings(folder: Path, **values: str) -> Settings:
    """Settings of which only the home is set."""
    nothing = {"database_url": None, "reader_url": None, "owner_url": None, "temporal_address": None}
    return Settings.model_validate({"home": folder, **nothing, **values})


def external(folder: Path, database: PostgresServer, server: TemporalServer) -> Settings:
    """Settings of a person who has servers of his own."""
    return settings(folder, database_url=database.admin_url(), temporal_address=server.address)


async def never(_: str) -> None:
    """A migration that must not be asked for."""
    raise AssertionError


async def create_table(owner_url: str) -> None:
    """A schema as the owner makes it."""
    connection = await asyncpg.connect(driver_url(owner_url))
    await connection.execute("create table if not exists fact (id int); grant select on fact to assay_reader")
    await connection.close()


@pytest.mark.asyncio
async def test_a_running_stack_is_found_and_used_by_others(folder: Path) -> None:
    """Schema, roles, worker and addresses are there in the block; afterwards only the data is."""
    home = Home(folder)
    async with open_stack(settings(folder), Plan(migrate=create_table, worker=WORKER, fast=True)) as stack:
        found = settings(folder).resolve()
        assert stack.endpoints == found
        assert 0o600 == stat.S_IMODE(home.stack.stat().st_mode)
        reader = await asyncpg.connect(driver_url(found.reader_url))
        assert 0 == await reader.fetchval("select count(*) from fact")
        await reader.close()
        given = json.loads((home.logs / "worker.log").read_text())
        assert (found.app_url, found.temporal_address) == (given["ASSAY_DATABASE_URL"], given["TEMPORAL_ADDRESS"])
        assert {"ASSAY_OWNER_URL", "ASSAY_READER_URL"}.isdisjoint(given)
        started = [int(line.split()[0]) for line in home.ledger.read_text().splitlines()]
    assert not any(map(running, started))
    assert not home.stack.exists()
    with pytest.raises(NotConfigured):
        settings(folder).resolve()


@pytest.mark.asyncio
async def test_with_servers_of_ones_own_nothing_embedded_starts(
    folder: Path, postgres_server: PostgresServer, temporal_server: TemporalServer
) -> None:
    """With both addresses set they are used as they are, and only the worker is started."""
    own = external(folder, postgres_server, temporal_server)
    async with open_stack(own, Plan(migrate=never, worker=WORKER)) as stack:
        assert temporal_server.address == stack.endpoints.temporal_address
        assert ["worker"] == list(stack.ends)
    assert not Home(folder).postgres.exists()
    assert not Home(folder).stack.exists()


@pytest.mark.asyncio
async def test_a_worker_that_does_not_start_is_told_with_its_last_words(
    folder: Path, postgres_server: PostgresServer, temporal_server: TemporalServer
) -> None:
    """What the worker said last stands in the error."""
    plan = Plan(migrate=never, worker=(sys.executable, "-c", "raise SystemExit('error: no such table')"))
    with pytest.raises(StackFailed, match="worker has ended by itself: error: no such table"):
        async with open_stack(external(folder, postgres_server, temporal_server), plan):
            pass


@pytest.mark.asyncio
async def test_a_process_that_ends_by_itself_is_noticed(
    folder: Path, postgres_server: PostgresServer, temporal_server: TemporalServer
) -> None:
    """Whoever waits for the stack hears which process has ended."""
    plan = Plan(migrate=never, worker=(sys.executable, "-c", READY + "print('error: lost the server')"))
    async with open_stack(external(folder, postgres_server, temporal_server), plan) as stack:
        with pytest.raises(StackFailed, match="worker has ended by itself: error: lost the server"):
            await stack.wait()


def test_a_killed_supervisor_leaves_nothing_behind(folder: Path) -> None:
    """After SIGKILL of the supervisor its processes end, and the home is free again."""
    ran = subprocess.run([sys.executable, "-c", KILLED, folder], cwd=REPOSITORY, capture_output=True, text=True)
    assert -signal.SIGKILL == ran.returncode
    home = Home(folder)
    with home.lock():  # is free once the second process has cleaned up
        assert not running(int(ran.stdout))
        assert not home.stack.exists()


def running(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_repository_is_where_the_worker_is_started() -> None:
    """The worker is named relative to the project's folder."""
    assert os.path.samefile(REPOSITORY, Path(__file__).parents[2])
