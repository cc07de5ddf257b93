"""Command lines as people type them: on a stack of the test's own, again when they came too early, with what they show.

The pages that tell people what to type are tested with it: README.md and docs/guides.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from cli.client import Session
from cli.main import main
from models.database import one

CYCLE = "fr-y-14m-d1-2026-03:fr_y_14m_d1"
PYTHON = ".venv/bin/python"
PATIENCE = 30.0
# What a command meets that comes before its phase has begun: a person would type it again.
TOO_EARLY = (3, 4)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person sees on the terminal after a command, both streams together, and how it ended."""

    code: int
    shown: str


def environment(session: Session) -> Mapping[str, str]:
    """The variables that lead a command line to the session's own stack."""
    endpoints = session.endpoints
    return {
        "ASSAY_HOME": str(endpoints.home),
        "ASSAY_STORE_URL": endpoints.store_url,
        "ASSAY_TASK_QUEUE": session.task_queue,
        "ASSAY_DATABASE_URL": endpoints.app_url,
        "ASSAY_READER_URL": endpoints.reader_url,
        "TEMPORAL_ADDRESS": endpoints.temporal_address,
    }


async def typed(
    session: Session, line: str, *, ends_with: int = 0, shows: str = "", patience: float = PATIENCE
) -> Typed:
    """Type a line once running tests have ended; again while it came too early, or until it shows what is awaited."""
    await _settled(session)
    deadline = time.monotonic() + patience
    while True:
        last = await asyncio.to_thread(_typed_once, line.replace("$C", CYCLE))
        early = last.code in TOO_EARLY and last.code != ends_with
        if not (early or shows not in last.shown) or time.monotonic() > deadline:
            return last
        await asyncio.sleep(0.2)


def _typed_once(line: str) -> Typed:
    line, filtered, pattern = line.partition(" | grep ")
    done = _run(line)
    if not filtered:
        return done
    kept = subprocess.run(["/bin/sh", "-euc", f"grep {pattern}"], input=done.shown, capture_output=True, text=True)
    return Typed(done.code or kept.returncode, kept.stdout + kept.stderr)


def _run(line: str) -> Typed:
    words = shlex.split(line)
    if words[0] not in ("assay", PYTHON):
        done = subprocess.run(["/bin/sh", "-euc", line], capture_output=True, text=True)
        return Typed(done.returncode, done.stdout + done.stderr)
    both = io.StringIO()
    with contextlib.redirect_stdout(both), contextlib.redirect_stderr(both), pytest.MonkeyPatch.context() as patch:
        if words[0] == PYTHON:
            _, _, module, *rest = words
            importlib.import_module(module).main(rest)
            return Typed(0, both.getvalue())
        patch.setattr("sys.argv", ["starter.py", *words[1:]])
        return Typed(main(words[1:]), both.getvalue())


async def _settled(session: Session) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        async with session.reader.begin() as tx:
            if not await one(tx, "select 1 from case_state where state = 'executing' limit 1"):
                return
        await asyncio.sleep(0.1)
