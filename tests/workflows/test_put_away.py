"""A worker that stops puts away the runs that it holds, quietly: they go on elsewhere."""

from __future__ import annotations

import asyncio

from workflows.doors import Host


def test_a_run_that_is_put_away_waits_for_nobody() -> None:
    """Its coroutine is closed outside the event loop of the workflow, where nothing can be awaited."""
    run = Host(heartbeat_seconds=1)

    async def begun() -> None:
        async with run.answering():
            await asyncio.sleep(0)

    held = begun()
    held.send(None)
    held.close()
    assert run.closing
