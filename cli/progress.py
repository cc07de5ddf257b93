"""Long work shows that it goes on: a spinner on stderr where a person looks at it, nothing anywhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0  # seconds; what takes less is not worth a word


@contextmanager
def working(what: str, *, after: float = PATIENCE) -> Iterator[None]:
    """Say what is being done, and for how long, once it has taken `after` seconds; it is gone when that is done."""
    if not sys.stderr.isatty():
        yield
        return
    shown: list[Progress] = []
    lock, over = threading.Lock(), threading.Event()

    def show() -> None:
        with lock:
            if not over.is_set():
                shown.append(_spinner(what))

    # A thread, because what takes long may hold the event loop.
    timer = threading.Timer(after, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        over.set()
        timer.cancel()
        with lock:
            for progress in shown:
                progress.stop()


def _spinner(what: str) -> Progress:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False)
    progress.add_task(what)
    progress.start()
    return progress
