"""The home folder (`ASSAY_HOME`): what lies in it, who may look, and that only one stack runs on it.

It is private to its owner, except that root's lets the group of Postgres's account pass through (mode 0710). Folders
above it are never touched. Crash-safe: whatever is killed when, the next start finds a usable home.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.errors import HomeUnusable, StackRunning
from stack.account import server_account

_WAIT_FOR_CLEANUP = 20.0  # seconds; the guard of a killed stack needs half of that at most


@dataclass(frozen=True, slots=True)
class Home:
    """The files and folders of one home."""

    root: Path

    @property
    def postgres(self) -> Path:
        """Postgres data; belongs to the account that runs Postgres."""
        return self.root / "postgres"

    @property
    def temporal(self) -> Path:
        """The database file of the Temporal development server."""
        return self.root / "temporal"

    @property
    def store(self) -> Path:
        """The content store, unless `ASSAY_STORE_URL` names another."""
        return self.root / "store"

    @property
    def logs(self) -> Path:
        """One log per process; `.1` is the one of the run before."""
        return self.root / "logs"

    @property
    def runtime(self) -> Path:
        """Copies of programs that the account of Postgres cannot reach where they are installed."""
        return self.root / "runtime"

    @property
    def passwords(self) -> Path:
        """The passwords of the database, readable by the owner of the home alone."""
        return self.root / "passwords.json"

    @property
    def stack(self) -> Path:
        """Where the running stack listens; see `models.settings`."""
        return self.root / "stack.json"

    @property
    def ledger(self) -> Path:
        """What the running stack has started; see `stack.guard`."""
        return self.root / "stack.pids"

    def prepare(self) -> None:
        """Create what is missing of home and its private folders. Raises `HomeUnusable` when that is not possible."""
        try:
            # An empty folder was made for us, so its mode is ours to set; one in use keeps what its owner chose.
            if not self.root.exists() or not any(self.root.iterdir()):
                _make(self.root)
                if os.geteuid() == 0:
                    os.chown(self.root, 0, server_account(self.postgres / "data").gid)
                self.root.chmod(0o710 if os.geteuid() == 0 else 0o700)
            for folder in (self.temporal, self.store, self.logs):
                _make(folder, 0o700)
            if not os.access(self.root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "not writable")
        except OSError as error:
            raise HomeUnusable(
                f"the home folder {str(self.root)!r} cannot be used: {error.strerror}",
                hint="set ASSAY_HOME to a folder of your own",
            ) from error

    def fresh_log(self, name: str) -> Path:
        """An unwritten log file; the one of the run before is kept beside it."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log

    @contextlib.contextmanager
    def lock(self) -> Iterator[int]:
        """Hold this home; gives the file descriptor, which a guard keeps open past our end. Raises `StackRunning`."""
        descriptor = os.open(self.root / "stack.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor, self.root)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield descriptor
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of the superuser and of the three roles."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    app: str = field(repr=False)
    reader: str = field(repr=False)


def passwords(home: Home) -> Passwords:
    """Those of this home, drawn at random the first time. Raises `HomeUnusable` when they were lost after that."""
    if home.passwords.exists():
        return Passwords(**json.loads(home.passwords.read_text()))
    if (home.postgres / "data").exists():
        raise HomeUnusable(
            f"{str(home.passwords)!r} is missing, so the database in {str(home.postgres)!r} cannot be opened",
            hint="put the file back from a copy, or move both away to begin with an empty database",
        )
    drawn = Passwords(*(secrets.token_urlsafe(24) for _ in range(4)))
    write_private(home.passwords, asdict(drawn))
    return drawn


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file in one step; nobody else can read it at any moment."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _make(folder: Path, mode: int = 0o755) -> None:
    """Create a folder and what is missing above it, with a mode that does not depend on the umask."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make(folder.parent)
    folder.mkdir(mode=0o700)
    folder.chmod(mode)


def _lock(descriptor: int, root: Path) -> None:
    """Take the lock. When its holder is dead, its guard is still cleaning up, so that is waited for."""
    end = time.monotonic() + _WAIT_FOR_CLEANUP
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
        if time.monotonic() > end or (holder.isdigit() and _alive(int(holder))):
            raise StackRunning(
                f"a stack already runs on {str(root)!r} (process {holder})",
                hint="use it, stop it (Ctrl-C where it runs), or run another one: ASSAY_HOME=/another/folder",
            )
        time.sleep(0.1)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
