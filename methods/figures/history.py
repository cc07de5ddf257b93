"""The version history of a phase as a table: who made, submitted and decided each version, and what it held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import mark
from methods.figures.display import NOTHING, moment
from models.document import Column, Table

if TYPE_CHECKING:
    from methods.figures.basis import Basis
    from models.document import Cell
    from models.fact import Instant
    from models.report import PhaseFacts, VersionFacts

NO_BREAK = "\u00a0"


def history(basis: Basis, phase: PhaseFacts, *, title: str) -> Table:
    """The versions of one phase, for the document; all phases together are one sheet of the workbook."""
    versions = basis.versions(phase.kind)
    scoped = any(version.scope for version in versions)
    return Table(
        title=title,
        columns=((Column(label="Owner"),) if scoped else ()) + (
            Column(label="Version"), Column(label="Status", kind="status"), Column(label="Submitted"),
            Column(label="Decided"), Column(label="Items", kind="number"),
            Column(label="Carried", kind="number"), Column(label="Approved", kind="number"),
            Column(label="Rejected", kind="number"), Column(label="Reason", kind="long")),
        rows=tuple(((basis.name(version.scope),) if scoped else ()) + _row(basis, version) for version in versions),
        order="by owner and number" if scoped else "by number",
        empty="No version.",
        sheet="Versions",
        most=60,
        where="document",
        dense=True,
    )


def _row(basis: Basis, version: VersionFacts) -> tuple[Cell, ...]:
    return (named(version), mark(wording.STATUSES[version.status]),
            _act(basis, version.submitted_at, version.submitted_by),
            _act(basis, version.decided_at, version.decided_by), version.members, version.carried, version.approved,
            version.rejected, version.reason or NOTHING)


def named(version: VersionFacts) -> str:
    """'v2 from v1'."""
    return f"v{version.number} from v{version.parent}" if version.parent else f"v{version.number}"


def _act(basis: Basis, when: Instant | None, person: str) -> str:
    # A date and its time stay on one line.
    return f"{moment(when).replace(' ', NO_BREAK)} {basis.name(person)}" if when else NOTHING


def all_versions(basis: Basis) -> Table:
    """Every version of every phase with its hashes, for the workbook."""
    rows: list[tuple[Cell, ...]] = [
        (phase.title, version.scope, version.number, version.parent or "", mark(wording.STATUSES[version.status]),
         version.created_by, moment(version.created_at), version.submitted_by, moment(version.submitted_at),
         version.decided_by, moment(version.decided_at), version.members, version.carried, version.approved,
         version.rejected, version.reason, version.content_hash, version.manifest_hash)
        for phase in basis.phases for version in basis.versions(phase.kind)
    ]
    return Table(
        title="All versions of all phases",
        sheet="Versions",
        columns=(Column(label="Phase"), Column(label="Owner"), Column(label="Version", kind="number"),
                 Column(label="Parent", kind="number"), Column(label="Status", kind="status"),
                 Column(label="Created by"), Column(label="Created (UTC)", kind="time"), Column(label="Submitted by"),
                 Column(label="Submitted (UTC)", kind="time"), Column(label="Decided by"),
                 Column(label="Decided (UTC)", kind="time"), Column(label="Items", kind="number"),
                 Column(label="Carried", kind="number"), Column(label="Approved", kind="number"),
                 Column(label="Rejected", kind="number"), Column(label="Reason", kind="long"),
                 Column(label="Content hash", kind="hash"), Column(label="Manifest hash", kind="hash")),
        rows=tuple(rows),
        where="workbook",
    )
