"""Verification of our audit trail as the benchmark times it: online, as `audit verify` does, and of an export.

`bare` hashes the same bytes and parses the same JSON as verifying the export, and does nothing else.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import sha256
from time import perf_counter
from typing import Any
from unittest.mock import patch

from benchmarks.ours_setting import SLUG
from models.database import Database
from models.queries.audit import snapshot, trail, verified
from models.uncollected import uncollected
from models.verification import chain, hashes
from models.verification import trail as verifying


class Altered(Exception):
    """The trail does not say what was written."""


async def verify(database: Database) -> int:
    """Verify the trail of the benchmark's cycle; how many rows were compared. Raises `Altered`."""
    async with database.begin() as tx:
        await snapshot(tx)
        return _sound(await verified(tx, SLUG))


async def exported(database: Database) -> Sequence[str]:
    """The lines of the export."""
    async with database.begin() as tx:
        await snapshot(tx)
        return [json.dumps(record, ensure_ascii=False) async for record in trail(tx, SLUG)]


def verify_export(lines: Sequence[str]) -> int:
    """Verify an export; how many rows were compared. Raises `Altered`."""
    return _sound(verifying.verify_lines(lines))


def bare(lines: Sequence[str]) -> tuple[int, float]:
    """Hash all that verifying the export hashes, parse all that it parses: how many bytes, and seconds."""
    hashed, read = _overheard(lines)
    gc.collect()
    began = perf_counter()
    with uncollected():
        for data in hashed:
            sha256(data).hexdigest()
        for text in read:
            json.loads(text)
    return sum(map(len, hashed)), perf_counter() - began


def _sound(found: verifying.Verified) -> int:
    if found.findings:
        raise Altered(str(found.findings[0]))
    return found.rows


def _overheard(lines: Sequence[str]) -> tuple[list[bytes], list[str]]:
    hashed: list[bytes] = []
    read: list[str] = []
    loads = json.loads

    def hashing(data: bytes) -> Any:
        hashed.append(data)
        return sha256(data)

    def parsing(text: str) -> Any:
        read.append(text)
        return loads(text)

    with ExitStack() as overhearing:
        for module in (chain, hashes, verifying):
            overhearing.enter_context(patch.object(module, "sha256", hashing))
        overhearing.enter_context(patch.object(json, "loads", parsing))
        verify_export(lines)
    return hashed, read
