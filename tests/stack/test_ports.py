"""A busy port is named together with the variable that moves the server."""

from __future__ import annotations

import socket

import pytest

from models.errors import PortBusy
from stack.ports import free_port, require_free


def test_a_busy_port_is_named_with_its_variable() -> None:
    """The error says which port, for what, and what to set."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortBusy, match=f"port {port} for the Web UI is in use") as caught:
            require_free(port, what="the Web UI", variable="ASSAY_UI_PORT")
    assert "ASSAY_UI_PORT=" in caught.value.hint


def test_a_free_port_passes() -> None:
    """Nobody listens on a port that was just found free."""
    require_free(free_port(), what="the Web UI", variable="ASSAY_UI_PORT")
