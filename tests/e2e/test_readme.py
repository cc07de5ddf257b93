"""The first cycle in the README works as printed, command by command, to the signed report."""

from __future__ import annotations

import asyncio
import importlib
import re
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.client import Session
from cli.main import main
from models.database import one

pytestmark = pytest.mark.asyncio(loop_scope="session")

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
MODULE = ".venv/bin/python -m "
CYCLE = "fr-y-14m-d1-2026-03:fr_y_14m_d1"
# What a command meets that comes before its phase has begun: a person would type it again.
TOO_EARLY = (3, 4)


def _commands() -> list[list[str]]:
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    lines = [line for line in block.group(1).splitlines() if line.startswith(("assay ", MODULE))]
    return [shlex.split(line.replace("$C", CYCLE)) for line in lines]


def _do(program: str, *arguments: str) -> int:
    if program == "assay":
        return main(list(arguments))
    _, module, *rest = arguments
    importlib.import_module(module).main(rest)
    return 0


async def _run(session: Session, command: list[str]) -> int:
    """Type a command once the tests that are running have ended, and again when it came too early."""
    await _settled(session)
    deadline = time.monotonic() + 30
    while (code := await asyncio.to_thread(_do, *command)) in TOO_EARLY and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return code


async def _settled(session: Session) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        async with session.reader.begin() as tx:
            if not await one(tx, "select 1 from case_state where state = 'executing' limit 1"):
                return
        await asyncio.sleep(0.2)


async def _ended(session: Session) -> Sequence[object]:
    """How the cycle ended and how many signed its report, once it has ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        async with session.reader.begin() as tx:
            row = await one(
                tx,
                "select z.outcome, count(s.role) as signed from cycle_report c join cycle_closing z on z.cycle = c.id"
                " join phase p on p.cycle = c.id join version_signoff s on s.phase = p.id where c.slug = :slug"
                " group by z.outcome",
                slug=CYCLE,
            )
        if row is not None:
            return tuple(row)
        await asyncio.sleep(0.2)
    return ()


async def test_the_first_cycle_by_hand(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command succeeds, and the cycle ends with a report that three people signed."""
    endpoints = session.endpoints
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "ASSAY_HOME": str(endpoints.home),
        "ASSAY_STORE_URL": endpoints.store_url,
        "ASSAY_TASK_QUEUE": session.task_queue,
        "ASSAY_DATABASE_URL": endpoints.app_url,
        "ASSAY_READER_URL": endpoints.reader_url,
        "TEMPORAL_ADDRESS": endpoints.temporal_address,
    }.items():
        monkeypatch.setenv(name, value)
    *commands, save = _commands()
    codes = {shlex.join(command): await _run(session, command) for command in commands}
    assert {} == {command: code for command, code in codes.items() if code}, capsys.readouterr().err
    ended = await _ended(session)
    assert ("completed", 3) == ended
    # The attestation is written a moment after the approval.
    assert 0 == await _run(session, save)
    assert 3 == len(list((tmp_path / "build" / "report").iterdir()))
