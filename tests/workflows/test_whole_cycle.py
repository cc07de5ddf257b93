"""Whole cycles: all nine phases, as many rounds as people need, and neighbours that do not touch each other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError

from models.messages import Verb
from models.phases import PHASES
from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from tests.workflows.arena import Arena, arena
from tests.workflows.conftest import Undisturbed
from tests.workflows.facts import differences, facts_of
from tests.workflows.story import WRONG, pairs_of, tell, told
from tests.workflows.tiny import EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio

async def test_every_phase_leaves_its_facts(undisturbed: Undisturbed) -> None:
    """From Planning to the signed report, each of the nine phases is on record, and so is what it was for."""
    facts = {table: [json.loads(row) for row in rows] for table, rows in undisturbed.facts.items()}
    assert {phase.kind for phase in PHASES} == {row["kind"] for row in facts["phase"]}
    approved = [row for row in facts["version"] if row["status"] == "approved"]
    assert len([phase for phase in PHASES if phase.versioned]) == len(approved)
    kept = ("rule_result", "assignment", "document_revision", "execution_review", "observation_item", "cycle_closing")
    assert [] == [table for table in kept if not facts[table]]
    assert ["attestation", "html", "pdf", "xlsx"] == sorted(row["kind"] for row in facts["report_file"])


async def test_the_web_ui_names_who_is_waited_for(stage: Arena, name: str) -> None:
    """The details of a run say which person is to do what, at every turn of a version."""
    play = await stage.start(Tiny(cycle=name))
    phase, run = "planning", play.phase_run("planning")
    await play.draft(phase)
    assert await play.shown(run, f"waiting for **{TESTER}** (tester) to decide and submit **Planning v1**")
    assert await play.shown(play.cycle_run(), f"waiting for **{TESTER}** (tester) to decide and submit **Planning v1**")
    await play.submit(phase)
    assert await play.shown(run, f"waiting for **{TESTER}** (tester) to decide **Planning v1**")
    await play.approve(TESTER, phase)
    await play.submit("data_profiling")
    assert await play.shown(play.phase_run("data_profiling"), f"waiting for **{REPORT_OWNER}** (report_owner)")


async def test_rejection_never_ends_a_run(stage: Arena, name: str) -> None:
    """After three rejected versions the fourth is approved, by the same run."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    await play.draft("scoping")
    run = (await play.phase_run("scoping").describe()).run_id
    for number in (1, 2, 3):
        assert number == await play.submit("scoping")
        await play.decide(REPORT_OWNER, "scoping", {"a1": "reject"}, reason="test the other")
        await play.act(REPORT_OWNER, Verb.REJECT, phase="scoping", reason=f"round {number}")
        assert number + 1 == await play.reopen("scoping")
    await play.submit("scoping")
    assert 4 == (await play.approve(REPORT_OWNER, "scoping")).result["version"]
    await play.draft("sample_selection")
    statuses = await play.read(
        "select v.status from version v join phase p on p.id = v.phase join cycle_report c on c.id = p.cycle"
        " where c.slug = :cycle and p.kind = 'scoping' order by v.number"
    )
    assert ["rejected", "rejected", "rejected", "approved"] == [row.status for row in statuses]
    assert run == (await play.phase_run("scoping").describe()).run_id


@pytest.mark.nightly
async def test_two_cycles_at_once_do_not_touch_each_other(
    undisturbed: Undisturbed, temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path: Path
) -> None:
    """Beside another cycle of the same people and owners, a cycle leaves the very facts that it leaves alone."""
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, tmp_path) as both,
    ):
        one = await both.start(told(), again=True)
        other = await both.start(Tiny(cycle="beside", records=4), at="data_owner_id")

        async def another_story() -> None:
            await other.assign({"ann": pairs_of(other.tiny)})
            await other.prove("ann", other.tiny.evidence(wrong=WRONG))

        await asyncio.gather(tell(one), another_story())
        got = await facts_of(both.session.reader, slug=one.slug)
        assert 8 == len(await other.cases("ann"))
        assert {"concluded"} == {case.state for case in await other.cases("ann")}
    assert [] == differences(undisturbed.facts, got)


@pytest.mark.parametrize("ended", ["cancelled", "terminated"])
async def test_a_cycle_whose_run_was_lost_goes_on_from_the_facts(stage: Arena, name: str, ended: str) -> None:
    """A cycle that an operator ends is started again and goes on where it was; its owners go on as well."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.upload("ann")
    run = play.cycle_run()
    await (run.cancel() if ended == "cancelled" else run.terminate("by an operator"))
    with pytest.raises(WorkflowFailureError):
        await run.result()
    await stage.session.start_cycle(play.tiny.stored(stage.session.store))
    await play.judge_evidence("ann")
    await play.review("ann")
    await play.draft("finalize_report")


async def test_a_finished_cycle_is_never_run_again(stage: Arena, name: str) -> None:
    """Not even when the server has forgotten it: the facts refuse, and nothing is written."""
    play = await stage.start(Tiny(cycle=name))
    await play.act(EXECUTIVE, Verb.CANCEL, reason="wrong period")
    assert "cancelled" == await play.result()
    before = await play.audited("start")
    given = play.tiny.stored(stage.session.store)
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.start_again(given)
    with pytest.raises(WorkflowFailureError) as failed:
        await play.cycle_run().result()
    assert isinstance(failed.value.cause, ActivityError)
    assert f"already_running: cycle {play.slug} is cancelled and is never run again" == str(failed.value.cause.cause)
    assert before == await play.audited("start")
