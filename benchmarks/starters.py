"""Who takes part: names as the command line and the tables use them, and where each is found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LEGACY_SCHEMA = Path(__file__).parents[2] / "shared" / "legacy_schema.sql"
_PEERS = "benchmarks.peers"


@dataclass(frozen=True, slots=True)
class Starter:
    """A contestant's class as `module:Class`, and whether it needs the peers' environment."""

    contestant: str
    peer: bool = True


STARTERS = {
    "ours": Starter("benchmarks.ours:Ours", peer=False),
    "continuum-validity": Starter(f"{_PEERS}.sqlalchemy_versions:ContinuumValidity"),
    "continuum-subquery": Starter(f"{_PEERS}.sqlalchemy_versions:ContinuumSubquery"),
    "history-validity": Starter(f"{_PEERS}.sqlalchemy_versions:HistoryValidity"),
    "history-subquery": Starter(f"{_PEERS}.sqlalchemy_versions:HistorySubquery"),
    "auditrum": Starter(f"{_PEERS}.auditrum:Auditrum"),
    "auditrum-chained": Starter(f"{_PEERS}.auditrum:AuditrumChained"),
    "eventsourcing": Starter(f"{_PEERS}.eventsourcing:EventSourcing"),
    "legacy": Starter(f"{_PEERS}.legacy:Legacy"),
    "copy": Starter(f"{_PEERS}.copy_floor:CopyFloor"),
}


def missing(name: str, peers: Path) -> str:
    """What a contestant lacks to take part, or nothing."""
    if STARTERS[name].peer and not peers.exists():
        return "the environment of the peers is not there: `make bench` makes it"
    if name == "legacy" and not LEGACY_SCHEMA.exists():
        return "legacy_schema.sql does not lie in ../shared beside the checkout"
    return ""
