"""One data owner's work: Request Info, Test Execution and Observations, at the owner's own pace.

As a document arrives its cases run, in slices; as a result is reviewed its failure opens an observation. Nobody waits
for another owner. The run ends when every case is concluded or waived and every failure is decided.
"""

from __future__ import annotations

import asyncio
from collections import deque

from temporalio import workflow

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
        Verb,
        Workflow,
    )
    from models.phases import OWNER_ROUND
    from workflows.doors import update_of
    from workflows.review import ReviewRound, describe
    from workflows.visibility import show


@workflow.defn(name=Workflow.OWNER)
class DataOwnerWorkflow(ReviewRound):
    """Hosts an owner's verbs and the review round of the owner's observations. Has no children."""

    dispute = update_of(Verb.DISPUTE)
    upload = update_of(Verb.UPLOAD)
    judge_evidence = update_of(Verb.JUDGE_EVIDENCE)
    review = update_of(Verb.REVIEW)
    rerun = update_of(Verb.RERUN)
    waive_cases = update_of(Verb.WAIVE_CASES)

    @workflow.init
    def __init__(self, given: OwnerInput) -> None:
        super().__init__(given.heartbeat_seconds)
        self.given = given
        self.state = PhaseState()
        self.progress = OwnerProgress()
        self.requests: deque[str] = deque()
        self.changed = False

    @workflow.run
    async def run(self, given: OwnerInput) -> OwnerProgress:
        """Ends when nothing is left to do for this owner."""
        drain = asyncio.create_task(self.drain_signals())
        self.progress = await self.execute(
            Activity.BEGIN_OWNER, given, OwnerProgress, summary=f"open requests of {given.owner}"
        )
        self._describe()
        while not await self._finished():
            await workflow.wait_condition(lambda: self.changed or workflow.info().is_continue_as_new_suggested())
            if workflow.info().is_continue_as_new_suggested():
                await self._work()
                await workflow.wait_condition(lambda: self.quiet)
                workflow.continue_as_new(given)
            await self._work()
        drain.cancel()
        done = OwnerEvent(slug=given.slug, owner=given.owner, event="completed")
        await self.execute(Activity.RECORD_OWNER, done, summary=f"{given.owner} is complete")
        return self.progress

    async def _finished(self) -> bool:
        """Whether to end: complete, nobody being served, and nothing new since."""
        if not self.progress.complete or self.changed:
            return False
        self.closing = True
        await workflow.wait_condition(lambda: self.quiet)
        self.closing = not self.changed
        return self.closing

    async def _work(self) -> None:
        """Run the cases that were asked for, then bring observations and progress up to date."""
        self.changed = False
        while self.requests:
            await self._run_cases(self.requests.popleft())
        async with self.turn:
            self.progress = await self.execute(
                Activity.SYNC_OWNER, self.given, OwnerProgress, summary="update observations"
            )
            self.state = self.progress.observations
        self._describe()

    async def _run_cases(self, request: str) -> None:
        after: int | None = 0
        while after is not None:
            part = Slice(slug=self.given.slug, owner=self.given.owner, request=request, after=after)
            done: SliceDone = await self.execute(
                Activity.RUN_CASES, part, SliceDone, summary=f"run cases after {after}"
            )
            after = done.last

    async def applied(self, command: Command, answer: Answer) -> None:
        """Queue what the command asks to run; the main coroutine does the work."""
        self.take_over(answer)
        if answer.result.get("runs"):
            self.requests.append(command.command_id)
        self.changed = True

    @workflow.signal(name="refresh", description="the owner's cases have changed")
    def refresh(self) -> None:
        """Look at the facts again: pairs were assigned to this owner, or taken away."""
        self.changed = True

    def _describe(self) -> None:
        cases = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(self.progress.cases.items()))
        lines = [f"**{self.given.owner}**: {cases or 'no cases'}", *self.progress.waits]
        if self.state.version:
            lines.append(describe(OWNER_ROUND, self.state))
        waiting = self.state.waiting_for if self.state.status in ("draft", "submitted") else ("data_owner", "tester")
        show(
            "\n\n".join(lines),
            cycle=self.given.slug,
            phase=OWNER_ROUND.kind if self.state.version else "request_info",
            waiting_for=() if self.progress.complete else waiting,
        )
