"""The attestation: who signed the report, in which role, when, in which words, and which files they signed for.

A file of its own, since a file cannot name its own hash: it names the SHA-256 of each file of the report body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from activities.render.html import environment
from methods.figures import wording
from methods.figures.basis import Basis
from methods.figures.summary import conclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.report import FileHash, ReportFacts, SignOff


@dataclass(frozen=True, slots=True)
class Signature:
    """One role that signs, what it attests, and its signature where it has been given."""

    heading: str
    role: str
    statement: str
    name: str
    given: SignOff | None


def render_attestation(signoffs: Sequence[SignOff], *, files: Sequence[FileHash], facts: ReportFacts) -> bytes:
    """The attestation as UTF-8 HTML; where a required role has not signed, it says so and is incomplete.

    Raises ValueError without any file of the report body: there would be nothing that was signed.
    """
    if not files:
        raise ValueError(f"the attestation of cycle {facts.cycle.id!r} names no file; render the report's body first")
    basis = Basis(facts)
    signatures = _signatures(basis, signoffs)
    headline, tone = conclusion(basis)
    risk = basis.coverage is not None and basis.coverage < wording.RISK_ACCEPTANCE_BELOW
    return environment().get_template("attestation.html.j2").render(
        facts=facts, cycle=facts.cycle, files=sorted(files, key=lambda file: file.name), signatures=signatures,
        missing=[signature.role for signature in signatures if signature.given is None], headline=headline, tone=tone,
        risk=wording.RISK_ACCEPTANCE if risk else "", notice=wording.ACTOR_NOTICE).encode()


def _signatures(basis: Basis, signoffs: Sequence[SignOff]) -> list[Signature]:
    """The required roles in order, then others that signed; several signatures of one role by time."""
    found: list[Signature] = []
    roles = [*basis.facts.signatories, *sorted({s.role for s in signoffs} - set(basis.facts.signatories))]
    for role in roles:
        given: list[SignOff | None] = [*sorted((s for s in signoffs if s.role == role), key=lambda s: (s.at, s.by))]
        found += [Signature(heading=wording.SIGNS_AS[role], role=wording.ROLES[role],
                            statement=wording.ATTESTATIONS[role], name=basis.name(one.by) if one else "", given=one)
                  for one in (given or [None])]
    return found
