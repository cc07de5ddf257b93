"""One test cycle: the foundation phases in order, a child per data owner as soon as one is named, then the report.

The parent holds ids and counters only. It never continues as new while a child is open, which would end the child.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ChildWorkflowError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        Activity,
        Answer,
        Blockers,
        Command,
        CycleInput,
        OwnerEvent,
        OwnerInput,
        PhaseInput,
        PhaseState,
        PhaseTarget,
        Verb,
        Workflow,
        owner_workflow_id,
        phase_workflow_id,
    )
    from models.phases import CLOSING, FOUNDATION, PHASES, Phase
    from workflows.doors import Host, update_of
    from workflows.visibility import show

OWNERS = next(phase for phase in PHASES if phase.stage == "cycle" and not phase.versioned)


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
        self.registered = False
        self.cancelled = False
        self.starts: deque[str] = deque()
        self.running: dict[str, asyncio.Task[None]] = {}
        self.children: dict[str, Any] = {}
        self.changed = False

    @workflow.run
    async def run(self, given: CycleInput) -> str:
        """Ends as `completed` or `cancelled`."""
        show("registering", cycle=given.slug, phase=FOUNDATION[0].kind)
        await self.execute(Activity.REGISTER_CYCLE, given, summary=f"register {given.slug}")
        self.registered = True
        phases = asyncio.create_task(self._phases())
        stop = asyncio.create_task(workflow.wait_condition(lambda: self.cancelled))
        await workflow.wait([phases, stop], return_when=asyncio.FIRST_COMPLETED)
        self.closing = True
        if self.cancelled:
            await self._stop(phases)
        else:
            stop.cancel()
            await phases
            await self.execute(Activity.CLOSE_CYCLE, given.slug, summary="close the cycle")
        await workflow.wait_condition(workflow.all_handlers_finished)
        show("cancelled" if self.cancelled else "completed", cycle=given.slug, phase=CLOSING.kind)
        return "cancelled" if self.cancelled else "completed"

    async def _stop(self, phases: asyncio.Task[None]) -> None:
        """Cancel the phase or the owners that are at work; what they wrote stays."""
        tasks = [phases, *self.running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _phases(self) -> None:
        for phase in FOUNDATION:
            await self._phase(phase)
        await self.execute(Activity.BEGIN_PHASE, self._target(OWNERS), PhaseState, summary="derive cases and pairs")
        await self._owners()
        await self._phase(CLOSING)

    def _target(self, phase: Phase) -> PhaseTarget:
        return PhaseTarget(slug=self.given.slug, phase=phase.kind)

    async def _phase(self, phase: Phase) -> None:
        show(f"in **{phase.title}**: see its own run", cycle=self.given.slug, phase=phase.kind)
        await workflow.execute_child_workflow(
            Workflow.PHASE,
            PhaseInput(slug=self.given.slug, phase=phase.kind, heartbeat_seconds=self.given.heartbeat_seconds),
            id=phase_workflow_id(self.given.slug, phase.kind),
            result_type=PhaseState,
            # A cycle that is cancelled takes its phase along, in order, rather than cutting it off.
            parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=f"{phase.title} of {self.given.slug}",
        )

    async def _owners(self) -> None:
        """Start owners as they are named, until nothing stands before the final report."""
        self.changed = True
        while True:
            await workflow.wait_condition(lambda: bool(self.starts) or (self.changed and not self.running))
            while self.starts:
                self._start(self.starts.popleft())
            if self.running or not self.changed:
                continue
            self.changed = False
            found: Blockers = await self.execute(
                Activity.LIST_BLOCKERS, self.given.slug, Blockers, summary="what is in the way"
            )
            if not found.blockers and not self.starts and not self.changed:
                return
            more = [f"- {line}" for line in found.blockers[:20]]
            show(
                "\n".join(["in the way of the final report:", *more]),
                cycle=self.given.slug,
                phase=OWNERS.kind,
                waiting_for=("data_executive",),
            )

    def _start(self, owner: str) -> None:
        if owner not in self.running:
            self.running[owner] = asyncio.create_task(self._owner(owner))

    async def _owner(self, owner: str) -> None:
        """One owner's run; a failure is recorded and waits for a person to retry or waive."""
        try:
            child = await workflow.start_child_workflow(
                Workflow.OWNER,
                OwnerInput(slug=self.given.slug, owner=owner, heartbeat_seconds=self.given.heartbeat_seconds),
                id=owner_workflow_id(self.given.slug, owner),
                parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
                # A completed owner who is given another case starts again under the same id.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"{owner} in {self.given.slug}",
            )
            self.children[owner] = child
            await child
        except ChildWorkflowError as error:
            if is_cancelled_exception(error):
                raise
            failed = OwnerEvent(
                slug=self.given.slug, owner=owner, event="failed", reason=str(error.cause or error)[:500]
            )
            await self.execute(Activity.RECORD_OWNER, failed, summary=f"{owner} has failed")
        finally:
            self.children.pop(owner, None)
            self.running.pop(owner, None)
            self.changed = True

    async def applied(self, command: Command, answer: Answer) -> None:
        """Start or wake the owners that a command concerns."""
        self.cancelled = self.cancelled or command.verb is Verb.CANCEL
        for owner in answer.result.get("owners", ()):
            if owner in self.children:
                await self.children[owner].signal("refresh")
            else:
                self.starts.append(owner)
        for owner in answer.result.get("former", ()):
            if owner in self.children:
                await self.children[owner].signal("refresh")
        self.changed = True

    @workflow.update(name="await_start", description="returns once the cycle is on record")
    async def await_start(self) -> str:
        """For whoever starts a cycle: answers when it is registered."""
        await workflow.wait_condition(lambda: self.registered)
        return self.given.slug
