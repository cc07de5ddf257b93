"""eventsourcing: one aggregate holds the samples, every change of a sample is an event, a state is their replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.contestant import Addresses, Rate
from benchmarks.psycopg_contestant import PsycopgContestant
from benchmarks.rows import Row, Verdict


@dataclass
class Standing:
    """A sample as it stands."""

    key: str
    content: dict[str, str]
    verdict: str = ""
    reason: str = ""
    decided_by: str = ""


class SampleSet(Aggregate):
    """The samples of one phase."""

    def __init__(self) -> None:
        self.samples: dict[str, Standing] = {}

    @event("Added")
    def add(self, key: str, content: dict[str, str]) -> None:
        """A sample joins."""
        self.samples[key] = Standing(key, content)

    @event("Edited")
    def edit(self, key: str, reason: str) -> None:
        """A sample's rationale is replaced; it waits for a decision again."""
        self.samples[key] = Standing(key, {**self.samples[key].content, "reason": reason})

    @event("Decided")
    def decide(self, key: str, verdict: str, reason: str, by: str) -> None:
        """The approver's verdict."""
        standing = self.samples[key]
        standing.verdict, standing.reason, standing.decided_by = verdict, reason, by

    @event("Dropped")
    def drop(self, key: str) -> None:
        """A sample leaves."""
        del self.samples[key]


class EventSourcing(PsycopgContestant):
    """The library on its own Postgres recorder."""

    mode = "one aggregate, database functions"
    guarantees = "optimistic concurrency, gapless numbers; events are ordinary mutable rows, no chain, no laws"

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        at = urlsplit(addresses.own)
        self._application: Application[UUID] = Application(env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": at.path.strip("/"),
            "POSTGRES_HOST": at.hostname or "", "POSTGRES_PORT": str(at.port),
            "POSTGRES_USER": unquote(at.username or ""), "POSTGRES_PASSWORD": unquote(at.password or ""),
            "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
            "POSTGRES_POOL_SIZE": "1", "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "300",
        })
        self._id: UUID | None = None
        self._ends: dict[int, int] = {}

    def libraries(self) -> Mapping[str, str]:
        return {name: version(name) for name in ("eventsourcing", "psycopg")}

    def prepare(self) -> None:
        """The application made its tables when it was constructed."""

    def _stored(self, number: int | None = None) -> Any:
        assert self._id is not None
        return self._application.repository.get(self._id, version=self._ends[number] if number else None)

    def create(self, rows: Sequence[Row]) -> None:
        made = SampleSet()
        self._id = made.id
        self._add(made, rows)
        self._application.save(made)

    def _add(self, to: SampleSet, rows: Sequence[Row]) -> None:
        for row in rows:
            to.add(row.record_key, row.as_dict())

    def decide(self, verdicts: Mapping[str, Verdict]) -> None:
        samples = self._stored()
        for key, said in verdicts.items():
            samples.decide(key, said.verdict, said.reason, "olga")
        self._application.save(samples)

    def cut(self) -> None:
        samples = self._stored()
        for key in [key for key, standing in samples.samples.items() if standing.verdict == "reject"]:
            samples.drop(key)
        self._application.save(samples)

    def change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        samples = self._stored()
        for row in edits:
            samples.edit(row.record_key, row.reason)
        self._add(samples, adds)
        self._application.save(samples)

    def mark(self, number: int) -> None:
        self._ends[number] = self._stored().version

    def effective(self) -> Sequence[object]:
        return [standing for standing in self._stored().samples.values() if standing.verdict == "approve"]

    def as_of(self, number: int) -> Sequence[object]:
        return list(self._stored(number).samples.values())

    def page(self, number: int, after: str, size: int) -> Sequence[object]:
        samples = self._stored(number).samples
        return [samples[key] for key in sorted(key for key in samples if key > after)[:size]]

    def _events(self, gt: int | None = None, lte: int | None = None) -> list[Any]:
        assert self._id is not None
        return [each for each in self._application.events.get(self._id, gt=gt, lte=lte) if hasattr(each, "key")]

    def difference(self, before: int) -> Sequence[object]:
        return self._events(self._ends[before], self._ends[before + 1])

    def lineage(self, key: str) -> Sequence[object]:
        return [each for each in self._events() if each.key == key]

    def rates(self) -> Sequence[Rate]:
        """By one replay that stops at the end of each version."""
        found, start = [], 0
        samples: dict[str, str] = {}
        for number, end in sorted(self._ends.items()):
            changed = set()
            for each in self._events(start or None, end):
                kind = type(each).__name__
                changed.add(each.key)
                if kind == "Dropped":
                    del samples[each.key]
                else:
                    samples[each.key] = each.verdict if kind == "Decided" else ""
            rejected = sum(verdict == "reject" for verdict in samples.values())
            found.append(Rate(number, len(samples), len(samples.keys() - changed), rejected))
            start = end
        return found

    def key_of(self, answer: Any) -> str:
        return str(answer.key)

    def close(self) -> None:
        self._application.close()
        super().close()
