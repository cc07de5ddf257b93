"""How this report came about, version by version, and who is to sign it; the signatures follow in the attestation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.display import moment
from methods.figures.history import history
from models.document import Column, Heading, Paragraph, Table

if TYPE_CHECKING:
    from methods.figures.basis import Basis
    from models.document import AnyBlock


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """The versions of the report's own phase (the last), the roles that sign, and what holds until they have."""
    own = basis.phases[-1] if basis.phases else None
    return (
        Heading(text="Versions of this report"),
        Paragraph(text=f"Figures, metrics and audit heads are as of {moment(basis.facts.as_of)} UTC, when the report "
                       "was submitted. Versions of this report that are still open were open at that time."),
        history(basis, own, title="Versions of this report") if own else Paragraph(text="No version is on record."),
        Heading(text="Sign-offs"),
        signatories(basis),
        Paragraph(text=f"{wording.SIGNATURES_ELSEWHERE} No person signs in two roles, and the approval comes last."),
        Paragraph(text=wording.ACTOR_NOTICE, tone="note"),
    )


def signatories(basis: Basis) -> Table:
    """Who may sign in each of the required roles."""
    people = sorted(basis.facts.cycle.people, key=lambda person: person.id)
    rows = []
    for role in basis.facts.signatories:
        names = "; ".join(basis.name(person.id) for person in people if role in person.roles)
        rows.append((wording.SIGNS_AS[role], wording.ROLES[role], names or "nobody", "see attestation"))
    return Table(
        title="Signatures required",
        columns=(Column(label="As"), Column(label="Role"), Column(label="Person", kind="long"),
                 Column(label="Signed, when")),
        rows=tuple(rows),
        where="document",
    )
