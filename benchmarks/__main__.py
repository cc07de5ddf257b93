"""The command line of the benchmark: `python -m benchmarks --help`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks.machine import machine
from benchmarks.races import ROOT, Race, race
from benchmarks.results import Results, Run, save
from benchmarks.server import bench_server
from benchmarks.starters import STARTERS
from benchmarks.tables import show

RESULTS = ROOT / "benchmarks" / "results"
PEERS = ROOT / "build" / "bench-venv" / "bin" / "python"
app = App(name="python -m benchmarks", help_format="plaintext")


@app.default
def main(
    *,
    items: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = (1_000, 10_000, 100_000),
    churn: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = (1, 5),
    versions: int = 10,
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    repeat: int = 5,
    limit: float = 60.0,
    peers: Path = PEERS,
    profile: Path | None = None,
    name: str = "",
    keep: bool = True,
) -> int:
    """Measure the versioning engine beside its peers, on one Postgres server of the benchmark's own.

    Nothing here passes or fails: figures go to stdout and to benchmarks/results/NAME.json.

    Parameters
    ----------
    items
        How many items version 1 holds; several are run one after the other.
    churn
        How many percent of them each later version edits, and as many adds.
    versions
        How many versions are made.
    only
        Who takes part; all by default.
    repeat
        Runs of each, in processes of their own; the tables show medians.
    limit
        Seconds that an operation may take; a contestant beyond it is stopped there and not repeated.
    peers
        The Python of the environment that holds the peers; `make bench` makes it.
    profile
        Write a profile of the contestant's process there, for `python -m pstats`; the figures suffer by it.
    name
        The name of the results file; by default the time of the run.
    keep
        Write a results file.
    """
    strangers = sorted(set(only) - set(STARTERS))
    if strangers:
        sys.stderr.write(f"no such contestant: {', '.join(strangers)}; there are {', '.join(STARTERS)}\n")
        return 2
    races = [
        Race(who, many, share, versions, limit)
        for many in items for share in churn for who in (only or STARTERS)
    ]
    results = asyncio.run(_run(races, repeat, peers, profile))
    sys.stdout.write(show(results))
    if keep:
        path = RESULTS / f"{name or datetime.now(UTC).strftime('%Y-%m-%dT%H%M%SZ')}.json"
        save(results, path)
        sys.stderr.write(f"written to {path.relative_to(ROOT)}\n")
    return 0


async def _run(races: list[Race], repeat: int, peers: Path, profile: Path | None) -> Results:
    before = machine()
    async with bench_server() as server:
        runs: list[Run] = []
        for what in races:
            python = peers if STARTERS[what.name].peer else Path(sys.executable)
            for at in range(repeat):
                sys.stderr.write(f"{what.name}: {what.items} items, {what.churn} % churn, run {at + 1} of {repeat}\n")
                runs.append(await race(server, what, python=python, profile=profile))
                if runs[-1].ended:
                    sys.stderr.write(f"  ended early: {runs[-1].ended}\n")
                    break
        return Results(before, await server.settings(), runs)


if __name__ == "__main__":
    sys.exit(app())
