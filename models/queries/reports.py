"""The files of a cycle's report, and whose file a hash is; one statement each."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of a report found by its hash, in the version whose file it is; `signed_by` are who signed that one."""

    cycle: str
    kind: str
    name: str
    version: int
    status: str
    decided_at: datetime | None
    signed_by: tuple[str, ...]


# A version superseded after its approval was signed too: what is the signed report today comes first.
_FOUND = """
select c.slug as cycle, f.kind, f.name, f.number as version, v.status, v.decided_at,
       array(select s.by from version_signoff s where s.phase = f.phase and s.number = f.number order by s.at)
         as signed_by
  from report_file f
  join version v on v.phase = f.phase and v.number = f.number
  join phase p on p.id = f.phase
  join cycle_report c on c.id = p.cycle
 where f.sha256 = :sha256 and (c.slug = :slug or :slug = '')
 order by v.status <> 'approved', f.id desc
"""
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


async def files_of_hash(tx: Tx, sha256: str, *, slug: str = "") -> list[Found]:
    """Every report file with this SHA-256, of any version, in one cycle or in all; a signed one first."""
    return [
        Found(**{**row._mapping, "signed_by": tuple(row.signed_by)})
        for row in await rows(tx, _FOUND, sha256=sha256, slug=slug)
    ]
