"""Where the activities of a phase find their inputs: the cycle, its file, its approved plan, the report as filed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from activities.cycle_files import load_cycle_file
from activities.duck import ReportTable
from models.cycle_file import CycleFile
from models.cycles import CycleRow, find_cycle
from models.database import Database
from models.items import Attribute
from models.pinned import effective
from models.store import ContentStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workbench:
    """The inputs of one cycle."""

    database: Database
    store: ContentStore
    cycle: CycleRow
    file: CycleFile

    async def attributes(self) -> list[Attribute]:
        """The attributes of the approved plan, in dictionary order."""
        async with self.database.begin() as tx:
            return [pinned.content for pinned in await effective(tx, self.cycle.id, "planning", Attribute)]

    async def on_report(self, work: Callable[[ReportTable], T], *, only: Collection[str] | None = None,
                        tables: bool = False) -> T:
        """Do something with the report as filed, beside the event loop; a cancelled activity ends its work.

        With `tables` what the cycle file names as tables beside the report is loaded too.
        """
        opened: list[ReportTable] = []

        def task() -> T:
            with ExitStack() as files:
                path = files.enter_context(self.store.as_file(self.cycle.report_sha256))
                beside = {name: files.enter_context(self.store.as_file(digest))
                          for name, digest in (self.file.table_sha256.items() if tables else ())}
                table = ReportTable(path, only=only, name="the report data", beside=beside,
                                    encoding=self.file.data.encoding)
                # Before it is loaded: that is the longest query of all.
                opened.append(table)
                return work(files.enter_context(table))

        try:
            return await asyncio.to_thread(task)
        except asyncio.CancelledError:
            for table in opened:
                table.stop()
            raise


async def workbench(database: Database, store: ContentStore, slug: str) -> Workbench:
    """The inputs of a cycle."""
    async with database.begin() as tx:
        cycle = await find_cycle(tx, slug)
    return Workbench(database, store, cycle, load_cycle_file(store, cycle.cycle_file_sha256))


def key_columns(attributes: Sequence[Attribute]) -> list[str]:
    """The columns that identify a record, in key order."""
    return [attribute.source_column for attribute in attributes if attribute.primary_key]
