"""`cycle watch`: a live tree where there is a terminal, else one line per change; ends with the cycle."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from cli.following.picture import NOT_BEGUN, Picture, picture_of
from cli.following.reading import Follower
from models import errors
from models.phases import BY_KIND

COMPLETED = "completed"
Show = Callable[[Picture], None]


async def watch(follower: Follower, *, interval: float, until: str) -> None:
    """Show the cycle until it has ended, or has reached `until`. Raises `WrongState` when it ended before."""
    with shower() as show:
        while True:
            picture = picture_of(await follower.facts(datetime.now(UTC)))
            show(picture)
            if ended(picture, until):
                return
            await asyncio.sleep(interval)


def wanted(until: str) -> str:
    """The end that is meant; raises `NotFound` for what is neither a phase nor `completed`."""
    name = until.replace("-", "_").lower()
    if name and name != COMPLETED and name not in BY_KIND:
        raise errors.NotFound(f"there is no phase {until!r}", hint=f"phases: {', '.join(BY_KIND)}; or {COMPLETED}")
    return name


def ended(picture: Picture, until: str) -> bool:
    """Whether there is nothing to wait for any more. Raises `WrongState` when that is not what was waited for."""
    line = picture.cycle
    if until in BY_KIND and any(stage.phase.kind == until and stage.status != NOT_BEGUN for stage in picture.stages):
        return True
    if line.ended and until and line.status != until:
        what = BY_KIND[until].title if until in BY_KIND else until
        why = f": {line.reason}" if line.reason else ""
        raise errors.WrongState(f"cycle {line.slug} was {line.status} and did not reach {what!r}{why}",
                                hint=f"starter.py cycle show {line.slug}")
    return line.ended


@contextmanager
def shower() -> Iterator[Show]:
    """What shows a picture: a live tree, or lines where nobody could see one."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.live import Live

    from cli.following.tree import tree

    console = Console()
    with Live(console=console, auto_refresh=False) as live:
        yield lambda picture: live.update(tree(picture, height=console.height), refresh=True)


class Lines:
    """Prints what is new in each picture, at once."""

    def __init__(self) -> None:
        self._last: Picture | None = None

    def __call__(self, picture: Picture) -> None:
        """Print the lines of a picture that were not printed before."""
        from cli.following.words import changes

        for line in changes(self._last, picture):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        self._last = picture
