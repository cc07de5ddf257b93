"""A tenth phase, as it would be written: its row, its item type, what it proposes, and how its items are shown.

In the tree the parts would stand in `models.phases`, `models.items`, `activities.proposals`, `cli.facts` and
`cli.decisions`; the migration and its SQL lie beside this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from activities.workbench import Workbench
from cli.facts import _named
from models.items import Item
from models.phases import Phase


class Control(Item):
    """One key control over the report (phase Control Testing)."""

    name: str
    objective: str
    frequency: Literal["daily", "monthly", "quarterly"]
    performer: str = ""

    @property
    def natural_key(self) -> str:
        return self.name


async def propose_controls(bench: Workbench) -> Sequence[Item]:
    """A reconciliation per source of the cycle file."""
    return [
        Control(name=f"reconcile {source.name}", objective=f"the report agrees with {source.name}", frequency="monthly")
        for source in bench.file.sources
    ]


ROW = Phase(
    "control_testing",
    10,
    "Control Testing",
    "full",
    "cycle",
    item="control",
    approver="test_executive",
    tester_verdicts=("approve",),
    approver_verdicts=("approve", "reject"),
)
ITEM_TYPES = {"control": Control}
PROPOSERS = {ROW.kind: propose_controls}
FACTS = {"control": _named("objective", "frequency", "performer")}
SAYS = {"control": ("frequency", "objective")}
