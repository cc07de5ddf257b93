"""One test cycle: the foundation phases in order, a child per data owner as soon as one is named, then the report.

The parent holds ids and counters only. It never continues as new while a child is open, which would end the child.
An owner costs it 8 events when named in a batch, 20 with a command of their own: 1,000 owners stay below the limit.
"""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        Activity,
        Answer,
        Command,
        CycleInput,
        PhaseInput,
        PhaseState,
        PhaseTarget,
        Verb,
        Workflow,
        phase_workflow_id,
    )
    from models.phases import CLOSING, FOUNDATION, Phase
    from workflows.children import start_child
    from workflows.crew import STAGE, Crew
    from workflows.doors import Host, update_of
    from workflows.visibility import show


@workflow.defn(name=Workflow.CYCLE)
class TestCycleWorkflow(Host):
    """Runs the order of the phases and spawns a child workflow per phase and per data owner."""

    __test__ = False

    assign = update_of(Verb.ASSIGN)
    waive_pairs = update_of(Verb.WAIVE_PAIRS)
    retry_owner = update_of(Verb.RETRY_OWNER)
    waive_owner = update_of(Verb.WAIVE_OWNER)
    hold = update_of(Verb.HOLD)
    resume = update_of(Verb.RESUME)
    cancel = update_of(Verb.CANCEL)
    reassign_person = update_of(Verb.REASSIGN_PERSON)

    @workflow.init
    def __init__(self, given: CycleInput) -> None:
        super().__init__(given.heartbeat_seconds)
        self.given = given
        self.cancelled = False
        self.doubtful = False
        self.crew = Crew(self, given)

    @workflow.run
    async def run(self, given: CycleInput) -> str:
        """Ends as `completed` or `cancelled`."""
        async with self.answering():
            show("registering", cycle=given.slug, phase=FOUNDATION[0].kind)
            await self.execute(Activity.REGISTER_CYCLE, given, summary=f"register {given.slug}")
            self.begun = True
            parts = (self._phases(), self._settle_doubts(), self._until_cancelled())
            tasks = [asyncio.create_task(part) for part in parts]
            done, _ = await workflow.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self.closing = True
            await self._stop([*tasks, *self.crew.tasks])
            for task in done:
                task.result()
            outcome = await self._close()
        show(outcome, cycle=given.slug, phase=CLOSING.kind)
        return outcome

    async def _until_cancelled(self) -> None:
        await workflow.wait_condition(lambda: self.cancelled)

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Cancel the phase or the owners that are at work; what they wrote stays."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self) -> str:
        """Put the end on record. Whoever was being judged comes first: it may be the one who cancels."""
        async with self.turn:
            if not self.cancelled:
                await self.execute(Activity.CLOSE_CYCLE, self.given.slug, summary="close the cycle")
        return "cancelled" if self.cancelled else "completed"

    async def _phases(self) -> None:
        for phase in FOUNDATION:
            await self._phase(phase)
        await self.execute(Activity.BEGIN_PHASE, self._target(STAGE), PhaseState, summary="derive cases and pairs")
        await self.crew.work()
        await self._phase(CLOSING)

    def _target(self, phase: Phase) -> PhaseTarget:
        return PhaseTarget(slug=self.given.slug, phase=phase.kind)

    async def _phase(self, phase: Phase) -> None:
        run = phase_workflow_id(self.given.slug, phase.kind)
        show(f"in **{phase.title}**: `{run}` says who is waited for", cycle=self.given.slug, phase=phase.kind)
        child = await start_child(
            Workflow.PHASE,
            PhaseInput(slug=self.given.slug, phase=phase.kind, heartbeat_seconds=self.given.heartbeat_seconds),
            id=run,
            summary=f"{phase.title} of {self.given.slug}",
            result=PhaseState,
        )
        await child

    async def _settle_doubts(self) -> None:
        """After a command without an answer, ask the facts what it has done."""
        while True:
            await workflow.wait_condition(lambda: self.doubtful)
            self.doubtful = False
            async with self.turn:
                found = await self.crew.look()
                self.cancelled = self.cancelled or found.outcome == "cancelled"
                self.crew.call(found.owners)

    async def take(self, command: Command) -> Answer:
        """Judge a command; an answer that names owners is given once their runs can be reached."""
        answer = await super().take(command)
        named: tuple[str, ...] = tuple(answer.result.get("owners", ()))
        await workflow.wait_condition(lambda: self.closing or not self.crew.expects(named))
        return answer

    def applied(self, command: Command, answer: Answer) -> None:
        """Start or wake the owners that a command concerns."""
        self.cancelled = self.cancelled or command.verb is Verb.CANCEL
        self.crew.call(answer.result.get("owners", ()), wake=answer.result.get("former", ()))

    def doubt(self) -> None:
        """Look at the facts again."""
        self.doubtful = True

    @workflow.update(name="await_start", description="returns once the cycle is on record")
    async def await_start(self, *_: Any) -> str:
        """For whoever starts a cycle: answers when it is registered."""
        await workflow.wait_condition(lambda: self.begun or self.closing)
        if not self.begun:
            raise ApplicationError("the cycle could not be put on record", type="not_found", non_retryable=True)
        return self.given.slug
