"""The data owners of a cycle: a child workflow each, started as soon as the owner is named, and as often as needed.

Whoever calls only puts a name in line; one coroutine starts and wakes. One owner's failure is data: it is recorded,
shown, and waits for a person, while the others go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from models.messages import (
        Activity,
        Blockers,
        CycleInput,
        OwnerEvent,
        OwnerInput,
        OwnerProgress,
        Workflow,
        owner_workflow_id,
    )
    from models.phases import PHASES
    from workflows.children import start_child
    from workflows.doors import Host
    from workflows.visibility import show

STAGE = next(phase for phase in PHASES if phase.stage == "cycle" and not phase.versioned)
# Starts that are under way at once: a thousand in one task would be too large a message for the server.
_STARTS = 50
_SHOWN = 20


class Crew:
    """Who is at work, who has failed, and what stands in the way of the final report."""

    def __init__(self, host: Host, given: CycleInput) -> None:
        self.host = host
        self.given = given
        self.calls: deque[tuple[str, bool]] = deque()
        self.running: dict[str, asyncio.Task[None]] = {}
        self.children: dict[str, Any] = {}
        self.waking: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.failed: dict[str, str] = {}
        self.blockers: Sequence[str] = ()
        self.starting = asyncio.Semaphore(_STARTS)
        self.changed = self.ended = self.over = False

    def call(self, owners: Sequence[str], *, wake: Sequence[str] = ()) -> None:
        """Start the work of these owners, or have it look at the facts again; `wake` are those who need no start."""
        if self.over:
            return
        self.calls.extend((owner, True) for owner in owners)
        self.calls.extend((owner, False) for owner in wake)
        self.changed = True

    def expects(self, owners: Sequence[str]) -> bool:
        """Whether one of the owners was called and cannot be reached yet."""
        called = {owner for owner, _ in self.calls}.union(self.waking, self.running.keys() - self.children.keys())
        return not called.isdisjoint(owners)

    async def work(self) -> None:
        """Start and wake owners until nothing stands before the final report."""
        self.changed = True
        while not await self._clear():
            await workflow.wait_condition(
                lambda: bool(self.calls) or self.ended or (self.changed and not self.running)
            )
            self.ended = False
            while self.calls:
                self._answer(*self.calls.popleft())
            self._reap()
            self._tell()
        self.over = True

    async def look(self) -> Blockers:
        """What is in the way of the final report and who should be at work, by the facts."""
        found: Blockers = await self.host.execute(
            Activity.LIST_BLOCKERS, self.given.slug, Blockers, summary="what is in the way"
        )
        return found

    async def _clear(self) -> bool:
        """Whether nothing is in the way. Asked only when nobody is at work, so it costs little."""
        if self.calls or self.running or not self.changed:
            return False
        self.changed = False
        async with self.host.turn:
            # Whoever was judged before has called by now.
            if self.calls:
                return False
            found = await self.look()
        self.blockers = found.blockers
        self.calls.extend((owner, True) for owner in found.owners)
        self._tell()
        return not (found.blockers or self.calls or self.changed)

    def _answer(self, owner: str, start: bool) -> None:
        self.failed.pop(owner, None)
        if owner in self.running:
            self.waking.append(owner)
            self._spawn(self._wake(owner, start))
        elif start:
            self.blockers = ()
            self.running[owner] = self._spawn(self._owner(owner))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(work))
        return self.tasks[-1]

    def _reap(self) -> None:
        """Raise here what a task has raised: a defect must stop the run where it can be repaired."""
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            task.result()

    async def _wake(self, owner: str, start: bool) -> None:
        await workflow.wait_condition(lambda: owner in self.children or owner not in self.running)
        reached = owner in self.children and await self._refresh(owner)
        self.waking.remove(owner)
        if start and not reached:
            self.calls.append((owner, True))

    async def _refresh(self, owner: str) -> bool:
        """Whether the owner's run was still there to be told."""
        try:
            await self.children[owner].signal("refresh")
        except FailureError:
            await workflow.wait_condition(lambda: owner not in self.running)
            return False
        return True

    async def _owner(self, owner: str) -> None:
        """One owner's run, from start to end."""
        try:
            async with self.starting:
                child = await start_child(
                    Workflow.OWNER,
                    OwnerInput(slug=self.given.slug, owner=owner, heartbeat_seconds=self.given.heartbeat_seconds),
                    id=owner_workflow_id(self.given.slug, owner),
                    summary=f"{owner} in {self.given.slug}",
                    result=OwnerProgress,
                )
            self.children[owner] = child
            await child
        except FailureError as error:
            if self.host.closing:
                raise
            self.failed[owner] = _root_of(error)
            event = OwnerEvent(slug=self.given.slug, owner=owner, event="failed", reason=self.failed[owner])
            await self.host.execute(Activity.RECORD_OWNER, event, summary=f"{owner} has failed")
        finally:
            self.children.pop(owner, None)
            self.running.pop(owner, None)
            self.changed = self.ended = True

    def _tell(self) -> None:
        """Say who is at work, or else what is in the way."""
        names = sorted(self.running)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        lines = [f"waiting for **{len(names)} data owners**: {', '.join(names[:_SHOWN])}{more}"] if names else []
        lines += [f"{owner} has failed and waits to be retried or waived: {why}" for owner, why in self.failed.items()]
        if self.blockers:
            lines += ["in the way of the final report:", *(f"- {line}" for line in self.blockers)]
        show(
            "\n\n".join(lines[:_SHOWN]) or "looking at what is left",
            cycle=self.given.slug,
            phase=STAGE.kind,
            waiting_for=("data_executive", "data_owner"),
        )


def _root_of(error: BaseException) -> str:
    """The failure at the end of a chain of causes, in words."""
    while cause := getattr(error, "cause", None):
        error = cause
    return str(error)[:500]
