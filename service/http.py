"""`/livez`, `/readyz` and `/metrics` over HTTP, in threads of their own: they answer when the event loop does not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.exposition import ThreadingWSGIServer

from models.errors import PortBusy
from service.health import Health
from service.metrics import Facts, exposition

T = TypeVar("T")
_WITHIN = 10.0
_STATUS = {200: "200 OK", 404: "404 Not Found", 503: "503 Service Unavailable"}
_JSON = "application/json"
Answer = tuple[int, str, bytes]


class Pages:
    """What each path answers; asked from other threads than the event loop's."""

    def __init__(self, health: Health, facts: Facts, *, sdk_url: str = "") -> None:
        self._health, self._facts, self._sdk_url = health, facts, sdk_url
        self._loop = asyncio.get_running_loop()
        self.paths: Mapping[str, Callable[[], Answer]] = {
            "/livez": self._livez, "/readyz": self._readyz, "/metrics": self._metrics,
        }

    def answer(self, path: str) -> Answer:
        """Status, content type and body for a path."""
        page = self.paths.get(path)
        if page is None:
            return 404, _JSON, _body({"error": "no such page", "pages": list(self.paths)})
        try:
            return page()
        except TimeoutError:
            return 503, _JSON, _body({"error": f"the event loop does not answer within {_WITHIN:.0f} s"})

    def _livez(self) -> Answer:
        self._ask(lambda: asyncio.sleep(0))
        return 200, _JSON, _body({"alive": True})

    def _readyz(self) -> Answer:
        found = self._ask(self._health.readiness)
        return 200 if found.ready else 503, _JSON, _body({"ready": found.ready, "parts": found.parts})

    def _metrics(self) -> Answer:
        found = self._ask(self._facts.read)
        return 200, CONTENT_TYPE_PLAIN_0_0_4, exposition(found, sdk_url=self._sdk_url)

    def _ask(self, question: Callable[[], Awaitable[T]]) -> T:
        async def asked() -> T:
            return await question()

        return asyncio.run_coroutine_threadsafe(asked(), self._loop).result(_WITHIN)


@contextmanager
def serving(address: str, pages: Pages) -> Iterator[str]:
    """Serve the pages for the time of the block; gives the URL. Raises `PortBusy`."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")

    def app(environ: Mapping[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> list[bytes]:
        status, kind, body = pages.answer(environ["PATH_INFO"])
        start_response(_STATUS[status], [("Content-Type", kind), ("Cache-Control", "no-store")])
        return [body]

    try:
        server = make_server(host, int(port), app, ThreadingWSGIServer, handler_class=_Quiet)
    except OSError as error:
        raise PortBusy(
            f"{address} cannot be listened on: {error.strerror}", hint="set ASSAY_HTTP_ADDRESS to another host:port"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="http", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """A probe every few seconds is no event, and nobody keeps a connection open without asking."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _body(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"
