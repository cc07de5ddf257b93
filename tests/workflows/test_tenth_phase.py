"""A tenth versioned phase is a row, an item type, a typed table and a policy: all else is there already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import WorkflowHandle

from activities.cycle import CycleActivities
from benchmarks.code_lines import counts
from cli.decisions import item_rows
from models import errors
from models.messages import PhaseInput, PhaseState, Verb, Workflow, phase_workflow_id
from models.payloads import Contents
from models.queries.changes import difference, item_lineage
from models.queries.versions import members, version_head
from stack.temporal import TemporalServer
from tests.databases import DatabaseUrls, MigratedServer
from tests.engine.builders import plain
from tests.engine.test_policies import as_row
from tests.tenth.adding import FOLDER, TAKEN, add, migrate
from tests.tenth.control import ROW, Control
from tests.workflows.arena import Arena, arena
from tests.workflows.people import Play
from tests.workflows.tiny import EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")

TARGET = 60
KEY = "reconcile ledger"


@dataclass(frozen=True, slots=True)
class Tenth:
    """A cycle in which the tenth phase runs."""

    urls: DatabaseUrls
    arena: Arena
    play: Play
    run: WorkflowHandle[PhaseInput, PhaseState]


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    """The phase is known for the time of this module."""
    with pytest.MonkeyPatch.context() as patch:
        add(patch)
        yield patch


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tenth(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory,
    patch: pytest.MonkeyPatch,
) -> AsyncIterator[Tenth]:
    """A database with the phase's table, a worker on it, and a run of the phase."""
    async with migrated_server.database() as urls:
        await migrate(urls.owner, patch)
        async with arena(temporal_server.address, urls, tmp_path_factory.mktemp("home")) as made:
            tiny = Tiny(cycle="tenth")
            await CycleActivities(made.database, made.session.store).register(tiny.stored(made.session.store))
            run = await made.session.client.start_workflow(
                Workflow.PHASE, PhaseInput(slug=tiny.slug, phase=ROW.kind),
                id=phase_workflow_id(tiny.slug, ROW.kind), task_queue=made.session.task_queue, result_type=PhaseState,
            )
            yield Tenth(urls, made, Play(made.session, tiny), run)


async def test_it_takes_few_lines() -> None:
    """Row, item type, proposals, table, grants, policy, migration and how it is shown: at most sixty code lines."""
    lines = counts(FOLDER, TAKEN)
    print(f"\na tenth phase takes {sum(lines.values())} code lines (target {TARGET}): {lines}")  # noqa: T201
    assert 0 < sum(lines.values()) <= TARGET


async def test_the_database_holds_its_policy(tenth: Tenth) -> None:
    """The policy row says what the phase's row says, and the typed table has the item's fields."""
    found = await tenth.play.read("select * from phase_policy where kind = :kind", kind=ROW.kind)
    assert [as_row(ROW)] == [dict(row._mapping) for row in found]
    columns = await tenth.play.read(
        "select column_name::text as name from information_schema.columns"
        " where table_schema = 'assay' and table_name = :t", t=ROW.item_table,
    )
    assert {"revision", *Control.model_fields} == {row.name for row in columns}


async def test_it_goes_from_proposal_to_approval(tenth: Tenth) -> None:
    """Proposed by the system, refused to the wrong people, rejected, reworked and approved, in its own workflow."""
    play, kind = tenth.play, ROW.kind
    assert 1 == await play.submit(kind)
    with pytest.raises(errors.WrongRole):
        await play.approve(REPORT_OWNER, kind)
    await play.decide(EXECUTIVE, kind, {KEY: "reject"}, reason="who performs it?")
    with pytest.raises(errors.RejectedItems):
        await play.approve(EXECUTIVE, kind)
    await play.act(EXECUTIVE, Verb.REJECT, phase=kind, reason="who performs it?")

    assert 2 == await play.reopen(kind)
    change = Contents(contents=({"key": KEY, "set": {"performer": "ann"}},))
    await play.act(TESTER, Verb.EDIT, change, phase=kind)
    assert 2 == await play.submit(kind)
    await play.approve(EXECUTIVE, kind)

    state = await tenth.run.result()
    assert (2, "approved", 2) == (state.version, state.status, state.approved)
    await told(tenth)


async def told(tenth: Tenth) -> None:
    """Typed rows, effective set, difference, lineage and the command line's table know the phase."""
    play, kind = tenth.play, ROW.kind
    typed = await play.read(f"select performer from {ROW.item_table} order by revision")
    assert ["", "ann"] == [row.performer for row in typed]
    counting = await play.read("select natural_key from effective where kind = :kind", kind=kind)
    assert [KEY] == [row.natural_key for row in counting]
    async with tenth.arena.session.reader.begin() as tx:
        head = await version_head(tx, play.slug, ROW)
        changed = await difference(tx, head.phase, 1, 2)
        line = await item_lineage(tx, head.phase, KEY)
        shown = item_rows(await members(tx, head), {}, kind=kind, number=head.number)
    assert [(KEY, "changed")] == [(change.key, change.change) for change in changed.lines]
    assert ["rejected", "approved"] == [version.status for version in line]
    assert ["monthly, the report agrees with ledger"] == [row["says"] for row in shown]


@pytest.mark.parametrize(
    ("law", "statement"),
    [
        ("version_transition", "update version set status = 'draft' where phase = {p}"),
        ("history_is_frozen", "update item_revision set versions = '{{}}' where phase = {p}"),
        ("42501", "insert into control_item select * from control_item"),
        ("42501", "delete from control_item"),
    ],
)
async def test_the_laws_hold_in_it(tenth: Tenth, law: str, statement: str) -> None:
    """No law was written for it, and all of them know it."""
    await tenth.play.version(ROW.kind, "draft", "submitted", "rejected", "approved")
    phase = (await tenth.play.read("select id from phase where kind = :kind", kind=ROW.kind))[0].id
    connection = await asyncpg.connect(plain(tenth.urls.app), server_settings={"search_path": "assay"})
    try:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await connection.execute(statement.format(p=phase))
    finally:
        await connection.close()
    assert law == (getattr(caught.value, "constraint_name", None) or caught.value.sqlstate)
