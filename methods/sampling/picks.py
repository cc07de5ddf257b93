"""One record that was picked, and the words that say why: written here, and read here again to explain a draw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from methods.sampling.population import Member
from methods.text import counted
from models.cycle_file import Sampling

Category = Literal["random", "stratified", "systematic", "anomaly", "boundary", "clean", "census"]
SMALLEST = "those of smallest SHA-256 of seed|key"
_WHERE = " for the initial sample| after the initial sample| from those that fail no rule"
_DRAWN = re.compile(rf"drawn (?:at random|at an even interval)(?: in (?P<stratum>.*?))?(?:{_WHERE})?, "
                    r"rank (?P<rank>[\d,]+) of (?P<count>[\d,]+) records?(?: in key order)?")


@dataclass(frozen=True, slots=True)
class Pick:
    """A record with the reason that is its own and the method that it shares with others."""

    member: Member
    category: Category
    reason: str
    method: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stood in its drawing: rank `rank` of `count` records of a stratum, '' where there are none."""

    rank: int
    count: int
    stratum: str


def drawn(place: int, count: int, *, how: str = "at random", where: str = "", after: str = "") -> str:
    """"drawn at random in Retail, rank 3 of 1,200 records"."""
    return f"drawn {how}{where}, rank {place:,} of {counted(count, 'record')}{after}"


def place_in(reason: str) -> Place | None:
    """What `drawn` said, from its words; None for a record that was not drawn by rank."""
    found = _DRAWN.fullmatch(reason)
    if found is None:
        return None
    rank, count = (int(found[name].replace(",", "")) for name in ("rank", "count"))
    return Place(rank, count, found["stratum"] or "")


def anomaly_method(plan: Sampling) -> str:
    """How records with failing rules are chosen on top of a draw."""
    return (f"anomaly: up to {counted(plan.anomalies, 'record')} with failing rules; the rules take turns by name, "
            "each with its record of smallest SHA-256 of seed|key")
