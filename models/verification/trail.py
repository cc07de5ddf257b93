"""Verifies an audit trail, record by record, with Python's standard library alone. The format: docs/audit-format.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from models.uncollected import uncollected
from models.verification.chain import Chain
from models.verification.facts import Facts
from models.verification.findings import Finding, Record
from models.verification.hashes import Hashes

FORMAT = "assay-audit/1"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked, what was found, and where each stream ends: stream -> (number of events, hash)."""

    events: int
    rows: int
    bytes: int
    findings: tuple[Finding, ...]
    heads: Mapping[str, tuple[int, str]]


class Trail:
    """Takes the records of a trail in the order in which they are exported."""

    def __init__(self, heads: Mapping[str, tuple[int, str]] | None = None) -> None:
        self._findings: list[Finding] = []
        self._heads = heads or {}
        self._cycle = ""
        self._chain = Chain(self._findings)
        self._facts = Facts(self._findings)
        self._contents: dict[int, str] = {}
        self._bytes = 0

    def take(self, record: Record) -> None:
        """One record; what it is stands under `record`. Raises `ValueError` for one that is unknown."""
        match record["record"]:
            case "trail":
                if record["format"] != FORMAT:
                    raise ValueError(f"the format is {record['format']!r}, this reads {FORMAT!r}")
                self._cycle = record["cycle"]
            case "event":
                self._chain.event(record)
            case "head":
                self._chain.head(record)
            case "rows":
                if part := self._chain.rows(record):
                    self._facts.wrote(part, record["body"], elsewhere=not self._own(record["stream"]))
            case "facts":
                self._facts.facts(record)
            case "contents":
                for revision, content in zip(record["revisions"], record["contents"], strict=True):
                    data = content.encode()
                    self._bytes += len(data)
                    self._contents[revision] = sha256(data).hexdigest()
            case "finding":
                self._findings.append(Finding(record["where"], record["problem"]))
            case other:
                raise ValueError(f"there is no record {other!r}")

    def _own(self, stream: str) -> bool:
        return stream == self._cycle or stream.startswith(f"{self._cycle}/")

    def verified(self) -> Verified:
        """Everything was taken: compare what can only be compared now."""
        self._chain.end()
        self._chain.against(self._heads)
        self._facts.end()
        for revision, digest in self._facts.table("item_revision", "id", "digest"):
            if self._contents.get(revision) != digest:
                self._findings.append(Finding(f"item_revision {revision}", "its digest is not that of its content"))
        hashes = Hashes(self._facts, self._findings)
        hashes.check()
        total = self._bytes + self._chain.bytes + hashes.bytes
        ends = {stream: end for stream, end in self._chain.ends.items() if self._own(stream)}
        return Verified(self._chain.events, self._facts.rows, total, tuple(sorted(set(self._findings))), ends)


def verify_lines(lines: Iterable[str], heads: Mapping[str, tuple[int, str]] | None = None) -> Verified:
    """Verify an exported trail: a JSON record a line. Raises `ValueError` naming the line that is none."""
    with uncollected():
        return _verify_lines(lines, heads)


def _verify_lines(lines: Iterable[str], heads: Mapping[str, tuple[int, str]] | None) -> Verified:
    trail = Trail(heads)
    number, ended = 0, False
    try:
        for line in lines:
            number += 1
            record = json.loads(line)
            ended = record["record"] == "end"
            if not ended:
                trail.take(record)
        if ended:
            return trail.verified()
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"line {number}: {error or type(error).__name__}") from error
    raise ValueError("the export is cut short: its last record is not 'end'")


def heads_of(text: str) -> dict[str, tuple[int, str]]:
    """The heads in an exported file. Raises `ValueError` when it is none."""
    try:
        listed = json.loads(text)["data"]["heads"]
        return {str(head["stream"]): (int(head["seq"]), str(head["hash"])) for head in listed}
    except (KeyError, TypeError) as error:
        raise ValueError("these are no exported heads") from error
