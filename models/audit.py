"""The audit trail: one append-only event per command or system step, chained by SHA-256 within its stream.

`hash = SHA-256(previous hash, newline, body)`; the body is canonical JSON and is stored as hashed. It names, by their
SHA-256, the rows that its transaction wrote, which triggers took down. The head of a stream is locked last, after
phase and version, so that two writers of one phase cannot cross.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sized
from contextvars import ContextVar
from datetime import UTC
from hashlib import sha256
from typing import Any

from models.database import Tx, one, rows, run

GENESIS = "0" * 64
TOLD = 200
# Where an activity has the heads it wrote put down, to log them once they are committed.
HEADS: ContextVar[list[tuple[str, int, str]]] = ContextVar("heads")


def brief(rows_: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of its rows in words; of many only how many, since `facts` has each of them."""
    return {name: len(told) if isinstance(told, Sized) and len(told) > TOLD else told for name, told in rows_.items()}


def canonical(value: Mapping[str, Any]) -> str:
    """Sorted, compact JSON of strings, integers, booleans, lists and mappings."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def chained(previous: str, body: str) -> str:
    """The hash of an event that follows `previous`."""
    return sha256(f"{previous}\n{body}".encode()).hexdigest()


async def append(tx: Tx, stream: str, **event: Any) -> int:
    """Append the event of what the transaction has written so far; returns its number in the stream, from 1, gapless.

    `facts` in its body names the rows by SHA-256. Rows that no event names do not commit.
    """
    await run(
        tx, "insert into stream_head (stream, seq, hash) values (:s, 0, :h) on conflict do nothing", s=stream, h=GENESIS
    )
    head = await one(
        tx, "select seq, hash, clock_timestamp() as at from stream_head where stream = :s for no key update", s=stream
    )
    if "rows" in event:
        event["rows"] = brief(event["rows"])
    said = {"command_id": None, **event, "stream": stream, "seq": head.seq + 1, "facts": await _written(tx)}
    body = canonical({**said, "at": head.at.astimezone(UTC).isoformat()})
    digest = chained(head.hash, body)
    await run(tx, "update stream_head set seq = seq + 1, hash = :h where stream = :s", s=stream, h=digest)
    await run(
        tx,
        "insert into audit_event (stream, seq, at, body, hash, actor, action, command_id)"
        " values (:s, :n, :at, :body, :h, :actor, :action, :command)",
        s=stream, n=head.seq + 1, at=head.at, body=body, h=digest,
        actor=said["actor"], action=said["action"], command=said["command_id"],
    )
    await run(tx, "update audit_rows set stream = :s, seq = :n where stream is null", s=stream, n=head.seq + 1)
    HEADS.get([]).append((stream, head.seq + 1, digest))
    return int(head.seq) + 1


async def _written(tx: Tx) -> list[dict[str, Any]]:
    """What this transaction wrote since its last event; rows of others that no event names are not visible to it."""
    found = await rows(
        tx, 'select id, "table", op, columns, key, rows, body from audit_rows where stream is null order by id'
    )
    return [fact(part) for part in found]


def fact(part: Any) -> dict[str, Any]:
    """What an event says of a row of `audit_rows`: which rows these are, and their SHA-256."""
    return {
        "id": part.id, "table": part.table, "op": part.op, "columns": list(part.columns), "key": part.key,
        "rows": part.rows, "sha256": sha256(part.body.encode()).hexdigest(),
    }
