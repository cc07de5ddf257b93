"""Commands on their way, kept as sent: an unanswered one can be sent again, byte for byte, and has one effect.

One private file per command below `ASSAY_HOME/commands`. An answered one is kept for a month, so that repeating it
gives the first answer again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from models.errors import BadInput, HomeUnusable
from models.messages import Command

_KEPT = 30 * 24 * 3600
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{7,99}$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A command as it was sent, the command line that asked for it, and how often it went out unanswered."""

    envelope: str
    invocation: str
    answered: bool = False
    attempts: int = 1

    @property
    def command(self) -> Command:
        """The command in the envelope."""
        return Command.model_validate_json(self.envelope)


class Journal:
    """The folder of commands; it is made when the first command is written."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "commands"
        self._pruned = False

    def find(self, command_id: str) -> Entry | None:
        """The command of that id if it was sent from here. Raises `BadInput` for what is no command id."""
        with contextlib.suppress(FileNotFoundError):
            return Entry(**json.loads(self._path(command_id).read_text(encoding="utf-8")))
        return None

    def write(self, command: Command, *, invocation: str = "") -> int:
        """Keep a command before it is sent; which attempt at an answer this is, from 1."""
        envelope = command.model_dump_json()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prune()
            before = self.find(command.command_id)
            attempts = 1 if before is None or before.envelope != envelope else before.attempts + (not before.answered)
            self._put(command.command_id, Entry(envelope, invocation, attempts=attempts))
            return attempts
        except OSError as error:
            raise HomeUnusable(
                f"commands cannot be kept in {str(self.folder)!r}: {error.strerror}",
                hint="set ASSAY_HOME to a folder of your own",
            ) from error

    def answered(self, command_id: str) -> None:
        """Mark a command as answered."""
        if (entry := self.find(command_id)) is not None:
            self._put(command_id, replace(entry, answered=True))

    def _path(self, command_id: str) -> Path:
        if not _ID.match(command_id):
            raise BadInput(
                f"{command_id!r} is no command id", hint="8 to 100 letters, digits, dots or dashes; best left out"
            )
        return self.folder / f"{command_id}.json"

    def _put(self, command_id: str, entry: Entry) -> None:
        path = self._path(command_id)
        draft = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(entry), file)
        draft.replace(path)

    def _prune(self) -> None:
        if self._pruned:
            return
        self._pruned, oldest = True, time.time() - _KEPT
        for old in self.folder.glob("*.json"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                if old.stat().st_mtime < oldest and Entry(**json.loads(old.read_text(encoding="utf-8"))).answered:
                    old.unlink()
