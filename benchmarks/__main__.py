"""The command line of the benchmark: `python -m benchmarks --help`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks import docs, results
from benchmarks.code_lines import report
from benchmarks.machine import machine
from benchmarks.races import ROOT, Race, race
from benchmarks.results import Results, Run
from benchmarks.server import BenchServer, bench_server
from benchmarks.starters import STARTERS, missing
from benchmarks.tables import everything

PEERS = ROOT / "build" / "bench-venv" / "bin" / "python"
app = App(name="python -m benchmarks", help_format="plaintext", version_flags=[])
_Several = Parameter(consume_multiple=True, negative=())


@app.default
def main(
    *,
    items: Annotated[tuple[int, ...], _Several] = (1_000, 10_000, 100_000),
    churn: Annotated[tuple[int, ...], _Several] = (1, 5),
    versions: int = 10,
    only: Annotated[tuple[str, ...], _Several] = (),
    repeat: int = 5,
    limit: float = 60.0,
    peers: Path | None = None,
    profile: Path | None = None,
    name: str = "",
    keep: bool = True,
    write_docs: Annotated[tuple[Path, ...], _Several] = (),
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
        How many versions are made, at least 2.
    only
        Who takes part; all by default.
    repeat
        Runs of each, in processes of their own and in turn; the tables show medians.
    limit
        Seconds that an operation may take; a contestant beyond it is stopped there and not repeated.
    peers
        The Python of the environment that holds the peers; by default the one that `make bench` makes.
    profile
        Write a profile of the last contestant's process there, for `python -m pstats`; the figures suffer by it.
    name
        The name of the results file; by default the time of the run.
    keep
        Write a results file.
    write_docs
        Run nothing: put the figures of these results files into docs/benchmarks.md; several where their sizes differ.
    """
    if write_docs:
        try:
            read = results.together([results.load(path) for path in write_docs])
            docs.write(read, [path.name for path in write_docs])
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{error}\n")
            return 2
        return 0
    strangers = sorted(set(only) - set(STARTERS))
    if strangers or versions < 2:
        said = f"no such contestant: {', '.join(strangers)}; there are {', '.join(STARTERS)}" if strangers else ""
        sys.stderr.write((said or "a difference needs two versions") + "\n")
        return 2
    peers = peers or PEERS
    wanted = only or tuple(STARTERS)
    left_out = {who: why for who in wanted if (why := missing(who, peers))}
    entered = [who for who in wanted if who not in left_out]
    races = [[Race(who, many, share, versions, limit) for who in entered] for many in items for share in churn]
    found = replace(asyncio.run(_run(races, repeat, peers, profile)), left_out=left_out)
    sys.stdout.write(f"{everything(found)}\n{report()}")
    if keep:
        sys.stderr.write(f"written to {results.save(found, name).relative_to(ROOT)}\n")
    return 0


async def _run(courses: Sequence[Sequence[Race]], repeat: int, peers: Path, profile: Path | None) -> Results:
    before = machine()
    runs: list[Run] = []
    async with bench_server() as server:
        for races in courses:
            out: set[str] = set()
            # In turn, so that what else the machine does falls on all alike.
            for at in range(repeat):
                for what in races:
                    if what.name not in out:
                        sys.stderr.write(f"{what.items} items, {what.churn} % churn, run {at + 1}: {what.name}\n")
                        runs.append(await _one(server, what, peers, profile))
                        out |= {what.name} if runs[-1].ended else set()
        return Results(before, await server.settings(), runs)


async def _one(server: BenchServer, what: Race, peers: Path, profile: Path | None) -> Run:
    python = peers if STARTERS[what.name].peer else Path(sys.executable)
    run = await race(server, what, python=python, profile=profile)
    if run.ended:
        sys.stderr.write(f"  ended early: {run.ended}\n")
    return run


if __name__ == "__main__":
    sys.exit(app())
