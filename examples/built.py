"""What an example builder hands to the demo: the cycle file, who supplies what, and what was planted.

Record keys are the key attributes' values joined with "|" in key order, as `models.items.record_key` writes them.
The planted sets are complete over the whole file; the caller intersects them with what was sampled and scoped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Upload:
    """An evidence file that an owner uploads for a source of the cycle file."""

    owner: str
    source: str
    path: Path


@dataclass(frozen=True)
class BuiltCycle:
    """A cycle ready to start: `cycle_file` is its cycle.yaml, with dictionary and report data beside it.

    `assignments`: (attribute, line of business) -> data owner id, for every pair that can be in scope.
    `planted_rules`: (rule name, record key) that profiling must report, over the whole file.
    `planted_values`: (record key, attribute) whose evidence differs from the report, over the whole file.
    `first_attempts`: flawed first versions of some uploads, which the tester returns; `uploads` holds the corrected.
    `closed`: the planted sets are all there is to find; real filings may hold more.
    """

    cycle_file: Path
    assignments: Mapping[tuple[str, str], str]
    uploads: tuple[Upload, ...]
    planted_rules: frozenset[tuple[str, str]]
    planted_values: frozenset[tuple[str, str]]
    first_attempts: tuple[Upload, ...] = ()
    closed: bool = True
