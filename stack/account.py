"""Postgres refuses to run as root, so root runs it under an unprivileged account; everybody else runs it as himself.

No permission of any folder is changed for that: a folder which that account cannot enter is named in the error.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import HomeUnusable, StackFailed

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """What `subprocess` needs to run as this account: nothing when it is the present one."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def passes(self, condition: str, *paths: Path) -> bool:
        """Whether a condition of the shell (`test -x "$1"`) holds for this account, by the kernel's own judgement."""
        done = subprocess.run(  # noqa: S603 - the condition is ours, paths are arguments
            ["/bin/sh", "-c", condition, "sh", *map(str, paths)],
            env={"PATH": os.defpath},
            cwd="/",
            stderr=subprocess.DEVNULL,
            check=False,
            **self.options(),
        )
        return done.returncode == 0


def server_account(data: Path) -> Account:
    """The account that owns the data, or will: whoever runs this, `postgres` or else `nobody` for root."""
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()))
    if data.exists() and data.stat().st_uid != 0:
        return _account(pwd.getpwuid(data.stat().st_uid))
    for name in CANDIDATES:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise StackFailed(
        "Postgres refuses to run as root, and this machine has neither an account `postgres` nor `nobody`",
        hint="create one (`useradd --system postgres`), or run this as an ordinary user",
    )


def require_reachable(folder: Path, account: Account) -> None:
    """Raise `HomeUnusable`, naming the first folder on the way that the account cannot enter."""
    if account.passes('cd "$1"', folder):
        return
    closed = next((step for step in [*reversed(folder.parents), folder] if not account.passes('cd "$1"', step)), folder)
    raise HomeUnusable(
        f"Postgres runs as {account.name!r}, which cannot enter {str(closed)!r} on the way to {str(folder)!r}",
        hint=f"set ASSAY_HOME to a folder that {account.name} can reach, such as /var/lib/assay, "
        f"or open this one yourself: chmod o+x {closed}",
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
