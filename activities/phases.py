"""Beginning and concluding a phase: the first draft with its proposals, and what an approval sets off.

Both are idempotent on the facts they leave: a phase begins once, a rule has one result per approved version.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from temporalio import activity

from activities.cases import derive_cases
from activities.profiling import profile_and_propose, record_profile, run_rules, told_of
from activities.proposals import PROPOSERS
from activities.report import attest, compose_sections
from activities.workbench import Workbench, workbench
from models import audit, membership, versions
from models.database import Database, Tx, run, scalar
from models.items import Item, Origin
from models.messages import Activity, PhaseState, PhaseTarget
from models.phase_state import phase_state
from models.phases import BY_KIND, CLOSING
from models.store import ContentStore

_PROPOSERS = {**PROPOSERS, CLOSING.kind: compose_sections}
_BEGINNERS: dict[str, Callable[[Workbench], Awaitable[None]]] = {"data_owner_id": derive_cases}
_CONCLUSIONS: dict[str, Callable[[Workbench], Awaitable[None]]] = {"data_profiling": run_rules, CLOSING.kind: attest}


class PhaseActivities:
    """Begins and concludes the phases of a cycle."""

    def __init__(self, database: Database, store: ContentStore) -> None:
        self.database = database
        self.store = store

    @activity.defn(name=Activity.BEGIN_PHASE)
    async def begin(self, target: PhaseTarget) -> PhaseState:
        """Open the phase; a versioned one with v1 and its proposals, undecided."""
        bench = await workbench(self.database, self.store, target.slug)
        if not BY_KIND[target.phase].versioned:
            await _BEGINNERS[target.phase](bench)
            return PhaseState()
        if (standing := await self._standing(bench, target)) is not None:
            return standing
        profile = ""
        told: dict[str, Any] = {}
        items: Sequence[Item]
        if target.phase == "data_profiling":
            # One loading of the report serves both.
            taken, profile = await profile_and_propose(bench)
            items, told = taken.rules, told_of(taken)
        else:
            items = await _PROPOSERS[target.phase](bench)
        async with self.database.begin() as tx:
            await begin_phase_row(tx, bench.cycle.id, target.phase)
            phase = await versions.lock_phase(tx, target.slug, target.phase)
            if not await versions.versions_of(tx, phase):
                if profile:
                    await record_profile(tx, phase.id, report_sha256=bench.cycle.report_sha256, profile_sha256=profile)
                await propose(tx, phase, items, **told)
            return await phase_state(tx, phase)

    async def _standing(self, bench: Workbench, target: PhaseTarget) -> PhaseState | None:
        async with self.database.begin() as tx:
            begun = await scalar(
                tx,
                "select exists (select from version v join phase p on p.id = v.phase where p.cycle ="
                " :c and p.kind = :k and p.scope = '')",
                c=bench.cycle.id,
                k=target.phase,
            )
            return await phase_state(tx, await versions.lock_phase(tx, target.slug, target.phase)) if begun else None

    @activity.defn(name=Activity.CONCLUDE_PHASE)
    async def conclude(self, target: PhaseTarget) -> None:
        """Do what the approval of a phase sets off."""
        if target.phase in _CONCLUSIONS:
            await _CONCLUSIONS[target.phase](await workbench(self.database, self.store, target.slug))


async def begin_phase_row(tx: Tx, cycle: int, kind: str, scope: str = "") -> None:
    """Make the phase's row; it marks that the phase has begun."""
    await run(
        tx,
        "insert into phase (cycle, kind, scope) values (:c, :k, :s) on conflict do nothing",
        c=cycle,
        k=kind,
        s=scope,
    )


async def propose(tx: Tx, phase: versions.PhaseRow, items: Sequence[Item], **told: Any) -> int:
    """Cut a draft and put generated items into it, for the tester to decide; its number. `told` goes into the event."""
    number = (await versions.cut(tx, phase, actor=membership.SYSTEM)).number
    ids = (
        await membership.add(tx, phase, number, items, origin=Origin.GENERATED, actor=membership.SYSTEM)
        if items
        else {}
    )
    await versions.touch(tx, phase)
    await audit.append(
        tx,
        phase.stream,
        actor=membership.SYSTEM,
        role="system",
        action="propose",
        subject=phase.named(number),
        reason="",
        after={"version": number, "status": "draft"},
        rows={"added": ids, **told},
    )
    return number
