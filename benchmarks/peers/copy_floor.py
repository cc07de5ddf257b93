"""The floor: a bare COPY of the item rows into a plain table, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from benchmarks.asyncpg_contestant import AsyncpgContestant
from benchmarks.rows import COLUMNS, Row


class CopyFloor(AsyncpgContestant):
    """What no engine can go below."""

    mode = "asyncpg COPY, binary"
    guarantees = "none: no versions, no decisions, no history; a number as primary key"

    def libraries(self) -> Mapping[str, str]:
        return {"asyncpg": version("asyncpg")}

    def prepare(self) -> None:
        columns = ", ".join(f"{name} text not null" for name in COLUMNS)
        key = "id bigint generated always as identity primary key"
        self.wait(self.bare.execute(f"create table sample ({key}, {columns})"))

    def create(self, rows: Sequence[Row]) -> None:
        self.recorder.statements.append(("copy", None))
        self.wait(self._copy(rows))

    async def _copy(self, rows: Sequence[Row]) -> None:
        records = [tuple(getattr(row, name) for name in COLUMNS) for row in rows]
        async with self.bare.transaction():
            await self.bare.copy_records_to_table("sample", records=records, columns=COLUMNS)

    def key_of(self, answer: Any) -> str:
        return str(answer["record_key"])
