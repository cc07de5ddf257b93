"""The audit trail: one append-only event per command or system step, chained by SHA-256 within its stream.

`hash = SHA-256(previous hash, newline, body)`; the body is canonical JSON and is stored as hashed. The head of a
stream is locked last, after phase and version, so that two writers of one phase cannot cross.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from models.database import Tx, one, run, scalar

GENESIS = "0" * 64


def canonical(value: Mapping[str, Any]) -> str:
    """Sorted, compact JSON of strings, integers, booleans, lists and mappings."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def chained(previous: str, body: str) -> str:
    """The hash of an event that follows `previous`."""
    return sha256(f"{previous}\n{body}".encode()).hexdigest()


async def append(tx: Tx, stream: str, **event: Any) -> int:
    """Append an event to a stream; returns its sequence number, from 1 without gaps."""
    await run(
        tx, "insert into stream_head (stream, seq, hash) values (:s, 0, :h) on conflict do nothing", s=stream, h=GENESIS
    )
    head = await one(tx, "select seq, hash from stream_head where stream = :s for no key update", s=stream)
    at: datetime = await scalar(tx, "select clock_timestamp()")
    body = canonical({**event, "stream": stream, "seq": head.seq + 1, "at": at.astimezone(UTC).isoformat()})
    digest = chained(head.hash, body)
    await run(tx, "update stream_head set seq = seq + 1, hash = :h where stream = :s", s=stream, h=digest)
    await run(
        tx,
        "insert into audit_event (stream, seq, at, body, hash) values (:s, :n, :at, :body, :h)",
        s=stream,
        n=head.seq + 1,
        at=at,
        body=body,
        h=digest,
    )
    return int(head.seq) + 1
