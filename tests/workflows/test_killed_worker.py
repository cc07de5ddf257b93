"""A worker that dies at the worst moment leaves no trace in the facts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.messages import Activity, Verb
from stack.guard import Guard
from stack.temporal import TemporalServer
from tests.databases import DatabaseUrls, MigratedServer
from tests.workflows.arena import arena
from tests.workflows.conftest import Undisturbed
from tests.workflows.facts import counted, differences, facts_of
from tests.workflows.people import Play
from tests.workflows.story import tell, told

pytestmark = pytest.mark.asyncio

REPOSITORY = Path(__file__).parents[2]
# One in each of the nine phases, between commit and completion.
MOMENTS = [
    (Activity.BEGIN_PHASE, "planning"),
    (Activity.CONCLUDE_PHASE, "data_profiling"),
    (Activity.JUDGE, f"{Verb.SUBMIT!r}, phase='scoping'"),
    (Activity.JUDGE, f"{Verb.APPROVE!r}, phase='sample_selection'"),
    (Activity.JUDGE, f"{Verb.ASSIGN!r}"),
    (Activity.JUDGE, f"{Verb.UPLOAD!r}"),
    (Activity.RUN_CASES, "'bob'"),
    (Activity.JUDGE, f"{Verb.EDIT!r}, phase='observation_management'"),
    (Activity.JUDGE, f"{Verb.SUBMIT!r}, phase='finalize_report'"),
]
# Whatever else a cycle has done, one of each kind.
OTHERS = [
    (Activity.REGISTER_CYCLE, ""),
    (Activity.BEGIN_PHASE, "data_owner_id"),
    (Activity.BEGIN_OWNER, "'ann'"),
    (Activity.SYNC_OWNER, "'bob'"),
    (Activity.RECORD_OWNER, "'bob'"),
    (Activity.LIST_BLOCKERS, ""),
    (Activity.JUDGE, f"{Verb.SIGN!r}"),
    (Activity.CONCLUDE_PHASE, "finalize_report"),
    (Activity.CLOSE_CYCLE, ""),
]


@dataclass
class Succession:
    """Workers one after the other: when one dies, the next is started."""

    guard: Guard
    folder: Path
    env: dict[str, str]
    cached: int
    codes: list[int] = field(default_factory=list)
    current: Process | None = None

    async def reign(self) -> None:
        """Until cancelled."""
        argv = [sys.executable, "-m", "tests.workflows.mortal_worker", str(self.folder), str(self.cached)]
        while True:
            self.current = await self.guard.spawn(
                argv, log=self.folder / "worker.log", env=self.env, cwd=REPOSITORY
            )
            self.codes.append(await self.current.wait())

    async def end(self) -> None:
        """Kill the last one."""
        if self.current is not None and self.current.returncode is None:
            self.current.kill()
            await self.current.wait()


def environment(temporal: TemporalServer, urls: DatabaseUrls, folder: Path) -> dict[str, str]:
    """What a worker is configured with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", "TEMPORAL_"))}
    return kept | {
        "ASSAY_DATABASE_URL": urls.app,
        "ASSAY_STORE_URL": (folder / "store").as_uri(),
        "ASSAY_HOME": str(folder),
        "ASSAY_TASK_QUEUE": "mortal",
        "TEMPORAL_ADDRESS": temporal.address,
    }


@pytest.mark.parametrize(
    ("cached", "moments"),
    [
        pytest.param(0, MOMENTS[6:7], id="as it tests"),
        pytest.param(0, MOMENTS, id="each phase", marks=pytest.mark.nightly),
        pytest.param(500, MOMENTS, id="each phase, with runs in memory", marks=pytest.mark.nightly),
        pytest.param(0, OTHERS, id="all else", marks=pytest.mark.nightly),
    ],
)
async def test_the_facts_are_those_of_an_undisturbed_run(
    undisturbed: Undisturbed,
    temporal_server: TemporalServer,
    migrated_server: MigratedServer,
    guard: Guard,
    tmp_path: Path,
    cached: int,
    moments: list[tuple[Activity, str]],
) -> None:
    """Workers are killed, by night one in each phase, and every table is as if nothing had happened.

    Without a cache each worker also replays every run from its beginning at every step.
    """
    (tmp_path / "moments.json").write_text(json.dumps(moments))
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, tmp_path, task_queue="mortal", work=False) as around,
    ):
        succession = Succession(guard, tmp_path, environment(temporal_server, urls, tmp_path), cached)
        reign = asyncio.create_task(succession.reign())
        try:
            await around.polled()
            play: Play = await around.start(told(heartbeat=1), again=True)
            await tell(play)
        finally:
            reign.cancel()
            with suppress(asyncio.CancelledError):
                await reign
            await succession.end()
        got = await facts_of(around.session.reader)
    assert [-9] * len(moments) == succession.codes
    assert [] == differences(undisturbed.facts, got)
    assert counted(undisturbed.facts["audit_event"]) == counted(got["audit_event"])
