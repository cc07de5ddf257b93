"""docs/operations.md is complete and its commands work: an operator needs no other page.

`ASSAY_RECORD=1` before `pytest tests/docs/test_operations_page.py` writes its table of settings anew.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pydantic.fields import FieldInfo

from models import audit
from models.database import Database
from models.queries.operations import Operations, Waits
from models.settings import Settings, driver_url
from models.settings_files import variable_of
from service.health import Health
from service.metrics import exposition
from service.probe import main as probe
from stack.postgres import PostgresServer
from tests.databases import DatabaseUrls, MigratedServer
from tests.service.processes import REPOSITORY

PATH = REPOSITORY / "docs" / "operations.md"
PAGE = PATH.read_text(encoding="utf-8")
_TABLE = re.compile(r"(<!-- settings:[^\n]*\n(?:\|[^\n]*\n){2})(.*?)(<!-- /settings -->)", re.DOTALL)


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the user's data directory; `/var/lib/assay` for root"
    return "" if field.default is None else f"`{field.default}`"


def _settings() -> str:
    rows = [(variable_of(Settings, name), name, field) for name, field in Settings.model_fields.items()]
    return "".join(f"| `{v}` | `{n}` | {_default(f)} | {f.description} |\n" for v, n, f in rows)


def test_every_setting_is_listed() -> None:
    """The table is what the settings say of themselves: name, default, meaning."""
    if os.environ.get("ASSAY_RECORD"):
        PATH.write_text(_TABLE.sub(lambda m: m[1] + _settings() + m[3], PAGE), encoding="utf-8")
    found = _TABLE.search(PATH.read_text(encoding="utf-8"))
    assert found is not None
    assert _settings() == found[2]


def test_every_metric_is_listed() -> None:
    """What `/metrics` shows and what the page lists are the same."""
    waits = {"tester": Waits(waiting=1, oldest=datetime(2026, 1, 1, tzinfo=UTC))}
    all_of_it = exposition(Operations(at=datetime.now(UTC), versions=waits, refused={"wrong_role": 1}))
    served = {name for name in re.findall(r"^# TYPE (\w+)", all_of_it.decode(), re.MULTILINE) if "assay" in name}
    assert served == set(re.findall(r"^\| `(assay_\w+)`", PAGE, re.MULTILINE))


@pytest.mark.asyncio
async def test_every_part_of_readiness_is_listed(database: DatabaseUrls) -> None:
    """The parts that `/readyz` names are explained in its order."""
    reader = Database(database.reader, pool_size=1)
    parts = list((await Health(reader, "queue").readiness()).parts)
    await reader.close()
    assert ", ".join(f"`{part}`" for part in parts) in PAGE


def test_every_make_target_is_there() -> None:
    """Nothing is asked of make that it does not know."""
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", PAGE)) <= targets


def test_the_probe_says_when_nothing_is_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an address there is nothing to ask, which is another thing than not being ready."""
    monkeypatch.delenv("ASSAY_HTTP_ADDRESS", raising=False)
    assert 2 == probe(["/readyz"])
    assert "ASSAY_HTTP_ADDRESS" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_a_backup_can_be_restored(
    postgres_server: PostgresServer, migrated_server: MigratedServer, tmp_path: Path
) -> None:
    """The two commands carry facts, laws and grants into another database, which is exactly like the first."""
    dump, restore = re.findall(r"^    (pg_(?:dump|restore) .*)$", PAGE, re.MULTILINE)
    async with migrated_server.database() as old, migrated_server.database() as new:
        await _write_something(old.app)
        for command, urls in ((dump, old), (restore, new)):
            await asyncio.to_thread(_shell, command, urls, postgres_server, tmp_path)
        assert await _content(old.reader) == await _content(new.reader)
        app = await asyncpg.connect(driver_url(new.app))
        with pytest.raises(asyncpg.PostgresError, match=r"nothing is ever deleted|permission denied"):
            await app.execute("delete from assay.stream_head")
        await app.close()


def _shell(command: str, urls: DatabaseUrls, server: PostgresServer, folder: Path) -> None:
    env = {"PATH": f"{server.cluster.programs}:{os.defpath}", "ASSAY_OWNER_URL": driver_url(urls.owner)}
    done = subprocess.run(["/bin/sh", "-euc", command], cwd=folder, env=env, capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr


async def _write_something(app_url: str) -> None:
    app = Database(app_url, pool_size=1)
    async with app.begin() as tx:
        await audit.append(tx, "kept", actor="ann", role="", action="start", subject="kept", reason="")
    await app.close()


async def _content(reader_url: str) -> dict[str, object]:
    """Events, triggers and grants."""
    reader = await asyncpg.connect(driver_url(reader_url))
    found = {
        "events": "select stream, seq, body, hash from assay.audit_event order by stream, seq",
        "triggers": "select tgname, tgrelid::regclass::text from pg_trigger where not tgisinternal order by 1, 2",
        "grants": "select relname, relacl::text from pg_class where relnamespace = 'assay'::regnamespace order by 1",
    }
    content: dict[str, object] = {}
    for name, sql in found.items():
        content[name] = [tuple(row) for row in await reader.fetch(sql)]
    await reader.close()
    return content
