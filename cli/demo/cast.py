"""The scripted people of a demo: each acts through the same client calls as the command line, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cli.client import Session
from models.database import rows
from models.errors import NotFound, Unknown
from models.messages import MAX_ITEMS, Answer, Command, Verb
from models.payloads import (
    Approval,
    CaseSelection,
    Contents,
    Decision,
    Decisions,
    EvidenceVerdict,
    Keys,
    Message,
    Nothing,
    Opening,
    Pair,
    Pairs,
    Upload,
)
from models.phases import BY_KIND
from models.queries.versions import MemberLine, VersionHead, members, version_head

T = TypeVar("T")
_POLL_SECONDS = 0.1
_RESENDS = 10
_PATIENCE_SECONDS = 1800  # profiling a million records takes minutes


class Cast:
    """Everybody in one cycle; `say` tells what happens, `record_keys` are the report's records in file order.

    `roles` names one person per role; `executives` and `owners` map people to their lines of business.
    """

    def __init__(
        self,
        session: Session,
        slug: str,
        *,
        roles: Mapping[str, str],
        executives: Mapping[str, Sequence[str]],
        owners: Mapping[str, Sequence[str]],
        record_keys: Iterator[str],
        say: Callable[[str], None],
    ) -> None:
        self.session, self.slug, self.roles, self.say = session, slug, roles, say
        self.executives, self.owners, self.record_keys = executives, owners, record_keys

    async def act(
        self,
        who: str,
        verb: Verb,
        payload: Message | None = None,
        *,
        phase: str = "",
        owner: str = "",
        reason: str = "",
        **named: Any,
    ) -> Answer:
        """One command of one person."""
        command = self.session.command(
            verb,
            cycle=self.slug,
            actor=who,
            phase=phase,
            scope=owner,
            payload=payload or Nothing(),
            reason=reason,
            **named,
        )
        return await self._answered(command)

    async def _answered(self, command: Command) -> Answer:
        """Send a command until it is answered: the same bytes again have one effect."""
        for _ in range(_RESENDS):
            try:
                return await self.session.send(command)
            except Unknown as error:
                self.say(f"{command.actor}: {command.verb.value} has no answer yet, sent again ({error.message})")
        return await self.session.send(command)

    async def until(self, question: Callable[[], Awaitable[T | None]]) -> T:
        """Ask until there is an answer. Raises `Unknown` when none comes: a demo that hangs tells nobody anything."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while (answer := await question()) is None:
                    await asyncio.sleep(_POLL_SECONDS)
                return answer
        except TimeoutError as error:
            raise Unknown(
                f"cycle {self.slug} has not moved on for {_PATIENCE_SECONDS // 60} minutes",
                hint=f"starter.py cycle show {self.slug}",
            ) from error

    async def read(self, sql: str, **values: Any) -> list[Any]:
        """Rows as the reader role sees them."""
        async with self.session.reader.begin() as tx:
            return await rows(tx, sql, cycle=self.slug, **values)

    async def wait_for_version(self, phase: str, *statuses: str, owner: str = "") -> int:
        """The number of the phase's latest version once it is in one of the statuses."""

        async def latest() -> int | None:
            try:
                head = await self.head(phase, owner)
            except NotFound:
                return None
            return head.number if head.status in statuses else None

        return await self.until(latest)

    async def head(self, phase: str, owner: str = "") -> VersionHead:
        """The latest version of a phase, as whoever decides has it before them; raises `NotFound`."""
        async with self.session.reader.begin() as tx:
            return await version_head(tx, self.slug, BY_KIND[phase], scope=owner)

    async def members(self, phase: str, number: int, owner: str = "") -> list[MemberLine]:
        """The items of a version."""
        async with self.session.reader.begin() as tx:
            return await members(tx, await version_head(tx, self.slug, BY_KIND[phase], scope=owner, number=number))

    async def decide(self, who: str, phase: str, verdicts: Iterable[Decision], owner: str = "") -> None:
        """Verdicts on items, as many commands as they need."""
        for part in _parts(list(verdicts)):
            seen = await self.seen(phase, owner)
            await self.act(who, Verb.DECIDE, Decisions(decisions=tuple(part)), phase=phase, owner=owner, **seen)

    async def decide_rest(self, who: str, phase: str, number: int, *, owner: str = "") -> int:
        """The tester approves everything that is undecided; how many items the version has."""
        present = await self.members(phase, number, owner)
        await self.decide(
            who,
            phase,
            [
                Decision(key=m.key, revision=m.revision, verdict="approve")
                for m in present
                if not m.tester_verdict
            ],
            owner,
        )
        return len(present)

    async def submit(self, phase: str, owner: str = "") -> None:
        """The tester hands the draft over."""
        await self.act(self.roles["tester"], Verb.SUBMIT, phase=phase, owner=owner, **await self.seen(phase, owner))

    async def approve(self, who: str, phase: str, owner: str = "") -> None:
        """The approver takes over the tester's verdicts and approves."""
        seen = await self.seen(phase, owner)
        await self.act(who, Verb.APPROVE, Approval(adopt_tester=True), phase=phase, owner=owner, **seen)

    async def reject(self, who: str, phase: str, reason: str) -> None:
        """The approver sends the version back."""
        await self.act(who, Verb.REJECT, phase=phase, reason=reason, **await self.seen(phase))

    async def sign(self, who: str, phase: str) -> None:
        """Somebody puts their name to the version that they have read."""
        await self.act(who, Verb.SIGN, phase=phase, **await self.seen(phase))

    async def seen(self, phase: str, owner: str = "") -> dict[str, Any]:
        """What a decider's command names: the version, and the draft's lock version or the submitted content."""
        head = await self.head(phase, owner)
        return {"version": head.number, "lock_version": head.lock_version, "content_hash": head.content_hash or ""}

    async def open(self, phase: str, owner: str = "") -> int:
        """The tester opens the next draft; its number."""
        answer = await self.act(self.roles["tester"], Verb.OPEN, Opening(), phase=phase, owner=owner)
        return int(answer.result["version"])

    async def add_samples(self, keys: Sequence[str], reason: str) -> None:
        """The tester adds records by their keys."""
        contents = tuple({"set": {"record_key": key, "reason": reason}} for key in keys)
        seen = await self.seen("sample_selection")
        await self.act(self.roles["tester"], Verb.ADD, Contents(contents=contents), phase="sample_selection", **seen)

    async def edit(self, phase: str, edits: dict[str, dict[str, Any]], owner: str = "") -> None:
        """The tester gives items new content."""
        contents = tuple({"key": key, "set": fields} for key, fields in edits.items())
        seen = await self.seen(phase, owner)
        await self.act(self.roles["tester"], Verb.EDIT, Contents(contents=contents), phase=phase, owner=owner, **seen)

    async def assign(self, executive: str, pairs: Sequence[Pair], reason: str = "") -> None:
        """A data executive names owners."""
        for part in _parts(pairs):
            await self.act(executive, Verb.ASSIGN, Pairs(pairs=tuple(part)), phase="data_owner_id", reason=reason)

    async def upload(self, owner: str, source: str, path: Path, *, name: str = "") -> Answer:
        """A data owner hands in evidence, under the name of the document that it is a revision of."""
        size, digest = await asyncio.to_thread(lambda: (path.stat().st_size, self.session.store.put_file(path)))
        payload = Upload(source=source, name=name or path.name, sha256=digest, bytes=size)
        return await self.act(owner, Verb.UPLOAD, payload, phase="request_info", owner=owner)

    async def judge_evidence(self, owner: str, verdict: str, reason: str = "") -> None:
        """The tester accepts or returns all that waits."""
        payload = EvidenceVerdict.model_validate({"verdict": verdict})
        await self.act(
            self.roles["tester"], Verb.JUDGE_EVIDENCE, payload, phase="request_info", owner=owner, reason=reason
        )

    async def review(self, owner: str, outcomes: Sequence[str]) -> None:
        """The tester confirms results with these outcomes."""
        await self.act(
            self.roles["tester"],
            Verb.REVIEW,
            CaseSelection(outcomes=tuple(outcomes)),
            phase="test_execution",
            owner=owner,
        )

    async def conclude(self, owner: str, numbers: Sequence[str], conclusion: str, reason: str) -> None:
        """The tester concludes cases that need a person's judgement."""
        for part in _parts(numbers):
            selection = CaseSelection(cases=tuple(part), conclusion=conclusion)
            await self.act(
                self.roles["tester"], Verb.REVIEW, selection, phase="test_execution", owner=owner, reason=reason
            )

    async def waive(self, owner: str, numbers: Sequence[str], reason: str) -> None:
        """The tester takes cases out of the test."""
        for part in _parts(numbers):
            await self.act(
                self.roles["tester"],
                Verb.WAIVE_CASES,
                Keys(keys=tuple(part)),
                phase="request_info",
                owner=owner,
                reason=reason,
            )

    async def cases(self, owner: str) -> list[Any]:
        """An owner's cases as they stand."""
        return await self.read(
            "select s.number, s.record_key, s.attribute, s.line_of_business, s.state, s.outcome, s.conclusion"
            " from case_state s join cycle_report c on c.id = s.cycle"
            " where c.slug = :cycle and s.owner = :owner order by s.id",
            owner=owner,
        )


def _parts(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[at : at + MAX_ITEMS] for at in range(0, len(values), MAX_ITEMS)]
