"""Reading a stored document. What is more than lines of text is parsed in a child process with limits of its own.

A bomb or a parser's defect ends the child, and that file alone is unreadable. The last readings are kept, so that the
slices of one upload do not parse it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from methods.evidence import Evidence, needs_care, read_evidence
from methods.evidence.limits import SECONDS_A_MEGABYTE, TOO_MUCH, WALL_SECONDS
from models.cycle_file import Source
from models.errors import UnusableEvidence
from models.store import ContentStore

_ROOT = Path(__file__).parents[1]
_KEPT = 16  # readings
_KEPT_VALUES = 500_000  # values in all of them
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Held:
    keys: frozenset[str]
    evidence: Evidence


class Readings:
    """The last readings by content and source; safe to share, since the same bytes always read the same."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str, str], _Held] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, document: tuple[str, str, str], keys: Collection[str]) -> Evidence | None:
        """A reading that looked for at least these keys."""
        with self._lock:
            held = self._held.get(document)
            if held is None or not held.keys.issuperset(keys):
                return None
            self._held.move_to_end(document)
            return held.evidence

    def keep(self, document: tuple[str, str, str], keys: frozenset[str], evidence: Evidence) -> None:
        """Keep a reading that found something, in place of the oldest when there are too many."""
        if evidence.problem:
            return
        with self._lock:
            self._held[document] = _Held(keys, evidence)
            self._held.move_to_end(document)
            while len(self._held) > 1 and (
                len(self._held) > _KEPT or sum(one.evidence.values() for one in self._held.values()) > _KEPT_VALUES
            ):
                self._held.popitem(last=False)


_READINGS = Readings()


async def read_document(
    store: ContentStore, digest: str, *, source: Source, keys: frozenset[str], name: str, again: bool = True
) -> Evidence:
    """What a stored document says of these record keys. `again`: an earlier reading that covers them will do.

    Raises `UnusableEvidence` for a file that is plainly the wrong one.
    """
    document = (digest, name, source.model_dump_json())
    with contextlib.ExitStack() as stack:
        # Checked against its hash whether it is read again or not: what is lost or changed is never judged on.
        path = await asyncio.to_thread(stack.enter_context, store.as_file(digest))
        if again and (known := _READINGS.find(document, keys)) is not None:
            return known
        with path.open("rb") as file:
            careful, size = needs_care(file.read(4096)), file.seek(0, os.SEEK_END)
        if careful:
            evidence = await _in_child(path, size=size, source=source, keys=keys, name=name)
        else:
            evidence = await asyncio.to_thread(_read, path, source, keys, name)
    _READINGS.keep(document, keys, evidence)
    return evidence


def _read(path: Path, source: Source, keys: frozenset[str], name: str) -> Evidence:
    return read_evidence(path.read_bytes(), source=source, keys=keys, name=name)


async def _in_child(path: Path, *, size: int, source: Source, keys: Collection[str], name: str) -> Evidence:
    """Parse in a process that shares nothing with this one: no connection, no setting, no signal."""
    within = WALL_SECONDS + SECONDS_A_MEGABYTE * (size >> 20)
    asked = json.dumps({"source": source.model_dump(), "keys": sorted(keys), "name": name})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", "activities.document_child", str(path), str(math.ceil(within)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        # Whoever stops the worker signals its group; a document that is being read is drained like the rest.
        start_new_session=True, cwd=_ROOT,
        env={"PYTHONPATH": os.fspath(_ROOT), "PATH": os.defpath, "LANG": "C.UTF-8"},
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(asked.encode()), within)
    except TimeoutError:
        return Evidence(problem=TOO_MUCH)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _told(process.returncode, out, err)


def _told(code: int | None, out: bytes, err: bytes) -> Evidence:
    if code != 0:
        log.warning("document.child_ended", code=code, said=err.decode(errors="replace")[-500:])
        return Evidence(problem=TOO_MUCH if code is not None and code < 0 else "is damaged: its parser failed on it")
    answer: dict[str, Any] = json.loads(out)
    if refused := answer.get("refused"):
        raise UnusableEvidence(refused["message"], hint=refused["hint"])
    return Evidence.model_validate(answer["evidence"])
