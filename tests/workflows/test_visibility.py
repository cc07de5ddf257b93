"""The list of runs: which cycles wait for a role, and who is waited for on the cycle's own page."""

from __future__ import annotations

import pytest

from models.messages import Activity, Verb, Workflow
from models.payloads import Contents
from tests.workflows.arena import Arena
from tests.workflows.people import PLAN, Play, until
from tests.workflows.story import WRONG, pairs_of
from tests.workflows.test_budget import events
from tests.workflows.tiny import REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio
OBSERVATIONS = "observation_management"
PER_OWNER = 16


async def listed(play: Play, role: str, *, there: bool = True) -> bool:
    """Wait until the cycle is, or is not, among the cycles that wait for a role."""
    query = f'WorkflowType="{Workflow.CYCLE}" and AssayWaitingFor="{role}" and AssayCycle="{play.slug}"'

    async def found() -> bool | None:
        ids = [run.id async for run in play.session.client.list_workflows(query)]
        return True if (play.cycle_run().id in ids) is there else None

    return await until(found, f"{play.slug} {'' if there else 'not '}to be listed for {role}")


async def test_a_cycle_is_listed_for_the_role_whose_turn_it_is(stage: Arena, name: str) -> None:
    """The tester, then the report owner, then the tester again to rework; and its page names the person."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    await play.draft("scoping")
    assert await listed(play, "tester")
    await play.submit("scoping")
    assert await listed(play, "report_owner")
    assert await play.shown(play.cycle_run(), f"waiting for **{REPORT_OWNER}** (report_owner) to decide **Scoping v1**")
    await play.act(REPORT_OWNER, Verb.REJECT, phase="scoping", reason="think again")
    assert await listed(play, "report_owner", there=False)
    assert await play.shown(play.cycle_run(), "to open a new draft of **Scoping** (v1 was rejected)")


async def test_a_held_cycle_says_so(stage: Arena, name: str) -> None:
    """Who, since when and why, until it is resumed."""
    play = await stage.start(Tiny(cycle=name), at="scoping")
    await play.act("tess", Verb.HOLD, reason="data refiled")
    assert "**On hold** by tess since" in await play.details(play.cycle_run())
    await play.act("tess", Verb.RESUME, reason="goes on")
    assert "On hold" not in await play.details(play.cycle_run())


async def test_observations_of_an_owner_list_the_cycle_for_the_report_owner(stage: Arena, name: str) -> None:
    """While they are submitted, and no longer once they are approved; the round costs the cycle sixteen events."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny, "Loans"), "bob": pairs_of(play.tiny, "Cards")})
    before = await events(play.cycle_run())
    await play.prove("bob", play.tiny.evidence(wrong=WRONG))
    keys = [item.natural_key for item in await play.members(OBSERVATIONS, await play.draft(OBSERVATIONS, "bob"), "bob")]
    plans = Contents(contents=tuple({"key": key, "set": PLAN} for key in keys))
    await play.act(TESTER, Verb.EDIT, plans, phase=OBSERVATIONS, owner="bob")
    await play.submit(OBSERVATIONS, "bob")
    assert await listed(play, "report_owner")
    assert await play.shown(play.cycle_run(), f"waiting for **{REPORT_OWNER}** (report_owner) to decide **Observation")
    await play.approve(REPORT_OWNER, OBSERVATIONS, "bob")
    await play.event("bob", "completed")
    assert await listed(play, "report_owner", there=False)
    assert await play.shown(play.cycle_run(), "1 of 2 owners complete; 6 of 12 cases concluded or waived")
    assert await events(play.cycle_run()) - before <= PER_OWNER


async def test_a_failed_owner_lists_the_cycle_for_the_tester(stage: Arena, name: str) -> None:
    """With the reason on the cycle's page; nobody else is waited for."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    stage.faults.before.append((Activity.BEGIN_OWNER, f"slug='{play.slug}', owner='ann'"))
    await play.assign({"ann": pairs_of(play.tiny)})
    await play.event("ann", "failed")
    assert await play.shown(play.cycle_run(), "**the work of ann has failed** since")
    assert "planted: the disk is full" in await play.details(play.cycle_run())
    assert await listed(play, "tester")
    assert await listed(play, "data_owner", there=False)


async def test_a_dispute_lists_the_cycle_for_the_data_executive(stage: Arena, name: str) -> None:
    """Pairs that an owner sends back wait for somebody to be named."""
    play = await stage.start(Tiny(cycle=name), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    assert await listed(play, "data_executive", there=False)
    await play.dispute("ann", pairs_of(play.tiny, "Loans"))
    assert await listed(play, "data_executive")
    assert await play.shown(play.cycle_run(), "to name the owner of 2 pairs of attribute and line of")
