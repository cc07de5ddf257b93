"""One engine in a process of its own: reads what to do as JSON, tells times, its peak memory and what failed."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.rules.engine import RULES, Engine


def told(found: Mapping[str, Sequence[str]]) -> dict[str, list[Any]]:
    """Rule -> how many records fail, and the SHA-256 of their ids, sorted and a line each."""
    if set(found) != set(RULES):
        raise ValueError(f"rules without an answer: {sorted(set(RULES) ^ set(found))}")
    return {name: [len(found[name]), sha256("".join(f"{key}\n" for key in sorted(found[name])).encode()).hexdigest()]
            for name in RULES}


def main(contestant: str, loans: Path, counties: Path) -> dict[str, Any]:
    """Load and run once; the peak is taken before the answer is hashed. Linux counts it in KiB."""
    module, name = contestant.split(":")
    engine: Engine = getattr(import_module(module), name)(loans, counties)
    began = perf_counter()
    engine.load()
    loaded = perf_counter()
    found = engine.run()
    ended = perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1 / 1024)
    engine.close()
    return {"load": loaded - began, "run": ended - loaded, "bytes": peak, "failing": told(found),
            "mode": engine.mode, "libraries": dict(engine.libraries())}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))) + "\n")
