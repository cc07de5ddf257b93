"""A whole cycle on real servers."""
import time
import pytest
from tests.workflows.arena import Arena
from tests.workflows.tiny import Tiny
pytestmark = pytest.mark.asyncio

@pytest.mark.parametrize("n", range(3))
async def test_a_cycle_runs_from_planning_to_a_signed_report(stage: Arena, name: str, n: int) -> None:
    """x."""
    t = time.time()
    play = await stage.start(Tiny(cycle=name))
    print("start", time.time() - t)
    await play.foundation()
    print("foundation", time.time() - t)
    pairs = [(a, line) for a in play.tiny.names for line in play.tiny.lines]
    await play.assign({"ann": pairs[:2], "bob": pairs[2:]})
    print("assigned", time.time() - t)
    await play.prove("ann")
    print("proved", time.time() - t)
    await play.prove("bob", play.tiny.evidence(wrong={("r0001", "a2"): "7"}))
    await play.observe("bob")
    print("observed", time.time() - t)
    await play.finalize()
    print("done", time.time() - t)
