"""Content and manifest hashes, recomputed from the stored rows: what was submitted, and what was approved.

Per item, by key in the order of its code points, a JSON array a line: key, digest, tester's verdict, by, reason; the
manifest adds the approver's verdict, by, reason. Between elements stands ", "; no decision is three times null.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from json.encoder import encode_basestring as text
from operator import itemgetter
from typing import Any, TypeAlias

from models.verification.facts import Facts
from models.verification.findings import Finding

_RANGE = re.compile(r"\[(\d+),(\d*)\)")
_NOTHING = "null, null, null"
_EVER = 1 << 62
# From which version on, before which one, and what one side says of a revision in between.
Said: TypeAlias = tuple[int, int, str]
# What the versions from one on, before another, say of an item: key, from, before, item, content line, manifest line.
Line: TypeAlias = tuple[str, int, int, int, str, str]


@lru_cache(maxsize=4096)
def ranges(versions: str) -> tuple[tuple[int, int], ...]:
    """The versions that Postgres writes like `{[1,3),[4,)}`: from each number on, before the other."""
    return tuple((int(low), int(high) if high else _EVER) for low, high in _RANGE.findall(versions))


class Hashes:
    """The versions of every phase as the stored rows tell them."""

    def __init__(self, facts: Facts, findings: list[Finding]) -> None:
        self.bytes = 0
        self._facts = facts
        self._findings = findings
        self._lines: dict[int, list[Line]] = defaultdict(list)

    def check(self) -> None:
        """Compare the hashes of every version, and see that nothing is in it twice."""
        self._read()
        for phase, number, content, manifest in self._facts.table(
            "version", "phase", "number", "content_hash", "manifest_hash"
        ):
            self._version(phase, number, content, manifest)

    def _read(self) -> None:
        keys: dict[Any, str] = dict(self._facts.table("item", "id", "natural_key"))
        tester, approver = self._decisions()
        for number, phase, item, versions, digest in self._facts.table(
            "item_revision", "id", "phase", "item", "versions", "digest"
        ):
            if item in keys:
                key, lines = keys[item], self._lines[phase]
                begun = f'[{text(key)}, "{digest}", '
                for low, high, content, manifest in _stretches(
                    versions, tester.get(number, ()), approver.get(number, ())
                ):
                    lines.append((key, low, high, item, begun + content, begun + manifest))
        for lines in self._lines.values():
            lines.sort(key=itemgetter(0))

    def _decisions(self) -> tuple[dict[int, tuple[Said, ...]], dict[int, tuple[Said, ...]]]:
        """The tester's and the approver's by revision, each in the order in which they were taken."""
        tester: dict[int, tuple[Said, ...]] = {}
        approver: dict[int, tuple[Said, ...]] = {}
        for revision, role, versions, verdict, by, reason in self._facts.table(
            "item_decision", "revision", "role", "versions", "verdict", "by", "reason"
        ):
            side = tester if role == "tester" else approver
            said = _said(versions, verdict, by, reason)
            side[revision] = side[revision] + said if revision in side else said
        return tester, approver

    def _version(self, phase: Any, number: int, content: str | None, manifest: str | None) -> None:
        where = f"version {phase}, {number}"
        there = [line for line in self._lines.get(phase, ()) if line[1] <= number < line[2]]
        if len({line[3] for line in there}) < len(there):
            self._findings.append(Finding(where, "an item is in it twice"))
        for name, digest, place in (("content_hash", content, 4), ("manifest_hash", manifest, 5)):
            if digest is not None and digest != self._digest(map(itemgetter(place), there)):
                self._findings.append(Finding(where, f"its {name} is not that of what it holds"))

    def _digest(self, lines: Iterable[str]) -> str:
        data = "\n".join(lines).encode()
        self.bytes += len(data)
        return sha256(data).hexdigest()


@lru_cache(maxsize=4096)
def _said(versions: str, verdict: str, by: str, reason: str) -> tuple[Said, ...]:
    what = f"{text(verdict)}, {text(by)}, {text(reason)}"
    return tuple((low, high, what) for low, high in ranges(versions))


@lru_cache(maxsize=4096)
def _stretches(
    versions: str, tester: tuple[Said, ...], approver: tuple[Said, ...]
) -> tuple[tuple[int, int, str, str], ...]:
    """The versions of a revision, cut where either side says something else: from, before, and how its lines end."""
    said = {bound for low, high, _ in (*tester, *approver) for bound in (low, high)}
    found = []
    for low, high in ranges(versions):
        for begin, end in pairwise(sorted({low, high, *(bound for bound in said if low < bound < high)})):
            one, other = _at(tester, begin), _at(approver, begin)
            found.append((begin, end, f"{one}]", f"{one}, {other}]"))
    return tuple(found)


def _at(said: tuple[Said, ...], number: int) -> str:
    return next((what for low, high, what in said if low <= number < high), _NOTHING)
