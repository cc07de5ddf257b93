"""Assay's own engine as a contestant: every law, the chain and the answered command id, as the role of the workers.

Each operation does in one transaction what the judge does for the same commands (`ours_commands`). Workflow, the check
of the actor's role and the summary for the reply are left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import event

from benchmarks import ours_verify
from benchmarks.asyncpg_contestant import AsyncpgContestant
from benchmarks.contestant import Addresses, Rate
from benchmarks.ours_commands import command, sample
from benchmarks.ours_setting import APPROVER, PHASE, SLUG, TESTER, begin
from benchmarks.rows import Row, Verdict
from models import membership, versions
from models.database import Database, Tx
from models.items import Sample
from models.messages import Verb
from models.phases import BY_KIND
from models.pinned import Pinned, effective
from models.queries import changes
from models.queries import versions as shown
from models.settings import database_url

T = TypeVar("T")
_CHANGED = (changes.ADDED, changes.REMOVED, changes.CHANGED)


class Ours(AsyncpgContestant):
    """The versioning engine."""

    search_path = "assay"
    mode = "versioning engine"
    guarantees = "all laws held by the database, four eyes, command answered once, every row in a SHA-256 chained event"

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(addresses)
        self.database = Database(database_url(addresses.own), pool_size=1)
        self.cycle = self.phase = 0
        self._heads: dict[int, shown.VersionHead] = {}
        event.listen(self.database.engine.sync_engine, "before_cursor_execute", self._before)
        event.listen(self.database.engine.sync_engine, "after_cursor_execute", self._after)
        self._began = 0.0

    def libraries(self) -> Mapping[str, str]:
        return {name: version(name) for name in ("sqlalchemy", "asyncpg", "pydantic")}

    def _before(self, _: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        self.recorder.statements.append((statement, parameters))
        self._began = perf_counter()

    def _after(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        self.recorder.took(statement, perf_counter() - self._began)

    def prepare(self) -> None:
        self.cycle, self.phase = self.wait(begin(self.database))

    def create(self, rows: Sequence[Row]) -> None:
        self.wait(self._create(rows))

    async def _create(self, rows: Sequence[Row]) -> None:
        async with command(self.database, Verb.ADD, TESTER) as work:
            await versions.cut(work.tx, work.phase, actor=TESTER)
            await work.add(await work.draft(), rows, by=membership.SYSTEM)

    def cut(self) -> None:
        self.wait(self._cut())

    async def _cut(self) -> None:
        async with command(self.database, Verb.OPEN, TESTER) as work:
            work.rows["dropped"] = (await versions.cut(work.tx, work.phase, actor=TESTER)).dropped

    def change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        self.wait(self._change(edits, adds))

    async def _change(self, edits: Sequence[Row], adds: Sequence[Row]) -> None:
        async with command(self.database, Verb.EDIT, TESTER) as work:
            tx, phase, number = work.tx, work.phase, await work.draft()
            if edits:
                items = [sample(each) for each in edits]
                work.rows["edited"] = await membership.edit(tx, phase, number, items, actor=TESTER)
            if adds:
                await work.add(number, adds, by=TESTER)

    def submit(self) -> None:
        self.wait(self._submit())

    async def _submit(self) -> None:
        """The tester decides what the system proposed, item by item, and submits."""
        async with command(self.database, Verb.DECIDE, TESTER) as work:
            number = await work.draft()
            waiting = await membership.undecided(work.tx, work.phase, number, "tester")
            said = {one.natural_key: membership.Verdict(one.revision, "approve") for one in waiting}
            await work.decide(number, "tester", said)
        async with command(self.database, Verb.SUBMIT, TESTER) as work:
            await work.draft()
            await versions.submit(work.tx, work.phase, await work.open("draft"), actor=TESTER)

    def decide(self, verdicts: Mapping[str, Verdict]) -> None:
        if verdicts:
            self.wait(self._decide(verdicts))

    async def _decide(self, verdicts: Mapping[str, Verdict]) -> None:
        async with command(self.database, Verb.DECIDE, APPROVER) as work:
            number = (await work.open("submitted")).number
            present = await membership.require(work.tx, work.phase, number, list(verdicts))
            said = {key: membership.Verdict(present[key].revision, v.verdict, v.reason) for key, v in verdicts.items()}
            await work.decide(number, "approver", said)

    def approve(self) -> None:
        self.wait(self._approve())

    async def _approve(self) -> None:
        async with command(self.database, Verb.APPROVE, APPROVER) as work:
            await versions.approve(work.tx, work.phase, await work.open("submitted"), actor=APPROVER)

    def _read(self, query: Callable[[Tx], Awaitable[T]]) -> T:
        async def within() -> T:
            async with self.database.begin() as tx:
                return await query(tx)

        return self.wait(within())

    def mark(self, number: int) -> None:
        self._heads[number] = self._read(lambda tx: shown.version_head(tx, SLUG, BY_KIND[PHASE], number=number))

    def effective(self) -> Sequence[object]:
        return self._read(lambda tx: effective(tx, self.cycle, PHASE, Sample))

    def effective_with_decisions(self) -> Sequence[object]:
        return [line for line in self._page(max(self._heads), shown.Selection()) if line.approver_verdict == "approve"]

    def as_of(self, number: int) -> Sequence[object]:
        return self._page(number, shown.Selection())

    def page(self, number: int, after: str, size: int) -> Sequence[object]:
        return self._page(number, shown.Selection(limit=size, after=after, counted=False))

    def _page(self, number: int, wanted: shown.Selection) -> Sequence[shown.MemberLine]:
        return self._read(lambda tx: shown.page(tx, self._heads[number], wanted)).items

    def difference(self, before: int) -> Sequence[object]:
        return self._read(lambda tx: changes.difference(tx, self.phase, before, before + 1, only=_CHANGED)).lines

    def lineage(self, key: str) -> Sequence[object]:
        return [Traced(key, line) for line in self._read(lambda tx: changes.item_lineage(tx, self.phase, key))]

    def rates(self) -> Sequence[Rate]:
        found = self._read(lambda tx: changes.history(tx, SLUG, PHASE))
        return [Rate(line.version, line.items, line.carried, line.rejected) for line in found]

    def verify(self) -> int:
        return self.wait(ours_verify.verify(self.database))

    def export(self) -> Sequence[str]:
        return self.wait(ours_verify.exported(self.database))

    def verify_export(self, lines: Sequence[str]) -> int:
        return ours_verify.verify_export(lines)

    def bare_sha256(self, lines: Sequence[str]) -> tuple[int, float]:
        return ours_verify.bare(lines)

    def key_of(self, answer: Any) -> str:
        return str(answer.content.natural_key if isinstance(answer, Pinned) else answer.key)

    def close(self) -> None:
        self.wait(self.database.close())
        super().close()


@dataclass(frozen=True, slots=True)
class Traced:
    """An item in one version."""

    key: str
    line: changes.LineageLine
