"""Who takes part: names as the command line and the tables use them, and where each is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Starter:
    """A contestant's class as `module:Class`, and whether it needs the peers' environment."""

    contestant: str
    peer: bool = True


STARTERS = {
    "ours": Starter("benchmarks.ours:Ours", peer=False),
}
