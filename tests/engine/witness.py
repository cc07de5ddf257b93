"""What the database says of a phase, in one statement for all versions, beside what the naive model says of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from models.queries.changes import (
    ADDED,
    CARRIED,
    CHANGED,
    DECIDED,
    KINDS,
    REMOVED,
    ChangeLine,
    Standing,
    difference,
    item_lineage,
)
from tests.engine.builders import Round
from tests.engine.naive import Copy, Naive, Said

_TOLD = """
select clock_timestamp() as at, (select lock_version from phase where id = $1) as lock_version,
  (select json_agg(json_build_array(status, parent, created_by, submitted_by, decided_by, reason, content_hash,
          manifest_hash) order by number) from version where phase = $1) as headers,
  (select json_agg(json_build_array(number, natural_key, digest, origin, revised_in, revised_by,
          tester_verdict, tester_reason, tester_by, tester_in,
          approver_verdict, approver_reason, approver_by, approver_in)) from member where phase = $1) as members,
  (select json_agg(natural_key) from effective where phase = $1) as counting,
  (select json_agg((select v.number from version v where v.phase = $1 and v.status in ('approved', 'superseded')
                       and v.decided_at <= m.at order by v.number desc limit 1) order by m.n)
     from unnest($2::timestamptz[]) with ordinality as m(at, n)) as approved_then,
  (select json_agg(json_build_array(seq, body, hash) order by seq) from audit_event
    where stream = $3 and seq > $4) as events,
  (select json_build_array(seq, hash) from stream_head where stream = $3) as head
"""
GENESIS = "0" * 64


@dataclass(slots=True)
class Told:
    """One answer of the database."""

    at: datetime
    lock_version: int
    headers: list[list[Any]]
    members: dict[tuple[int, str], tuple[Any, ...]]
    counting: list[str]
    approved_then: list[int | None]


@dataclass(slots=True)
class Witness:
    """Asks the database about one phase, and remembers what was approved when, and how far the chain was followed.

    `raw` reads by asyncpg; `tx` stands for the transaction of a query of `models.queries`, without its cost.
    """

    made: Round
    stream: str
    raw: asyncpg.Connection
    tx: AsyncConnection
    moments: list[tuple[datetime, int | None, dict[str, Copy]]] = field(default_factory=list)
    chain: tuple[int, str] = (0, GENESIS)
    commands: list[str] = field(default_factory=list)

    async def told(self) -> Told:
        """Everything but differences and lineage. The chain is followed from where it was left."""
        row = await self.raw.fetchrow(
            _TOLD, self.made.phase, [at for at, _, _ in self.moments], self.stream, self.chain[0]
        )
        self._follow(json.loads(row["events"] or "[]"), json.loads(row["head"] or "null"))
        members = [tuple(m) for m in json.loads(row["members"] or "[]")]
        told = {(m[0], m[1]): m[2:] for m in members}
        assert len(told) == len(members), "an item stands in a version twice"
        return Told(
            row["at"], row["lock_version"], json.loads(row["headers"] or "[]"), told,
            json.loads(row["counting"] or "[]"), json.loads(row["approved_then"] or "[]"),
        )

    def _follow(self, events: Sequence[Sequence[Any]], head: Sequence[Any] | None) -> None:
        """Recompute the hashes of new events; the last is the head."""
        for seq, body, digest in events:
            said = json.loads(body)
            assert (self.stream, self.chain[0] + 1) == (said["stream"], said["seq"]) == (self.stream, seq)
            self.chain = seq, sha256(f"{self.chain[1]}\n{body}".encode()).hexdigest()
            assert digest == self.chain[1]
            self.commands += [said["command_id"]] if said.get("command_id") else []
        assert self.chain == (tuple(head) if head else (0, GENESIS))
        assert len(self.commands) == len(set(self.commands)), "a command is in two events"

    def agrees(self, naive: Naive, told: Told) -> None:
        """Headers with hashes, every item of every version with its decisions, what counts, what was approved when."""
        assert headers(naive) == told.headers
        assert members(naive) == told.members
        assert sorted(naive.named(key) for key in naive.effective()) == sorted(told.counting)
        assert [number for _, number, _ in self.moments] == told.approved_then
        for _, number, items in self.moments:
            assert items == (naive.versions[number - 1].items if number else {})

    def remember(self, naive: Naive, at: datetime) -> None:
        """From now on it is asked what was approved at this time."""
        number = naive.approved
        self.moments.append((at, number, dict(naive.versions[number - 1].items) if number else {}))

    async def differs(self, naive: Naive, before: int, after: int) -> None:
        """The difference of two versions is that of their copies."""
        found = await difference(self.tx, self.made.phase, before, after)
        lines = changes(naive, before, after)
        assert lines == found.lines
        assert {kind: sum(line.change == kind for line in lines) for kind in KINDS} == found.counts

    async def descends(self, naive: Naive, key: str) -> None:
        """The lineage of an item is what each version has copied of it."""
        found = await item_lineage(self.tx, self.made.phase, naive.named(key))
        told = [(line.version, line.parent, line.status, line.origin, line.written_in, line.written_by, line.item)
                for line in found]
        assert lineage(naive, key) == told


def headers(naive: Naive) -> list[list[Any]]:
    """The naive model's version rows."""
    return [
        [v.status, v.parent, v.created_by, v.submitted_by, v.decided_by, v.reason, v.content_hash, v.manifest_hash]
        for v in naive.versions
    ]


def members(naive: Naive) -> dict[tuple[int, str], tuple[Any, ...]]:
    """The naive model's items of all versions."""
    return {
        (number, naive.named(key)): (
            sha256(naive.content(key, c.text).encode()).hexdigest(), c.origin, c.written_in, c.written_by,
            *_words(c.tester), *_words(c.approver),
        )
        for number, version in enumerate(naive.versions, 1) for key, c in version.items.items()
    }


def _words(said: Said | None) -> tuple[Any, ...]:
    return (said.verdict, said.reason, said.by, said.version) if said else (None,) * 4


def _standing(naive: Naive, key: str, copy: Copy | None) -> Standing | None:
    if copy is None:
        return None
    return Standing(naive.content(key, copy.text), str(copy.tester or ""), str(copy.approver or ""))


def changes(naive: Naive, before: int, after: int) -> list[ChangeLine]:
    """The naive model's difference, in the order in which the items first came."""
    lines = []
    for key, origin in naive.origins.items():
        a, b = (naive.versions[number - 1].items.get(key) for number in (before, after))
        if a is None and b is None:
            continue
        kind = ADDED if a is None else REMOVED if b is None else CHANGED if a.text != b.text else (
            CARRIED if (a.tester, a.approver) == (b.tester, b.approver) else DECIDED
        )
        lines.append(ChangeLine(
            key=naive.named(key), change=kind, origin=origin,
            before=_standing(naive, key, a), after=_standing(naive, key, b),
        ))
    return lines


def lineage(naive: Naive, key: str) -> list[tuple[Any, ...]]:
    """The naive model's lineage of an item, without ids and times."""
    if key not in naive.origins:
        return []
    found = [(n, v, v.items.get(key)) for n, v in enumerate(naive.versions, 1)]
    return [
        (n, v.parent, v.status, c.origin if c else "", c.written_in if c else None, c.written_by if c else "",
         _standing(naive, key, c))
        for n, v, c in found
    ]
