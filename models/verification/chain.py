"""The chain: each event continues the one before, each stream ends at its head, each event has the rows it names.

`hash = SHA-256(previous hash, newline, body)` in hexadecimal; before the first event stand 64 zeros.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from models.verification.findings import Finding, Part, Record

GENESIS = "0" * 64
_BESIDE = ("stream", "seq", "actor", "action", "command_id")
_NAMED = ("table", "op", "columns", "key", "rows")


class Chain:
    """Takes the events of all streams, each in order, then the heads, then the rows in the order of their ids."""

    def __init__(self, findings: list[Finding]) -> None:
        self.ends: dict[str, tuple[int, str]] = {}
        self.events = 0
        self.bytes = 0
        self._findings = findings
        self._named: dict[int, tuple[str, Mapping[str, Any]]] = {}
        self._headless: set[str] = set()
        self._hashes: dict[tuple[str, int], str] = {}

    def _wrong(self, where: str, problem: str) -> None:
        self._findings.append(Finding(where, problem))

    def event(self, record: Record) -> None:
        """One event, as it is stored."""
        stream, seq, body = record["stream"], record["seq"], str(record["body"])
        last, previous = self.ends.get(stream, (0, GENESIS))
        where = f"event {seq} of {stream}"
        if seq != last + 1:
            self._wrong(where, f"follows event {last}: {'events are missing' if seq > last else 'it is out of order'}")
        data = f"{previous}\n{body}".encode()
        self.events, self.bytes = self.events + 1, self.bytes + len(data)
        if sha256(data).hexdigest() != record["hash"]:
            self._wrong(where, "its hash is not that of its text and the event before it")
        self._read(where, record, body)
        self.ends[stream] = (seq, record["hash"])
        self._hashes[stream, seq] = record["hash"]
        self._headless.add(stream)

    def _read(self, where: str, record: Record, body: str) -> None:
        try:
            said = json.loads(body)
            facts = said.get("facts", ())
            at_odds = [name for name in _BESIDE if said.get(name) != record[name]]
            if datetime.fromisoformat(said["at"]) != datetime.fromisoformat(record["at"]):
                at_odds.append("at")
            named = [(int(entry["id"]), {name: entry[name] for name in (*_NAMED, "sha256")}) for entry in facts]
        except (ValueError, KeyError, TypeError, AttributeError):
            self._wrong(where, "its text is not an event")
            return
        for name in at_odds:
            self._wrong(where, f"{name} is {record[name]!r}, its text says {said.get(name)!r}")
        for number, entry in named:
            if number in self._named:
                self._wrong(where, f"names rows {number}, which {self._named[number][0]} names too")
            self._named[number] = (where, entry)

    def head(self, record: Record) -> None:
        """The stored end of a stream."""
        stream, end = record["stream"], self.ends.get(record["stream"], (0, GENESIS))
        self._headless.discard(stream)
        if (record["seq"], record["hash"]) != end:
            self._wrong(f"head of {stream}", f"is at event {record['seq']}, the last event that is there is {end[0]}")

    def rows(self, record: Record) -> Part | None:
        """What an event wrote into a table: checked against the event; None when it cannot be trusted."""
        where = f"rows {record['id']}"
        data = str(record["body"]).encode()
        self.bytes += len(data)
        event, named = self._named.pop(record["id"], ("", {}))
        if not event:
            self._wrong(where, "no event names them")
            return None
        if event != f"event {record['seq']} of {record['stream']}":
            self._wrong(where, f"belong to {event}, not to event {record['seq']} of {record['stream']}")
        for name in _NAMED:
            if record[name] != named.get(name):
                self._wrong(where, f"{name} is {record[name]!r}, {event} says {named.get(name)!r}")
        if sha256(data).hexdigest() != named.get("sha256"):
            self._wrong(where, f"are not those that {event} names")
            return None
        return Part(record["id"], event, named["table"], named["op"], tuple(named["columns"]), named["key"])

    def end(self) -> None:
        """Everything was taken: what is missing shows now."""
        for stream in sorted(self._headless):
            self._wrong(f"head of {stream}", "is missing")
        for number, (event, entry) in sorted(self._named.items()):
            self._wrong(f"rows {number}", f"are missing: {event} wrote {entry.get('rows')} of {entry.get('table')}")

    def against(self, heads: Mapping[str, tuple[int, str]]) -> None:
        """Compare with heads that were exported before: a stream may have grown since, and nothing else."""
        for stream, (seq, digest) in sorted(heads.items()):
            found = GENESIS if seq == 0 else self._hashes.get((stream, seq))
            if found is None:
                last = self.ends.get(stream, (0, ""))[0]
                told = f"ends at event {last}, the exported head is event {seq}: the tail was cut"
                self._wrong(f"stream {stream}", told)
            elif found != digest:
                told = "is not the one whose head was exported: the chain was recomputed"
                self._wrong(f"event {seq} of {stream}", told)
