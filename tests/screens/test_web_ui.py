"""What somebody who has never used Temporal sees in its Web UI; the pictures are kept in build/screens.

The best of them stand in docs/images. Nothing here is part of `make test`: it needs a browser and takes a minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from models.messages import cycle_workflow_id, owner_workflow_id, phase_workflow_id
from stack.temporal import TemporalServer
from tests.databases import MigratedServer
from tests.screens.browser import Page, browsing, program
from tests.screens.scenes import Scenes
from tests.workflows.arena import Arena, arena

pytestmark = [pytest.mark.screens, pytest.mark.asyncio]
KEPT = Path(__file__).parents[2] / "build" / "screens"
WAITING = 'WorkflowType="TestCycleWorkflow" and AssayWaitingFor="report_owner"'


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody before the Web UI of a server."""

    page: Page
    arena: Arena
    ui: str

    async def run(self, workflow_id: str, *wanted: str, name: str, height: int = 900) -> None:
        """Open the page of a run where it says in words what it is about, and take its picture."""
        run = (await self.arena.session.client.get_workflow_handle(workflow_id).describe()).run_id
        url = f"{self.ui}/{quote(workflow_id, safe='')}/{run}/user-metadata"
        await self.page.visit(url, *wanted, size=(1500, height))
        await self._keep(name)

    async def listed(self, query: str, *wanted: str, name: str) -> str:
        """Filter the list of runs, and take its picture; its text."""
        seen = await self.page.visit(f"{self.ui}?query={quote(query)}", *wanted, size=(1500, 480))
        await self._keep(name)
        return seen

    async def _keep(self, name: str) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        await self.page.picture(KEPT / f"{name}.png")


@pytest_asyncio.fixture
async def viewer(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path: Path
) -> AsyncIterator[Viewer]:
    """A browser before the server that a worker works for."""
    executable = program()
    async with (
        migrated_server.database() as urls,
        arena(temporal_server.address, urls, tmp_path / "home") as stage,
        browsing(executable) as page,
    ):
        yield Viewer(page, stage, f"{temporal_server.ui_url}/namespaces/{temporal_server.namespace}/workflows")


async def test_a_stranger_sees_who_is_awaited_what_failed_and_how_far_it_is(viewer: Viewer, tmp_path: Path) -> None:
    """A phase with the report owner; the list of cycles that wait for that role; an owner who failed, one in review."""
    scenes = await Scenes.begun(viewer.arena, tmp_path)
    slug = scenes.cast.slug
    cycle = cycle_workflow_id(slug)
    await scenes.round("planning")
    await scenes.round("data_profiling")
    awaited = ("mike (report_owner) to decide Scoping v1 since", await scenes.half_decided("scoping"))
    await viewer.run(phase_workflow_id(slug, "scoping"), *awaited, name="webui-phase")
    await viewer.run(cycle, "Phase 3 of 9: Scoping", *awaited, "report owner: Mike Johnson", name="webui-cycle-phase")
    assert "1 RUNNING" in await viewer.listed(WAITING, cycle, name="webui-list")
    await scenes.cast.approve("mike", "scoping")
    await scenes.round("sample_selection")
    owners = await scenes.assigned("grace")
    await scenes.failed("nina")
    await scenes.proved("omar")
    await scenes.submitted("observation_management", "omar")
    await viewer.run(
        cycle, f"0 of {len(owners)} owners complete", "the work of nina has failed since", "the disk is full",
        "mike (report_owner) to decide Observation Management v1 since", "to name the owner of", name="webui-cycle",
    )
    await viewer.run(owner_workflow_id(slug, "omar"), "mike (report_owner) to decide", name="webui-owner")
    await viewer.run(owner_workflow_id(slug, "nina"), "The work of nina has failed", "retry", name="webui-failure")
    assert "1 RUNNING" in await viewer.listed(WAITING, cycle, name="webui-list-owners")
