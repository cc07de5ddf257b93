"""Which ports the embedded servers listen on, always on the loopback address."""

from __future__ import annotations

import socket

from models.errors import PortBusy

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now; another process may take it before it is used, so starting is retried."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, *, what: str, variable: str) -> None:
    """Raise `PortBusy`, naming the environment variable that moves the server, when somebody listens on `port`."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortBusy(
                f"port {port} for {what} is in use ({error.strerror})",
                hint=f"stop what listens there, or choose another: {variable}={free_port()} make up",
            ) from error
