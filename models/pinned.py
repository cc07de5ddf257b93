"""The items that count: those of a phase's approved version that both sides kept, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from models.database import Tx, rows
from models.items import Item

T = TypeVar("T", bound=Item)


@dataclass(frozen=True, slots=True)
class Pinned(Generic[T]):
    """One item and the revision that says it."""

    revision: int
    content: T


async def effective(tx: Tx, cycle: int, kind: str, item: type[T], *, scope: str = "") -> list[Pinned[T]]:
    """The effective set of a phase, in the order in which its items first came."""
    found = await rows(
        tx,
        "select revision, content from effective where cycle = :c and kind = :k and scope = :s order by item",
        c=cycle,
        k=kind,
        s=scope,
    )
    return [Pinned(row.revision, item.model_validate_json(row.content)) for row in found]


async def failing_rules(tx: Tx, cycle: int) -> dict[str, str]:
    """The approved rules that records fail, by name, with the SHA-256 of the stored list of failing keys."""
    found = await rows(
        tx,
        "select r.name, x.keys_sha256 from rule_result x join rule_item r on r.revision = x.revision"
        " join effective e on e.revision = x.revision where e.cycle = :c and x.failed > 0 order by r.name",
        c=cycle,
    )
    return {row.name: row.keys_sha256 for row in found}


async def key_attributes(tx: Tx, cycle: int) -> list[str]:
    """The names of the primary-key attributes of the approved plan, in key order."""
    return [
        row.name
        for row in await rows(
            tx,
            "select a.name from effective e join attribute_item a on a.revision = e.revision"
            " where e.cycle = :c and a.primary_key order by e.item",
            c=cycle,
        )
    ]
