"""The work on test cases written down at stated times, as its owner may: what the application's clock would forbid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.engine.builders import Round, named

BEGAN = datetime(2026, 4, 1, 9, tzinfo=UTC)
_SHA = "0" * 64


def day(number: float) -> datetime:
    """So many days after the cycle began."""
    return BEGAN + timedelta(days=number)


@dataclass
class Ledger:
    """The cases of a cycle whose samples are the items of a round, and what happens to them."""

    made: Round
    commands: count[int] = field(default_factory=lambda: count(1))
    requests: dict[int, str] = field(default_factory=dict)

    async def write(self, sql: str, *values: Any) -> Any:
        """Run one statement as the owner of the tables, with its event; its first value."""
        async with self.made.cycle.lab.owner.acquire() as connection, connection.transaction():
            value = await connection.fetchval(sql, *values)
            await named(connection, self.made.stream)
            return value

    async def cases(self, number: int, *, attribute: str = "balance") -> list[int]:
        """So many cases."""
        return [
            await self.write(
                "insert into test_case (cycle, number, sample_revision, scope_revision, attribute_revision, record_key,"
                " attribute, line_of_business) select $1, 'TC-' || lpad(k::text, 5, '0'), r, r, r, 'r' || k, $3,"
                " 'Cards' from (select min(id) as r, $4::int as k from item_revision where phase = $2) x returning id",
                self.made.cycle.id, self.made.phase, attribute, next(self.commands),
            )
            for _ in range(number)
        ]

    async def assign(self, status: str, owner: str | None, at: datetime, *, attribute: str = "balance") -> None:
        """A row of a pair's history."""
        await self.write(
            "insert into assignment (cycle, attribute, line_of_business, status, owner, reason, due_at, by, at)"
            " values ($1, $2, 'Cards', $3, $4, 'because', $5, 'eve', $5)",
            self.made.cycle.id, attribute, status, owner, at,
        )

    async def ask(self, case: int, owner: str, at: datetime) -> None:
        """Ask a case of an owner, or give it a later due date."""
        await self.write(
            "insert into case_owner (test_case, owner, due_at, by, at) values ($1, $2, $3, 'eve', $3)", case, owner, at)

    async def hand_in(self, owner: str, cases: Sequence[int], at: datetime, *, name: str = "ledger.csv") -> int:
        """The next revision of a document, and a run asked for of each case that it covers."""
        document = await self.write(
            "with made as (insert into document (cycle, owner, source, name) values ($1, $2, 'ledger', $3)"
            " on conflict do nothing returning id) select id from made union select id from document"
            " where cycle = $1 and owner = $2 and name = $3", self.made.cycle.id, owner, name)
        revision, number = await self.write(
            "with made as (insert into document_revision (document, revision, sha256, bytes, rows, covered, missing,"
            " unknown, unknown_keys, command_id, by, at) select $1, coalesce(max(revision), 0) + 1, $2, 1, 1, 0, '{}',"
            " '{}', 0, gen_random_uuid()::text, 'dan', $3 from document_revision where document = $1"
            " returning id, revision) select array[id, revision] from made", document, _SHA, at)
        for case in cases:
            await self.write("insert into case_evidence (test_case, revision) values ($1, $2)", case, revision)
            await self.request("initial" if number == 1 else "evidence_revised", case, revision, at)
        return int(revision)

    async def request(self, cause: str, case: int, revision: int, at: datetime) -> None:
        """Ask for a run."""
        self.requests[case] = f"c{next(self.commands)}"
        await self.write(
            "insert into execution_request (test_case, request, cause, revision, by, at) values ($1, $2, $3, $4,"
            " 'dan', $5)", case, self.requests[case], cause, revision, at)

    async def run(self, case: int, revision: int, at: datetime, outcome: str = "match") -> int:
        """Answer the case's last request."""
        return int(await self.write(
            "insert into execution (test_case, run, revision, request, outcome, explanation, at) select $1,"
            " coalesce(max(run), 0) + 1, $2, $3, $4, 'e', $5 from execution where test_case = $1 returning id",
            case, revision, self.requests[case], outcome, at))

    async def judge(self, revision: int, verdict: str, at: datetime) -> None:
        """Accept or return a revision."""
        await self.write(
            "insert into document_decision (revision, verdict, reason, by, at) values ($1, $2, 'because', 'tina', $3)",
            revision, verdict, at)

    async def review(self, execution: int, at: datetime) -> None:
        """Confirm a result."""
        await self.write(
            "insert into execution_review (execution, conclusion, concluded, by, at)"
            " values ($1, 'match', false, 'tina', $2)", execution, at)

    async def waive(self, case: int, at: datetime) -> None:
        """Take a case out."""
        await self.write(
            "insert into case_waiver (test_case, reason, by, at) values ($1, 'sold', 'tina', $2)", case, at)

    async def extension(self, at: datetime, *, granted: datetime | None = None) -> None:
        """Dan asks for more time."""
        asked = await self.write(
            "insert into extension_request (cycle, owner, until, reason, command_id, by, at) values ($1, 'dan',"
            " current_date + 30, 'archive', gen_random_uuid()::text, 'dan', $2) returning id", self.made.cycle.id, at)
        if granted:
            await self.write(
                "insert into extension_decision (request, verdict, until, by, at) values ($1, 'grant',"
                " current_date + 30, 'tina', $2)", asked, granted)

    async def owner_event(self, event: str, at: datetime) -> None:
        """Something that happened to dan's work as a whole."""
        await self.write(
            "insert into owner_event (cycle, owner, event, by, at) values ($1, 'dan', $2, 'system', $3)",
            self.made.cycle.id, event, at)
