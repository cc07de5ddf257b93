"""Every record that a draw proposed, as it was proposed; one statement."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Tx, rows
from models.items import Sample
from models.membership import SYSTEM


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """A record as the draw of a version proposed it, whatever became of it since."""

    version: int
    content: Sample


_DRAWN = """
select r.version, r.content
  from cycle_report c join phase p on p.cycle = c.id join item_revision r on r.phase = p.id
 where c.slug = :slug and p.kind = 'sample_selection' and p.scope = '' and r.origin = 'generated' and r.by = :system
 order by r.version, r.id
"""


async def drawn_samples(tx: Tx, slug: str) -> list[DrawnSample]:
    """The proposals of every draw of a cycle, in the order in which they were drawn."""
    return [DrawnSample(row.version, Sample.model_validate_json(row.content))
            for row in await rows(tx, _DRAWN, slug=slug, system=SYSTEM)]
