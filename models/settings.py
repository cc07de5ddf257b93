"""How Assay is configured: `ASSAY_*`, Temporal's own `TEMPORAL_*`, files below /run/secrets, else a running stack.

Unset means embedded: the stack that runs on the home folder says where it listens in `stack.json`. The environment
wins over that file, for the database as a whole and for Temporal as a whole, so two servers are never mixed.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import BadInput, NotConfigured

_SECRETS = Path("/run/secrets")
_DRIVER = "postgresql+asyncpg"
_NEXT_STEP = "run `make up` in another terminal, or set ASSAY_DATABASE_URL and TEMPORAL_ADDRESS to your servers"


def default_home() -> Path:
    """The user's data directory; for root a folder that Postgres's unprivileged account can reach as well."""
    return Path("/var/lib/assay") if os.geteuid() == 0 else user_data_path("assay", appauthor=False)


def database_url(url: str) -> str:
    """The URL as SQLAlchemy wants it for asyncpg, which calls libpq's `sslmode` `ssl`. Raises `ValueError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql", _DRIVER):
        raise ValueError("a database address begins with postgresql://")
    query = urlencode([("ssl" if name == "sslmode" else name, value) for name, value in parse_qsl(parts.query)])
    return urlunsplit(parts._replace(scheme=_DRIVER, query=query))


def driver_url(url: str) -> str:
    """The URL as asyncpg itself wants it."""
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql"))


_DatabaseUrl = Annotated[str, AfterValidator(database_url)]
_Folder = Annotated[Path, AfterValidator(lambda path: Path(os.path.abspath(path.expanduser())))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the servers are. Asking for one that is not known raises `NotConfigured`, naming the variable."""

    home: Path
    store_url: str
    temporal_namespace: str = "default"
    ui_url: str | None = None
    owner: str | None = field(default=None, repr=False)
    app: str | None = field(default=None, repr=False)
    reader: str | None = field(default=None, repr=False)
    temporal: str | None = None

    @property
    def app_url(self) -> str:
        """The database as the role of the workers."""
        return _known(self.app, "ASSAY_DATABASE_URL")

    @property
    def reader_url(self) -> str:
        """The database as the role that reads; with an address for workers alone, that one."""
        return _known(self.reader or self.app, "ASSAY_READER_URL")

    @property
    def owner_url(self) -> str:
        """The database as the role that migrates; with an address for workers alone, that one."""
        return _known(self.owner or self.app, "ASSAY_OWNER_URL")

    @property
    def temporal_address(self) -> str:
        """`host:port` of the Temporal server."""
        return _known(self.temporal, "TEMPORAL_ADDRESS")


class Settings(BaseSettings):
    """What the environment says. `load` is the way in; `resolve` adds what a running embedded stack says."""

    model_config = SettingsConfigDict(
        env_prefix="ASSAY_",
        env_ignore_empty=True,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    home: _Folder = Field(default_factory=default_home)
    database_url: _DatabaseUrl | None = Field(default=None, repr=False)
    reader_url: _DatabaseUrl | None = Field(default=None, repr=False)
    owner_url: _DatabaseUrl | None = Field(default=None, repr=False)
    admin_url: _DatabaseUrl | None = Field(default=None, repr=False)
    store_url: str | None = None
    actor: str | None = None
    task_queue: str = "assay"
    ready_file: Path | None = None
    temporal_port: int = Field(default=7233, ge=0, le=65535)
    ui_port: int = Field(default=8233, ge=0, le=65535)
    temporal_address: str | None = Field(default=None, validation_alias="TEMPORAL_ADDRESS")
    temporal_namespace: str | None = Field(default=None, validation_alias="TEMPORAL_NAMESPACE")

    @classmethod
    def load(cls) -> Self:
        """The settings of this process. Raises `BadInput`, naming the variable but not its value."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            name = str(first["loc"][0])
            variable = name if name.isupper() else f"ASSAY_{name.upper()}"
            raise BadInput(f"{variable} cannot be used: {first['msg']}", hint="correct or unset it") from None

    @property
    def external(self) -> bool:
        """Whether both servers are the user's own. Raises `NotConfigured` when only one of them is."""
        named = {"ASSAY_DATABASE_URL": self.database_url, "TEMPORAL_ADDRESS": self.temporal_address}
        missing = [name for name, value in named.items() if value is None]
        if len(missing) == 1:
            raise NotConfigured(
                f"{missing[0]} is not set, although {next(iter(named.keys() - set(missing)))} is",
                hint="set both to use your own servers, or unset both for the embedded ones",
            )
        return not missing

    def resolve(self) -> Endpoints:
        """Where everything is, the environment first. Raises `NotConfigured` when nothing is known at all."""
        stack = running_stack(self.home)
        own = any((self.database_url, self.reader_url, self.owner_url))
        if not own and not self.temporal_address and not stack:
            raise NotConfigured(f"no stack runs on {str(self.home)!r} and no servers are configured", hint=_NEXT_STEP)
        told: dict[str, str] = {} if own else stack.get("database", {})
        database = {role: database_url(url) for role, url in told.items()}
        server: dict[str, str] = {} if self.temporal_address else stack
        return Endpoints(
            home=self.home,
            store_url=self.store_url or ("" if own else stack.get("store", "")) or (self.home / "store").as_uri(),
            temporal_namespace=self.temporal_namespace or server.get("namespace", "default"),
            ui_url=server.get("ui"),
            owner=self.owner_url if own else database.get("owner"),
            app=self.database_url if own else database.get("app"),
            reader=self.reader_url if own else database.get("reader"),
            temporal=self.temporal_address or server.get("temporal"),
        )


def running_stack(home: Path) -> dict[str, Any]:
    """What `stack.json` says, {} when no stack runs there: the file may outlive a stack that was killed.

    Raises `NotConfigured` when the home belongs to somebody else.
    """
    try:
        content: dict[str, Any] = json.loads((home / "stack.json").read_text())
        return content if _held(home / "stack.lock") else {}
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise NotConfigured(
            f"the stack on {str(home)!r} belongs to another account",
            hint="run the command as that account, or set ASSAY_HOME to a home of your own",
        ) from None


def _held(lock: Path) -> bool:
    """Whether somebody holds the lock, which a stack does for as long as it runs."""
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _known(value: str | None, variable: str) -> str:
    if value is None:
        raise NotConfigured(f"{variable} is not set and no stack runs that would tell", hint=_NEXT_STEP)
    return value
