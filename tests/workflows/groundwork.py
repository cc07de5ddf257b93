"""A cycle whose first phases are approved already: the facts first, so that its run passes them by.

The same activities write them as in any cycle, called one after the other, which takes a fifth of the time.
"""

from __future__ import annotations

from activities.cycle import CycleActivities
from activities.judge import JudgeActivities
from activities.phases import PhaseActivities
from models.database import Database
from models.messages import Command, Context, CycleInput, Judgement, PhaseTarget, Verb
from models.payloads import Approval, Decision, Decisions
from models.store import ContentStore
from tests.workflows.people import FOUNDATION, Play
from tests.workflows.tiny import REPORT_OWNER, TESTER


class Groundwork:
    """Writes the facts of the first phases."""

    def __init__(self, database: Database, store: ContentStore) -> None:
        self.cycles = CycleActivities(database, store)
        self.phases = PhaseActivities(database, store)
        self.judge = JudgeActivities(database, store)

    async def lay(self, play: Play, given: CycleInput, upto: str) -> None:
        """Register the cycle and approve every phase before `upto`."""
        await self.cycles.register(given)
        for phase in FOUNDATION:
            if phase == upto:
                return
            await self._approve(play, phase)

    async def _approve(self, play: Play, phase: str) -> None:
        target = PhaseTarget(slug=play.slug, phase=phase)
        state = await self.phases.begin(target)
        items = await play.members(phase, state.version)
        decisions = tuple(Decision(key=item.natural_key, verdict="approve") for item in items)
        await self._send(await play.asked(TESTER, Verb.DECIDE, Decisions(decisions=decisions), phase=phase))
        await self._send(await play.asked(TESTER, Verb.SUBMIT, phase=phase))
        approver = TESTER if phase == "planning" else REPORT_OWNER
        await self._send(await play.asked(approver, Verb.APPROVE, Approval(adopt_tester=True), phase=phase))
        await self.phases.conclude(target)

    async def _send(self, command: Command) -> None:
        answer = await self.judge.judge(Judgement(command=command, context=Context()))
        assert answer.accepted, answer.message
