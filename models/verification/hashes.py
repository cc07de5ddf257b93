"""Content and manifest hashes, recomputed from the stored rows: what was submitted, and what was approved.

Per item, by key in the order of its code points, a JSON array a line: key, digest, tester's verdict, by, reason; the
manifest adds the approver's verdict, by, reason. Between elements stands ", "; no decision is three times null.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from json.encoder import encode_basestring as text
from typing import Any

from models.verification.facts import Facts
from models.verification.findings import Finding

_RANGE = re.compile(r"\[(\d+),(\d*)\)")
_NOTHING = "null, null, null"


@cache
def holds(versions: str, number: int) -> bool:
    """Whether a row whose versions Postgres writes like `{[1,3),[4,)}` is in a version."""
    return any(int(low) <= number and (not high or number < int(high)) for low, high in _RANGE.findall(versions))


@dataclass(frozen=True, slots=True)
class _Revision:
    id: int
    item: int
    key: str
    said: str
    versions: str


class Hashes:
    """The versions of every phase as the stored rows tell them."""

    def __init__(self, facts: Facts, findings: list[Finding]) -> None:
        self.bytes = 0
        self._facts = facts
        self._findings = findings
        self._revisions: dict[int, list[_Revision]] = defaultdict(list)
        self._decisions: dict[tuple[int, str], list[tuple[str, str]]] = defaultdict(list)

    def check(self) -> None:
        """Compare the hashes of every version, and see that nothing is in it twice."""
        self._read()
        for phase, number, content, manifest in self._facts.table(
            "version", "phase", "number", "content_hash", "manifest_hash"
        ):
            self._version(phase, number, content, manifest)

    def _read(self) -> None:
        keys: dict[Any, str] = dict(self._facts.table("item", "id", "natural_key"))
        for number, phase, item, versions, digest in self._facts.table(
            "item_revision", "id", "phase", "item", "versions", "digest"
        ):
            if item in keys:
                self._revisions[phase].append(
                    _Revision(number, item, keys[item], f'[{text(keys[item])}, "{digest}", ', versions)
                )
        for revisions in self._revisions.values():
            revisions.sort(key=lambda revision: revision.key)
        for revision, role, versions, verdict, by, reason in self._facts.table(
            "item_decision", "revision", "role", "versions", "verdict", "by", "reason"
        ):
            said = f"{text(verdict)}, {text(by)}, {text(reason)}"
            self._decisions[revision, role].append((versions, said))

    def _version(self, phase: Any, number: int, content: str | None, manifest: str | None) -> None:
        where = f"version {phase}, {number}"
        there = [revision for revision in self._revisions.get(phase, ()) if holds(revision.versions, number)]
        if len({revision.item for revision in there}) < len(there):
            self._findings.append(Finding(where, "an item is in it twice"))
        for role, digest in (("tester", content), ("approver", manifest)):
            if digest is not None and digest != self._digest(there, number, approved=role == "approver"):
                name = "content_hash" if role == "tester" else "manifest_hash"
                self._findings.append(Finding(where, f"its {name} is not that of what it holds"))

    def _digest(self, there: list[_Revision], number: int, *, approved: bool) -> str:
        lines = []
        for revision in there:
            line = revision.said + self._said(revision.id, "tester", number)
            lines.append(f"{line}, {self._said(revision.id, 'approver', number)}]" if approved else f"{line}]")
        data = "\n".join(lines).encode()
        self.bytes += len(data)
        return sha256(data).hexdigest()

    def _said(self, revision: int, role: str, number: int) -> str:
        for versions, said in self._decisions.get((revision, role), ()):
            if holds(versions, number):
                return said
        return _NOTHING
