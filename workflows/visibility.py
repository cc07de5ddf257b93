"""What a run says of itself in the Temporal Web UI: current details, and search attributes for its list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

CYCLE = SearchAttributeKey.for_keyword("AssayCycle")
PHASE = SearchAttributeKey.for_keyword("AssayPhase")
# The server takes 20,000 bytes.
_LONGEST = 5000
WAITING_FOR = SearchAttributeKey.for_keyword_list("AssayWaitingFor")


def show(details: str, *, cycle: str, phase: str, waiting_for: Sequence[str] = ()) -> None:
    """Set the details, and the search attributes where they differ: each change of those is an event."""
    workflow.set_current_details(details[:_LONGEST])
    known = workflow.info().typed_search_attributes
    updates: list[SearchAttributeUpdate[Any]] = []
    if known.get(CYCLE) != cycle:
        updates.append(CYCLE.value_set(cycle))
    if known.get(PHASE) != phase:
        updates.append(PHASE.value_set(phase))
    if list(known.get(WAITING_FOR) or ()) != list(waiting_for):
        updates.append(WAITING_FOR.value_set(list(waiting_for)))
    if updates:
        workflow.upsert_search_attributes(updates)
