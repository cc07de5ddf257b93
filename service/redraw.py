"""A cycle's draw made again, here, from what the cycle pins: report, cycle file, approved plan and rule results."""

from __future__ import annotations

from collections.abc import Sequence

from activities.proposals import draw_samples
from activities.workbench import workbench
from models.database import Database
from models.items import Sample
from models.store import ContentStore


async def redraw(database: Database, store: ContentStore, cycle: str, *, version: int) -> Sequence[Sample]:
    """The samples that the draw of a version comes to; reads alone, so the reader role will do."""
    return await draw_samples(await workbench(database, store, cycle), version_number=version)
