"""The people of a tiny cycle and what they see: each acts through the command line's own client, one call per act."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from temporalio.client import WorkflowHandle

from cli.client import Session
from models.blockers import blockers
from models.cycles import find_cycle
from models.database import one, rows
from models.errors import NotFound
from models.messages import (
    PHASE_VERBS,
    Answer,
    Command,
    Verb,
    cycle_workflow_id,
    host_of,
    owner_workflow_id,
    phase_workflow_id,
)
from models.payloads import Approval as Adopting
from models.payloads import (
    CaseSelection,
    Contents,
    Decision,
    Decisions,
    EvidenceVerdict,
    Keys,
    Message,
    Named,
    Opening,
    Pair,
    Pairs,
    Upload,
)
from models.phases import BY_KIND
from models.queries.versions import version_head
from tests.workflows.tiny import DATA_EXECUTIVE, EXECUTIVE, REPORT_OWNER, TESTER, Tiny

T = TypeVar("T")
WITHIN = 30.0
MOMENT = 0.03
FOUNDATION = ("planning", "data_profiling", "scoping", "sample_selection")
# Everything a person sends bears this time, so that two runs of the same story send the same bytes.
WHEN = datetime(2026, 4, 1, tzinfo=UTC)
# The verbs that name what was read of a version: its number, and its lock version or the hash of its content.
NAMING = set(PHASE_VERBS) - {Verb.OPEN, Verb.REQUEST}
PLAN = {
    "root_cause": "keyed by hand",
    "remediation_plan": "load from source",
    "remediation_owner": "ann",
    "remediation_due": "2026-12-31",
}


async def until(question: Callable[[], Awaitable[T | None]], what: str, within: float = WITHIN) -> T:
    """Ask until there is an answer that is not None; fails with `what` was waited for."""
    end = time.monotonic() + within
    while (answer := await question()) is None:
        assert time.monotonic() < end, f"not within {within:g} s: {what}"
        await asyncio.sleep(MOMENT)
    return answer


class Play:
    """One cycle and everybody in it."""

    def __init__(self, session: Session, tiny: Tiny) -> None:
        self.session, self.tiny, self.slug = session, tiny, tiny.slug
        self.numbers = count(1)

    # What people do.

    def command(
        self, who: str, verb: Verb, payload: Message | None = None, *, phase: str = "", owner: str = "", **named: Any
    ) -> Command:
        """A command under the next number of this cycle."""
        named = {"command_id": f"{self.tiny.cycle}-{next(self.numbers):06d}", **named}
        made = self.session.command(
            verb, cycle=self.slug, actor=who, phase=phase, scope=owner, payload=payload, **named
        )
        return made.model_copy(update={"issued_at": WHEN})

    async def act(
        self, who: str, verb: Verb, payload: Message | None = None, *, phase: str = "", owner: str = "", **named: Any
    ) -> Answer:
        """One command of one person on what they see now, answered; raises the refusal."""
        return await self.deliver(await self.asked(who, verb, payload, phase=phase, owner=owner, **named))

    async def asked(
        self, who: str, verb: Verb, payload: Message | None = None, *, phase: str = "", owner: str = "", **named: Any
    ) -> Command:
        """A command on what its actor sees now."""
        if verb in NAMING:
            named = {**await self.seen(phase, owner), **named}
        return self.command(who, verb, payload, phase=phase, owner=owner, **named)

    async def seen(self, phase: str, owner: str = "") -> dict[str, Any]:
        """What a command on a version has to name: its number, and its lock version or the hash of its content."""
        async with self.session.reader.begin() as tx:
            try:
                head = await version_head(tx, self.slug, BY_KIND[phase], scope=owner)
            except NotFound:
                return {}
        hold = {"lock_version": head.lock_version} if head.status == "draft" else {}
        return {"version": head.number, "content_hash": head.content_hash or "", **hold}

    async def deliver(self, command: Command) -> Answer:
        """Send these bytes as an update."""
        return await asyncio.wait_for(self.session.deliver(command), WITHIN)

    async def signal(self, command: Command) -> None:
        """Send these bytes as a signal."""
        await self.run_of(command).signal(command.verb.value, command)

    async def decide(
        self, who: str, phase: str, verdicts: Mapping[str, str], *, reason: str = "", owner: str = ""
    ) -> Answer:
        """Verdicts on items by key."""
        decisions = tuple(Decision(key=key, verdict=verdict, reason=reason) for key, verdict in verdicts.items())
        return await self.act(who, Verb.DECIDE, Decisions(decisions=decisions), phase=phase, owner=owner)

    async def draft(self, phase: str, owner: str = "") -> int:
        """Wait for the phase's open draft; its number."""
        return await self.version(phase, "draft", owner=owner)

    async def submit(self, phase: str, owner: str = "") -> int:
        """The tester approves what is undecided in the draft and hands it over; its number."""
        number = await self.draft(phase, owner)
        undecided = [m.natural_key for m in await self.members(phase, number, owner) if not m.tester_verdict]
        if undecided:
            await self.decide(TESTER, phase, dict.fromkeys(undecided, "approve"), owner=owner)
        await self.act(TESTER, Verb.SUBMIT, phase=phase, owner=owner)
        return number

    async def approve(self, who: str, phase: str, owner: str = "", **named: Any) -> Answer:
        """The approver adopts the tester's verdicts and approves."""
        return await self.act(who, Verb.APPROVE, Adopting(adopt_tester=True), phase=phase, owner=owner, **named)

    async def round(self, phase: str, approver: str = "") -> None:
        """From draft to approval."""
        await self.submit(phase)
        await self.approve(approver or (TESTER if phase == "planning" else REPORT_OWNER), phase)

    async def foundation(self, upto: str = "data_owner_id") -> None:
        """The phases before `upto`; then wait until the pairs are there, if those are what comes next."""
        for phase in FOUNDATION:
            if phase == upto:
                return
            await self.round(phase)
        await until(self.pairs, "pairs to assign")

    async def assign(self, owners: Mapping[str, Iterable[tuple[str, str]]], *, reason: str = "") -> Answer:
        """The data executive names owners of (attribute, line of business) pairs, in one command."""
        named = [(who, *pair) for who, pairs in owners.items() for pair in pairs]
        pairs = tuple(Pair(attribute=a, line_of_business=line, owner=who) for who, a, line in named)
        return await self.act(DATA_EXECUTIVE, Verb.ASSIGN, Pairs(pairs=pairs), phase="data_owner_id", reason=reason)

    async def waive_pairs(self, pairs: Iterable[tuple[str, str]]) -> Answer:
        """The data executive declares pairs untestable."""
        payload = Pairs(pairs=tuple(Pair(attribute=a, line_of_business=line) for a, line in pairs))
        return await self.act(DATA_EXECUTIVE, Verb.WAIVE_PAIRS, payload, phase="data_owner_id", reason="no such system")

    async def dispute(self, owner: str, pairs: Iterable[tuple[str, str]]) -> Answer:
        """An owner says that pairs are not theirs."""
        payload = Pairs(pairs=tuple(Pair(attribute=a, line_of_business=line) for a, line in pairs))
        return await self.act(owner, Verb.DISPUTE, payload, phase="data_owner_id", owner=owner, reason="not mine")

    async def on_owner(self, verb: Verb, owner: str, *, who: str = TESTER, reason: str = "") -> Answer:
        """Retry or waive a failed owner."""
        return await self.act(who, verb, Named(name=owner), phase="data_owner_id", reason=reason)

    async def upload(self, owner: str, data: bytes | None = None, *, name: str = "ledger.csv") -> Answer:
        """Hand in evidence and wait until its cases were run on it."""
        answer = await self.hand_in(owner, data, name=name)
        await self.executed(owner)
        return answer

    async def hand_in(self, owner: str, data: bytes | None = None, *, name: str = "ledger.csv") -> Answer:
        """Hand in evidence."""
        data = self.tiny.evidence() if data is None else data
        payload = Upload(source="ledger", name=name, sha256=self.session.store.put(data), bytes=len(data))
        return await self.act(owner, Verb.UPLOAD, payload, phase="request_info", owner=owner)

    async def judge_evidence(self, owner: str, verdict: str = "accept", *, reason: str = "") -> Answer:
        """The tester accepts or returns all that waits."""
        payload = EvidenceVerdict.model_validate({"verdict": verdict})
        return await self.act(TESTER, Verb.JUDGE_EVIDENCE, payload, phase="request_info", owner=owner, reason=reason)

    async def review(self, owner: str, *outcomes: str, reason: str = "", **selection: Any) -> Answer:
        """The tester confirms or concludes results."""
        payload = CaseSelection(outcomes=outcomes, **selection)
        return await self.act(TESTER, Verb.REVIEW, payload, phase="test_execution", owner=owner, reason=reason)

    async def rerun(self, owner: str, *cases: str) -> Answer:
        """The tester asks for another run."""
        return await self.act(TESTER, Verb.RERUN, CaseSelection(cases=cases), phase="test_execution", owner=owner)

    async def waive_cases(self, owner: str, cases: Sequence[str]) -> Answer:
        """The tester takes cases out of the test."""
        payload, why = Keys(keys=tuple(cases)), "purged at source"
        return await self.act(TESTER, Verb.WAIVE_CASES, payload, phase="request_info", owner=owner, reason=why)

    async def prove(self, owner: str, data: bytes | None = None) -> None:
        """Evidence in, accepted and reviewed, in which nothing needs a person's judgement."""
        await self.upload(owner, data)
        await self.judge_evidence(owner)
        await self.review(owner)

    async def observe(self, owner: str) -> None:
        """The owner's observations get a plan and are approved."""
        phase = "observation_management"
        await self.plan(owner)
        await self.submit(phase, owner)
        await self.approve(REPORT_OWNER, phase, owner)

    async def plan(self, owner: str) -> None:
        """Every observation in the owner's draft gets a plan."""
        phase = "observation_management"
        number = await self.draft(phase, owner)
        keys = [m.natural_key for m in await self.members(phase, number, owner)]
        contents = tuple({"key": key, "set": PLAN} for key in keys)
        await self.act(TESTER, Verb.EDIT, Contents(contents=contents), phase=phase, owner=owner)

    async def reopen(self, phase: str, owner: str = "") -> int:
        """The tester opens the next draft; its number."""
        return int((await self.act(TESTER, Verb.OPEN, Opening(), phase=phase, owner=owner)).result["version"])

    async def finalize(self) -> None:
        """The report is submitted, signed and approved; returns once the cycle has ended."""
        phase = "finalize_report"
        await self.submit(phase)
        await self.act(REPORT_OWNER, Verb.SIGN, phase=phase)
        await self.approve(EXECUTIVE, phase)
        assert "completed" == await self.result()

    # What people see.

    def run_of(self, command: Command) -> WorkflowHandle[Any, Any]:
        """The run that takes a command."""
        return self.session.client.get_workflow_handle(host_of(command))

    def cycle_run(self) -> WorkflowHandle[Any, Any]:
        """The cycle's run."""
        return self.session.client.get_workflow_handle(cycle_workflow_id(self.slug))

    def phase_run(self, phase: str) -> WorkflowHandle[Any, Any]:
        """A phase's run."""
        return self.session.client.get_workflow_handle(phase_workflow_id(self.slug, phase))

    def owner_run(self, owner: str) -> WorkflowHandle[Any, Any]:
        """An owner's run."""
        return self.session.client.get_workflow_handle(owner_workflow_id(self.slug, owner))

    async def result(self) -> str:
        """How the cycle's run ends."""
        return str(await asyncio.wait_for(self.cycle_run().result(), WITHIN))

    async def details(self, run: WorkflowHandle[Any, Any]) -> str:
        """What the Web UI shows of a run."""
        shown = await asyncio.wait_for(run.query("__temporal_workflow_metadata"), WITHIN)
        return str(shown.current_details)

    async def shown(self, run: WorkflowHandle[Any, Any], text: str) -> bool:
        """Wait until the Web UI shows a text of a run, which it does a moment after the facts."""

        async def there() -> bool | None:
            return True if text in await self.details(run) else None

        return await until(there, f"{run.id} to show {text!r}")

    async def read(self, sql: str, **values: Any) -> list[Any]:
        """Rows as the reader role sees them; `:cycle` is this cycle's name."""
        async with self.session.reader.begin() as tx:
            return await rows(tx, sql, **({"cycle": self.slug} if ":cycle" in sql else {}), **values)

    async def version(self, phase: str, *statuses: str, owner: str = "") -> int:
        """The number of the phase's latest version, once it is in one of the statuses."""

        async def latest() -> int | None:
            async with self.session.reader.begin() as tx:
                row = await one(
                    tx,
                    "select v.number, v.status from version v join phase p on p.id = v.phase"
                    " join cycle_report c on c.id = p.cycle"
                    " where c.slug = :cycle and p.kind = :kind and p.scope = :scope order by v.number desc limit 1",
                    cycle=self.slug,
                    kind=phase,
                    scope=owner,
                )
            return row.number if row is not None and row.status in statuses else None

        return await until(latest, f"{phase} {owner} {' or '.join(statuses)}")

    async def members(self, phase: str, number: int, owner: str = "") -> list[Any]:
        """The items of a version."""
        return await self.read(
            "select m.* from member m join phase p on p.id = m.phase join cycle_report c on c.id = p.cycle"
            " where c.slug = :cycle and p.kind = :kind and p.scope = :scope and m.number = :number order by m.item",
            kind=phase,
            scope=owner,
            number=number,
        )

    async def cases(self, owner: str | None = None) -> list[Any]:
        """The cases as they stand, of all owners or of one."""
        return await self.read(
            "select s.* from case_state s join cycle_report c on c.id = s.cycle where c.slug = :cycle"
            " and (CAST(:owner AS text) is null or s.owner = :owner) order by s.id",
            owner=owner,
        )

    async def executed(self, owner: str) -> None:
        """Wait until every run that was asked for is done."""

        async def settled() -> bool | None:
            waiting = await self.read(
                "select 1 from execution_request q join test_case t on t.id = q.test_case"
                " join cycle_report c on c.id = t.cycle join document_revision r on r.id = q.revision"
                " join document d on d.id = r.document where c.slug = :cycle and d.owner = :owner and not exists"
                " (select from execution e where e.test_case = q.test_case and e.request = q.request)",
                owner=owner,
            )
            return None if waiting else True

        await until(settled, f"the cases of {owner} to be executed")

    async def event(self, owner: str, *events: str) -> str:
        """Wait until the latest that happened to an owner's work is one of these."""

        async def latest() -> str | None:
            found = await self.read(
                "select e.event from owner_event e join cycle_report c on c.id = e.cycle"
                " where c.slug = :cycle and e.owner = :owner order by e.id desc limit 1",
                owner=owner,
            )
            return str(found[0].event) if found and found[0].event in events else None

        return await until(latest, f"{owner} to be {' or '.join(events)}")

    async def history(self, owner: str) -> list[str]:
        """Everything that happened to an owner's work."""
        found = await self.read(
            "select e.event from owner_event e join cycle_report c on c.id = e.cycle"
            " where c.slug = :cycle and e.owner = :owner order by e.id",
            owner=owner,
        )
        return [row.event for row in found]

    async def pairs(self) -> list[Any] | None:
        """Every (attribute, line of business) pair as it stands, or None before there are any."""
        return await self.read(
            "select distinct on (attribute, line_of_business) attribute, line_of_business, status, owner"
            " from assignment x join cycle_report c on c.id = x.cycle where c.slug = :cycle"
            " order by attribute, line_of_business, x.id desc"
        ) or None

    async def blockers(self) -> list[str]:
        """What stands before the final report."""
        async with self.session.reader.begin() as tx:
            return await blockers(tx, await find_cycle(tx, self.slug))

    async def audited(self, action: str) -> list[Any]:
        """The audit events of an action, oldest first."""
        return await self.read(
            "select stream, seq, actor, action, command_id, CAST(body AS jsonb) as body from audit_event"
            " where (stream = :cycle or stream like :cycle || '/%') and action = :action order by at",
            action=action,
        )
