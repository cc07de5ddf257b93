"""One versioned phase of a cycle: propose, then wait for people until a version is approved, however many rounds."""

from __future__ import annotations

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages import Activity, Answer, Command, PhaseInput, PhaseState, PhaseTarget, Workflow
    from models.phases import BY_KIND
    from workflows.review import ReviewRound, describe
    from workflows.visibility import show


@workflow.defn(name=Workflow.PHASE)
class PhaseWorkflow(ReviewRound):
    """Hosts a phase and its verbs. Has no children, so it may continue as new when its history grows."""

    @workflow.init
    def __init__(self, given: PhaseInput) -> None:
        super().__init__(given.heartbeat_seconds)
        self.given = given
        self.policy = BY_KIND[given.phase]
        self.state = PhaseState()
        self.target = PhaseTarget(slug=given.slug, phase=given.phase)

    @workflow.run
    async def run(self, given: PhaseInput) -> PhaseState:
        """Ends with the state of the approved version."""
        show(describe(self.policy, self.state), cycle=given.slug, phase=given.phase)
        async with self.turn:
            self.state = await self.execute(
                Activity.BEGIN_PHASE, self.target, PhaseState, summary=f"propose {self.policy.title}"
            )
        self._describe()
        drain = asyncio.create_task(self.drain_signals())
        await workflow.wait_condition(lambda: self.settled or workflow.info().is_continue_as_new_suggested())
        self.closing = self.settled
        await workflow.wait_condition(lambda: self.quiet)
        if not self.settled:
            workflow.continue_as_new(given.model_copy(update={"begun": True}))
        drain.cancel()
        await self.execute(Activity.CONCLUDE_PHASE, self.target, summary=f"conclude {self.policy.title}")
        return self.state

    @property
    def settled(self) -> bool:
        """The latest version is the approved one."""
        return self.state.approved is not None and self.state.approved == self.state.version

    async def applied(self, command: Command, answer: Answer) -> None:
        """Follow the phase's state after each command."""
        self.take_over(answer)
        self._describe()

    def _describe(self) -> None:
        show(
            describe(self.policy, self.state),
            cycle=self.given.slug,
            phase=self.given.phase,
            waiting_for=self.state.waiting_for,
        )
