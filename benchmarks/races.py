"""Sends a contestant through a course in a process of its own and collects what it tells; nobody runs for ever."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestant import Addresses
from benchmarks.operations import DISK, PROOF, READS
from benchmarks.results import Run
from benchmarks.server import BenchServer
from benchmarks.starters import LEGACY_SCHEMA, STARTERS

ROOT = Path(__file__).parents[1]
_BEFORE_READS = {DISK.name, *(op.name for op in (*READS, *PROOF))}
_PREPARING = 120.0  # seconds; importing and connecting on a cold machine


@dataclass(frozen=True, slots=True)
class Race:
    """What is run: who, how many items, how much churn in percent, how many versions; how long a figure may take."""

    name: str
    items: int
    churn: int
    versions: int
    limit: float = 60.0


async def race(server: BenchServer, what: Race, *, python: Path, profile: Path | None = None) -> Run:
    """One run on a fresh database. An operation beyond the limit ends it; what was told before counts."""
    async with server.database(ours=not STARTERS[what.name].peer) as (own, admin):
        addresses = Addresses(own, admin, str(LEGACY_SCHEMA))
        process = await _start(what, addresses, python, profile)
        figures: list[dict[str, Any]] = []
        ended = ""
        try:
            await _listen(process, what.limit, figures)
        except TimeoutError:
            ended = f"longer than {what.limit:.0f} s after {figures[-1]['operation'] if figures else 'the start'}"
        finally:
            if process.returncode is None:
                process.kill()
            error = (await process.communicate())[1].decode()
        if process.returncode and not ended:
            ended = f"failed: {(error.strip().splitlines() or ['no message'])[-1]}"
            sys.stderr.write(error)
        return Run(what.name, what.items, what.churn, what.versions, tuple(figures), ended)


async def _start(what: Race, addresses: Addresses, python: Path, profile: Path | None) -> asyncio.subprocess.Process:
    profiled: Sequence[str] = ("-m", "cProfile", "-o", str(profile)) if profile else ()
    process = await asyncio.create_subprocess_exec(
        str(python), *profiled, "-m", "benchmarks.contest", cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({**asdict(what), "addresses": asdict(addresses)}).encode())
    await process.stdin.drain()
    process.stdin.close()
    return process


async def _listen(process: asyncio.subprocess.Process, limit: float, figures: list[dict[str, Any]]) -> None:
    assert process.stdout is not None
    wait = _PREPARING
    while line := await asyncio.wait_for(process.stdout.readline(), wait):
        figures.append(json.loads(line))
        # Between two figures lies a write with a vacuum, or a read with its repetitions.
        wait = limit * (10 if figures[-1]["operation"] in _BEFORE_READS else 1.5)
    await process.wait()
