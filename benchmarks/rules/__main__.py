"""The command line of the rules' benchmark: `python -m benchmarks.rules --help`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks import docs
from benchmarks.machine import machine
from benchmarks.results import save
from benchmarks.rules import results
from benchmarks.rules.data import files
from benchmarks.rules.results import BASE, OURS, Results, Run

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "bench-venv" / "bin" / "python"
DATA = ROOT / "build" / "bench-rules"
ENGINES = {
    OURS: "benchmarks.rules.ours:Ours", BASE: "benchmarks.rules.ours:HandWritten",
    "polars": "benchmarks.rules.peers:Polars", "pandera": "benchmarks.rules.peers:Pandera",
    "pointblank": "benchmarks.rules.peers:Pointblank",
}
BEGIN = "<!-- rules: written by `python -m benchmarks.rules --write-docs` -->"
END = "<!-- end of rules -->"
app = App(name="python -m benchmarks.rules", help_format="plaintext", version_flags=[])
_Several = Parameter(consume_multiple=True, negative=())


@app.default
def main(
    *,
    rows: Annotated[tuple[int, ...], _Several] = (1_000_000, 10_000_000),
    only: Annotated[tuple[str, ...], _Several] = (),
    repeat: int = 3,
    limit: float = 1800.0,
    peers: Path | None = None,
    folder: Path = DATA,
    name: str = "",
    keep: bool = True,
    write_docs: Annotated[tuple[Path, ...], _Several] = (),
) -> int:
    """Measure ten rules over one file beside hand-written DuckDB SQL, Polars, Pandera and Pointblank.

    Figures go to stdout and to benchmarks/results/rules-NAME.json. Fails, with exit code 1, where the engines do not
    agree on every failing key; of the times nothing passes or fails.

    Parameters
    ----------
    rows
        How many records the file has; several are run one after the other.
    only
        Who takes part; all by default.
    repeat
        Runs of each, in processes of their own and in turn; the tables show medians.
    limit
        Seconds that a run may take; an engine beyond it is stopped there and not repeated.
    peers
        The Python of the environment that holds the peers; by default the one that `make bench` makes.
    folder
        Where the files are made; they are kept for the next time: 1.2 GB for 10 million rows.
    name
        The name of the results file; by default the time of the run.
    keep
        Write a results file.
    write_docs
        Run nothing: put the figures of these results files into docs/benchmarks.md, one after the other.
    """
    if write_docs:
        docs.put("\n".join(f"From `{path.name}`.\n\n{results.everything(results.load(path))}" for path in write_docs),
                 BEGIN, END)
        return 0
    if strangers := sorted(set(only) - set(ENGINES)):
        sys.stderr.write(f"no such engine: {', '.join(strangers)}; there are {', '.join(ENGINES)}\n")
        return 2
    peers = peers or PEERS
    wanted = only or tuple(ENGINES)
    lacking = [who for who in wanted if who not in (OURS, BASE) and not peers.exists()]
    why = "the environment of the peers is not there: `make bench` makes it"
    found = Results(machine(), _runs([who for who in wanted if who not in lacking], rows, repeat, limit, peers, folder),
                    dict.fromkeys(lacking, why))
    sys.stdout.write(results.everything(found))
    if keep:
        sys.stderr.write(f"written to {save(found, name, prefix='rules-').relative_to(ROOT)}\n")
    return 1 if any(found.disagreements(size) for size in found.sizes) else 0


def _runs(names: list[str], sizes: tuple[int, ...], repeat: int, limit: float, peers: Path, folder: Path) -> list[Run]:
    runs: list[Run] = []
    for size in sizes:
        subprocess.run([sys.executable, "-m", "benchmarks.rules.data", str(size), str(folder)], cwd=ROOT, check=True)  # noqa: S603
        out: set[str] = set()
        # In turn, so that what else the machine does falls on all alike.
        for at in range(repeat):
            for who in names:
                if who not in out:
                    sys.stderr.write(f"{size:,} rows, run {at + 1}: {who}\n")
                    runs.append(_one(who, size, limit, peers, folder))
                    out |= {who} if runs[-1].ended else set()
    return runs


def _one(who: str, size: int, limit: float, peers: Path, folder: Path) -> Run:
    python = sys.executable if who in (OURS, BASE) else str(peers)
    command = [python, "-m", "benchmarks.rules.contest", ENGINES[who], *map(str, files(folder.resolve(), size))]
    try:
        done = subprocess.run(command, cwd=ROOT, check=True, timeout=limit, capture_output=True, text=True,  # noqa: S603
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    except subprocess.TimeoutExpired:
        return Run(who, size, ended=f"longer than {limit:.0f} s")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        return Run(who, size, ended=f"failed: {(error.stderr.strip().splitlines() or ['no message'])[-1]}")
    return Run(who, size, **json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(app())
