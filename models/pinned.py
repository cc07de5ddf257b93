"""The items that count: those of a phase's approved version that both sides kept, as typed values."""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter

from models.database import Tx, rows
from models.items import Item
from models.uncollected import uncollected

T = TypeVar("T", bound=Item)
# What `effective` holds, from its other end: of an approved version everything is decided by both sides, so that what
# counts is all but the little that a side did not keep. Sorted here: the database would sort contents, not references.
_EFFECTIVE = """
select r.item, r.id, r.content
  from phase p
  join phase_policy k on k.kind = p.kind
  join version v on v.phase = p.id and v.status = 'approved'
  join item_revision r on r.phase = v.phase and multirange_contains_elem(r.versions, v.number)
 where p.cycle = :c and p.kind = :k and p.scope = :s
   and not exists (select from item_decision d
                    where d.phase = r.phase and d.revision = r.id and multirange_contains_elem(d.versions, v.number)
                      and d.verdict <> 'approve' and (d.role = 'tester' or array_position(k.keeps, d.verdict) is null))
"""


class Pinned(NamedTuple, Generic[T]):
    """One item and the revision that says it."""

    revision: int
    content: T


async def effective(tx: Tx, cycle: int, kind: str, item: type[T], *, scope: str = "") -> list[Pinned[T]]:
    """The effective set of a phase, in the order in which its items first came."""
    found = sorted(await rows(tx, _EFFECTIVE, c=cycle, k=kind, s=scope), key=itemgetter(0))
    contents = ",".join(content for _, _, content in found)
    # One array, for a call for each of ten thousand takes longer.
    with uncollected():
        values = _several(item).validate_json(f"[{contents}]")
        return [Pinned(revision, value) for (_, revision, _), value in zip(found, values, strict=True)]


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
