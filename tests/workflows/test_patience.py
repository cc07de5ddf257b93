"""How long a command may take to be judged, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from methods.evidence import limits
from models.messages import Command, Verb
from models.payloads import Nothing, Payload, Upload
from workflows.doors import patience


def _command(payload: Payload) -> Command:
    return Command(command_id="1", cycle="c:r", actor="nina", verb=Verb.UPLOAD, payload=payload,
                   issued_at=datetime(2026, 3, 31, tzinfo=UTC))


@pytest.mark.parametrize(("size", "seconds"), [(1, 60), (1 << 20, 62), (200 << 20, 460)])
def test_a_large_file_may_take_longer(size: int, seconds: int) -> None:
    """A minute for every command, and two seconds for each megabyte that has to be read."""
    file = Upload(source="ledger", name="ledger.csv", sha256="0" * 64, bytes=size)
    assert timedelta(seconds=seconds) == patience(_command(file))


def test_other_commands_have_a_minute() -> None:
    """What carries no file is judged within a minute or is unknown."""
    assert timedelta(seconds=60) == patience(_command(Nothing()))


@pytest.mark.parametrize("megabytes", [0, 1, 40, 256])
def test_reading_ends_before_the_command_does(megabytes: int) -> None:
    """A file that takes too long is on record as such; its command is not left unanswered."""
    file = Upload(source="ledger", name="ledger.xlsx", sha256="0" * 64, bytes=(megabytes << 20) + 1)
    assert limits.WALL_SECONDS + limits.SECONDS_A_MEGABYTE * megabytes < patience(_command(file)).total_seconds()
