"""Reading a cycle file from the content store, where it lies from the start of the cycle on."""

from __future__ import annotations

from methods.cycle_files import parse_cycle_file
from models.cycle_file import CycleFile
from models.store import ContentStore


def load_cycle_file(store: ContentStore, digest: str) -> CycleFile:
    """The cycle file that a cycle was started with."""
    return parse_cycle_file(store.get(digest))
