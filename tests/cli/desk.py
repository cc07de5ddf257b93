"""A person at a terminal: command lines, run as `starter.py` runs them, on a stack of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cli.main import main
from models.database import Database, rows
from tests.cli.builders import written
from tests.databases import MigratedServer
from tests.quiet import quiet_logs
from tests.workflows.arena import Arena, arena
from tests.workflows.people import until
from tests.workflows.tiny import EXECUTIVE, TESTER, Tiny

# Refusals are on record, and so is that they were answered; nothing else is.
_RECORDS = ("command", "stream_head", "audit_event", "audit_rows", "alembic_version")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The data of `--output json`."""
        return json.loads(self.out)["data"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands run: the environment of the stack, a folder for files, and a stage for cycles far along."""

    folder: Path
    env: Mapping[str, str]
    reader: Database
    stage: Arena
    started: set[str] = field(default_factory=set)
    admin: str = ""

    async def run(self, *words: str, env: Mapping[str, str] | None = None) -> Said:
        """Run one command line in a process-like environment that names this stack and nothing else."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.env, **(env or {})}.items():
                patch.setenv(name, value)
            patch.setattr("sys.argv", ["starter.py", *words])
            # The worker shares our stdout, which is for the data of commands.
            with quiet_logs(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = await asyncio.to_thread(main, words)
        return Said(code, out.getvalue(), err.getvalue())

    async def do(self, *words: str, actor: str = TESTER) -> Said:
        """Run one command line that has to succeed."""
        said = await self.run(*words, "--as", actor)
        assert 0 == said.code, said.err
        return said

    async def ask(self, *words: str) -> Any:
        """The data of one command line that only reads."""
        said = await self.run(*words, "--output", "json")
        assert 0 == said.code, said.err
        return said.data

    async def facts(self) -> dict[str, str | None]:
        """A hash of every table's rows, but for the record of what was asked."""
        async with self.reader.begin() as tx:
            listed = await rows(tx, "select tablename as name from pg_tables where schemaname = 'assay'")
            kept = [row.name for row in listed if row.name not in _RECORDS]
            hashes = [f"(select md5(string_agg(x::text, '|' order by x::text)) from {t} x) as {t}" for t in kept]
            return dict((await rows(tx, f"select {', '.join(hashes)}"))[0]._mapping)

    async def begun(self, tiny: Tiny) -> str:
        """A cycle that waits in Planning; its name. The same cycle is started once."""
        if tiny.slug not in self.started:
            folder = self.folder / tiny.cycle
            folder.mkdir()
            await self.do("cycle", "start", str(written(folder, tiny)), actor=EXECUTIVE)
            await self.version(tiny.slug, "planning", "draft")
            self.started.add(tiny.slug)
        return tiny.slug

    async def version(self, slug: str, phase: str, status: str, *, owner: str = "") -> int:
        """Wait for a version in a status; its number."""
        return await until(lambda: self._version(slug, phase, status, owner), f"{phase} {owner} {status}")

    async def _version(self, slug: str, phase: str, status: str, owner: str) -> int | None:
        standing = await self.ask("cycle", "show", slug)
        return next((int(row["version"]) for row in standing["phases"]
                     if (row["phase"], row["owner"], row["status"]) == (phase, owner, status)), None)


@contextlib.asynccontextmanager
async def open_desk(temporal_address: str, migrated_server: MigratedServer, home: Path) -> AsyncIterator[Desk]:
    """A desk with a database and a task queue of its own, and a worker in this process."""
    queue = f"desk-{uuid4()}"
    async with (
        migrated_server.database() as urls,
        arena(temporal_address, urls, home, task_queue=queue) as stage,
    ):
        env = {
            "ASSAY_HOME": str(home), "ASSAY_DATABASE_URL": urls.app, "ASSAY_READER_URL": urls.reader,
            "TEMPORAL_ADDRESS": temporal_address, "ASSAY_TASK_QUEUE": queue, "COLUMNS": "200",
        }
        reader = Database(urls.reader, pool_size=1)
        yield Desk(home, env, reader, stage, admin=urls.admin)
        await reader.close()
