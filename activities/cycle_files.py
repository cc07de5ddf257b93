"""Reading a cycle file from the content store, where it lies from the start of the cycle on."""

from __future__ import annotations

from functools import lru_cache

from methods.cycle_files import parse_cycle_file
from models.cycle_file import CycleFile
from models.store import ContentStore


def load_cycle_file(store: ContentStore, digest: str) -> CycleFile:
    """The cycle file that a cycle was started with."""
    return _parsed(digest, store.get(digest))


# Parsing takes longer than most commands; the bytes of a hash never change, and the store has just checked them.
@lru_cache(maxsize=64)
def _parsed(digest: str, data: bytes) -> CycleFile:
    return parse_cycle_file(data, name=f"cycle file {digest[:12]}")
