"""Where a cycle stands: all nine phases, each with who is waited for."""

from __future__ import annotations

from typing import Any

from cli.standing import PhaseRow, phase_rows
from models.phases import PHASES
from models.queries.owners import OwnerLine, PairLine
from tests.cli.builders import NOW, people, phase_line


def pair(**changed: Any) -> PairLine:
    """An unassigned pair in Cards."""
    named: dict[str, Any] = {
        "attribute": "a1", "line_of_business": "Cards", "status": "unassigned", "owner": None, "cases": 3, "open": 3,
        "due_at": NOW, "reason": "", "by": "system", "at": NOW,
    }
    return PairLine(**{**named, **changed})


def owner(**changed: Any) -> OwnerLine:
    """An owner at work on three open cases."""
    named: dict[str, Any] = {
        "owner": "ann", "status": "started", "reason": "", "cases": 3, "open": 3, "returned": 0, "executing": 0,
        "to_accept": 0, "to_review": 0, "concluded": 0, "waived": 0, "due_at": NOW,
    }
    return OwnerLine(**{**named, **changed})


def row(rows: list[PhaseRow], phase: str) -> PhaseRow:
    return next(found for found in rows if found.phase == phase)


def test_every_phase_is_there_from_the_start() -> None:
    """A phase that has not begun says so."""
    rows = phase_rows([phase_line()], people(), [], [])
    assert [phase.kind for phase in PHASES] == [found.phase for found in rows]
    assert "not begun" == row(rows, "scoping").status


def test_a_draft_waits_for_the_tester_by_name() -> None:
    """People are named, not roles."""
    assert ("tess",) == row(phase_rows([phase_line()], people(), [], []), "planning").waiting_for


def test_assigning_is_done_when_every_pair_is_settled() -> None:
    """A disputed pair is as open as an unassigned one."""
    settled, open_ = pair(status="assigned", owner="ann"), pair(status="disputed", owner="ann")
    assert ["done", "assigning"] == [
        row(phase_rows([], people(), [settled, other], []), "data_owner_id").status for other in (settled, open_)
    ]


def test_an_owners_work_is_counted_apart_from_the_testers() -> None:
    """What is open is the owner's, what is to be reviewed the tester's."""
    rows = phase_rows([], people(), [], [owner(open=2, to_review=1)])
    assert [(2, ("ann",)), (1, ("tess",))] == [
        (found.undecided, found.waiting_for) for found in (row(rows, "request_info"), row(rows, "test_execution"))
    ]


def test_a_failed_owner_shows_as_failed() -> None:
    """One owner's failure is visible and stops nobody else."""
    assert "failed" == row(phase_rows([], people(), [], [owner(status="failed")]), "request_info").status
