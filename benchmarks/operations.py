"""The operations in the order and the words of the tables."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """A measured operation: the name that figures bear, the words for it, and the versions whose figures count."""

    name: str
    words: str
    versions: Container[int] | None = None


WRITES = (
    Operation("create", "create v1"),
    Operation("submit", "submit v1", (1,)),
    Operation("decide", "decide every item of v1", (1,)),
    Operation("approve", "approve v1", (1,)),
    Operation("cut", "cut v2", (2,)),
    Operation("change", "edit and add items in v2", (2,)),
)
READS = (
    Operation("effective", "effective set"),
    Operation("effective decided", "effective set with who decided"),
    Operation("page", "page of 50 of an earlier version"),
    Operation("as of", "an earlier version as it was"),
    Operation("difference", "difference of two versions"),
    Operation("lineage", "lineage of one item"),
    Operation("rates", "rates of all versions"),
)
PROOF = (
    Operation("verify", "verify in the database"),
    Operation("verify export", "verify an export"),
    Operation("bare sha256", "bare SHA-256 of the same bytes"),
)
HUNDRED = (
    Operation("hundred cut", "100 edits: cut"),
    Operation("hundred change", "100 edits: edit"),
    Operation("hundred submit", "100 edits: submit"),
    Operation("hundred decide", "100 edits: decide"),
    Operation("hundred approve", "100 edits: approve"),
)
LATER = (
    Operation("cut", "cut a later version", range(3, 1_000_000)),
    Operation("change", "edit and add items in a later version", range(3, 1_000_000)),
    Operation("decide", "decide what changed in a later version", range(2, 1_000_000)),
)
TIMED = (*WRITES, *LATER, *READS, *PROOF, *HUNDRED)
COUNTED = (*WRITES, *READS)
DISK = Operation("disk", "disk after all versions")
WAL_FIRST = Operation("wal", "WAL of v1", (1,))
WAL_LATER = Operation("wal", "WAL of a later version", range(2, 1_000_000))
STORED = (DISK, WAL_FIRST, WAL_LATER)
