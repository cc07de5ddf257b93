"""One data owner's work as activities: open requests, run cases in slices, keep observations up to date."""

from __future__ import annotations

from temporalio import activity

from activities.cycle_files import load_cycle_file
from activities.execution import run_slice
from activities.observations import sync_observations
from activities.phases import begin_phase_row
from models import audit, membership
from models.cycle_file import CycleFile
from models.cycles import CycleRow, find_cycle
from models.database import Database, Tx, run
from models.messages import Activity, OwnerEvent, OwnerInput, OwnerProgress, Slice, SliceDone
from models.owner_progress import latest_event, owner_progress
from models.store import ContentStore


class OwnerActivities:
    """Everything that an owner's workflow asks for."""

    def __init__(self, database: Database, store: ContentStore) -> None:
        self.database = database
        self.store = store

    @activity.defn(name=Activity.BEGIN_OWNER)
    async def begin(self, given: OwnerInput) -> OwnerProgress:
        """Begin or go on with an owner's Request Info and Test Execution. Idempotent while the owner is at work."""
        async with self.database.begin() as tx:
            cycle = await find_cycle(tx, given.slug)
            for kind in ("request_info", "test_execution"):
                await begin_phase_row(tx, cycle.id, kind, given.owner)
            if await latest_event(tx, cycle.id, given.owner) != "started":
                await _record(tx, cycle.id, given.slug, given.owner, "started")
            await sync_observations(tx, cycle, given.owner, self._file(cycle).severity)
            return await owner_progress(tx, cycle.id, given.slug, given.owner)

    @activity.defn(name=Activity.RUN_CASES)
    async def run_cases(self, part: Slice) -> SliceDone:
        """Execute one slice of the cases that a command asked for. Idempotent on (case, command)."""
        return await run_slice(self.database, self.store, part)

    @activity.defn(name=Activity.SYNC_OWNER)
    async def sync(self, given: OwnerInput) -> OwnerProgress:
        """Bring the owner's observations up to date with the failures that count, and say what is missing."""
        async with self.database.begin() as tx:
            cycle = await find_cycle(tx, given.slug)
            await sync_observations(tx, cycle, given.owner, self._file(cycle).severity)
            return await owner_progress(tx, cycle.id, given.slug, given.owner)

    @activity.defn(name=Activity.RECORD_OWNER)
    async def record(self, event: OwnerEvent) -> None:
        """Record how an owner's work ended. Idempotent while nothing else has happened to it."""
        async with self.database.begin() as tx:
            cycle = await find_cycle(tx, event.slug)
            if await latest_event(tx, cycle.id, event.owner) != event.event:
                await _record(tx, cycle.id, event.slug, event.owner, event.event, event.reason)

    def _file(self, cycle: CycleRow) -> CycleFile:
        return load_cycle_file(self.store, cycle.cycle_file_sha256)


async def _record(tx: Tx, cycle: int, slug: str, owner: str, event: str, reason: str = "") -> None:
    await run(
        tx,
        "insert into owner_event (cycle, owner, event, reason, by) values (:c, :o, :e, :r, :by)",
        c=cycle,
        o=owner,
        e=event,
        r=reason,
        by=membership.SYSTEM,
    )
    await audit.append(
        tx,
        f"{slug}/request_info/{owner}",
        actor=membership.SYSTEM,
        role="system",
        action=f"owner.{event}",
        subject=owner,
        reason=reason,
        after={"owner": owner, "event": event},
    )
