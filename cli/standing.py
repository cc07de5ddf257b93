"""Where a cycle stands, phase by phase, derived from the facts; the nine phases are all there from the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.phase_state import waiting_for
from models.phases import BY_KIND, PHASES, Phase
from models.queries.cycles import PhaseLine
from models.queries.owners import OwnerLine, PairLine
from models.queries.people import PersonLine

_OWNERS_WORK = ("open", "returned")
_TESTERS_WORK = ("executing", "to_accept", "to_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """A phase, or one owner's part of it. `waiting_for` names people, or roles that nobody holds."""

    phase: str
    owner: str
    version: int | None
    status: str
    items: int
    undecided: int
    waiting_for: tuple[str, ...]
    since: datetime | None
    due_at: datetime | None


def holders(roles: Sequence[str], people: Mapping[str, PersonLine]) -> tuple[str, ...]:
    """Who holds one of the roles; the roles themselves when nobody does."""
    return tuple(p.person for p in people.values() if set(p.roles) & set(roles)) or tuple(roles)


def phase_rows(
    phases: Sequence[PhaseLine], people: Mapping[str, PersonLine],
    pairs: Sequence[PairLine], owners: Sequence[OwnerLine],
) -> list[PhaseRow]:
    """A row per phase and owner, in the order of the phases."""
    rows: list[PhaseRow] = []
    for phase in PHASES:
        if phase.versioned:
            found = [_versioned(line, people) for line in phases if line.kind == phase.kind]
        elif phase.stage == "cycle":
            found = [_assigning(phase, pairs, people)] if pairs else []
        else:
            found = list(_working(phase, owners, people))
        rows += found or [_row(phase)]
    return rows


def _row(phase: Phase, *, owner: str = "", status: str = "not begun", items: int = 0, undecided: int = 0,
         waiting: Sequence[str] = (), due_at: datetime | None = None) -> PhaseRow:
    return PhaseRow(phase=phase.kind, owner=owner, version=None, status=status, items=items, undecided=undecided,
                    waiting_for=tuple(waiting), since=None, due_at=due_at)


def _versioned(line: PhaseLine, people: Mapping[str, PersonLine]) -> PhaseRow:
    roles = waiting_for(BY_KIND[line.kind], line.status, line.signed)
    return PhaseRow(
        phase=line.kind, owner=line.scope, version=line.version, status=line.status, items=line.items,
        undecided=line.undecided, waiting_for=holders(roles, people) if roles else (), since=line.since,
        due_at=line.due_at if roles else None,
    )


def _assigning(phase: Phase, pairs: Sequence[PairLine], people: Mapping[str, PersonLine]) -> PhaseRow:
    waiting = [pair for pair in pairs if pair.status in ("unassigned", "disputed")]
    lines = {pair.line_of_business for pair in waiting}
    who = [p.person for p in people.values() if phase.submitter in p.roles and any(map(p.covers, lines))]
    return _row(phase, status="assigning" if waiting else "done", items=len(pairs), undecided=len(waiting), waiting=who,
                due_at=min((pair.due_at for pair in waiting), default=None))


def _working(phase: Phase, owners: Sequence[OwnerLine], people: Mapping[str, PersonLine]) -> Iterator[PhaseRow]:
    """What is left of the phase for each owner: to hand in, or to accept and review."""
    own = phase.submitter == "data_owner"
    for line in owners:
        left = sum(getattr(line, state) for state in (_OWNERS_WORK if own else _TESTERS_WORK))
        who = (line.owner,) if own else holders((phase.submitter,), people)
        status = "failed" if line.status == "failed" else "working" if left else "done"
        yield _row(phase, owner=line.owner, status=status, items=line.cases, undecided=left,
                   waiting=who if left else (), due_at=line.due_at if own and left else None)
