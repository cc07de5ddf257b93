"""The embedded Postgres: nobody gets in without a password, no folder above changes, no crash loses data."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from models.errors import HomeUnusable
from stack.guard import guarded
from stack.home import Home
from stack.postgres import PostgresServer, postgres

pytestmark = pytest.mark.asyncio
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs Postgres under his own account")


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that every account can enter."""
    with tempfile.TemporaryDirectory(prefix="assay-tests-") as folder:
        os.chmod(folder, 0o711)  # noqa: S103 - the account of Postgres must pass through
        yield Path(folder)


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owners of a folder and of those above it."""
    return {step: (step.stat().st_mode, step.stat().st_uid, step.stat().st_gid) for step in [folder, *folder.parents]}


@pytest.mark.parametrize("password", [None, "wrong"])
async def test_refuses_whoever_does_not_know_the_password(
    postgres_server: PostgresServer, tmp_path: Path, password: str | None
) -> None:
    """Neither no password nor a wrong one opens the database, not even for the superuser."""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=postgres_server.port, user="postgres", password=password, passfile=tmp_path / "none"
        )


async def test_knows_one_way_of_authentication(postgres_server: PostgresServer) -> None:
    """Every rule of the server asks for a scram password."""
    connection = await asyncpg.connect(postgres_server.admin_url())
    rules = await connection.fetch("select distinct auth_method from pg_hba_file_rules")
    await connection.close()
    assert ["scram-sha-256"] == [rule["auth_method"] for rule in rules]


async def test_has_no_socket(postgres_server: PostgresServer) -> None:
    """The loopback address is the only way in."""
    connection = await asyncpg.connect(postgres_server.admin_url())
    ways = [await connection.fetchval(f"show {name}") for name in ("listen_addresses", "unix_socket_directories")]
    await connection.close()
    assert ["127.0.0.1", ""] == ways


async def test_data_and_passwords_are_private(postgres_server: PostgresServer, server_home: Home) -> None:
    """Nobody but their owner reads the data, and nobody but the owner of the home the passwords."""
    paths = [server_home.postgres, postgres_server.cluster.data, server_home.passwords]
    assert [0o700, 0o700, 0o600] == [stat.S_IMODE(path.stat().st_mode) for path in paths]


@as_root
async def test_root_runs_it_under_another_account(postgres_server: PostgresServer) -> None:
    """The files of the server belong to an unprivileged account."""
    assert 0 != postgres_server.cluster.data.stat().st_uid


async def test_survives_sigkill_and_leaves_the_folders_above_alone(base: Path) -> None:
    """After SIGKILL of the server, the next start finds what was committed; no folder above has another mode."""
    home = Home(base / "above" / "home")
    home.root.parent.mkdir(mode=0o755)
    before = modes(home.root.parent)
    home.prepare()
    async with guarded(home.ledger) as guard:
        async with postgres(home, guard) as server:
            connection = await asyncpg.connect(server.admin_url())
            await connection.execute("create table kept as select 42 as answer")
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            connection.terminate()
        async with postgres(home, guard) as server:
            connection = await asyncpg.connect(server.admin_url())
            assert 42 == await connection.fetchval("select answer from kept")
            await connection.close()
    assert before == modes(home.root.parent)


@as_root
async def test_names_the_folder_that_its_account_cannot_enter(base: Path) -> None:
    """A closed folder above the home is named and stays closed."""
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.prepare()
    before = modes(closed)
    async with guarded(home.ledger) as guard:
        with pytest.raises(HomeUnusable, match=f"cannot enter '{closed}'"):
            async with postgres(home, guard, fast=True):
                pass
    assert before == modes(closed)


async def test_another_release_s_data_is_left_alone(base: Path) -> None:
    """Data of another major release is refused before anything touches it."""
    home = Home(base / "home")
    home.prepare()
    async with guarded(home.ledger) as guard:
        async with postgres(home, guard, fast=True) as server:
            version = server.cluster.data / "PG_VERSION"
        version.write_text("17\n")
        with pytest.raises(HomeUnusable, match="of Postgres 17, this is Postgres 18"):
            async with postgres(home, guard, fast=True):
                pass
