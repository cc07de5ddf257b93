"""One data owner's work: Request Info, Test Execution and Observations, at the owner's own pace.

As a document arrives its cases run, in slices; as a result is reviewed its failure opens an observation. Nobody waits
for another owner. The run ends when every case is concluded or waived and every failure is decided.
"""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        Activity,
        Answer,
        Command,
        OwnerEvent,
        OwnerInput,
        OwnerProgress,
        PhaseState,
        Slice,
        SliceDone,
        Standing,
        Verb,
        Workflow,
    )
    from models.phases import OWNER_ROUND
    from workflows.doors import outgrown, root_of, update_of
    from workflows.page import failure_page, observed, owner_page, owner_roles
    from workflows.review import ReviewRound
    from workflows.teller import Teller
    from workflows.visibility import show


@workflow.defn(name=Workflow.OWNER)
class DataOwnerWorkflow(ReviewRound):
    """Hosts an owner's verbs and the review round of the owner's observations. Has no children.

    Which cases wait to be run is never held here but asked of the facts: nothing is lost when a run ends.
    """

    dispute = update_of(Verb.DISPUTE)
    upload = update_of(Verb.UPLOAD)
    judge_evidence = update_of(Verb.JUDGE_EVIDENCE)
    review = update_of(Verb.REVIEW)
    rerun = update_of(Verb.RERUN)
    waive_cases = update_of(Verb.WAIVE_CASES)
    extend = update_of(Verb.EXTEND)
    grant_extension = update_of(Verb.GRANT_EXTENSION)
    refuse_extension = update_of(Verb.REFUSE_EXTENSION)

    @workflow.init
    def __init__(self, given: OwnerInput) -> None:
        super().__init__(given.heartbeat_seconds)
        self.given = given
        self.state = PhaseState()
        self.progress = OwnerProgress()
        self.teller = Teller(given.tells, about=(False, 0))
        self.disputed = 0
        self.pending = False
        self.changed = False
        self.recorded = False

    @workflow.run
    async def run(self, given: OwnerInput) -> OwnerProgress:
        """Ends when nothing is left to do for this owner."""
        try:
            return await self._until_complete(given)
        except FailureError as error:
            self._describe_end(root_of(error))
            raise

    async def _until_complete(self, given: OwnerInput) -> OwnerProgress:
        self.telling = asyncio.create_task(self.teller.work())
        async with self.answering():
            await self._begin()
            while True:
                await workflow.wait_condition(lambda: self.changed or self.progress.complete or outgrown())
                quiet = workflow.all_handlers_finished()
                if self.recorded and not self.changed and quiet:
                    return self.progress
                if outgrown() and quiet:
                    workflow.continue_as_new(given.model_copy(update={"tells": self.teller.carried}))
                if self.changed:
                    await self._work()
                elif self.progress.complete and not self.recorded:
                    await self._record()
                else:
                    # Whoever is being served comes first, and may bring more work.
                    await workflow.wait_condition(workflow.all_handlers_finished)

    async def _begin(self) -> None:
        """Put the owner's work on record, and see what is left of it from an earlier run."""
        self.changed = self.recorded = False
        async with self.turn:
            self._adopt(
                await self.execute(
                    Activity.BEGIN_OWNER, self.given, OwnerProgress, summary=f"open requests of {self.given.owner}"
                )
            )
        self.begun = True

    async def _record(self) -> None:
        """Put on record that nothing is left."""
        done = OwnerEvent(slug=self.given.slug, owner=self.given.owner, event="completed")
        await self.execute(Activity.RECORD_OWNER, done, summary=f"{self.given.owner} is complete")
        self.recorded = True

    async def _work(self) -> None:
        """Run a slice of the cases that wait for it; after the last, bring observations and progress up to date."""
        self.changed = False
        if self.pending:
            self.pending = False
            part = Slice(slug=self.given.slug, owner=self.given.owner)
            done: SliceDone = await self.execute(
                Activity.RUN_CASES, part, SliceDone, summary=f"run the tests of {self.given.owner}"
            )
            self.pending = self.pending or done.pending > 0
        if self.pending:
            self.changed = True
            return
        async with self.turn:
            self._adopt(
                await self.execute(
                    Activity.SYNC_OWNER, self.given, OwnerProgress, summary=f"see what is left of {self.given.owner}"
                )
            )
        if self.recorded and not self.progress.complete:
            await self._begin()

    def _adopt(self, progress: OwnerProgress) -> None:
        self.progress, self.state = progress, progress.observations
        self.pending = progress.pending > 0
        self.changed = self.changed or self.pending
        self._describe()

    def applied(self, command: Command, answer: Answer) -> None:
        """Take note of what the command asks for; the main coroutine does the work."""
        self.take_over(answer)
        self.pending = self.pending or bool(answer.result.get("runs"))
        self.disputed += int(answer.result.get("pairs", 0)) if command.verb is Verb.DISPUTE else 0
        self.changed = True

    def doubt(self) -> None:
        """Look at the facts again."""
        self.changed = True

    @workflow.signal(name="refresh", description="the owner's cases have changed")
    def refresh(self, *_: Any) -> None:
        """Look at the facts again: pairs were assigned to this owner, or taken away."""
        self.changed = True

    def _describe(self) -> None:
        observing = bool(self.state.version)
        standing = Standing(
            phase=OWNER_ROUND.kind if observing else "request_info",
            owner=self.given.owner,
            state=self.state,
            cases=self.progress.cases,
            disputed=self.disputed,
        )
        show(
            owner_page(self.given.owner, self.progress, self.given.slug),
            cycle=self.given.slug,
            phase=standing.phase,
            waiting_for=self._awaited(),
        )
        # That an owner is complete shows in that the run ends.
        if not self.progress.complete:
            self.teller.note(standing, about=(observed(standing) and self.state.version, self.disputed))

    def _describe_end(self, why: str) -> None:
        """A run that has failed waits for nobody: the cycle's run says who is to retry it."""
        if self.teller.listened:
            show(
                failure_page(self.given.owner, why, self.given.slug),
                cycle=self.given.slug,
                phase=OWNER_ROUND.kind if self.state.version else "request_info",
            )

    def _awaited(self) -> tuple[str, ...]:
        """The roles whose turn it is; runs from before cycles listened replay what they said then."""
        if self.teller.listened:
            return owner_roles(self.progress)
        if self.progress.complete:
            return ()
        return self.state.waiting_for if self.state.status in ("draft", "submitted") else ("data_owner", "tester")
