"""How Assay is configured: `ASSAY_*`, Temporal's own `TEMPORAL_*`, files, else a running stack.

The first that says something wins: the variable, the file that the variable with `_FILE` names, a file of the
variable's name in lower case below /run/secrets, the TOML file that ASSAY_CONFIG names, the default.
Unset means embedded: the stack that runs on the home folder says where it listens in `stack.json`. Configuration wins
over that file, for the database as a whole and for Temporal as a whole, so two servers are never mixed.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from models.errors import BadInput, NotConfigured
from models.settings_files import file_named_by_variable, from_toml, variable_of

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
    """What is configured. `load` is the way in; `resolve` adds what a running embedded stack says.

    The description of a field is what an operator reads of it in docs/operations.md.
    """

    model_config = SettingsConfigDict(
        env_prefix="ASSAY_",
        env_ignore_empty=True,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    home: _Folder = Field(
        default_factory=default_home, description="folder of the embedded servers, the content store and the journal"
    )
    database_url: _DatabaseUrl | None = Field(
        default=None, repr=False, description="database as the role `assay_app`, for workers"
    )
    reader_url: _DatabaseUrl | None = Field(
        default=None, repr=False, description="database as the role `assay_reader`, for the command line"
    )
    owner_url: _DatabaseUrl | None = Field(
        default=None, repr=False, description="database as the role `assay_owner`, for `make migrate` alone"
    )
    admin_url: _DatabaseUrl | None = Field(
        default=None, repr=False, description="the same server as a superuser; `make migrate` then makes the roles too"
    )
    store_url: str | None = Field(
        default=None, description="content store: `file:///srv/assay`, or with the package s3fs `s3://bucket/prefix`"
    )
    actor: str | None = Field(default=None, description="who acts, where a command has no `--as`")
    task_queue: str = Field(default="assay", description="Temporal task queue of workers and commands")
    http_address: str | None = Field(
        default=None,
        pattern=r"^\S+:\d{1,5}$",
        description="`host:port` of a worker's /livez, /readyz and /metrics; unset: none; port 0: a free one",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least that a worker logs"
    )
    log_format: Literal["json", "console"] = Field(default="json", description="how a worker's log reads")
    drain_seconds: float = Field(
        default=30, ge=0, le=3600, description="how long a worker that is told to stop finishes what it is at"
    )
    ready_file: Path | None = Field(
        default=None, description="file that a worker writes once it is ready; holds the URL of its HTTP address"
    )
    temporal_port: int = Field(
        default=7233, ge=0, le=65535, description="port of the embedded Temporal server under `make up`; 0: a free one"
    )
    ui_port: int = Field(
        default=8233, ge=0, le=65535, description="port of the embedded Web UI under `make up`; 0: a free one"
    )
    temporal_address: str | None = Field(
        default=None, validation_alias="TEMPORAL_ADDRESS", description="`host:port` of the Temporal server"
    )
    temporal_namespace: str | None = Field(
        default=None, validation_alias="TEMPORAL_NAMESPACE", description="Temporal namespace; unset: `default`"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Any, ...]:
        """The sources, the one that wins first."""
        named = lambda: file_named_by_variable(settings_cls)  # noqa: E731
        return init_settings, env_settings, named, file_secret_settings, lambda: from_toml(settings_cls)

    @classmethod
    def load(cls) -> Self:
        """The settings of this process. Raises `BadInput`, naming the variable but not its value."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            variable = variable_of(cls, str(first["loc"][0]))
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
