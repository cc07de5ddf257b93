"""One versioned phase of a cycle: propose, then wait for people until a version is approved, however many rounds."""

from __future__ import annotations

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        Activity,
        Answer,
        Command,
        PhaseInput,
        PhaseState,
        PhaseTarget,
        Standing,
        Workflow,
    )
    from models.phases import BY_KIND
    from workflows.doors import outgrown
    from workflows.page import phase_page, quarter
    from workflows.review import ReviewRound
    from workflows.teller import Teller
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
        self.teller = Teller(given.tells)
        self.doubtful = True
        self.concluded = 0

    @workflow.run
    async def run(self, given: PhaseInput) -> PhaseState:
        """Ends with the state of the approved version."""
        self._describe()
        self.telling = asyncio.create_task(self.teller.work())
        async with self.answering():
            while True:
                await workflow.wait_condition(lambda: self.doubtful or self.settled or outgrown())
                quiet = workflow.all_handlers_finished()
                done = self.settled and self.concluded == self.state.version
                if done and quiet:
                    return self.state
                if outgrown() and quiet:
                    workflow.continue_as_new(given)
                if self.doubtful:
                    await self._look()
                elif self.settled and not done:
                    await self._conclude()
                else:
                    # Whoever is being served comes first, and may open the next draft.
                    await workflow.wait_condition(workflow.all_handlers_finished)

    async def _conclude(self) -> None:
        """Do what the approval sets off."""
        number = self.state.version
        await self.execute(Activity.CONCLUDE_PHASE, self.target, summary=f"conclude {self.policy.title}")
        self.concluded = number

    async def _look(self) -> None:
        """Adopt the state that the facts tell; a phase that has not begun begins."""
        self.doubtful = False
        async with self.turn:
            self.state = await self.execute(
                Activity.BEGIN_PHASE, self.target, PhaseState, summary=f"propose {self.policy.title}"
            )
        self.begun = True
        self._describe()

    @property
    def settled(self) -> bool:
        """The latest version is the approved one."""
        return not self.doubtful and self.state.approved is not None and self.state.approved == self.state.version

    def applied(self, command: Command, answer: Answer) -> None:
        """Follow the phase's state after each command."""
        self.take_over(answer)
        self._describe()

    def doubt(self) -> None:
        """Look at the facts again."""
        self.doubtful = True

    def _describe(self) -> None:
        state = self.state
        show(
            phase_page(self.policy, state, self.given.slug),
            cycle=self.given.slug,
            phase=self.given.phase,
            waiting_for=state.waiting_for,
        )
        # That a phase is approved shows in that its run ends.
        if state.waiting_for:
            self.teller.note(
                Standing(phase=self.given.phase, state=state),
                about=(state.version, state.status, state.waiting_for, state.people, quarter(state)),
            )
