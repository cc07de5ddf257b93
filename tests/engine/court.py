"""Commands judged as a worker judges them, without the workflows around: the activity is called directly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from activities.judge import JudgeActivities
from models.database import rows
from models.errors import NotFound
from models.messages import Answer, Command, Context, Judgement, Verb
from models.payloads import Approval, Decision, Decisions, Message, Nothing
from models.phases import BY_KIND
from models.queries.versions import version_head
from models.store import ContentStore
from tests.engine.builders import Lab, Round
from tests.workflows.people import NAMING

CONTEXT = Context(workflow_id="cycle:test:phase:scoping", run_id="run-1")
AT = datetime(2026, 3, 31, tzinfo=UTC)


def command(made: Round, verb: Verb, actor: str, payload: Message | None = None, **given: Any) -> Command:
    """One intent on a phase, under an id of its own unless one is given."""
    known = {"command_id": str(uuid4()), "phase": made.kind, "scope": made.scope, "issued_at": AT}
    return Command.model_validate(
        {**known, "cycle": made.cycle.slug, "actor": actor, "verb": verb, "payload": payload or Nothing(), **given}
    )


def decisions(verdicts: Mapping[str, str], **given: Any) -> Decisions:
    """A payload of verdicts; anything but approve says "because"."""
    return Decisions(decisions=tuple(
        Decision(key=key, verdict=verdict, reason="" if verdict == "approve" else "because", **given)
        for key, verdict in verdicts.items()
    ))


@dataclass(frozen=True, slots=True)
class Court:
    """The judge on the database under test."""

    lab: Lab
    store: ContentStore
    sent: dict[str, Command] = field(default_factory=dict)

    async def ask(self, asked: Command) -> Answer:
        """Judge a command; one that names no version means the one that is there when it is first asked."""
        if asked.verb in NAMING and asked.version is None:
            asked = self.sent.setdefault(asked.sha256(), await self._as_seen(asked))
        return await self.judge(asked)

    async def judge(self, asked: Command) -> Answer:
        """Judge these very bytes."""
        return await JudgeActivities(self.lab.database, self.store).judge(Judgement(command=asked, context=CONTEXT))

    async def _as_seen(self, asked: Command) -> Command:
        async with self.lab.database.begin() as tx:
            try:
                head = await version_head(tx, asked.cycle, BY_KIND[asked.phase], scope=asked.scope)
            except (KeyError, NotFound):
                return asked
        seen = {"version": head.number, "content_hash": head.content_hash or "", "lock_version": head.lock_version}
        stated = {name: getattr(asked, name) for name in asked.model_fields_set & set(seen)}
        return asked.model_copy(update={**seen, **stated})

    async def do(self, made: Round, verb: Verb, actor: str, payload: Message | None = None, **given: Any) -> Answer:
        """Judge a command that must be accepted."""
        answer = await self.ask(command(made, verb, actor, payload, **given))
        assert answer.accepted, answer
        return answer

    async def approved(self, made: Round, by: str = "olga") -> Answer:
        """Approve the submitted version, adopting the tester's verdicts."""
        return await self.do(made, Verb.APPROVE, by, Approval(adopt_tester=True))

    async def refused(self, code: str, asked: Command) -> Answer:
        """Judge a command that must be refused: one event says so, and no fact of the phase has changed."""
        phase, events = await self._phase(asked), await self.events(asked.cycle)
        facts = await self.lab.facts(phase)
        answer = await self.ask(asked)
        after = await self.events(asked.cycle)
        assert (code, False) == (answer.code, answer.accepted), answer
        assert facts == await self.lab.facts(phase)
        assert [f"{asked.verb}.refused"] == [event.action for event in after[len(events):]]
        return answer

    async def _phase(self, asked: Command) -> int:
        async with self.lab.database.begin() as tx:
            found = await rows(
                tx,
                "select p.id from phase p join cycle_report c on c.id = p.cycle where c.slug = :s"
                " order by (p.kind = :k) desc limit 1", s=asked.cycle, k=asked.phase,
            )
        return int(found[0].id) if found else 0

    async def events(self, slug: str) -> list[Any]:
        """All events of a cycle, as they were written."""
        async with self.lab.database.begin() as tx:
            return await rows(
                tx,
                "select stream, seq, body, hash, action, actor, command_id from audit_event"
                " where stream = :s or stream like :s || '/%' order by at, stream, seq", s=slug,
            )

    async def written(self) -> list[tuple[Any, ...]]:
        """How many rows every table of the schema holds."""
        async with self.lab.database.begin() as tx:
            found = await rows(tx, "select tablename as name from pg_tables where schemaname = 'assay' order by 1")
            counts = " union all ".join(f"select '{row.name}' as name, count(*) as n from {row.name}" for row in found)
            return [tuple(row) for row in await rows(tx, counts)]
