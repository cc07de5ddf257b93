"""The secrets of docker-compose.yml, drawn at random: `make secrets`, once.

The folder is private (0700). The files in it are readable by any account, because each container reads them as an
account of its own; the folder keeps everybody else on this machine out.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from models.errors import HomeUnusable
from stack.roles import APP, DATABASE, OWNER, READER

_SERVER = "postgres:5432"


def draw() -> dict[str, str]:
    """File name -> content."""
    admin = secrets.token_urlsafe(24)
    roles = {"owner": OWNER, "database": APP, "reader": READER}
    return {
        "postgres_password": admin,
        "temporal_password": secrets.token_urlsafe(24),
        "assay_admin_url": f"postgresql://postgres:{admin}@{_SERVER}/postgres",
        **{f"assay_{name}_url": _url(role) for name, role in roles.items()},
    }


def _url(role: str) -> str:
    return f"postgresql://{role}:{secrets.token_urlsafe(24)}@{_SERVER}/{DATABASE}"


def write(folder: Path) -> None:
    """Write a new set of secrets. Raises `HomeUnusable` when there is one: the databases know the old passwords."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        raise HomeUnusable(
            f"{str(folder)!r} is there already",
            hint="use it; for new passwords remove it and the volumes of the databases",
        ) from error
    for name, content in draw().items():
        file = folder / name
        file.write_text(content)
        file.chmod(0o444)
