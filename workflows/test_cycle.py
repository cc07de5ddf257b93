"""One test cycle: the foundation phases in order, a child per data owner as soon as one is named, then the report.

The parent holds ids and counters only. It never continues as new while a child is open, which would end the child.
An owner costs it 8 events when named in a batch, 20 with a command of their own: 1,000 owners stay below the limit.
Its children tell it when somebody else is waited for, so its own page and its row in the list say so.
"""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        STANDING,
        Activity,
        Answer,
        Command,
        CycleInput,
        PhaseInput,
        PhaseState,
        PhaseTarget,
        Standing,
        Verb,
        Workflow,
        phase_workflow_id,
    )
    from models.phases import CLOSING, FOUNDATION, Phase
    from workflows.children import start_child
    from workflows.crew import STAGE, Crew, Describing
    from workflows.doors import signal_of, update_of
    from workflows.page import cycle_page, moment, phase_lines
    from workflows.visibility import show
    from workflows.words import phase_details

# More than any phase needs whose people do not go round in circles; each costs four events.
_TELLS = 200


@workflow.defn(name=Workflow.CYCLE)
class TestCycleWorkflow(Describing):
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
    # The rules' own run has ended when their results are there.
    explain = update_of(Verb.EXPLAIN)
    approve_explanation = update_of(Verb.APPROVE_EXPLANATION)
    reject_explanation = update_of(Verb.REJECT_EXPLANATION)

    approve_explanation_signal = signal_of(Verb.APPROVE_EXPLANATION)
    reject_explanation_signal = signal_of(Verb.REJECT_EXPLANATION)

    @workflow.init
    def __init__(self, given: CycleInput) -> None:
        super().__init__(given.heartbeat_seconds)
        self.given = given
        self.cancelled = False
        self.doubtful = False
        self.listens = False
        self.phase: Phase = FOUNDATION[0]
        self.told: Standing | None = None
        self.held = ""
        self.crew = Crew(self, given)

    @workflow.run
    async def run(self, given: CycleInput) -> str:
        """Ends as `completed` or `cancelled`."""
        # A run from before that listened to nobody replays without the attributes that follow from listening.
        self.listens = workflow.patched("cycle-says-who-is-awaited")
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
        show(
            f"**{outcome}** {moment(workflow.now())}. Look closer: `python starter.py cycle show {given.slug}`",
            cycle=given.slug,
            phase=CLOSING.kind,
        )
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
        await self.execute(
            Activity.BEGIN_PHASE, self._target(STAGE), PhaseState, summary="derive the test cases and who may own them"
        )
        self.phase = STAGE
        await self.crew.work(listens=self.listens)
        await self._phase(CLOSING)

    def _target(self, phase: Phase) -> PhaseTarget:
        return PhaseTarget(slug=self.given.slug, phase=phase.kind)

    async def _phase(self, phase: Phase) -> None:
        self.phase, self.told = phase, None
        self.describe()
        child = await start_child(
            Workflow.PHASE,
            PhaseInput(
                slug=self.given.slug,
                phase=phase.kind,
                heartbeat_seconds=self.given.heartbeat_seconds,
                tells=_TELLS if self.listens else None,
            ),
            id=phase_workflow_id(self.given.slug, phase.kind),
            summary=f"{phase.title} of {self.given.slug}",
            details=phase_details(phase, self.given.slug),
            result=PhaseState,
        )
        await child

    def describe(self) -> None:
        """Say which phase it is, who is waited for since when, what has failed and how far it is."""
        if self.phase is STAGE:
            lines, waiting = self.crew.lines(), self.crew.waiting_for(listens=self.listens)
        else:
            namespace = workflow.info().namespace
            lines = phase_lines(self.phase, self.told, slug=self.given.slug, namespace=namespace)
            waiting = self.told.state.waiting_for if self.told else ()
        show(
            cycle_page(self.given.slug, self.phase, lines, held=self.held),
            cycle=self.given.slug,
            phase=self.phase.kind,
            waiting_for=waiting,
        )

    @workflow.signal(name=STANDING, description="sent by the run of a phase or an owner: somebody else is waited for")
    def standing(self, *given: Any) -> None:
        """Follow what a child says of itself; what comes late, or cannot be read, changes nothing."""
        try:
            (raw,) = given
            told = Standing.model_validate(raw)
        except ValueError as error:
            workflow.logger.warning("signal.unreadable", extra={"signal": STANDING, "why": str(error)[:500]})
            return
        if not self.listens or self.closing:
            return
        if told.owner:
            self.crew.hear(told)
        elif told.phase == self.phase.kind:
            self.told = told
        self.describe()

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
        self.crew.pairs = answer.result.get("left", self.crew.pairs)
        self.crew.call(answer.result.get("owners", ()), wake=answer.result.get("former", ()))
        if "held" in answer.result:
            self.held = _held(command) if answer.result["held"] else ""
        if self.listens:
            self.describe()

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


def _held(command: Command) -> str:
    """Who holds the cycle, since when and why."""
    return f"by {command.actor} since {moment(workflow.now())}: {' '.join(command.reason.split())}"
