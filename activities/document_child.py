"""The child process that reads what is more than lines of text: `python -m activities.document_child FILE SECONDS`.

It takes what to look for as JSON on standard input and gives `{"evidence": ...}` or `{"refused": ...}` on standard
output. Memory, CPU time and wall time are limited before any parser is loaded; it can write no file.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from methods.evidence.limits import MEMORY, TOO_MUCH

if TYPE_CHECKING:
    from methods.evidence.parquet import ParquetTable


def main() -> int:
    """The exit code: 0 whenever there is an answer."""
    _limit(int(sys.argv[2]))
    asked = json.load(sys.stdin)
    try:
        answer = _answer(Path(sys.argv[1]), asked)
    except MemoryError:
        answer = {"evidence": {"problem": TOO_MUCH}}
    json.dump(answer, sys.stdout)
    return 0


def _limit(seconds: int) -> None:
    limits = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0),
              (resource.RLIMIT_FSIZE, 0))
    for which, most in limits:
        # Not every system limits everything; the parent's clock holds anyway.
        with suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))
    # So that it ends even when nobody is left to end it.
    signal.alarm(seconds)


def _answer(path: Path, asked: dict[str, Any]) -> dict[str, Any]:
    from methods.evidence import read_evidence
    from models.cycle_file import Source
    from models.errors import UnusableEvidence

    source, data = Source.model_validate(asked["source"]), path.read_bytes()
    try:
        found = read_evidence(data, source=source, keys=frozenset(asked["keys"]), name=asked["name"],
                              decode_parquet=_decode_parquet)
    except UnusableEvidence as refusal:
        return {"refused": {"message": refusal.message, "hint": refusal.hint}}
    return {"evidence": found.model_dump()}


def _decode_parquet(data: bytes) -> ParquetTable:
    """DuckDB is loaded only for the files that need it."""
    from activities.parquet import decode_parquet

    return decode_parquet(data)


if __name__ == "__main__":
    sys.exit(main())
