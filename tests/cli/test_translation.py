"""Translation: a refusal crosses whole, and a run that is gone is explained by the facts."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from cli.translation import absent, lost, refusal, unknown
from models.errors import AssayError, NotFound, SelfApproval, Unknown, WrongState
from models.messages import Verb
from models.queries.cycles import Standing
from tests.cli.builders import SLUG, command


def standing(**changed: Any) -> Standing:
    """A running cycle whose phase has an open draft."""
    named: dict[str, Any] = {
        "outcome": None, "phase": 1, "approved": None, "latest": 1, "latest_status": "draft", "owner_event": "started",
    }
    return Standing(**{**named, **changed})


class TestRefusal:
    def test_keeps_code_message_and_hint(self) -> None:
        """What the worker said is what the person reads."""
        error = refusal(ApplicationError("tess made it", {"hint": "another decides"}, type="self_approval"))
        assert (SelfApproval, "tess made it", "another decides") == (type(error), error.message, error.hint)

    def test_is_found_below_other_errors(self) -> None:
        """Temporal wraps what an activity raised."""
        outer = RuntimeError("activity failed")
        outer.__cause__ = ApplicationError("gone", type="not_found")
        assert NotFound is type(refusal(outer))

    def test_without_one_nothing_is_known(self) -> None:
        """An update that was lost with its run may have taken effect."""
        lost_update = ApplicationError("closed", type="AcceptedUpdateCompletedWorkflow")
        assert [Unknown, Unknown] == [type(refusal(cause)) for cause in (None, lost_update)]


class TestAbsent:
    @pytest.mark.parametrize(("facts", "named", "error", "said"), [
        (None, {}, NotFound, "there is no cycle"),
        (standing(outcome="completed"), {}, WrongState, "is completed"),
        (standing(phase=None), {}, NotFound, "Planning of cycle 2026q1:tiny has not begun"),
        (standing(approved=2, latest=2), {}, WrongState, "Planning of cycle 2026q1:tiny is closed: v2 is approved"),
        (standing(owner_event=None), {"scope": "ann"}, NotFound, "nothing has been asked of 'ann'"),
        (standing(owner_event="failed"), {"scope": "ann"}, WrongState, "the work of ann .* is failed"),
    ])
    def test_names_what_is_in_the_way(
        self, facts: Standing | None, named: dict[str, str], error: type[AssayError], said: str
    ) -> None:
        """Cycle, phase and owner are named with their state."""
        found = absent(command(**named), facts)
        assert found is not None
        with pytest.raises(error, match=said):
            raise found

    @pytest.mark.parametrize("named", [{}, {"scope": "ann"}, {"verb": Verb.HOLD, "phase": ""}])
    def test_is_silent_while_a_run_should_be_there(self, named: dict[str, Any]) -> None:
        """By the facts the command has a run, so it is tried again."""
        assert None is absent(command(**named), standing())

    def test_at_last_points_at_the_server(self) -> None:
        """A cycle that lives in the database only was started elsewhere."""
        assert "TEMPORAL_ADDRESS" in lost(command()).hint
        assert SLUG in lost(command()).message


def test_no_answer_is_no_failure() -> None:
    """A timeout says that it may have worked, and how to ask again."""
    error = unknown("01a2", seconds=75)
    assert "no answer within 75 s; the command may or may not have taken effect" == error.message
    assert "run the same command again with --command-id 01a2: it is safe" == error.hint
