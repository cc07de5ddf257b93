"""Starting the runs of phases and owners: what becomes of them when the cycle's run ends, how an id is used again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from models.messages import Workflow

_TRIES = 10
_PAUSE = timedelta(seconds=2)


async def start_child(
    name: Workflow, given: Any, *, id: str, summary: str, details: str, result: type[Any]
) -> workflow.ChildWorkflowHandle[Any, Any]:
    """The handle of a child that has started. Raises `WorkflowAlreadyStartedError` when the id stays in use."""
    left = _TRIES
    while True:
        try:
            return await workflow.start_child_workflow(
                name,
                given,
                id=id,
                result_type=result,
                # A cycle that ends takes its children along, in order, rather than cutting them off.
                parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
                # An owner who is given another case starts again under the same id. So does everything below a cycle
                # whose run was lost and is started anew: an approved phase then ends as soon as it has looked.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=summary,
                static_details=details,
            )
        except WorkflowAlreadyStartedError:
            # The child of a lost run is still on its way out.
            if not (left := left - 1):
                raise
            await workflow.sleep(_PAUSE, summary=f"{id} is still ending")
