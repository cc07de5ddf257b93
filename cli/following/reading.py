"""Read what a picture is made of: nine statements when something has changed, one when nothing has."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from cli.following.picture import Facts
from cli.waiting import waiting
from models.database import Database, Tx
from models.queries.cycles import cycle
from models.queries.following import one_moment, pair_counts, pulse, rounds
from models.queries.owners import owners


async def facts_of(tx: Tx, slug: str, *, now: datetime) -> Facts:
    """The facts of a cycle as of now; raises `NotFound`."""
    line = await cycle(tx, slug)
    return Facts(
        waiting=await waiting(tx, line, now=now), rounds=await rounds(tx, line.id),
        owners=await owners(tx, slug), pairs=await pair_counts(tx, line.id),
    )


@dataclass
class Follower:
    """Reads one cycle again and again, and its facts only when they have changed."""

    reader: Database
    slug: str
    _pulse: int = -1
    _facts: Facts | None = None

    async def facts(self, now: datetime) -> Facts:
        """The facts as of now."""
        async with self.reader.begin() as tx:
            await one_moment(tx)
            beat = await pulse(tx, self.slug)
            if self._facts is None or beat != self._pulse:
                self._facts, self._pulse = await facts_of(tx, self.slug, now=now), beat
        held = dataclasses.replace(self._facts.waiting, now=now)
        return dataclasses.replace(self._facts, waiting=held)
