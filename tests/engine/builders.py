"""Cycles, phases and versions for tests of the engine: every step has defaults and commits by itself.

Steps go through the engine's public functions; `attack` goes round them, on the application role's own connection.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from activities.phases import begin_phase_row
from models import audit, membership, versions
from models.database import Database, Tx, rows, run, scalar
from models.items import Attribute, DataType, Item, Observation, Origin, Rule, Sample, Scope, Section
from models.membership import MemberRow, Verdict
from models.versions import PhaseRow
from tests.databases import DatabaseUrls, MigratedServer

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "tina": ("tester",),
    "theo": ("tester",),
    "olga": ("report_owner",),
    "omar": ("report_owner",),
    "rhea": ("test_executive",),
    "eve": ("data_executive",),
    "dan": ("data_owner",),
    "tom": ("tester", "report_owner", "test_executive"),
}
APPROVER = {"planning": "tina", "finalize_report": "rhea"}
DENIED = "42501"
_SETTINGS = {"search_path": "assay", "timezone": "UTC", "jit": "off"}
_NUMBERS = itertools.count(1)
_SHA = "0" * 64


def plain(url: str) -> str:
    """An address as asyncpg takes it."""
    return url.replace("+asyncpg", "")


def item(kind: str, key: str, text: str = "as drawn") -> Item:
    """An item of a phase; `text` is content that may change without changing the key."""
    if kind == "planning":
        return Attribute(
            name=key, line="1", title=text, data_type=DataType.TEXT, mandatory=False, primary_key=False,
            critical=False, source_column=key,
        )
    if kind == "data_profiling":
        return Rule.model_validate({
            "name": key, "attribute": "balance", "description": text, "dimension": "completeness",
            "gate": "explainable", "severity": "high",
            "expression": {"op": "not_blank", "column": "balance"}, "threshold": 0,
        })
    if kind == "scoping":
        return Scope(
            attribute=key, action="test", recommended="test", score=10, reason=text, critical=False,
            failing_records=0, past_issues=0,
        )
    if kind == "sample_selection":
        return Sample(
            record_key=key, key_values=(key,), line_of_business="Cards", category="random", reason=text,
            method="simple random", population_sha256=_SHA, seed="1",
        )
    if kind == "observation_management":
        return Observation(
            attribute=key, line_of_business="Cards", title=text, description="d", severity="low", cases_tested=1,
            findings=("TC-00001",),
        )
    return Section(name=key, ordinal=1, title=text, body="{}")


def key_of(kind: str, key: str) -> str:
    """The natural key of the item that `item(kind, key)` makes."""
    return item(kind, key).natural_key


@dataclass(frozen=True, slots=True)
class Lab:
    """A database under test, as the engine and as each role's own connections see it."""

    database: Database
    app: asyncpg.Pool
    owner: asyncpg.Pool
    urls: DatabaseUrls

    async def cycle(
        self, *, people: Mapping[str, tuple[str, ...]] = PEOPLE, report: str = "R", period: str = "2026-03-31"
    ) -> Cycle:
        """A cycle of its own with its people and durations."""
        slug = f"C{next(_NUMBERS)}:R"
        async with self.database.begin() as tx:
            cycle = await scalar(
                tx,
                "insert into cycle_report (slug, cycle, report, name, period, cycle_file_sha256, dictionary_sha256,"
                " report_sha256, started_by) values (:s, :s, :report, 'Report', CAST(:period AS text)::date, :h, :h,"
                " :h, 'rhea') returning id",
                s=slug, h=_SHA, report=report, period=period,
            )
            await run(
                tx,
                "insert into person (cycle, person, name, roles, lines_of_business, by)"
                " select :c, p, p, string_to_array(r, ' '), '{}', 'rhea'"
                "   from unnest(CAST(:people AS text[]), CAST(:roles AS text[])) as x(p, r)",
                c=cycle, people=list(people), roles=[" ".join(roles) for roles in people.values()],
            )
            await run(
                tx, "insert into duty (cycle, name, days) select :c, n, 5 from unnest(CAST(:names AS text[])) n",
                c=cycle, names=["review", "assignment", "evidence", "execution", "observation"],
            )
            await note(tx, slug)
        return Cycle(self, cycle, slug)

    async def facts(self, phase: int) -> str:
        """A digest of all facts of a phase."""
        async with self.app.acquire() as connection:
            return str(await connection.fetchval(_FACTS, phase))

    async def round(self, kind: str = "sample_selection") -> Round:
        """A phase without versions in a cycle of its own."""
        return await (await self.cycle()).round(kind)

    async def standing(self, status: str, kind: str = "sample_selection", keys: Sequence[str] = ("A", "B")) -> Round:
        """A phase whose version 1 is in that status and holds the keys, all recommended by the tester."""
        made = await self.round(kind)
        await made.cut()
        await made.add(*keys)
        if status == "withdrawn":
            await made.withdraw()
        if status in ("submitted", "approved", "rejected", "superseded"):
            await made.submit()
        if status in ("approved", "superseded"):
            await made.approve()
        if status == "rejected":
            await made.reject()
        if status == "superseded":
            await made.cut()
            await made.submit()
            await made.approve()
        return made


@asynccontextmanager
async def laboratory(server: MigratedServer) -> AsyncIterator[Lab]:
    """A database of its own, for the time of the block."""
    async with server.database() as urls:
        database = Database(urls.app, pool_size=4)
        async with (
            asyncpg.create_pool(plain(urls.app), min_size=1, max_size=4, server_settings=_SETTINGS) as app,
            asyncpg.create_pool(plain(urls.owner), min_size=0, max_size=1, server_settings=_SETTINGS) as owner,
        ):
            yield Lab(database, app, owner, urls)
        await database.close()


@dataclass(frozen=True, slots=True)
class Cycle:
    """A test cycle."""

    lab: Lab
    id: int
    slug: str

    async def round(self, kind: str = "sample_selection", scope: str = "") -> Round:
        """One of its phases, begun, without versions."""
        if kind == "observation_management":
            scope = scope or "dan"
        async with self.lab.database.begin() as tx:
            await begin_phase_row(tx, self.id, kind, scope)
            phase = await versions.lock_phase(tx, self.slug, kind, scope)
            await note(tx, phase.stream)
        return Round(self, kind, scope, phase.id)


@dataclass(frozen=True, slots=True)
class Round:
    """The versions of one phase; each method is one committed step on its open version."""

    cycle: Cycle
    kind: str
    scope: str
    phase: int

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[tuple[Tx, PhaseRow]]:
        """A transaction that holds the phase, as every command does."""
        async with self.cycle.lab.database.begin() as tx:
            phase = await versions.lock_phase(tx, self.cycle.slug, self.kind, self.scope)
            yield tx, phase
            await note(tx, phase.stream)

    async def cut(self, parent: int | None = None, *, by: str = "tina") -> int:
        """Open the next draft."""
        async with self.locked() as (tx, phase):
            return (await versions.cut(tx, phase, actor=by, parent=parent)).number

    async def add(
        self, *keys: str, by: str = "tina", origin: Origin = Origin.TESTER, text: str = "as drawn"
    ) -> dict[str, int]:
        """Add items; by a person that is their decision, by `membership.SYSTEM` it is none."""
        async with self.locked() as (tx, phase):
            d = (await versions.open_version(tx, phase, "draft")).number
            await self._note(tx, phase, d, by)
            made = [item(self.kind, key, text) for key in keys]
            return await membership.add(tx, phase, d, made, origin=origin, actor=by)

    async def edit(self, *keys: str, text: str, by: str = "tina") -> dict[str, int]:
        """Give items new content."""
        async with self.locked() as (tx, phase):
            d = (await versions.open_version(tx, phase, "draft")).number
            await self._note(tx, phase, d, by)
            return await membership.edit(tx, phase, d, [item(self.kind, key, text) for key in keys], actor=by)

    async def remove(self, *keys: str, by: str = "tina") -> None:
        """Take items out of the draft."""
        async with self.locked() as (tx, phase):
            d = (await versions.open_version(tx, phase, "draft")).number
            await self._note(tx, phase, d, by)
            await membership.remove(tx, phase, d, [key_of(self.kind, key) for key in keys])

    async def _note(self, tx: Tx, phase: PhaseRow, d: int, by: str) -> None:
        if by != membership.SYSTEM:
            await membership.note_editor(tx, phase, d, by)

    async def decide(self, by: str = "", **verdicts: str) -> None:
        """Record the verdicts of the side whose turn it is; anything but approve says "because"."""
        async with self.locked() as (tx, phase):
            version = await versions.open_version(tx, phase, "draft", "submitted")
            role = "tester" if version.status == "draft" else "approver"
            keys = {key_of(self.kind, key): verdict for key, verdict in verdicts.items()}
            found = await membership.require(tx, phase, version.number, list(keys))
            await membership.decide(
                tx, phase, version.number,
                [Verdict(found[k].revision, v, "" if v == "approve" else "because") for k, v in keys.items()],
                role=role, actor=by or ("tina" if role == "tester" else self.approver),
            )

    @property
    def approver(self) -> str:
        """Who approves by default."""
        return APPROVER.get(self.kind, "olga")

    async def submit(self, *, by: str = "tina") -> str:
        """Hand the draft over; its content hash."""
        async with self.locked() as (tx, phase):
            return await versions.submit(tx, phase, await versions.open_version(tx, phase, "draft"), actor=by)

    async def sign(self, *, by: str = "omar", role: str = "report_owner") -> None:
        """Sign the submitted version."""
        async with self.locked() as (tx, phase):
            version = await versions.open_version(tx, phase, "submitted")
            await versions.sign(tx, phase, version.number, version.content_hash or "", actor=by, role=role)

    async def approve(self, *, by: str = "", adopt: bool = True) -> None:
        """Approve the submitted version; undecided items take over the tester's verdict."""
        by = by or self.approver
        async with self.locked() as (tx, phase):
            version = await versions.open_version(tx, phase, "submitted")
            found = await membership.members(tx, phase, version.number)
            rest = [
                Verdict(m.revision, m.tester_verdict or "approve", "" if m.tester_verdict == "approve" else "because")
                for m in found.values() if adopt and m.approver_verdict is None
            ]
            await membership.decide(tx, phase, version.number, rest, role="approver", actor=by)
            await versions.approve(tx, phase, version, actor=by)

    async def reject(self, *, by: str = "", reason: str = "not good enough") -> None:
        """Send the submitted version back."""
        async with self.locked() as (tx, phase):
            version = await versions.open_version(tx, phase, "submitted")
            await versions.reject(tx, phase, version, actor=by or self.approver, reason=reason)

    async def withdraw(self, *, by: str = "tina", reason: str = "too early") -> None:
        """Give up the open version."""
        async with self.locked() as (tx, phase):
            version = await versions.open_version(tx, phase, "draft", "submitted")
            await versions.withdraw(tx, phase, version, actor=by, reason=reason)

    async def members(self, number: int) -> dict[str, MemberRow]:
        """The items of a version by key."""
        async with self.locked() as (tx, phase):
            return await membership.members(tx, phase, number)

    async def seen(self, number: int) -> list[tuple[Any, ...]]:
        """Everything that a version says of its items, in key order."""
        found = await self.read(
            "select natural_key, revision, origin, digest, content, revised_by, tester_verdict, tester_reason,"
            " tester_by, tester_in, approver_verdict, approver_reason, approver_by, approver_in from member"
            " where phase = :p and number = :n order by natural_key",
            n=number,
        )
        return [tuple(row) for row in found]

    async def header(self, number: int) -> Any:
        """The version's own row."""
        return (await self.read("select * from version where phase = :p and number = :n", n=number))[0]

    async def read(self, sql: str, **values: Any) -> list[Any]:
        """The rows of a query; `:p` is the phase."""
        async with self.cycle.lab.database.begin() as tx:
            return await rows(tx, sql, p=self.phase, **values)

    async def facts(self) -> str:
        """A digest of all facts of the phase."""
        return await self.cycle.lab.facts(self.phase)

    async def attack(self, law: str, *statements: str, owner: bool = False, event: bool = True) -> None:
        """Run statements in one transaction as the application (or the owner): the law refuses, nothing changes.

        In the statements `:p` is the phase. A missing grant is named by its SQLSTATE (`DENIED`). What they wrote is
        in an event, so that the law refuses for its own reason; without one where that is the attack.
        """
        before = await self.facts()
        pool = self.cycle.lab.owner if owner else self.cycle.lab.app
        async with pool.acquire() as connection:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await execute(
                    connection, *(statement.replace(":p", str(self.phase)) for statement in statements), event=event
                )
        error = caught.value
        assert law == (getattr(error, "constraint_name", None) or error.sqlstate), str(error)
        assert before == await self.facts()

    @property
    def stream(self) -> str:
        """The audit stream of the phase."""
        return f"{self.cycle.slug}/{self.kind}" + (f"/{self.scope}" if self.scope else "")

    async def force(self, *statements: str, stream: str = "") -> None:
        """Run statements in one transaction as the application, with an event of what they wrote; they must work.

        The event is the next of `stream`, or the first of one of its own.
        """
        async with self.cycle.lab.app.acquire() as connection:
            filled = (statement.replace(":p", str(self.phase)) for statement in statements)
            await execute(connection, *filled, stream=stream)


async def named(connection: Any, stream: str = "") -> None:
    """An event of what a transaction of the driver's own wrote: the next of a stream, or the first of its own."""
    stream = stream or f"test/{uuid4()}"
    parts = await connection.fetch("select * from audit_rows where stream is null order by id")
    if not parts:
        return
    await connection.execute("insert into stream_head values ($1, 0, $2) on conflict do nothing", stream, audit.GENESIS)
    head = await connection.fetchrow("select seq, hash from stream_head where stream = $1", stream)
    seq, at = head["seq"] + 1, datetime.now(UTC)
    facts = [{key: part[key] for key in ("id", "table", "op", "columns", "key", "rows")}
             | {"sha256": sha256(part["body"].encode()).hexdigest()} for part in parts]
    body = audit.canonical({"stream": stream, "seq": seq, "at": at.isoformat(), "actor": "tina", "action": "forced",
                            "facts": facts})
    digest = audit.chained(head["hash"], body)
    await connection.execute("update stream_head set seq = $2, hash = $3 where stream = $1", stream, seq, digest)
    await connection.execute(
        "insert into audit_event (stream, seq, at, body, hash, actor, action)"
        " values ($1, $2, $3, $4, $5, 'tina', 'forced')", stream, seq, at, body, digest,
    )
    await connection.execute("update audit_rows set stream = $1, seq = $2 where stream is null", stream, seq)


async def note(tx: Tx, stream: str) -> None:
    """The event of what was just written, as every step of a worker has one."""
    if await scalar(tx, "select exists (select from audit_rows where stream is null)"):
        await audit.append(tx, stream, actor="system", action="test")


async def execute(connection: Any, *statements: str, event: bool = True, stream: str = "") -> None:
    """Run statements in one transaction, with an event of what they wrote unless it shall have none."""
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)
        if event:
            await named(connection, stream)


_OF_PHASE = (
    "version", "version_basis", "version_editor", "version_signoff", "item", "item_revision", "item_decision",
    "item_request", "item_comment", "rule_result", "report_profile", "report_file", "explanation",
)
_FACTS = " union all ".join(
    [f"select '{table} ' || t::text as fact from {table} t where t.phase = $1" for table in _OF_PHASE]
    + ["select 'phase ' || t::text from phase t where t.id = $1"]
    + [
        f"select '{table} ' || t::text from {table} t join item_revision r on r.id = t.revision where r.phase = $1"
        for table in ("sample_item", "scope_item", "observation_item", "section_item", "item_request_landing")
    ]
)
_FACTS = f"select md5(string_agg(fact, E'\\n' order by fact)) from ({_FACTS}) facts"
