"""The journal: a command is kept privately before it is sent, and the same bytes come out again."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from cli.journal import Journal
from models.errors import BadInput, HomeUnusable
from tests.cli.builders import command


def test_gives_the_very_bytes_back(tmp_path: Path) -> None:
    """The envelope's hash is the same after a rest on disk, so it is the same command."""
    sent = command()
    Journal(tmp_path).write(sent, invocation="version submit x planning")
    entry = Journal(tmp_path).find(sent.command_id)
    assert entry is not None
    assert sent.sha256() == entry.command.sha256()
    assert ("version submit x planning", False) == (entry.invocation, entry.answered)


def test_is_private(tmp_path: Path) -> None:
    """Nobody else reads what a person is about to do."""
    Journal(tmp_path).write(command())
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "commands", *(tmp_path / "commands").iterdir())]
    assert [0o700, 0o600] == modes


def test_marks_what_was_answered(tmp_path: Path) -> None:
    """An answered command is kept and known as such."""
    journal = Journal(tmp_path)
    journal.write(command())
    journal.answered(command().command_id)
    entry = journal.find(command().command_id)
    assert entry is not None
    assert entry.answered


@pytest.mark.parametrize("answered", [True, False])
def test_forgets_answered_ones_after_a_month(tmp_path: Path, answered: bool) -> None:
    """An unanswered command is kept, however old."""
    old = command(command_id="old-command")
    journal = Journal(tmp_path)
    journal.write(old)
    if answered:
        journal.answered(old.command_id)
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(tmp_path / "commands" / "old-command.json", (long_ago, long_ago))
    Journal(tmp_path).write(command())
    assert answered == (journal.find(old.command_id) is None)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b/c/d/e/f", "short", ""])
def test_takes_no_path_for_an_id(tmp_path: Path, name: str) -> None:
    """A command id never leads out of the folder."""
    with pytest.raises(BadInput, match="no command id"):
        Journal(tmp_path).find(name)


def test_an_unknown_command_is_none(tmp_path: Path) -> None:
    """A home where nothing was ever sent knows nothing."""
    assert None is Journal(tmp_path).find("unknown-command")


def test_says_when_it_cannot_be_kept(tmp_path: Path) -> None:
    """A command that cannot be kept is not sent."""
    (tmp_path / "commands").write_text("in the way")
    with pytest.raises(HomeUnusable, match="cannot be kept"):
        Journal(tmp_path).write(command())
