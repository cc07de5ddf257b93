"""What a cycle's tested sample proves as of now, of the same facts and by the same function as its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from activities.workbench import workbench
from methods.sampling.conclusions import ConcludedSample
from models.database import Database
from models.items import Sample
from models.pinned import effective
from models.report_facts import ended_cases, open_cases, records_filed
from models.store import ContentStore


async def concluded(database: Database, store: ContentStore, slug: str) -> tuple[ConcludedSample, Mapping[str, int]]:
    """The approved sample with its ended cases, and how many cases of drawn records are open, by data field.

    Reads alone, so the reader role will do.
    """
    bench = await workbench(database, store, slug)
    async with database.begin() as tx:
        sample = ConcludedSample(
            plan=bench.file.sampling, records=await records_filed(tx, bench.cycle.id),
            samples=[pinned.content for pinned in await effective(tx, bench.cycle.id, "sample_selection", Sample)],
            cases=await ended_cases(tx, bench.cycle.id), field_groups=bench.file.field_groups)
        left = await open_cases(tx, bench.cycle.id)
    return sample, Counter(sample.field_of(attribute) for key, attribute in left if key in sample.places)
