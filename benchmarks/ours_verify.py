"""Verification of our audit trail as the benchmark times it: the one place to name the engine's own verifier.

`verify` walks the chain of every stream; `bare` hashes and parses the same bytes and does nothing else.
"""

from __future__ import annotations

import json
from hashlib import sha256
from time import perf_counter

from models import audit
from models.database import Database, rows

_EVENTS = "select stream, seq, body, hash from audit_event order by stream, seq"


class Altered(Exception):
    """The trail does not say what was written."""


async def verify(database: Database) -> int:
    """Check every event against the one before it and its own text; how many there are. Raises `Altered`."""
    async with database.begin() as tx:
        events = await rows(tx, _EVENTS)
    heads: dict[str, tuple[int, str]] = {}
    for event in events:
        seq, previous = heads.get(event.stream, (0, audit.GENESIS))
        body = json.loads(event.body)
        told = (body["stream"], body["seq"], audit.chained(previous, event.body))
        if told != (event.stream, event.seq, event.hash) or event.seq != seq + 1:
            raise Altered(f"event {event.seq} of {event.stream}")
        heads[event.stream] = event.seq, event.hash
    return len(events)


async def bare(database: Database) -> tuple[int, float]:
    """Parse and hash the stored texts that `verify` reads, already fetched: how many characters, and seconds."""
    async with database.begin() as tx:
        texts = [event.body for event in await rows(tx, _EVENTS)]
    began = perf_counter()
    for text in texts:
        json.loads(text)
        sha256(text.encode()).digest()
    return sum(map(len, texts)), perf_counter() - began
