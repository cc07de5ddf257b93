"""Configuration: the environment wins over a running stack, two servers are never mixed, passwords are not shown."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from models.errors import BadInput, NotConfigured
from models.settings import Settings, database_url, driver_url
from stack.home import Home

STACK = {
    "database": {role: f"postgresql://{role}:pw@127.0.0.1:5/assay" for role in ("owner", "app", "reader")},
    "temporal": "127.0.0.1:6",
    "namespace": "default",
    "ui": "http://127.0.0.1:7",
    "store": "file:///elsewhere/store",
}


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("ASSAY_", "TEMPORAL_")):
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home where a stack says that it runs."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    home = Home(tmp_path)
    home.stack.write_text(json.dumps(STACK))
    return home


def test_a_running_stack_is_found(home: Home) -> None:
    """Nothing set: the stack on the home folder tells everything."""
    with home.lock():
        found = Settings.load().resolve()
    assert (
        "postgresql+asyncpg://app:pw@127.0.0.1:5/assay",
        "postgresql+asyncpg://reader:pw@127.0.0.1:5/assay",
        "postgresql+asyncpg://owner:pw@127.0.0.1:5/assay",
        "127.0.0.1:6",
        "http://127.0.0.1:7",
        "file:///elsewhere/store",
    ) == (found.app_url, found.reader_url, found.owner_url, found.temporal_address, found.ui_url, found.store_url)


def test_the_environment_wins_for_the_database_as_a_whole(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an address of a database of one's own, no role of the running stack is used."""
    monkeypatch.setenv("ASSAY_DATABASE_URL", "postgresql://me:pw@db/assay")
    with home.lock():
        found = Settings.load().resolve()
    assert {"postgresql+asyncpg://me:pw@db/assay"} == {found.app_url, found.reader_url, found.owner_url}
    assert "127.0.0.1:6" == found.temporal_address


def test_the_environment_wins_for_temporal(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a Temporal address of one's own, the Web UI of the running stack is not offered either."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    with home.lock():
        found = Settings.load().resolve()
    assert ("temporal:7233", None) == (found.temporal_address, found.ui_url)


def test_a_file_left_by_a_killed_stack_is_not_believed(home: Home) -> None:
    """Nobody holds the lock, so nothing runs, and the next step is named."""
    home.root.joinpath("stack.lock").touch()
    with pytest.raises(NotConfigured) as caught:
        Settings.load().resolve()
    assert "make up" in caught.value.hint


def test_a_missing_address_is_named_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only reads needs no address for workers."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.setenv("ASSAY_READER_URL", "postgresql://reader@db/assay")
    found = Settings.load().resolve()
    assert "postgresql+asyncpg://reader@db/assay" == found.reader_url
    with pytest.raises(NotConfigured, match="ASSAY_DATABASE_URL is not set"):
        _ = found.app_url


@pytest.mark.parametrize(
    ("variable", "missing"), [("ASSAY_DATABASE_URL", "TEMPORAL_ADDRESS"), ("TEMPORAL_ADDRESS", "ASSAY_DATABASE_URL")]
)
def test_half_of_ones_own_servers_is_refused(variable: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting needs both servers or none; the missing one is named."""
    monkeypatch.setenv(variable, "postgresql://me@db/assay")
    with pytest.raises(NotConfigured, match=f"{missing} is not set"):
        _ = Settings.load().external


def test_a_wrong_value_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable and keeps the password."""
    monkeypatch.setenv("ASSAY_DATABASE_URL", "mysql://me:secret@db/assay")
    with pytest.raises(BadInput, match="ASSAY_DATABASE_URL") as caught:
        Settings.load()
    assert "secret" not in str(caught.value)


def test_passwords_are_not_shown(home: Home) -> None:
    """Neither settings nor endpoints print an address that holds a password."""
    with home.lock():
        settings = Settings(database_url="postgresql://me:pw@db/assay")
        assert "pw@" not in f"{settings!r} {settings} {settings.resolve()!r}"


def test_addresses_are_taken_as_tools_write_them() -> None:
    """libpq's spelling is understood, and asyncpg gets its own back."""
    url = database_url("postgres://me:p%40w@db:1/assay?sslmode=verify-full")
    assert "postgresql+asyncpg://me:p%40w@db:1/assay?ssl=verify-full" == url
    assert "postgresql://me:p%40w@db:1/assay?ssl=verify-full" == driver_url(url)


def test_a_secret_stands_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VARIABLE_FILE names the file that holds the value; a line feed at its end is not part of it."""
    secret = tmp_path / "url"
    secret.write_text("postgresql://me:pw@db/assay\n")
    monkeypatch.setenv("ASSAY_DATABASE_URL_FILE", str(secret))
    assert "postgresql+asyncpg://me:pw@db/assay" == Settings.load().database_url


def test_a_file_and_a_value_are_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to guess which one counts."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "here:1")
    monkeypatch.setenv("TEMPORAL_ADDRESS_FILE", str(tmp_path / "there"))
    with pytest.raises(BadInput, match="both TEMPORAL_ADDRESS and TEMPORAL_ADDRESS_FILE"):
        Settings.load()


@pytest.mark.parametrize("variable", ["ASSAY_READER_URL_FILE", "ASSAY_CONFIG"])
def test_a_file_that_is_not_there_is_named(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable and the path."""
    monkeypatch.setenv(variable, str(tmp_path / "nothing"))
    with pytest.raises(BadInput, match=f"{variable} names '{tmp_path}/nothing'"):
        Settings.load()


def test_the_environment_wins_over_secrets_and_they_over_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variable, file of a variable, settings file, default: the first that says something counts."""
    (tmp_path / "queue").write_text("from its file")
    (tmp_path / "config.toml").write_text(
        'task_queue = "of the settings file"\nactor = "of the settings file"\n'
        'temporal_address = "file:1"\ndrain_seconds = 5\n'
    )
    monkeypatch.setenv("ASSAY_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("ASSAY_TASK_QUEUE_FILE", str(tmp_path / "queue"))
    monkeypatch.setenv("ASSAY_ACTOR", "of the environment")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "environment:1")
    found = Settings.load()
    assert ("of the environment", "from its file", "environment:1", 5, "info") == (
        found.actor, found.task_queue, found.temporal_address, found.drain_seconds, found.log_level
    )


@pytest.mark.parametrize(
    ("text", "told"), [("task_que = 'x'", "no setting 'task_que'"), ("task_queue =", "is not TOML")]
)
def test_a_wrong_settings_file_is_refused(
    text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped name is no default taken silently."""
    (tmp_path / "config.toml").write_text(text)
    monkeypatch.setenv("ASSAY_CONFIG", str(tmp_path / "config.toml"))
    with pytest.raises(BadInput, match=told):
        Settings.load()


def test_an_address_of_the_worker_is_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port alone is refused, by the variable's name."""
    monkeypatch.setenv("ASSAY_HTTP_ADDRESS", "9464")
    with pytest.raises(BadInput, match="ASSAY_HTTP_ADDRESS cannot be used"):
        Settings.load()
