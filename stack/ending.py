"""What ends a running stack in order: a signal, or the death of the `make` that started it.

Either cancels the task that runs the block, so that every `finally` on the way out is run.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def ends_when_told() -> AsyncIterator[None]:
    """Let these events cancel the present task for the time of the block, which has to be in the main thread."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("a stack is run by a task")
    for number in _SIGNALS:
        loop.add_signal_handler(number, task.cancel)
    orphaned = asyncio.create_task(_orphaned())
    orphaned.add_done_callback(lambda watch: watch.cancelled() or task.cancel())
    try:
        yield
    finally:
        orphaned.cancel()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def _orphaned() -> None:
    """Return when the `make` that started this process has died, which cannot pass on a SIGKILL; else never."""
    parent = os.getppid()
    # Without make the parent is a shell, which may well end before a stack that was left in the background.
    while "MAKELEVEL" not in os.environ or os.getppid() == parent:
        await asyncio.sleep(0.5)
