"""Findings that a later run of their case has resolved: computed from the facts, so nothing is noted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows

_RESOLVED = """
select x.owner, x.natural_key as key, x.number as case_number, x.run, x.conclusion, x.document, x.revision_number,
       x.executed_at
  from resolved_finding x
 where x.cycle = :c and (CAST(:owner AS text) is null or x.owner = :owner)
   and (CAST(:keys AS text[]) is null or x.natural_key = any(:keys))
 order by x.owner, x.natural_key, x.number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLine:
    """A finding that has left its observation `key`: execution `run` of its case agrees with the evidence.

    `revision_number` is the revision of the document that the run was made on.
    """

    owner: str
    key: str
    case_number: str
    run: int
    conclusion: str
    document: str
    revision_number: int
    executed_at: datetime

    @property
    def said(self) -> str:
        """In words."""
        return f"resolved by execution {self.run} of case {self.case_number}"


async def resolved(
    tx: Tx, cycle: int, *, owner: str | None = None, keys: Sequence[str] | None = None
) -> list[ResolvedLine]:
    """The resolved findings of a cycle, of one owner, or of some observations."""
    found = await rows(tx, _RESOLVED, c=cycle, owner=owner, keys=None if keys is None else list(keys))
    return [ResolvedLine(**row._mapping) for row in found]
