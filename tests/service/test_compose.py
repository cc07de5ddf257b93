"""docker-compose.yml: what the published schema allows, what hardening asks for, and a worker started just so."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from models.settings import Settings
from service.run import OVERTIME
from stack.guard import Guard
from stack.ports import free_port
from stack.secrets import draw
from stack.temporal import TemporalServer
from tests.databases import DatabaseUrls
from tests.service.processes import REPOSITORY, STARTED_WITHIN, Running, clean_environment
from tests.workflows.people import until

FILE = REPOSITORY / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {"temporal-user", "temporal-schema", "temporal-namespace", "migrate"}


def test_the_file_is_what_the_published_schema_allows() -> None:
    """As `make check-compose` says, without a network."""
    program = str(Path(sys.executable).parent / "check-jsonschema")
    done = subprocess.run([program, "--builtin-schema", "vendor.compose-spec", str(FILE)], capture_output=True)
    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened(name: str) -> None:
    """Pinned, without privileges, with a bounded log, reached from this machine alone, started again when it fails."""
    service = SERVICES[name]
    image, _, tag = service["image"].rpartition(":")
    assert image
    assert tag[0].isdigit()
    assert (["ALL"], ["no-new-privileges:true"]) == (service["cap_drop"], service["security_opt"])
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert ("on-failure:5" if name in JOBS else "unless-stopped") == service["restart"]
    assert service.get("user") not in ("root", "0")


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_is_waited_for_can_come(name: str) -> None:
    """A service is waited for until it is healthy, a job until it has done its work."""
    for other, waited in SERVICES[name].get("depends_on", {}).items():
        done = waited["condition"] == "service_completed_successfully"
        assert done is (other in JOBS)
        assert done or "healthcheck" in SERVICES[other]


def test_every_secret_is_drawn() -> None:
    """`make secrets` writes exactly the files that the services read, and no password stands in the file itself."""
    assert {f"./secrets/{name}" for name in draw()} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    named = {value for service in SERVICES.values() for value in service.get("environment", {}).values()}
    assert {Path(value).name for value in named if "/run/secrets/" in value} <= COMPOSE["secrets"].keys()


def test_variables_are_settings() -> None:
    """Each ASSAY_ variable is one that Assay reads."""
    names = {name for service in SERVICES.values() for name in service.get("environment", {})}
    fields = {name.removeprefix("ASSAY_").removesuffix("_FILE").lower() for name in names if name.startswith("ASSAY_")}
    assert fields <= Settings.model_fields.keys()


def test_compose_is_more_patient_than_the_worker() -> None:
    """Nobody is killed in the middle of a drain."""
    drain = float(SERVICES["worker"]["environment"]["ASSAY_DRAIN_SECONDS"])
    assert float(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > drain + OVERTIME


def test_the_image_is_built_from_what_the_lock_pins() -> None:
    """The image's lock is a part of the project's: the same releases and hashes, without what only developers need."""
    whole, part = (_pinned(name) for name in ("requirements.lock", "requirements-run.lock"))
    assert {name: whole.get(name) for name in part} == part
    assert {"temporalio", "prometheus-client"} <= part.keys()
    assert {"pytest", "mypy"}.isdisjoint(part)


def _pinned(name: str) -> dict[str, list[str]]:
    """The releases and hashes of a lock, by package."""
    text = re.sub(r"^ *#.*\n", "", (REPOSITORY / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = [entry.replace("\\", "").split() for entry in re.split(r"\n(?=\S)", text.strip())]
    return {entry[0].partition("==")[0]: entry for entry in entries}


def test_the_image_holds_every_package() -> None:
    """Whatever the worker imports is copied."""
    copied = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert [] == [name for name in sorted(packages) if f"COPY {name} {name}" not in copied]


@pytest.mark.asyncio
async def test_the_worker_as_compose_starts_it(
    guard: Guard, temporal_server: TemporalServer, database: DatabaseUrls, tmp_path: Path
) -> None:
    """Compose's command, variables and health check, on the tests' servers: healthy, then drained with 0 by SIGTERM."""
    service = SERVICES["worker"]
    secrets, home, port = tmp_path / "secrets", tmp_path / "home", free_port()
    secrets.mkdir()
    home.mkdir()
    for name, url in (("assay_database_url", database.app), ("assay_reader_url", database.reader)):
        (secrets / name).write_text(f"{url}\n")
    places = {
        "temporal:7233": temporal_server.address, "/run/secrets": str(secrets), "/var/lib/assay": str(home),
        ":9464": f":{port}",
    }
    env = clean_environment() | {"ASSAY_HOME": str(home), "ASSAY_TASK_QUEUE": f"compose-{uuid4()}"}
    for name, value in service["environment"].items():
        for theirs, ours in places.items():
            value = value.replace(theirs, ours)
        env[name] = value
    programs = {"python": sys.executable}
    command = [programs.get(word, word) for word in service["command"]]
    check = [programs.get(word, word) for word in service["healthcheck"]["test"][1:]]
    process = await guard.spawn(command, log=tmp_path / "log", env=env, cwd=REPOSITORY)
    running = Running(process, f"http://127.0.0.1:{port}", tmp_path / "log")

    async def healthy() -> bool | None:
        assert process.returncode is None, running.log.read_text()
        probe = await guard.spawn(check, log=tmp_path / "probe", env=env, cwd=REPOSITORY)
        return True if await probe.wait() == 0 else None

    await until(healthy, "a worker that compose takes for healthy", STARTED_WITHIN)
    status, metrics = await running.get("/metrics")
    assert (200, True, True) == (status, "assay_facts_up 1.0" in metrics, "temporal_num_pollers" in metrics)
    process.send_signal(signal.SIGTERM)
    assert 0 == await running.ended()
    told = running.log.read_text()
    assert ["worker.started", "worker.ready", "worker.draining", "worker.drained"] == [
        event["event"] for event in running.events() if event["event"].startswith("worker.")
    ]
    assert database.app.split(":")[2].split("@")[0] not in told
