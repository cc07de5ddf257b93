"""What worker, tests and replayer must agree on: the sandbox and the list of workflows."""

from __future__ import annotations

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.data_owner import DataOwnerWorkflow
from workflows.phase import PhaseWorkflow
from workflows.test_cycle import TestCycleWorkflow

WORKFLOWS = [TestCycleWorkflow, PhaseWorkflow, DataOwnerWorkflow]


def sandbox() -> SandboxedWorkflowRunner:
    """The sandbox, with our own pure modules passed through: re-importing them per run costs time and memory."""
    shared = ("children", "crew", "doors", "page", "review", "teller", "unfit", "visibility", "words")
    passed = ("models", *(f"workflows.{name}" for name in shared))
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*passed))
