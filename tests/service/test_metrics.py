"""Metrics: numbers of the facts, by few labels, asked once however many scrape, and honest when there are none."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from models.database import Database
from models.errors import PortBusy, WrongRole
from models.messages import Verb
from models.queries.operations import Operations, Waits, operations
from service.health import Health
from service.http import Pages, serving
from service.metrics import Facts, exposition
from stack.ports import free_port
from stack.temporal import TemporalServer
from tests.databases import DatabaseUrls
from tests.workflows.arena import arena
from tests.workflows.tiny import DATA_EXECUTIVE, Tiny


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """Assay's own samples: name and values of the labels -> value."""
    families = text_string_to_metric_families(text.decode())
    found = [sample for family in families for sample in family.samples if sample.name.startswith("assay_")]
    return {(sample.name, *(sample.labels[key] for key in sorted(sample.labels))): sample.value for sample in found}


def test_numbers_become_metrics() -> None:
    """Each number has its name and labels; an age is that of the oldest, by the database's clock."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    found = Operations(
        at=at, versions={"tester": Waits(waiting=2, overdue=1, oldest=at - timedelta(hours=1))},
        case_states={"open": 5}, cycles={"running": 1}, failed_owners=1, refused={"wrong_role": 3},
    )
    assert {
        ("assay_facts_up",): 1, ("assay_cycles", "running"): 1, ("assay_cases", "open"): 5,
        ("assay_owners_failed",): 1, ("assay_waiting", "tester", "versions"): 2,
        ("assay_overdue", "tester", "versions"): 1, ("assay_oldest_wait_seconds", "tester", "versions"): 3600,
        ("assay_commands_refused_total", "wrong_role"): 3,
    } == samples(exposition(found))


def test_a_database_that_does_not_answer_shows() -> None:
    """There are no numbers then, instead of wrong ones."""
    assert {("assay_facts_up",): 0} == samples(exposition(None))


@pytest.mark.asyncio
async def test_numbers_are_those_of_the_facts(
    temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """A submitted version waits for its approver, pairs for the data executive, and a refusal is counted."""
    async with arena(temporal_server.address, database, tmp_path, task_queue=f"metrics-{uuid4()}") as around:
        play = await around.start(Tiny(cycle="counted"), at="scoping")
        await play.submit("scoping")
        with pytest.raises(WrongRole):
            await play.act(DATA_EXECUTIVE, Verb.APPROVE, phase="scoping")
        async with around.session.reader.begin() as tx:
            found = await operations(tx)
        async with around.session.reader.begin() as tx:
            again = await operations(tx)
    assert {"report_owner"} == found.versions.keys()
    assert (1, 0) == (found.versions["report_owner"].waiting, found.versions["report_owner"].overdue)
    assert ({"running": 1}, {"wrong_role": 1}, 0) == (found.cycles, found.refused, found.failed_owners)
    assert again.at >= found.at
    assert found.versions["report_owner"].oldest is not None


@pytest.mark.asyncio
async def test_a_storm_of_scrapes_is_one_query(database: DatabaseUrls) -> None:
    """Whoever asks meanwhile gets the same numbers."""
    reader = Database(database.reader, pool_size=2)
    facts = Facts(reader, kept_for=60)
    found = await asyncio.gather(*(facts.read() for _ in range(50)))
    await reader.close()
    assert found[0] is not None
    assert 1 == len({id(one) for one in found})


@pytest.mark.asyncio
async def test_pages_answer_while_the_database_is_down() -> None:
    """Alive, not ready with the parts that are missing, and metrics that say so."""
    nothing = Database(f"postgresql+asyncpg://a:b@127.0.0.1:{free_port()}/x", pool_size=1)
    pages = Pages(Health(nothing, "queue"), Facts(nothing))
    with serving("127.0.0.1:0", pages) as url:
        found = {path: await asyncio.to_thread(_get, url, path) for path in ("/livez", "/readyz", "/metrics", "/x")}
        with pytest.raises(PortBusy, match="cannot be listened on"), serving(url.removeprefix("http://"), pages):
            pass
    await nothing.close()
    assert {"/livez": 200, "/readyz": 503, "/metrics": 200, "/x": 404} == {p: code for p, (code, _) in found.items()}
    assert "database_down" in found["/readyz"][1]
    assert "not connected yet" in found["/readyz"][1]
    assert "assay_facts_up 0.0" in found["/metrics"][1]


def _get(url: str, path: str) -> tuple[int, str]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body
