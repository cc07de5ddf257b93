"""What verification says is wrong: the row it is about, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`where` names the row, as "event 3 of C1:R/planning" or "item_decision 12"."""

    where: str
    problem: str


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that one event wrote into one table: `columns` of each, of which the first `key` name the row."""

    id: int
    event: str
    table: str
    op: str
    columns: tuple[str, ...]
    key: int


def row_named(table: str, key: tuple[Any, ...]) -> str:
    """How findings name a row."""
    return f"{table} {', '.join(str(part) for part in key)}"
