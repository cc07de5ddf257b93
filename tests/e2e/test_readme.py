"""The first cycle in the README works as printed, command by command, to the signed report."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.client import Session
from models.database import one
from tests.typed import CYCLE, PYTHON, environment, typed

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Tests share a Temporal server, and the guides play a cycle of the example's own name there.
OWN = CYCLE.replace("2026-03", "readme")
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def _commands() -> list[str]:
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    return [line for line in block.group(1).splitlines() if line.startswith(("assay ", PYTHON))]


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
                slug=OWN,
            )
        if row is not None:
            return tuple(row)
        await asyncio.sleep(0.2)
    return ()


# The same verbs are typed every time in the cycle of the guides (tests/docs/test_guides.py).
@pytest.mark.nightly
async def test_the_first_cycle_by_hand(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command succeeds, and the cycle ends with a report that three people signed."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(session).items():
        monkeypatch.setenv(name, value)
    generate, *commands, save = _commands()
    assert 0 == (await typed(session, generate)).code
    cycle_file = tmp_path / "build" / "d1" / "cycle.yaml"
    cycle_file.write_bytes(cycle_file.read_bytes().replace(CYCLE.split(":")[0].encode(), OWN.split(":")[0].encode()))
    done = {line: await typed(session, line, cycle=OWN) for line in commands}
    assert {} == {line: one.shown for line, one in done.items() if one.code}
    ended = await _ended(session)
    assert ("completed", 3) == ended
    # The attestation is written a moment after the approval.
    assert 0 == (await typed(session, save, cycle=OWN)).code
    assert 4 == len(list((tmp_path / "build" / "report").iterdir()))
