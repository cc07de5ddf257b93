"""What each role may do, column by column: the application writes facts and rewrites none, the reader reads."""

from __future__ import annotations

import asyncpg
import pytest

from tests.engine.builders import DENIED, Lab, execute, plain

pytestmark = pytest.mark.asyncio(loop_scope="session")

UPDATABLE = {
    "phase": {"lock_version"},
    "version": {"status", "submitted_by", "decided_by", "reason"},
    "item_revision": {"versions"},
    "item_decision": {"versions"},
    "command": {"result"},
    "stream_head": {"seq", "hash"},
    "audit_rows": {"stream", "seq"},
}
COLUMNS = (
    "select table_name, column_name, is_identity = 'YES' as identity, is_generated <> 'NEVER' as derived,"
    " column_default = 'clock_timestamp()' as timed from information_schema.columns"
    " where table_schema = 'assay' and table_name in (select tablename from pg_tables where schemaname = 'assay')"
)


async def refusal(connection: asyncpg.Connection, statement: str) -> str:
    """The SQLSTATE with which a statement is refused; nothing when it works."""
    try:
        await execute(connection, statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return ""


async def test_no_other_column_is_updated(lab: Lab) -> None:
    """Every column of every table but those of the list is refused to the application."""
    async with lab.app.acquire() as connection:
        allowed = [
            (row["table_name"], row["column_name"])
            for row in await connection.fetch(COLUMNS)
            if DENIED != await refusal(
                connection, f"update {row['table_name']} set \"{row['column_name']}\" = default where false"
            )
        ]
    assert sorted((table, column) for table, columns in UPDATABLE.items() for column in columns) == sorted(allowed)


async def test_ids_and_times_of_writing_are_not_given(lab: Lab) -> None:
    """Ids, clock times and derived columns cannot be said by the application, so the latest row is the last written."""
    async with lab.app.acquire() as connection:
        columns = [
            row for row in await connection.fetch(COLUMNS) if row["identity"] or row["derived"] or row["timed"]
        ]
        said = [
            (row["table_name"], row["column_name"])
            for row in columns
            if await refusal(
                connection,
                f"insert into {row['table_name']} (\"{row['column_name']}\") overriding system value"
                " select null where false",
            ) not in (DENIED, "428C9")
        ]
    assert len(columns) > 40
    assert [] == said


async def test_the_reader_writes_nothing(lab: Lab) -> None:
    """Neither insert, update, delete nor truncate, on any table."""
    connection = await asyncpg.connect(plain(lab.urls.reader), server_settings={"search_path": "assay"})
    try:
        tables = {row["table_name"] for row in await connection.fetch(COLUMNS)}
        written = [
            statement
            for table in sorted(tables)
            for statement in (f"insert into {table} default values", f"delete from {table}", f"truncate {table}")
            if DENIED != await refusal(connection, statement)
        ]
        assert [] == written
        assert 0 <= await connection.fetchval("select count(*) from member")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "create table assay.mine (id int)", "create schema mine", "create table public.mine (id int)",
        "create temporary table version (id int)", "create function assay.f() returns int language sql as 'select 1'",
        "alter table version disable trigger all", "drop trigger check_transition on version",
        "set session_replication_role = replica", "set role assay_owner", "alter role assay_app superuser",
        "comment on table version is 'mine'",
    ],
)
async def test_the_application_does_not_change_the_rules(lab: Lab, statement: str) -> None:
    """It cannot make objects that would shadow the engine's, nor switch the engine off."""
    async with lab.app.acquire() as connection:
        assert DENIED == await refusal(connection, statement)


async def test_the_laws_do_not_depend_on_the_search_path(lab: Lab) -> None:
    """With an empty search path the same laws refuse."""
    samples = await lab.standing("submitted")
    await samples.attack(
        "version_transition", "set local search_path = ''",
        "update assay.version set status = 'draft' where phase = :p",
    )
    await samples.attack(
        "history_is_frozen", "set local search_path = ''",
        "update assay.item_revision set versions = '{}' where phase = :p",
    )


@pytest.mark.parametrize("change", ["lock_version", "lock_version + 2", "lock_version - 1", "0"])
async def test_the_lock_version_counts_up(lab: Lab, change: str) -> None:
    """It cannot be put back to where an old command would fit."""
    samples = await lab.standing("draft")
    await samples.force("update phase set lock_version = lock_version + 1 where id = :p")
    await samples.attack("lock_version_counts_up", f"update phase set lock_version = {change} where id = :p")


async def test_document_revisions_form_a_chain(lab: Lab) -> None:
    """A revision of a document follows the one before, without gap and without a second of the same number."""
    samples = await lab.round()
    values = f"({samples.cycle.id}, 'dan', 's', 'n')"
    await samples.force(f"insert into document (cycle, owner, source, name) values {values}")

    def revision(number: int) -> str:
        return (
            "insert into document_revision (document, revision, sha256, bytes, rows, covered, missing, unknown,"
            f" unknown_keys, command_id, by) select id, {number}, repeat('0', 64), 1, 1, 1, '{{}}', '{{}}', 0,"
            f" gen_random_uuid()::text, 'dan' from document where cycle = {samples.cycle.id}"
        )

    await samples.attack("document_revisions_form_a_chain", revision(2))
    await samples.force(revision(1))
    for number in (1, 3):
        await samples.attack("document_revisions_form_a_chain", revision(number))
    await samples.force(revision(2))


async def test_a_document_with_a_problem_has_no_records(lab: Lab) -> None:
    """What could not be read was not read, whoever writes it."""
    samples = await lab.round()
    await samples.force(
        f"insert into document (cycle, owner, source, name) values ({samples.cycle.id}, 'dan', 's', 'locked')"
    )

    def revision(rows: int, read_as: str) -> str:
        return (
            "insert into document_revision (document, revision, sha256, bytes, rows, covered, missing, unknown,"
            f" unknown_keys, problem, read_as, command_id, by) select id, 1, repeat('0', 64), 1, {rows}, 1, '{{}}',"
            f" '{{}}', 0, 'is encrypted', '{read_as}', gen_random_uuid()::text, 'dan' from document"
            f" where cycle = {samples.cycle.id}"
        )

    for rows, read_as in ((1, ""), (0, "CSV")):
        await samples.attack("a_problem_leaves_no_records", revision(rows, read_as))
    await samples.force(revision(0, ""))
