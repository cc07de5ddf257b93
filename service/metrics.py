"""What `/metrics` shows: Assay's numbers from the facts, the process, and the Temporal SDK's own metrics.

The numbers are read from the database when they are asked for and kept for a moment, so that a storm of scrapes is one
query. They are the same on every worker: take the maximum over workers, not the sum.
"""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Iterator, Mapping

import structlog
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database
from models.errors import AssayError
from models.queries.operations import Operations, Waits, operations

KEPT_FOR = 15.0  # seconds; Prometheus asks every 15 to 60
_SDK_WITHIN = 2.0
log = structlog.get_logger()


class Facts:
    """The numbers of the database, read at most once in so many seconds however many ask."""

    def __init__(self, database: Database, *, kept_for: float = KEPT_FOR) -> None:
        self._database = database
        self._kept_for = kept_for
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._found: Operations | None = None

    async def read(self) -> Operations | None:
        """The numbers, None while the database does not give them."""
        async with self._lock:
            if time.monotonic() - self._read_at > self._kept_for:
                self._found = await self._ask()
                self._read_at = time.monotonic()
            return self._found

    async def _ask(self) -> Operations | None:
        try:
            async with self._database.begin() as tx:
                return await operations(tx)
        except (AssayError, SQLAlchemyError) as error:
            log.warning("metrics.facts_unread", why=str(error))
            return None


def exposition(found: Operations | None, *, sdk_url: str = "") -> bytes:
    """The text that Prometheus reads: Assay's metrics, the process's, and the SDK's as it serves them itself."""
    registry = CollectorRegistry()
    registry.register(_Collector(found))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return generate_latest(registry) + (_of_the_sdk(sdk_url) if sdk_url else b"")


def _of_the_sdk(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_SDK_WITHIN) as answer:  # noqa: S310 - our own loopback address
            body: bytes = answer.read()
            return body
    except OSError as error:
        log.warning("metrics.sdk_unread", why=str(error))
        return b""


class _Collector(Collector):
    """One scrape's numbers as metrics."""

    def __init__(self, found: Operations | None) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("assay_facts_up", "1 when the database gave the numbers", value=bool(self.found))
        if self.found is None:
            return
        yield _by("assay_cycles", "Test cycles by status", "status", self.found.cycles)
        yield _by("assay_cases", "Test cases of running cycles by state", "state", self.found.case_states)
        yield GaugeMetricFamily(
            "assay_owners_failed", "Owners whose work stopped and waits for a person", value=self.found.failed_owners
        )
        yield from self._waits()
        refused = CounterMetricFamily("assay_commands_refused", "Refused commands by error code", labels=["code"])
        for code, count in sorted(self.found.refused.items()):
            refused.add_metric([code], count)
        yield refused

    def _waits(self) -> Iterator[Metric]:
        assert self.found is not None
        labels = ["what", "role"]
        waiting = GaugeMetricFamily("assay_waiting", "What waits for a role to act", labels=labels)
        overdue = GaugeMetricFamily("assay_overdue", "What waits past its due date", labels=labels)
        oldest = GaugeMetricFamily("assay_oldest_wait_seconds", "Age of the oldest wait", labels=labels)
        for what in ("versions", "cases", "pairs"):
            by_role: Mapping[str, Waits] = getattr(self.found, what)
            for role, waits in sorted(by_role.items()):
                waiting.add_metric([what, role], waits.waiting)
                overdue.add_metric([what, role], waits.overdue)
                age = (self.found.at - waits.oldest).total_seconds() if waits.oldest else 0
                oldest.add_metric([what, role], max(age, 0))
        yield from (waiting, overdue, oldest)


def _by(name: str, told: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], count)
    return family
