"""The data of the embedded Postgres: created by the wheel's own `initdb`, owned by the account that runs the server.

Nobody gets in without a password, whatever the way. Data half made by a killed start is never used.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import HomeUnusable, StackFailed
from stack.account import Account, require_reachable, server_account
from stack.binaries import postgres_programs
from stack.guard import Guard
from stack.home import Home, Passwords, passwords

MAJOR = "18"
SUPERUSER = "postgres"
_HBA = """\
# Nobody gets in without a password.
local all         all                scram-sha-256
host  all         all  127.0.0.1/32  scram-sha-256
host  all         all  ::1/128       scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data folder, who owns it, and the programs that work on it."""

    data: Path
    account: Account
    programs: Path
    passwords: Passwords

    def options(self) -> dict[str, Any]:
        """How its programs are started: as the account, and without the caller's PGDATA, PGPORT or library path."""
        return {"env": {"PATH": os.defpath, "LC_ALL": "C"}, "cwd": "/", **self.account.options()}

    async def initialise(self, guard: Guard, log: Path, *, fast: bool = False) -> None:
        """Create the data where there is none. Raises `StackFailed`, or `HomeUnusable` for another release's data."""
        if not self.data.exists():
            await self._create(guard, log, fast=fast)
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise HomeUnusable(
                f"the data in {str(self.data)!r} is of Postgres {found}, this is Postgres {MAJOR}",
                hint="move it away to begin with an empty database, or dump it with the older release first",
            )

    async def _create(self, guard: Guard, log: Path, *, fast: bool) -> None:
        draft, secret = self.data.with_name("data.new"), self.data.with_name("password.new")
        shutil.rmtree(draft, ignore_errors=True)
        secret.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(self.passwords.superuser)
            os.chown(secret, self.account.uid, self.account.gid)
            argv = [
                *(str(self.programs / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--pwfile", str(secret)),
                *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--encoding=UTF8"),
                # The same order of text on every machine, whatever locales it has.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
                *(("--no-sync",) if fast else ()),
            ]
            process = await guard.spawn(argv, log=log, **self.options())
            if await process.wait() != 0:
                raise StackFailed(f"initdb failed: {last_line(log)}", hint=f"see {log}")
        finally:
            secret.unlink(missing_ok=True)
        (draft / "pg_hba.conf").write_text(_HBA)
        draft.rename(self.data)


def prepare_cluster(home: Home) -> Cluster:
    """Give the account its folder below `home`. Raises `HomeUnusable` when it cannot get there."""
    folder = home.postgres
    account = server_account(folder / "data")
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    os.chown(folder, account.uid, account.gid)
    require_reachable(folder, account)
    return Cluster(folder / "data", account, postgres_programs(home, account), passwords(home))


def last_line(log: Path) -> str:
    """The line of a log that tells most about why a program ended."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["no output"])[-1].strip()
