"""The items that count: those of a phase's approved version that both sides kept, as typed values."""

from __future__ import annotations

from functools import cache
from typing import Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter

from models.database import Tx, rows
from models.items import Item

T = TypeVar("T", bound=Item)


class Pinned(NamedTuple, Generic[T]):
    """One item and the revision that says it."""

    revision: int
    content: T


async def effective(tx: Tx, cycle: int, kind: str, item: type[T], *, scope: str = "") -> list[Pinned[T]]:
    """The effective set of a phase, in the order in which its items first came."""
    # Texts come last, by id: joins and the sort carry what is narrow.
    found = await rows(
        tx,
        "select e.revision, r.content from (select revision, item from effective"
        " where cycle = :c and kind = :k and scope = :s order by item offset 0) e"
        " join item_revision r on r.id = e.revision order by e.item",
        c=cycle,
        k=kind,
        s=scope,
    )
    # One array, for a call for each of ten thousand takes longer.
    contents = _several(item).validate_json(f"[{','.join(content for _, content in found)}]")
    return [Pinned(revision, content) for (revision, _), content in zip(found, contents, strict=True)]


@cache
def _several(item: type[T]) -> TypeAdapter[list[T]]:
    return TypeAdapter(list[item])  # type: ignore[valid-type]


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
