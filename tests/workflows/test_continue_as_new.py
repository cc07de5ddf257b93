"""Long histories: a run goes on under a new one, and nobody notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import WorkflowHandle

from models.messages import SEARCH_ATTRIBUTES, Command, Verb
from models.payloads import CaseSelection, Decision, Decisions
from stack.guard import Guard
from stack.home import Home
from stack.temporal import temporal
from tests.databases import MigratedServer
from tests.workflows.arena import Arena, arena
from tests.workflows.people import until
from tests.workflows.story import WRONG, pairs_of
from tests.workflows.tiny import REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio

_SHORT = {"limit.historyCount.suggestContinueAsNew": "40"}


@pytest_asyncio.fixture(scope="module")
async def impatient(
    server_home: Home, guard: Guard, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Arena]:
    """A worker on a server that suggests to continue as new after forty events, instead of four thousand."""
    async with (
        temporal(
            server_home, guard, search_attributes=SEARCH_ATTRIBUTES, durable=False, dynamic_config=_SHORT
        ) as server,
        migrated_server.database() as urls,
        arena(server.address, urls, tmp_path_factory.mktemp("home")) as shared,
    ):
        yield shared


async def continued(handle: WorkflowHandle[object, object], first: str) -> bool:
    """Whether another run has taken over from the first."""
    return first != (await handle.describe()).run_id


@pytest.mark.nightly
async def test_a_phase_loses_no_command(impatient: Arena, name: str) -> None:
    """Sixty-four commands by updates and signals, eight at a time, each has its effect exactly once."""
    play = await impatient.start(Tiny(cycle=name), at="scoping")
    run = play.phase_run("scoping")
    await play.submit("scoping")
    first = (await run.describe()).run_id

    async def decision(at: int) -> Command:
        verdict = Decision(key=("a1", "a2", "line", "note")[at % 4], verdict="approve", reason=str(at))
        return await play.asked(REPORT_OWNER, Verb.DECIDE, Decisions(decisions=(verdict,)), phase="scoping")

    commands = [await decision(at) for at in range(64)]
    for at in range(0, len(commands), 8):
        updates, signals = commands[at : at + 6], commands[at + 6 : at + 8]
        answers = await asyncio.gather(*map(play.deliver, updates), *map(play.signal, signals))
        assert all(answer.accepted for answer in answers if answer is not None)
    sent = sorted(command.command_id for command in commands)

    async def judged() -> list[str] | None:
        seen = [event.command_id for event in await play.audited("decide") if event.command_id in sent]
        return seen if len(seen) >= len(sent) else None

    assert sent == sorted(await until(judged, "all commands to be judged"))
    await play.approve(REPORT_OWNER, "scoping")
    await play.draft("sample_selection")
    assert await continued(run, first)


@pytest.mark.nightly
async def test_an_owner_loses_no_work(impatient: Arena, name: str) -> None:
    """Documents, reruns and reviews across several runs: every case that was asked for has run, nothing twice."""
    play = await impatient.start(Tiny(cycle=name, records=12), at="data_owner_id")
    await play.assign({"ann": pairs_of(play.tiny)})
    run = play.owner_run("ann")
    first = (await run.describe()).run_id
    await asyncio.gather(*(play.hand_in("ann", name=f"extract-{at}.csv") for at in range(6)))
    await play.executed("ann")
    await play.judge_evidence("ann")
    case = (await play.cases("ann"))[0].number
    again = [
        play.command(TESTER, Verb.RERUN, CaseSelection(cases=(case,)), phase="test_execution", owner="ann")
        for _ in range(12)
    ]
    await asyncio.gather(*map(play.deliver, again[:8]))
    await asyncio.gather(*map(play.deliver, again[8:]))
    await play.executed("ann")
    asked = await play.read(
        "select count(*) as asked, count(distinct (e.test_case, e.request)) as run, count(e.id) as rows"
        " from execution_request q join test_case t on t.id = q.test_case join cycle_report c on c.id = t.cycle"
        " left join execution e on e.test_case = q.test_case and e.request = q.request where c.slug = :cycle"
    )
    assert [(6 * 24 + 12,) * 3] == [tuple(row) for row in asked]
    await play.review("ann")
    await play.event("ann", "completed")
    await play.draft("finalize_report")
    assert await continued(run, first)


async def test_a_cycle_with_open_children_stays_in_one_run(impatient: Arena, name: str) -> None:
    """The parent of open children never continues as new, whatever the server suggests: it would end them."""
    play = await impatient.start(Tiny(cycle=name), at="data_owner_id")
    first = (await play.cycle_run().describe()).run_id
    owners = ["ann", "bob", "cat"]
    for turn in range(4):
        await play.assign({owners[turn % 3]: pairs_of(play.tiny)}, reason=f"turn {turn}")
    await play.prove("ann", play.tiny.evidence(wrong=WRONG))
    await play.observe("ann")
    await play.draft("finalize_report")
    description = await play.cycle_run().describe()
    assert first == description.run_id
    assert description.history_length > 40
