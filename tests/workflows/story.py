"""One story, told the same way each time: a whole cycle with a difference that becomes an observation."""

from __future__ import annotations

from tests.workflows.people import Play
from tests.workflows.tiny import Tiny

WRONG = {("r0001", "a2"): "7"}


def told(cycle: str = "story", heartbeat: float = 10.0) -> Tiny:
    """The cycle of the story."""
    return Tiny(cycle=cycle, heartbeat=heartbeat)


def pairs_of(tiny: Tiny, *lines: str) -> list[tuple[str, str]]:
    """The pairs of these lines of business, or of all."""
    return [(attribute, line) for line in lines or tiny.lines for attribute in tiny.names]


async def tell(play: Play) -> None:
    """From Planning to the signed report, one act after the other."""
    await play.foundation()
    await tell_the_rest(play)


async def tell_the_rest(play: Play) -> None:
    """From the pairs that wait for owners to the signed report."""
    cards, loans = play.tiny.lines
    await play.assign({"ann": pairs_of(play.tiny, loans), "bob": pairs_of(play.tiny, cards)})
    await play.prove("ann")
    await play.event("ann", "completed")
    await play.prove("bob", play.tiny.evidence(wrong=WRONG))
    await play.observe("bob")
    await play.event("bob", "completed")
    await play.finalize()
