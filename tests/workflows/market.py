"""One large cycle in which every test has a stall of its own: two lines of business and three owners.

Owners do not touch each other, so neither do the tests, and the way to this point is gone once for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.client import WorkflowExecutionStatus

from tests.workflows.people import Play, until
from tests.workflows.tiny import Tiny

STALLS = 18


def market(cycle: str = "market", stalls: int = STALLS) -> Tiny:
    """The cycle: per stall two lines of business with three records each, and owners ann, bob and cat."""
    lines = [f"{line} {at}" for at in range(stalls) for line in ("cards", "loans")]
    owners = [f"{owner}{at}" for at in range(stalls) for owner in ("ann", "bob", "cat")]
    return Tiny(cycle=cycle, lines=lines, records=3 * len(lines), owners=owners)


@dataclass(frozen=True, slots=True)
class Stall:
    """What one test has of the market."""

    play: Play
    at: int

    @property
    def ann(self) -> str:
        """The first owner."""
        return f"ann{self.at}"

    @property
    def bob(self) -> str:
        """The second owner."""
        return f"bob{self.at}"

    @property
    def cat(self) -> str:
        """The third owner."""
        return f"cat{self.at}"

    @property
    def cards(self) -> list[tuple[str, str]]:
        """The pairs of the first line of business: six cases."""
        return [(attribute, f"cards {self.at}") for attribute in self.play.tiny.names]

    @property
    def loans(self) -> list[tuple[str, str]]:
        """The pairs of the second line of business: six cases."""
        return [(attribute, f"loans {self.at}") for attribute in self.play.tiny.names]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All pairs: twelve cases."""
        return [*self.cards, *self.loans]

    @property
    def keys(self) -> list[str]:
        """The six records: cards and loans in turn."""
        lines = {line for _, line in self.pairs}
        return [key for key in self.play.tiny.keys if self.play.tiny.line_of(key) in lines]

    def evidence(
        self,
        *,
        wrong: Mapping[tuple[int, str], str] | None = None,
        without: Sequence[int] = (),
        twice: Sequence[int] = (),
    ) -> bytes:
        """The ledger of this stall; records are named by their place among `keys`, from 0."""
        tiny, keys = self.play.tiny, self.keys
        others = [key for key in tiny.keys if key not in keys]
        told = {(keys[at], attribute): value for (at, attribute), value in (wrong or {}).items()}
        left = [*others, *(keys[at] for at in without)]
        return tiny.evidence(wrong=told, without=left, twice=[keys[at] for at in twice])

    async def prove(self, owner: str) -> None:
        """Evidence in, accepted and reviewed."""
        await self.play.prove(owner, self.evidence())

    async def states(self, owner: str) -> dict[str, int]:
        """How many cases of an owner are in which state."""
        states = [case.state for case in await self.play.cases(owner)]
        return {state: states.count(state) for state in sorted(set(states))}

    async def in_the_way(self) -> list[str]:
        """What stands before the report on account of this stall."""
        mine = (self.ann, self.bob, self.cat, *(f" / {line} is " for _, line in self.pairs))
        return [line for line in await self.play.blockers() if any(name in f"{line} " for name in mine)]

    async def running(self, owner: str) -> bool:
        """Whether an owner's run is open."""
        return (await self.play.owner_run(owner).describe()).status == WorkflowExecutionStatus.RUNNING

    async def closed(self, owner: str) -> None:
        """Wait for an owner's run to end."""

        async def ended() -> bool | None:
            return None if await self.running(owner) else True

        await until(ended, f"the run of {owner} to end")

    async def read(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows as the reader role sees them."""
        return [tuple(row) for row in await self.play.read(sql, **values)]
