"""The metrics of a cycle as figures; docs/metrics.md defines them."""

from __future__ import annotations

from collections.abc import Sequence

from models.fact import Count, Fact

# Every measure with its unit, in the order in which they are read; and what some are taken of, in theirs.
MEASURES = {
    "version_creation_rate": "versions per round", "approval_time": "seconds", "rejection_rate": "share",
    "carry_forward_rate": "share", "rework_rounds": "rounds per item", "owner_changes": "changes per pair",
    "document_revisions": "revisions per document", "request_turnaround": "seconds", "waiting_time": "seconds",
}
MEASURED_OF = ("created_to_approved", "submitted_to_decided", "versions", "items", "initial", "revised", "retest",
               "clarification", "extension")


class Metric(Fact):
    """One figure on how the cycle went; docs/metrics.md defines each.

    `of` tells apart what a measure is taken of; `phase` is a kind, or `all` for the phases together. `value` is `part`
    / `whole`; of times in seconds it is the mean of the `part` that has ended among the `whole`, None when none has.
    `median` and `p90` (the 90th percentile) go with means; `open` counts what goes on.
    """

    measure: str
    of: str = ""
    phase: str
    unit: str
    value: float | None
    median: float | None = None
    p90: float | None = None
    part: Count
    whole: Count
    open: Count | None = None

    def place(self, phases: Sequence[str]) -> tuple[int, int, str, int]:
        """Where it stands among others: measures in their order, then phases in theirs, all together last."""
        of = MEASURED_OF.index(self.of) if self.of in MEASURED_OF else len(MEASURED_OF)
        phase = phases.index(self.phase) if self.phase in phases else len(phases)
        return list(MEASURES).index(self.measure), of, self.of, phase
