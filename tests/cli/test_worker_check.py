"""`worker check` names each thing that is wrong together with its fix, and hides no other; each is made wrong here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from cli.checks import Check, run_checks
from cli.clocks import apart
from models.settings import Settings, driver_url
from stack.ports import free_port
from stack.temporal import TemporalServer
from tests.cli.desk import Desk
from tests.databases import DatabaseUrls
from tests.service.processes import REPOSITORY

pytestmark = pytest.mark.asyncio

Wrong = Callable[..., Awaitable[dict[str, Check]]]


@pytest.fixture
def check(database: DatabaseUrls, temporal_server: TemporalServer, tmp_path: Path) -> Wrong:
    """What the checks say of servers that are in order but for what is given; by name, those that are not in order."""

    async def run(clock: Callable[[], datetime] = lambda: datetime.now(UTC), **wrong: Any) -> dict[str, Check]:
        given = {
            "home": tmp_path, "store_url": (tmp_path / "store").as_uri(), "task_queue": f"nobody-{uuid4()}",
            "database_url": database.app, "reader_url": database.reader, "owner_url": None,
            "temporal_address": temporal_server.address, "temporal_namespace": "default", **wrong,
        }
        found = await run_checks(Settings.model_validate(given), clock=clock)
        return {one.check: one for one in found if not one.ok}

    return run


async def test_everything_in_order(desk: Desk) -> None:
    """With servers, roles and a worker the command ends with 0, and the list says what was found."""
    found = await desk.ask("worker", "check")
    assert [] == [row for row in found if not row["ok"]]
    assert {
        "database", "reader role", "worker role", "content store", "database clock", "temporal server", "namespace",
        "search attributes", "worker", "server clock",
    } == {row["check"] for row in found}


async def test_a_table_for_people_and_json_for_programs(desk: Desk) -> None:
    """Both name what is wrong and its fix, and the command ends with 7."""
    nobody = {"ASSAY_TASK_QUEUE": "nobody-here"}
    table = await desk.run("worker", "check", env=nobody)
    listed = await desk.run("worker", "check", "--output", "json", env=nobody)
    assert (7, 7) == (table.code, listed.code)
    assert "nobody polls task queue 'nobody-here'" in table.out
    (wrong,) = [row for row in json.loads(listed.out)["data"] if not row["ok"]]
    assert ("worker", True) == (wrong["check"], "worker.py" in wrong["fix"])


async def test_no_worker(check: Wrong) -> None:
    """Nobody polls: that alone is wrong."""
    assert {"worker"} == (await check()).keys()


async def test_no_servers(check: Wrong) -> None:
    """Neither answers: both are named, with the variables to look at."""
    port = free_port()
    found = await check(
        temporal_address=f"127.0.0.1:{port}", reader_url=f"postgresql://assay_reader:x@127.0.0.1:{port}/assay"
    )
    assert {"database", "temporal server"} == found.keys()
    assert "ASSAY_READER_URL" in found["database"].fix
    assert "TEMPORAL_ADDRESS" in found["temporal server"].fix


async def test_no_namespace(check: Wrong) -> None:
    """The command that creates it is the fix."""
    found = await check(temporal_namespace="nowhere")
    assert "temporal operator namespace create nowhere" in found["namespace"].fix


async def test_a_search_attribute_is_missing(check: Wrong, temporal_server: TemporalServer) -> None:
    """Each is named, in the command that adds it."""
    client, name = await Client.connect(temporal_server.address), f"bare-{uuid4().hex[:8]}"
    kept = Duration()
    kept.FromTimedelta(timedelta(days=1))
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=kept)
    )
    found = (await check(temporal_namespace=name))["search attributes"]
    assert "missing: AssayCycle, AssayPhase, AssayWaitingFor" == found.found
    assert f"search-attribute create --namespace {name} --name AssayCycle --type Keyword" in found.fix


@pytest.mark.parametrize(
    ("change", "told", "fix"),
    [
        ("update assay.alembic_version set version_num = '9999'", "newer than this code", "use the release"),
        ("update assay.alembic_version set version_num = '0001'", "older than this code", "make migrate"),
        ("alter table assay.alembic_version rename to gone", "holds no schema of Assay", "make migrate"),
    ],
    ids=["newer", "older", "none"],
)
async def test_another_schema(
    check: Wrong, database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, change: str, told: str, fix: str
) -> None:
    """Older, newer and none are told apart, because their fixes differ."""
    owner = await asyncpg.connect(driver_url(database.owner))
    await owner.execute(change)
    await owner.close()
    # A code that is one revision further on, which is what makes the present one an older one.
    monkeypatch.setattr("models.migrate.head", lambda: "next")
    found = (await check())["schema"]
    assert (True, True) == (told in found.found, fix in found.fix), found


async def test_workers_act_as_the_owner(check: Wrong, database: DatabaseUrls) -> None:
    """Whoever owns the tables could rewrite history."""
    found = (await check(database_url=database.owner))["worker role"]
    assert ("owns the tables" in found.found, "assay_app" in found.fix) == (True, True)


async def test_commands_read_as_a_role_that_writes(check: Wrong, database: DatabaseUrls) -> None:
    """The command line reads as the reader alone."""
    found = (await check(reader_url=database.app))["reader role"]
    assert ("may write" in found.found, "assay_reader" in found.fix) == (True, True)


async def test_workers_may_not_write(check: Wrong, database: DatabaseUrls) -> None:
    """A worker with the reader's address could not record anything."""
    assert "may not write" in (await check(database_url=database.reader))["worker role"].found


@pytest.mark.parametrize("url", ["file:///proc/nobody/store", "nosuch://bucket/store"])
async def test_a_content_store_that_cannot_be_used(check: Wrong, url: str) -> None:
    """The place is named, and the variable that names it."""
    found = (await check(store_url=url))["content store"]
    assert ("cannot be" in found.found, "ASSAY_STORE_URL" in found.fix) == (True, True)


async def test_clocks_that_differ(check: Wrong) -> None:
    """Ten seconds between this machine and the servers are named, with who is ahead."""
    found = await check(clock=lambda: datetime.now(UTC) + timedelta(seconds=10))
    assert {"worker", "database clock", "server clock"} == found.keys()
    assert {"10 s behind this machine's"} == {found[name].found for name in ("database clock", "server clock")}


async def test_a_slow_answer_is_no_skew() -> None:
    """Only what lies outside the time between question and answer counts."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    second = timedelta(seconds=1)
    found = [apart(at, at + second * moved, at + 5 * second).total_seconds() for moved in (-2, 0, 3, 5, 9)]
    assert [-2, 0, 0, 0, 4] == found


async def test_commands_that_only_look_work(desk: Desk) -> None:
    """Those of docs/operations.md end with 0."""
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    named = re.findall(r"starter\.py ((?:worker|inbox|cycle list|owner list)[^`#\n.]*)", page)
    words = {" ".join(text.split()) for text in named if not re.search(r"\b[A-Z]+\b", text)}
    assert {"worker check", "inbox --all"} <= words
    assert dict.fromkeys(words, 0) == {text: (await desk.run(*shlex.split(text))).code for text in words}
