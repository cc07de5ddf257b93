"""Verification of our audit trail as the benchmark times it: read and verified online, as `audit verify` does.

`bare` hashes the same bytes and parses the same JSON, already fetched, and does nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from time import perf_counter

from benchmarks.ours_setting import SLUG
from models.database import Database
from models.queries.audit import snapshot, trail
from models.verification.findings import Record
from models.verification.trail import Trail


class Altered(Exception):
    """The trail does not say what was written."""


async def verify(database: Database) -> int:
    """Verify the trail of the benchmark's cycle; how many rows were compared. Raises `Altered`."""
    checking = Trail()
    async with database.begin() as tx:
        await snapshot(tx)
        async for record in trail(tx, SLUG):
            if record["record"] != "end":
                checking.take(record)
    verified = checking.verified()
    if verified.findings:
        raise Altered(str(verified.findings[0]))
    return verified.rows


async def bare(database: Database) -> tuple[int, float]:
    """Hash every text that `verify` hashes, parse every one that it parses: how many bytes were hashed, and seconds."""
    async with database.begin() as tx:
        await snapshot(tx)
        records = [record async for record in trail(tx, SLUG)]
    hashed, read = _texts(records)
    began = perf_counter()
    for text in hashed:
        sha256(text.encode()).hexdigest()
    for text in read:
        json.loads(text)
    return sum(map(len, hashed)), perf_counter() - began


def _texts(records: Iterable[Record]) -> tuple[list[str], list[str]]:
    """What is hashed and what is parsed; rows are parsed a body or a thousand lines at a time."""
    hashed, read = [], []
    for record in records:
        match record["record"]:
            case "event":
                hashed.append(record["body"])
                read.append(record["body"])
            case "rows":
                hashed.append(record["body"])
                read.append("[" + record["body"].replace("\n", ",") + "]")
            case "facts":
                read.append("[" + record["body"].replace("\n", ",") + "]")
            case "contents":
                hashed += record["contents"]
    return hashed, read
