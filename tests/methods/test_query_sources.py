"""Evidence queries run read-only, in a stated time and up to a stated number of rows, and never tell an address."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from activities.query_sources import run_query, source_url
from methods.evidence.queries import CheckedQuery
from models.cycle_file import Query
from models.errors import AssayError, UnusableEvidence, WrongState
from models.settings import driver_url
from tests.databases import MigratedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
ADDRESS = "ASSAY_SOURCE_CARDS"
SLOW = "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT max(n) FROM x"


def spec(engine: str, **changes: Any) -> Query:
    """A source with the table cards."""
    given = {"engine": engine, "address": ADDRESS, "tables": ("cards",), "timeout_seconds": 1}
    return Query.model_validate({**given, **changes})


async def run(sql: str, asked: Query, *columns: str) -> list[Sequence[object]]:
    """The rows of a text that went round the check, as if the check had a hole."""
    return await run_query(CheckedQuery(sql, sha256(sql.encode()).hexdigest(), columns or ("ref",), ()), asked)


@pytest.fixture
def sqlite_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with three cards, known by its variable."""
    with sqlite3.connect(tmp_path / "cards #1.db") as connection:
        connection.execute("CREATE TABLE cards (ref TEXT, a NUMERIC)")
        connection.executemany("INSERT INTO cards VALUES (?, ?)", [("R1", 5), ("R2", 6.5), ("R3", None)])
    connection.close()
    monkeypatch.setenv(ADDRESS, (tmp_path / "cards #1.db").as_uri())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cards(migrated_server: MigratedServer) -> AsyncIterator[str]:
    """A database with three cards, under a role that could write."""
    async with migrated_server.database() as urls:
        connection = await asyncpg.connect(driver_url(urls.owner))
        await connection.execute("CREATE TABLE cards (ref text, a numeric(9, 2));"
                                 "INSERT INTO cards VALUES ('R1', 5), ('R2', 6.5), ('R3', NULL)")
        await connection.close()
        yield driver_url(urls.owner)


@pytest.fixture
def postgres_url(cards: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """That database, known by its variable."""
    monkeypatch.setenv(ADDRESS, cards)


async def _refused(sql: str, asked: Query, match: str) -> AssayError:
    with pytest.raises((UnusableEvidence, WrongState), match=match) as refused:
        await run(sql, asked)
    return refused.value


class TestSqlite:
    async def test_rows_come_as_they_are(self, sqlite_url: None) -> None:
        """Also from a file with odd letters in its name."""
        found = await run("SELECT ref, a FROM cards ORDER BY 1", spec("sqlite"), "ref", "a")
        assert [("R1", 5), ("R2", 6.5), ("R3", None)] == found

    @pytest.mark.parametrize("sql", [
        "DELETE FROM cards", "CREATE TABLE x (a)", "ATTACH ':memory:' AS x", "PRAGMA query_only = 0",
        f"{SLOW}; SELECT 1"])
    async def test_nothing_else_runs(self, sqlite_url: None, sql: str) -> None:
        """The database refuses it, whatever the check let through."""
        await _refused(sql, spec("sqlite"), "the query failed")
        assert 3 == len(await run("SELECT ref FROM cards", spec("sqlite")))

    async def test_time_is_limited(self, sqlite_url: None) -> None:
        """It is stopped, and says after how long."""
        slow = f"SELECT count(*) AS ref FROM {', '.join(f'cards c{n}' for n in range(20))}"
        await _refused(slow, spec("sqlite"), "longer than 1 s")

    async def test_columns_are_those_that_were_read(self, sqlite_url: None) -> None:
        """What the database calls them goes before what was read from the text."""
        await _refused("SELECT a FROM cards", spec("sqlite"), "gives a, not ref as was read")

    async def test_rows_are_limited(self, sqlite_url: None) -> None:
        """Nothing is cut."""
        await _refused("SELECT ref FROM cards", spec("sqlite", most_rows=2), "gives more than 2 rows")
        assert 3 == len(await run("SELECT ref FROM cards", spec("sqlite", most_rows=3)))

    async def test_a_file_that_is_not_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is not made, and its path is not told."""
        monkeypatch.setenv(ADDRESS, (tmp_path / "none.db").as_uri())
        refusal = await _refused("SELECT 1", spec("sqlite"), "does not answer")
        assert (False, False) == ("none.db" in f"{refusal.message}{refusal.hint}", (tmp_path / "none.db").exists())


class TestPostgres:
    async def test_rows_come_as_they_are(self, postgres_url: None) -> None:
        """Numbers as exact decimals."""
        found = await run("SELECT ref, a FROM cards ORDER BY 1", spec("postgres"), "ref", "a")
        assert [("R1", "5.00"), ("R2", "6.50"), ("R3", "None")] == [(ref, str(a)) for ref, a in found]

    @pytest.mark.parametrize("sql", [
        "DELETE FROM cards RETURNING ref", "SELECT ref INTO spoils FROM cards", "SELECT ref FROM cards FOR UPDATE",
        "WITH x AS (DELETE FROM cards RETURNING ref) SELECT ref FROM x", "SELECT 1; DELETE FROM cards",
        "SELECT set_config('transaction_read_only', 'off', false) AS ref"])
    async def test_nothing_is_written(self, postgres_url: None, sql: str) -> None:
        """The transaction is read-only even for a role that could, whatever the check let through."""
        await _refused(sql, spec("postgres"), "the query failed|not ref as was read")
        assert 3 == len(await run("SELECT ref FROM cards", spec("postgres")))

    async def test_time_is_limited(self, postgres_url: None) -> None:
        """The server stops it."""
        await _refused("SELECT pg_sleep(9)::text AS ref", spec("postgres"), "longer than 1 s")

    async def test_rows_are_limited(self, postgres_url: None) -> None:
        """Nothing is cut."""
        await _refused("SELECT ref FROM cards", spec("postgres", most_rows=2), "gives more than 2 rows")

    async def test_a_server_that_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither address nor password is told."""
        monkeypatch.setenv(ADDRESS, "postgresql://nina:secret@127.0.0.1:1/cards")
        refusal = await _refused("SELECT 1", spec("postgres"), "does not answer")
        assert not any(word in f"{refusal.message}{refusal.hint}" for word in ("secret", "nina", "127.0.0.1"))


class TestAddress:
    async def test_in_a_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As a secret is handed over."""
        (tmp_path / "url").write_text("postgresql://x\n")
        monkeypatch.setenv(f"{ADDRESS}_FILE", str(tmp_path / "url"))
        assert "postgresql://x" == source_url(ADDRESS)

    async def test_that_nobody_set(self) -> None:
        """The variable is named."""
        with pytest.raises(WrongState, match="ASSAY_SOURCE_CARDS is not set"):
            source_url(ADDRESS)
