"""Recorded histories: how they are taken, kept and read. They hold nothing of the machine they were taken on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.workflows.people import Play
from workflows.converter import DATA_CONVERTER
from workflows.runtime import WORKFLOWS, sandbox

FOLDER = Path(__file__).parent / "histories"


async def taken(play: Play, owners: list[str], phases: list[str]) -> dict[str, WorkflowHistory]:
    """The histories of a cycle's runs, by a short name."""
    named = {"cycle": play.cycle_run()}
    named |= {f"phase-{phase}": play.phase_run(phase) for phase in phases}
    named |= {f"owner-{owner}": play.owner_run(owner) for owner in owners}
    return {name: await run.fetch_history() for name, run in named.items()}


def keep(found: dict[str, WorkflowHistory], *, of: str) -> None:
    """Write histories, without the stack traces in them, which name files of the machine."""
    FOLDER.mkdir(exist_ok=True)
    for name, history in found.items():
        told = {"id": history.workflow_id, "history": _scrubbed(json.loads(history.to_json()))}
        text = json.dumps(told, separators=(",", ":"), sort_keys=True)
        (FOLDER / f"{of}-{name}.json").write_text(text + "\n", encoding="utf-8")


def kept() -> dict[str, WorkflowHistory]:
    """The recorded histories by name."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
    return {name: WorkflowHistory.from_json(told["id"], told["history"]) for name, told in found.items()}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _scrubbed(inner) for key, inner in value.items() if key != "stackTrace"}
    return [_scrubbed(inner) for inner in value] if isinstance(value, list) else value


async def replayed(found: dict[str, WorkflowHistory]) -> dict[str, BaseException]:
    """What goes wrong when histories are replayed with the present code, by name."""
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=DATA_CONVERTER)
    wrong: dict[str, BaseException] = {}
    for name, history in found.items():
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure is not None:
            wrong[name] = result.replay_failure
    return wrong


