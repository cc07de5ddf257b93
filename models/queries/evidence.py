"""Documents and their revisions; one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows

# How `read_as` of an evidence query begins; no file is read as one.
READ_AS_QUERY = "query "


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One revision of a document. `decision` is `accept`, `return` or '' while it waits; `current`: none came later.

    `same_as` names an earlier revision with the very same bytes. `missing` are open keys that the file does not hold.
    `problem` is why it cannot be read, `read_as` how it was.
    """

    id: int
    owner: str
    source: str
    document: str
    revision: int
    current: bool
    decision: str
    decision_reason: str
    decided_by: str
    rows: int
    covered: int
    missing: tuple[str, ...]
    unknown_keys: int
    unknown: tuple[str, ...]
    same_as: str
    sha256: str
    bytes: int
    problem: str
    read_as: str
    note: str
    by: str
    at: datetime


_DOCUMENTS = """
select r.id, d.owner, d.source, d.name as document, r.revision,
       not exists (select from document_revision n
                    where n.document = r.document and n.revision > r.revision) as current,
       coalesce(x.verdict, '') as decision, coalesce(x.reason, '') as decision_reason, coalesce(x.by, '') as decided_by,
       r.rows, r.covered, r.missing, r.unknown_keys, r.unknown,
       coalesce((select f.name || ' revision ' || e.revision from document_revision e
                   join document f on f.id = e.document where e.id = r.same_as), '') as same_as,
       r.sha256, r.bytes, r.problem, r.read_as, r.note, r.by, r.at
  from document_revision r
  join document d on d.id = r.document
  join cycle_report c on c.id = d.cycle
  left join lateral (select verdict, reason, by from document_decision
                      where revision = r.id order by id desc limit 1) x on true
 where c.slug = :slug and (CAST(:owner AS text) is null or d.owner = :owner)
 order by d.owner, d.source, d.name, r.revision
"""


async def documents(tx: Tx, slug: str, *, owner: str | None = None) -> list[DocumentLine]:
    """All document revisions of a cycle, or of one owner, each document's in order."""
    found = await rows(tx, _DOCUMENTS, slug=slug, owner=owner)
    return [
        DocumentLine(**{**row._mapping, "missing": tuple(row.missing), "unknown": tuple(row.unknown)}) for row in found
    ]
