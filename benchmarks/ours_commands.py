"""What the judge does around every command of the engine, for operations that are measured without a workflow.

One transaction: the command id is claimed, the phase locked, the work done, its lock version moved on, the answer
stored, one chained event appended that names every row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from uuid_utils import uuid7

from benchmarks.ours_setting import PHASE, SLUG
from benchmarks.rows import Row
from models import audit, commands, cycles, membership, versions
from models.database import Database, Tx, one
from models.items import Origin, Sample
from models.messages import Answer, Command, Verb

_HEADER = (
    "select number, status, content_hash, manifest_hash from version where phase = :p order by number desc limit 1"
)


@dataclass(slots=True)
class Work:
    """One operation under way; what it puts into `rows` becomes part of its audit event."""

    tx: Tx
    phase: versions.PhaseRow
    actor: str
    rows: dict[str, Any] = field(default_factory=dict)

    async def open(self, status: str) -> versions.VersionRow:
        """The open version."""
        return await versions.open_version(self.tx, self.phase, status)

    async def draft(self) -> int:
        """The number of the draft, with the actor noted as one who made it."""
        number = (await self.open("draft")).number
        await membership.note_editor(self.tx, self.phase, number, self.actor)
        return number

    async def add(self, number: int, rows: Sequence[Row], *, by: str) -> None:
        """Add samples to the draft: proposed by the system, undecided; or by a person, which is their decision."""
        items = [sample(each) for each in rows]
        origin = Origin.GENERATED if by == membership.SYSTEM else Origin.TESTER
        self.rows["added"] = await membership.add(self.tx, self.phase, number, items, origin=origin, actor=by)

    async def decide(self, number: int, role: str, said: Mapping[str, membership.Verdict]) -> None:
        """Record one side's verdicts by key."""
        await membership.decide(self.tx, self.phase, number, list(said.values()), role=role, actor=self.actor)
        self.rows["decided"] = {
            key: {"revision": v.revision, "verdict": v.verdict, "reason": v.reason, "side": role}
            for key, v in said.items()
        }


def sample(row: Row) -> Sample:
    """The row as the engine's own item, validated as the judge does."""
    return Sample.model_validate({**row.as_dict(), "key_values": tuple(row.key_values.split("|"))})


@asynccontextmanager
async def command(database: Database, verb: Verb, actor: str) -> AsyncIterator[Work]:
    """An operation from claim to answer, committed when the block ends."""
    async with database.begin() as tx:
        made = Command(
            command_id=str(uuid7()), cycle=SLUG, actor=actor, verb=verb, phase=PHASE, issued_at=datetime.now(UTC)
        )
        await commands.claim(tx, made)
        work = Work(tx, await versions.lock_phase(tx, SLUG, PHASE), actor)
        yield work
        await _record(work, made)


async def _record(work: Work, made: Command) -> None:
    lock_version = await versions.touch(work.tx, work.phase)
    header = await one(work.tx, _HEADER, p=work.phase.id)
    after, subject = dict(header._mapping), work.phase.named(header.number)
    answer = Answer(accepted=True, message=subject, result={**after, "lock_version": lock_version})
    await commands.answer(work.tx, made, answer)
    await audit.append(
        work.tx, work.phase.stream, actor=made.actor, reason=made.reason, command_id=made.command_id,
        command_sha256=made.sha256(), workflow_id="", run_id="", action=made.verb.value,
        role=await cycles.roles_of(work.tx, SLUG, made.actor), subject=subject, before={}, after=after, rows=work.rows,
    )
