"""What a contestant is: the operations that are measured, each one committed by the time it returns.

Standard library alone, because the peers run in an environment of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchmarks.rows import Row, Verdict


class NotOffered(Exception):
    """The contestant has no such thing; the table shows a dash."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a version carried over unchanged, and what of it was rejected."""

    version: int
    items: int
    carried: int
    rejected: int


@dataclass(slots=True)
class Recorder:
    """Statements as they were handed to the driver, BEGIN and COMMIT not among them; where known, what each took."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget what was recorded."""
        self.statements.clear()
        self.seconds.clear()

    def took(self, statement: str, seconds: float) -> None:
        """Note what a statement took, fetching included."""
        self.seconds[statement] = self.seconds.get(statement, 0.0) + seconds

    def slowest(self, runs: int = 1) -> list[tuple[str, float]]:
        """The three statements that took most, with milliseconds per run."""
        ranked = sorted(self.seconds.items(), key=lambda each: -each[1])[:3]
        return [(" ".join(statement.split()), seconds * 1000 / runs) for statement, seconds in ranked]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the contestant's database is: for its own role, and for the superuser who measures it."""

    own: str
    admin: str
    legacy_schema: str = ""


class Contestant(ABC):
    """One way to keep versions. `guarantees` is the line that the table states beside its figures."""

    guarantees: ClassVar[str]
    mode: ClassVar[str]

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.recorder = Recorder()

    @abstractmethod
    def libraries(self) -> Mapping[str, str]:
        """The versions of what it is made of."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the tables; not measured."""

    @abstractmethod
    def create(self, rows: Sequence[Row]) -> None:
        """Version 1 with all its items."""

    def submit(self) -> None:
        """Hand the version to its approver."""
        raise NotOffered

    def decide(self, verdicts: Mapping[str, Verdict]) -> None:
        """Record a verdict of its own for every named item."""
        raise NotOffered

    def approve(self) -> None:
        """Make the version the one that counts."""
        raise NotOffered

    def cut(self) -> None:
        """The next version of everything, without what was rejected."""
        raise NotOffered

    def change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        """In the version that was cut, edits replace and adds join."""
        raise NotOffered

    def mark(self, number: int) -> None:
        """Note where a version ends, for those that know no versions; not measured."""
        raise NotOffered

    def effective(self) -> Sequence[object]:
        """The items that count now."""
        raise NotOffered

    def effective_with_decisions(self) -> Sequence[object]:
        """The same with who decided them."""
        return self.effective()

    def page(self, number: int, after: str, size: int) -> Sequence[object]:
        """Items of a version that come after a key."""
        raise NotOffered

    def as_of(self, number: int) -> Sequence[object]:
        """All items of a version with their decisions, as it was decided."""
        raise NotOffered

    def difference(self, before: int) -> Sequence[object]:
        """What a version and the next one hold differently, with what it was and what it became."""
        raise NotOffered

    def lineage(self, key: str) -> Sequence[object]:
        """What became of one item."""
        raise NotOffered

    def rates(self) -> Sequence[Rate]:
        """What each version carried over and rejected."""
        raise NotOffered

    def verify(self) -> int:
        """Prove that nothing was altered; how many records were checked."""
        raise NotOffered

    def export(self) -> Sequence[str]:
        """The lines of an exported trail; not measured."""
        raise NotOffered

    def verify_export(self, lines: Sequence[str]) -> int:
        """Prove the same by an export that is in memory."""
        raise NotOffered

    def bare_sha256(self, lines: Sequence[str]) -> tuple[int, float]:
        """Parse and hash what `verify_export` parses and hashes, and nothing else: how many bytes, and seconds."""
        raise NotOffered

    @abstractmethod
    def key_of(self, answer: Any) -> str:
        """The natural key of what a read gave."""

    @abstractmethod
    def replay(self, statements: Sequence[tuple[str, Any]]) -> None:
        """Run recorded statements on the bare driver and fetch all rows, making no objects."""

    @abstractmethod
    def ask(self, sql: str) -> Any:
        """The single value of a statement, as the superuser outside any transaction and unrecorded."""

    @abstractmethod
    def close(self) -> None:
        """Give all connections back."""
