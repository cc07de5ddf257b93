"""The bundled cycle played to the points at which somebody opens the Web UI to see what is going on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.announcement import details, summary
from cli.client import prepare_cycle
from cli.demo.cast import Cast
from cli.demo.command import cast_of
from examples.built import BuiltCycle
from examples.fr_y_14m_d1.generate import build
from methods.cycle_files import parse_cycle_file
from models.messages import Activity
from models.payloads import Decision, Pair
from tests.workflows.arena import Arena

CYCLE = "2026q3"
REVIEWED = ("match", "match_within_tolerance", "mismatch")


@dataclass(frozen=True, slots=True)
class Scenes:
    """One cycle of the card portfolio; each method takes it a step further."""

    arena: Arena
    cast: Cast
    built: BuiltCycle

    @classmethod
    async def begun(cls, arena: Arena, folder: Path, cycle: str = CYCLE) -> Scenes:
        """The cycle has started."""
        built = build(folder / "cycle", vault=folder / "vault", seed=7, accounts=300, cycle=cycle)
        file = parse_cycle_file(built.cycle_file.read_bytes())
        given = await prepare_cycle(arena.session.store, built.cycle_file, actor="tara")
        await arena.session.start_cycle(given, summary=summary(file), details=details(file, given.slug))
        return cls(arena, cast_of(arena.session, given.slug, built, _silent), built)

    async def round(self, phase: str) -> None:
        """A phase from draft to approval."""
        await self.submitted(phase)
        await self.cast.approve("jane" if phase == "planning" else "mike", phase)

    async def submitted(self, phase: str, owner: str = "") -> int:
        """The tester decides all and hands it over; the version's number."""
        number = await self.cast.wait_for_version(phase, "draft", owner=owner)
        if owner:
            plan = {"remediation_plan": "reload", "remediation_owner": owner, "remediation_due": "2027-03-31"}
            found = await self.cast.members(phase, number, owner)
            await self.cast.edit(phase, {member.key: plan for member in found}, owner)
        await self.cast.decide_rest("jane", phase, number, owner=owner)
        await self.cast.submit(phase, owner)
        return number

    async def half_decided(self, phase: str) -> str:
        """The report owner has decided two thirds; what is left, in words."""
        items = await self.cast.members(phase, await self.submitted(phase))
        verdicts = [Decision(key=item.key, revision=item.revision, verdict="approve") for item in items]
        done = 2 * len(verdicts) // 3
        await self.cast.decide("mike", phase, verdicts[:done])
        return f"{len(verdicts) - done} of {len(verdicts)} items undecided"

    async def assigned(self, *without: str) -> list[str]:
        """The pairs are given to their owners, but for those of some executives; the owners."""
        pairs = await self.cast.until(self._pairs)
        lines = {line: who for who, lines in self.cast.executives.items() for line in lines}
        for executive in sorted(set(lines.values()) - set(without)):
            theirs = [pair for pair in pairs if lines[pair.line_of_business] == executive]
            await self.cast.assign(executive, theirs)
        return sorted({pair.owner for pair in pairs if lines[pair.line_of_business] not in without})

    async def _pairs(self) -> list[Pair] | None:
        found = await self.cast.read(
            "select distinct t.attribute, t.line_of_business from test_case t join cycle_report c on c.id = t.cycle"
            " where c.slug = :cycle order by 1, 2"
        )
        owners = self.built.assignments
        return [
            Pair(attribute=row.attribute, line_of_business=row.line_of_business,
                 owner=owners[row.attribute, row.line_of_business])
            for row in found
        ] or None

    async def handed_in(self, owner: str) -> None:
        """An owner's evidence is in and was run."""
        for upload in (one for one in self.built.uploads if one.owner == owner):
            await self.cast.upload(owner, upload.source, upload.path)
        await self.cast.until(lambda: self._run(owner))

    async def _run(self, owner: str) -> bool | None:
        return None if any(case.state == "executing" for case in await self.cast.cases(owner)) else True

    async def proved(self, owner: str) -> None:
        """An owner's evidence is accepted and reviewed."""
        await self.handed_in(owner)
        await self.cast.judge_evidence(owner, "accept")
        await self.cast.review(owner, REVIEWED)

    async def failed(self, owner: str) -> None:
        """An owner's work fails when the next evidence comes in."""
        self.arena.faults.before.append((Activity.RUN_CASES, f"owner='{owner}'"))
        upload = next(one for one in self.built.uploads if one.owner == owner)
        await self.cast.upload(owner, upload.source, upload.path)
        await self.cast.until(lambda: self._failed(owner))

    async def _failed(self, owner: str) -> bool | None:
        return True if await self.cast.read(
            "select 1 from owner_event e join cycle_report c on c.id = e.cycle"
            " where c.slug = :cycle and e.owner = :owner and e.event = 'failed'", owner=owner,
        ) else None


_silent: Callable[[str], None] = lambda _: None  # noqa: E731 - a demo tells what happens, a test does not
