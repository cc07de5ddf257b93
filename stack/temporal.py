"""The Temporal development server with its Web UI, from the wheel; its data survives a restart in one file.

It listens on the loopback address, asks nobody for news or newer versions, and knows the search attributes it is
given even when its data is older than they are. For development and demonstration, not for production.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from models.errors import ServerDown, StackFailed
from stack.binaries import temporal_program
from stack.cluster import last_line
from stack.guard import Guard, stop_process
from stack.home import Home
from stack.ports import LOOPBACK, free_port, require_free

_TIMEOUT = 60.0  # seconds until a server that does not answer is given up


@dataclass(frozen=True, slots=True)
class TemporalServer:
    """A running server: where it answers, in which namespace, where its Web UI is, and its process."""

    address: str
    namespace: str
    ui_url: str
    process: asyncio.subprocess.Process


@asynccontextmanager
async def temporal(
    home: Home,
    guard: Guard,
    *,
    search_attributes: Mapping[str, str],
    namespace: str = "default",
    port: int = 0,
    ui_port: int = 0,
    durable: bool = True,
    dynamic_config: Mapping[str, str] | None = None,
) -> AsyncIterator[TemporalServer]:
    """A running server for the time of the block. Port 0 takes a free one. Raises `PortBusy`, `StackFailed`.

    Without `durable` its data is in memory and gone with it. `dynamic_config` are settings of the server by name.
    """
    for number, what, variable in (
        (port, "the Temporal server", "ASSAY_TEMPORAL_PORT"),
        (ui_port, "the Temporal Web UI", "ASSAY_UI_PORT"),
    ):
        if number:
            require_free(number, what=what, variable=variable)
    port, ui_port = port or free_port(), ui_port or free_port()
    log = home.fresh_log("temporal")
    options = {
        "--ip": LOOPBACK,
        "--port": str(port),
        "--ui-port": str(ui_port),
        "--namespace": namespace,
    }
    if durable:
        options["--db-filename"] = str(home.temporal / "temporal.db")
    flags = [part for name, kind in search_attributes.items() for part in ("--search-attribute", f"{name}={kind}")]
    configured = {"frontend.enableServerVersionCheck": "false", **(dynamic_config or {})}
    flags += [part for name, value in configured.items() for part in ("--dynamic-config-value", f"{name}={value}")]
    argv = [str(temporal_program()), "server", "start-dev", "--ui-disable-news-fetch", "--disable-config-file"]
    argv += [*(part for option in options.items() for part in option), *flags]
    # The caller's TEMPORAL_* are for clients and may point to another server; ASSAY_* may hold passwords.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "ASSAY_"))}
    process = await guard.spawn(argv, log=log, env=env, cwd=home.temporal)
    server = TemporalServer(f"{LOOPBACK}:{port}", namespace, f"http://{LOOPBACK}:{ui_port}", process)
    try:
        await _until_ready(server, search_attributes, log)
        yield server
    finally:
        await stop_process(process)


async def ensure_search_attributes(
    address: str, namespace: str, search_attributes: Mapping[str, str]
) -> None:
    """Tell a server the attributes that it lacks. Raises `ServerDown`, or `StackFailed` when they may not be added."""
    try:
        client = await Client.connect(address, namespace=namespace)
        request = ListSearchAttributesRequest(namespace=namespace)
        known = (await client.operator_service.list_search_attributes(request)).custom_attributes
    except (RuntimeError, RPCError) as error:
        raise ServerDown(f"no Temporal server answers at {address}: {error}", hint="check TEMPORAL_ADDRESS") from error
    addition = AddSearchAttributesRequest(namespace=namespace)
    for name, kind in search_attributes.items():
        if name not in known:
            addition.search_attributes[name] = _indexed(kind)
    try:
        if addition.search_attributes:
            await client.operator_service.add_search_attributes(addition)
    except RPCError as error:
        flags = " ".join(f"--name {name} --type {kind}" for name, kind in search_attributes.items())
        raise StackFailed(
            f"the Temporal server at {address} does not take the search attributes: {error}",
            hint=f"have them added: temporal operator search-attribute create --namespace {namespace} {flags}",
        ) from error
    finally:
        # A client that is still there when a short process ends can abort it.
        del client
        gc.collect()


async def _until_ready(
    server: TemporalServer, search_attributes: Mapping[str, str], log: Path
) -> None:
    """Wait until the server answers and knows the attributes; what it said last stands in the error."""
    end = time.monotonic() + _TIMEOUT
    while True:
        if server.process.returncode is not None:
            raise StackFailed(f"the Temporal server has ended: {last_line(log)}", hint=f"see {log}")
        try:
            return await ensure_search_attributes(server.address, server.namespace, search_attributes)
        except ServerDown as error:
            if time.monotonic() > end:
                raise StackFailed(f"{error}: {last_line(log)}", hint=f"see {log}") from error
            await asyncio.sleep(0.05)


def _indexed(kind: str) -> IndexedValueType.ValueType:
    """The type as the interface spells it: `KeywordList` is `INDEXED_VALUE_TYPE_KEYWORD_LIST`."""
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in kind)
    return IndexedValueType.Value(f"INDEXED_VALUE_TYPE{words.upper()}")
