"""What `make up`, `make migrate` and `make secrets` do.

Everything runs until Ctrl-C and the data stays, so the next `make up` goes on where this one ended.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from models.errors import NotConfigured
from models.messages import SEARCH_ATTRIBUTES
from models.migrate import upgrade
from models.settings import Endpoints, Settings, driver_url
from stack.roles import APP, OWNER, READER, ensure_database, ensure_roles
from stack.secrets import write
from stack.supervisor import REPOSITORY, Plan, open_stack
from stack.temporal import ensure_search_attributes

Say = Callable[[str], None]


def standard_plan(*, progress: Say) -> Plan:
    """The project's own schema, search attributes and worker, on free ports."""
    return Plan(
        migrate=upgrade,
        worker=(sys.executable, "worker.py"),
        search_attributes=SEARCH_ATTRIBUTES,
        progress=progress,
    )


async def up(settings: Settings, say: Say) -> None:
    """Run the stack until it is cancelled. Raises `StackFailed` when one of its processes ends by itself."""
    plan = replace(standard_plan(progress=say), temporal_port=settings.temporal_port, ui_port=settings.ui_port)
    async with open_stack(settings, plan) as stack:
        for line in describe(stack.endpoints, worker_url=stack.worker_url):
            say(line)
        await stack.wait()


async def migrate(settings: Settings, say: Say) -> None:
    """Bring the configured servers up to date: schema, and search attributes where a Temporal address is set.

    With ASSAY_ADMIN_URL, roles and database are made sure of first; the passwords of the roles are those in
    ASSAY_OWNER_URL, ASSAY_DATABASE_URL and ASSAY_READER_URL.
    """
    endpoints = settings.resolve()
    if settings.admin_url:
        admin = driver_url(settings.admin_url)
        passwords = dict(map(_credentials, (endpoints.owner_url, endpoints.app_url, endpoints.reader_url)))
        if passwords.keys() != {OWNER, APP, READER}:
            raise NotConfigured(
                f"the addresses name the roles {', '.join(sorted(passwords))}",
                hint=f"ASSAY_OWNER_URL is for {OWNER}, ASSAY_DATABASE_URL for {APP}, ASSAY_READER_URL for {READER}",
            )
        await ensure_roles(admin, passwords)
        await ensure_database(admin, name=urlsplit(endpoints.owner_url).path.lstrip("/"))
    await upgrade(endpoints.owner_url)
    say("the database is up to date")
    if settings.temporal_address:
        namespace = endpoints.temporal_namespace
        await ensure_search_attributes(settings.temporal_address, namespace, SEARCH_ATTRIBUTES)
        say("the Temporal server knows the search attributes")


async def make_secrets(_: Settings, say: Say) -> None:
    """Write the secrets of docker-compose.yml, once."""
    folder = REPOSITORY / "secrets"
    write(folder)
    say(f"written to {folder}")


def describe(endpoints: Endpoints, *, worker_url: str = "") -> list[str]:
    """What a person wants to know of a running stack."""
    return [
        f"Assay is up. Ctrl-C stops it; its data stays in {endpoints.home}",
        f"  Temporal Web UI  {endpoints.ui_url or 'of your own server'}",
        f"  Temporal server  {endpoints.temporal_address}",
        f"  Postgres         {urlsplit(endpoints.app_url).hostname}:{urlsplit(endpoints.app_url).port}",
        *([f"  Worker           {worker_url}/readyz, {worker_url}/metrics"] if worker_url else []),
        "  In another terminal: .venv/bin/python starter.py --help",
    ]


def _credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")
