"""One database for all tests of the engine; each test makes a cycle or a phase of its own in it.

The tests of the laws run on the oldest Postgres that is supported too, at night; some of them in every run.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from models.store import ContentStore
from stack.guard import Guard
from stack.home import Home
from tests.databases import MigratedServer, migrated
from tests.engine.builders import Lab, laboratory
from tests.engine.court import Court
from tests.floor import floor_server

LAWS = (
    "test_law_", "test_grants", "test_policies", "test_signoffs", "test_cutting", "test_comments", "test_extensions",
    "test_explaining",
)
EMBEDDED, FLOOR = "migrated_server", "floor"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On which server a test of the engine runs: the embedded one; the laws on the floor too, by night."""
    if "engine_server" not in metafunc.fixturenames:
        return
    module = metafunc.module.__name__.rpartition(".")[2]
    servers = [pytest.param(EMBEDDED, id=pytest.HIDDEN_PARAM)]
    if module == "test_floor":
        servers = [pytest.param(FLOOR, id=pytest.HIDDEN_PARAM)]
    elif module.startswith(LAWS):
        servers.append(pytest.param(FLOOR, id=FLOOR, marks=pytest.mark.nightly))
    metafunc.parametrize("engine_server", servers, indirect=True, scope="package")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def floor(guard: Guard) -> AsyncIterator[MigratedServer]:
    """A migrated server of the oldest release that is supported; skips where there is none."""
    with tempfile.TemporaryDirectory(prefix="assay-floor-", ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        home.prepare()
        async with floor_server(home, guard) as server:
            yield await migrated(server)


@pytest.fixture(scope="package")
def engine_server(request: pytest.FixtureRequest) -> MigratedServer:
    """The server that the test runs on."""
    server: MigratedServer = request.getfixturevalue(request.param)
    return server


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def lab(engine_server: MigratedServer) -> AsyncIterator[Lab]:
    """The database under test."""
    async with laboratory(engine_server) as opened:
        yield opened


@pytest.fixture(scope="package")
def court(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Court:
    """The judge, with a content store of its own."""
    return Court(lab, ContentStore(tmp_path_factory.mktemp("store").as_uri()))
