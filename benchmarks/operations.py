"""The operations in the order and the words of the tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """A measured operation: the name that figures bear, the words for it, and of which version it is shown."""

    name: str
    words: str
    version: int | None = None


WRITES = (
    Operation("create", "create v1"),
    Operation("submit", "submit v1", 1),
    Operation("decide", "decide every item", 1),
    Operation("approve", "approve v1", 1),
    Operation("cut", "cut v2", 2),
)
READS = (
    Operation("effective", "effective set"),
    Operation("effective decided", "effective set with who decided"),
    Operation("page", "page of 50 of an earlier version"),
    Operation("as of", "an earlier version as it was"),
    Operation("difference", "difference of two versions"),
    Operation("lineage", "lineage of one item"),
    Operation("rates", "carry-forward and rejection rates"),
    Operation("verify", "verify"),
    Operation("bare sha256", "bare SHA-256 of the same bytes"),
)
HUNDRED = (
    Operation("hundred cut", "100 edits: cut"),
    Operation("hundred submit", "100 edits: submit"),
    Operation("hundred decide", "100 edits: decide"),
    Operation("hundred approve", "100 edits: approve"),
)
TIMED = (*WRITES, *READS, *HUNDRED)
