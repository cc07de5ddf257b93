"""The Temporal development server with its Web UI, from the wheel; its data survives a restart in one file.

It listens on the loopback address, asks nobody for news or newer versions, and knows the search attributes it is
given even when its data is older than they are. For development and demonstration, not for production.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError

from models.errors import StackFailed
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
    search_attributes: Sequence[SearchAttributeKey[Any]],
    namespace: str = "default",
    port: int = 0,
    ui_port: int = 0,
) -> AsyncIterator[TemporalServer]:
    """A running server for the time of the block. Port 0 takes a free one. Raises `PortBusy`, `StackFailed`."""
    for number, what, variable in (
        (port, "the Temporal server", "ASSAY_TEMPORAL_PORT"),
        (ui_port, "the Temporal Web UI", "ASSAY_UI_PORT"),
    ):
        if number:
            require_free(number, what=what, variable=variable)
    port, ui_port = port or free_port(), ui_port or free_port()
    log = home.fresh_log("temporal")
    options = {
        "--db-filename": str(home.temporal / "temporal.db"),
        "--ip": LOOPBACK,
        "--port": str(port),
        "--ui-port": str(ui_port),
        "--namespace": namespace,
        "--dynamic-config-value": "frontend.enableServerVersionCheck=false",
    }
    flags = [part for key in search_attributes for part in ("--search-attribute", f"{key.name}={_type_name(key)}")]
    argv = [str(temporal_program()), "server", "start-dev", "--ui-disable-news-fetch", "--disable-config-file"]
    argv += [*(part for option in options.items() for part in option), *flags]
    # The caller's TEMPORAL_* are for clients and may point to another server; ASSAY_* may hold passwords.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "ASSAY_"))}
    process = await guard.spawn(argv, log=log, env=env, cwd=home.temporal)
    server = TemporalServer(f"{LOOPBACK}:{port}", namespace, f"http://{LOOPBACK}:{ui_port}", process)
    try:
        try:
            await _until_ready(server, search_attributes)
        except StackFailed as error:
            raise StackFailed(f"{error}: {last_line(log)}", hint=f"see {log}") from error
        yield server
    finally:
        await stop_process(process)


async def add_search_attributes(client: Client, search_attributes: Sequence[SearchAttributeKey[Any]]) -> None:
    """Tell a server the attributes it lacks; those it has stay as they are."""
    if not search_attributes:
        return  # the server refuses an empty request
    request = AddSearchAttributesRequest(namespace=client.namespace)
    for key in search_attributes:
        request.search_attributes[key.name] = IndexedValueType.ValueType(int(key.indexed_value_type))
    await client.operator_service.add_search_attributes(request)


async def _until_ready(server: TemporalServer, search_attributes: Sequence[SearchAttributeKey[Any]]) -> None:
    """Wait until the server answers and knows the attributes."""
    end = time.monotonic() + _TIMEOUT
    while True:
        if server.process.returncode is not None:
            raise StackFailed("the Temporal server has ended")
        try:
            client = await Client.connect(server.address, namespace=server.namespace)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=server.namespace))
            await add_search_attributes(client, search_attributes)
        except (RuntimeError, RPCError) as error:
            if time.monotonic() > end:
                raise StackFailed(f"the Temporal server does not answer ({error})") from error
            await asyncio.sleep(0.05)
        else:
            # A client that is still there when a short process ends can abort it.
            del client
            gc.collect()
            return


def _type_name(key: SearchAttributeKey[Any]) -> str:
    """The type as the program spells it: `KEYWORD_LIST` is `KeywordList`."""
    return key.indexed_value_type.name.title().replace("_", "")
