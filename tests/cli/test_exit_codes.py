"""Every error has its exit code, and crosses the workflow border as what it is."""

from __future__ import annotations

import pytest

from models import errors

EXIT_CODES = {
    "AssayError": 1,
    "BadInput": 2, "MalformedSheet": 2, "MalformedCycleFile": 2, "UnusableRule": 2, "UnusableFile": 2,
    "UnusableEvidence": 2, "Malformed": 2,
    "NotFound": 3,
    "Conflict": 4, "StaleVersion": 4, "StaleSheet": 4, "OpenVersionExists": 4, "WrongState": 4, "CommandReused": 4,
    "AlreadyRunning": 4, "StackRunning": 4,
    "Refused": 5, "WrongRole": 5, "SelfApproval": 5, "UndecidedItems": 5, "RejectedItems": 5, "ReasonMissing": 5,
    "SignoffMissing": 5, "SuccessorBegun": 5, "TooLarge": 5,
    "VerificationFailed": 6,
    "DependencyDown": 7, "DatabaseDown": 7, "ServerDown": 7, "NoWorker": 7, "SchemaMismatch": 7, "NotConfigured": 7,
    "PortBusy": 7, "HomeUnusable": 7, "StackFailed": 7,
    "Unknown": 8,
}


def test_every_leaf_has_its_exit_code() -> None:
    """The table is complete: a new error says here how a command ends with it."""
    assert EXIT_CODES == {leaf.__name__: leaf.exit_code for leaf in errors.leaves()}


def test_every_code_is_used_once() -> None:
    """A code names one error."""
    codes = [leaf.code for leaf in errors.leaves()]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("leaf", errors.leaves(), ids=lambda leaf: leaf.__name__)
def test_a_code_gives_its_error_back(leaf: type[errors.AssayError]) -> None:
    """What a worker refuses is the same error at the command line."""
    assert leaf is type(errors.from_code(leaf.code, "said", hint="do"))
