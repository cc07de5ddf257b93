"""The nine phases as data: who proposes, who decides, who approves, what must hold before a version counts.

Adding a phase is a row here, an item type in `models.items` and a table for it. No other module asks which phase it
is dealing with; they read the row. The migration copies the rows that the database enforces (`phase_policy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PhaseKind = Literal["full", "audit_only"]
Stage = Literal["cycle", "owner"]


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a test cycle.

    `stage`: `cycle` phases run once per cycle, `owner` phases once per data owner. `tester_verdicts` and
    `approver_verdicts` are what each side may say about an item; `keeps` are the approver verdicts with which an item
    stays in the effective set. Without `approves_with_rejected` a rejected item forces rework, and returns undecided.
    `duty` names the days until due in the cycle file's `due_days`.
    """

    kind: str
    order: int
    title: str
    versioning: PhaseKind
    stage: Stage
    item: str = ""
    submitter: str = "tester"
    approver: str = ""
    may_approve_own: bool = False
    approves_with_rejected: bool = False
    tester_verdicts: tuple[str, ...] = ()
    approver_verdicts: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ("approve",)
    signoffs: tuple[str, ...] = ()
    duty: str = "review"

    @property
    def versioned(self) -> bool:
        """Whether the phase's items are versioned and approved."""
        return self.versioning == "full"

    @property
    def item_table(self) -> str:
        """The typed table of the phase's items."""
        return f"{self.item}_item"


_BOTH = ("approve", "reject")

PHASES: tuple[Phase, ...] = (
    Phase(
        "planning",
        1,
        "Planning",
        "full",
        "cycle",
        item="attribute",
        approver="tester",
        may_approve_own=True,
        approves_with_rejected=True,
        tester_verdicts=_BOTH,
        approver_verdicts=_BOTH,
    ),
    Phase(
        "data_profiling",
        2,
        "Data Profiling",
        "full",
        "cycle",
        item="rule",
        approver="report_owner",
        approves_with_rejected=True,
        tester_verdicts=_BOTH,
        approver_verdicts=_BOTH,
    ),
    Phase(
        "scoping",
        3,
        "Scoping",
        "full",
        "cycle",
        item="scope",
        approver="report_owner",
        tester_verdicts=("approve",),
        approver_verdicts=_BOTH,
    ),
    Phase(
        "sample_selection",
        4,
        "Sample Selection",
        "full",
        "cycle",
        item="sample",
        approver="report_owner",
        approves_with_rejected=True,
        tester_verdicts=_BOTH,
        approver_verdicts=_BOTH,
    ),
    Phase("data_owner_id", 5, "Data Owner ID", "audit_only", "cycle", submitter="data_executive", duty="assignment"),
    Phase("request_info", 6, "Request Info", "audit_only", "owner", submitter="data_owner", duty="evidence"),
    Phase("test_execution", 7, "Test Execution", "audit_only", "owner", submitter="tester", duty="execution"),
    Phase(
        "observation_management",
        8,
        "Observation Management",
        "full",
        "owner",
        item="observation",
        approver="report_owner",
        tester_verdicts=("approve",),
        approver_verdicts=("approve", "non_issue", "reject"),
        keeps=("approve", "non_issue"),
        duty="observation",
    ),
    Phase(
        "finalize_report",
        9,
        "Finalize Report",
        "full",
        "cycle",
        item="section",
        approver="test_executive",
        tester_verdicts=("approve",),
        approver_verdicts=_BOTH,
        signoffs=("tester", "report_owner", "test_executive"),
    ),
)

BY_KIND = {phase.kind: phase for phase in PHASES}
FOUNDATION = tuple(p for p in PHASES if p.versioned and p.stage == "cycle" and p.order < BY_KIND["data_owner_id"].order)
OWNER_ROUND = next(p for p in PHASES if p.versioned and p.stage == "owner")
CLOSING = next(p for p in PHASES if p.versioned and p.stage == "cycle" and p.signoffs)
VERSIONED = tuple(p for p in PHASES if p.versioned)
# Who proposes, approves or signs anywhere may have a word everywhere.
DECIDERS = tuple(dict.fromkeys(role for p in VERSIONED for role in (p.submitter, p.approver, *p.signoffs)))


def successor(phase: Phase) -> Phase | None:
    """The phase that begins when this one is approved; None for owner phases and the last."""
    later = [p for p in PHASES if p.stage == "cycle" and p.order > phase.order]
    return later[0] if phase.stage == "cycle" and later else None
