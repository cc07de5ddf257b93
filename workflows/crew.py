"""The data owners of a cycle: a child workflow each, started as soon as the owner is named, and as often as needed.

Whoever calls only puts a name in line; one coroutine starts and wakes. One owner's failure is data: it is recorded,
shown, and waits for a person, while the others go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
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
        Standing,
        Workflow,
        owner_workflow_id,
    )
    from models.phases import PHASES
    from workflows.children import start_child
    from workflows.doors import Host, root_of
    from workflows.page import Failure, Owners, concluded, owners_lines, owners_roles
    from workflows.words import owner_details

STAGE = next(phase for phase in PHASES if phase.stage == "cycle" and not phase.versioned)
# Starts that are under way at once: a thousand in one task would be too large a message for the server.
_STARTS = 50
# How often an owner's run may tell the cycle's where it stands, four events each: in a crowd twice, so that an owner
# costs the cycle's run at most sixteen events.
_CROWD = 50
_TELLS, _TELLS_IN_A_CROWD = 10, 2


class Describing(Host):
    """The run that owners belong to, which says on its page who is waited for."""

    def describe(self) -> None:
        """Say it anew."""


class Crew:
    """Who is at work, who has failed, and what stands in the way of the final report."""

    def __init__(self, host: Describing, given: CycleInput) -> None:
        self.host = host
        self.given = given
        self.begun: datetime | None = None
        self.tells: int | None = None
        self.since: dict[str, datetime] = {}
        self.told: dict[str, Standing] = {}
        # Of each complete owner, how many cases are concluded.
        self.complete: dict[str, int] = {}
        self.pairs: Mapping[str, int] = {}
        self.cases = self.done = self.finished = 0
        self.calls: deque[tuple[str, bool]] = deque()
        self.running: dict[str, asyncio.Task[None]] = {}
        self.children: dict[str, Any] = {}
        self.waking: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.failed: dict[str, Failure] = {}
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

    async def work(self, *, listens: bool) -> None:
        """Start and wake owners until nothing stands before the final report."""
        self.begun = workflow.now()
        self.tells = _TELLS if listens else None
        self.changed = True
        while not await self._clear():
            await workflow.wait_condition(
                lambda: bool(self.calls) or self.ended or (self.changed and not self.running)
            )
            self.ended = False
            while self.calls:
                self._answer(*self.calls.popleft())
            self._reap()
            self.host.describe()
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
        self.blockers, self.pairs, self.cases = found.blockers, found.pairs, sum(found.cases.values())
        self.done = concluded(found.cases)
        self.calls.extend((owner, True) for owner in found.owners)
        self.host.describe()
        return not (found.blockers or self.calls or self.changed)

    def _answer(self, owner: str, start: bool) -> None:
        self.failed.pop(owner, None)
        if owner in self.running:
            self.waking.append(owner)
            self._spawn(self._wake(owner, start))
        elif start:
            self.blockers = ()
            self.finished -= self.complete.pop(owner, 0)
            self.since[owner] = workflow.now()
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
                    OwnerInput(
                        slug=self.given.slug,
                        owner=owner,
                        heartbeat_seconds=self.given.heartbeat_seconds,
                        tells=self._tells(),
                    ),
                    id=owner_workflow_id(self.given.slug, owner),
                    summary=f"{owner}, data owner in {self.given.slug}",
                    details=owner_details(owner, self.given.slug),
                    result=OwnerProgress,
                )
            self.children[owner] = child
            progress: OwnerProgress = await child
            self.complete[owner] = concluded(progress.cases)
            self.finished += self.complete[owner]
        except FailureError as error:
            if self.host.closing:
                raise
            why = root_of(error)
            self.failed[owner] = Failure(since=workflow.now(), reason=why)
            event = OwnerEvent(slug=self.given.slug, owner=owner, event="failed", reason=why)
            await self.host.execute(Activity.RECORD_OWNER, event, summary=f"{owner} has failed")
        finally:
            self.children.pop(owner, None)
            self.running.pop(owner, None)
            self.since.pop(owner, None)
            self.told.pop(owner, None)
            self.changed = self.ended = True

    def _tells(self) -> int | None:
        """How often the next owner's run may tell where it stands."""
        crowded = len(self.running) + len(self.complete) > _CROWD
        return _TELLS_IN_A_CROWD if self.tells and crowded else self.tells

    def hear(self, told: Standing) -> None:
        """An owner's run says where it stands."""
        if told.owner not in self.running:
            return
        before = self.told.get(told.owner)
        sent_back = told.disputed - (before.disputed if before else 0)
        self.told[told.owner] = told
        if sent_back > 0:
            self.pairs = {**self.pairs, "disputed": self.pairs.get("disputed", 0) + sent_back}

    def lines(self) -> list[str]:
        """The cycle's page: failures, who is waited for, and how far it is."""
        return owners_lines(self._known(), slug=self.given.slug, namespace=workflow.info().namespace)

    def waiting_for(self, *, listens: bool) -> tuple[str, ...]:
        """The roles that the cycle waits for; a run from before it listened replays what it said then."""
        return owners_roles(self._known()) if listens else ("data_executive", "data_owner")

    def _known(self) -> Owners:
        return Owners(
            begun=self.begun or workflow.now(),
            running=self.since,
            told=self.told,
            complete=len(self.complete),
            finished=self.finished,
            failed=self.failed,
            pairs=self.pairs,
            cases=self.cases,
            done=self.done,
            blockers=self.blockers,
        )

