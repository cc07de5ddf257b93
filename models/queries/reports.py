"""The files of a cycle's report; one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows
from models.phases import CLOSING


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file of the report. `status` is that of the version it renders: only `approved` is the signed report."""

    kind: str
    name: str
    version: int
    status: str
    sha256: str
    bytes: int
    at: datetime


_FILES = """
select f.kind, f.name, f.number as version, v.status, f.sha256, f.bytes, f.at
  from report_file f
  join version v on v.phase = f.phase and v.number = f.number
  join phase p on p.id = f.phase
  join cycle_report c on c.id = p.cycle
 where c.slug = :slug and p.kind = :kind
   and f.number = coalesce(CAST(:number AS int), (select max(number) from report_file l where l.phase = p.id))
 order by f.id
"""


async def report_files(tx: Tx, slug: str, *, number: int | None = None) -> list[ReportFile]:
    """The files of one version of the report, the latest that has any unless one is named."""
    return [ReportFile(**row._mapping) for row in await rows(tx, _FILES, slug=slug, kind=CLOSING.kind, number=number)]
