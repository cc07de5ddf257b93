"""The engine tells of every version what a full copy per version would tell, after any sequence of steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models import errors
from models.items import Origin
from models.membership import SYSTEM
from tests.engine.builders import Lab, Round
from tests.engine.naive import Copy, Naive

TOLD = (
    "select m.number, m.natural_key, m.content::jsonb ->> 'reason' as text, m.origin, m.tester_verdict,"
    " m.approver_verdict, m.approver_in from member m where m.phase = :p"
)


class Versions(RuleBasedStateMachine):
    """Steps on one phase, taken by the engine and by the naive model alike."""

    lab: Lab
    loop: asyncio.AbstractEventLoop
    real: Round
    naive: Naive
    choose: Random

    def wait(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Run a step on the test's own loop."""
        return asyncio.run_coroutine_threadsafe(step, self.loop).result()

    def refused(self, step: Coroutine[Any, Any, Any]) -> None:
        """Run a step that the engine must refuse."""
        with pytest.raises(errors.AssayError):
            self.wait(step)

    @initialize(kind=st.sampled_from(("sample_selection", "scoping")), seed=st.integers(0, 2**32))
    def begin(self, kind: str, seed: int) -> None:
        """A phase with three items in its first draft; the seed decides what happens inside a step."""
        self.choose = Random(seed)  # noqa: S311 - a story, not a secret
        self.real = self.wait(self.lab.round(kind))
        self.naive = Naive(rework=kind == "scoping")
        self.wait(self.real.cut())
        self.naive.cut(None)
        for key in "ABC":
            self.put(key, "as drawn", by="tina")

    @rule()
    def cut(self) -> None:
        """From the default parent, or from any closed version."""
        if self.naive.open:
            self.refused(self.real.cut())
            return
        parent = self.choose.choice([None, *range(1, len(self.naive.versions) + 1)])
        assert len(self.naive.versions) + 1 == self.wait(self.real.cut(parent))
        self.naive.cut(parent)

    @precondition(lambda self: self.naive.draft)
    @rule()
    def change(self) -> None:
        """Add, edit or remove an item."""
        assert self.naive.draft
        key = self.choose.choice("ABCD")
        if key in self.naive.draft.items and self.choose.random() < 0.3:
            self.wait(self.real.remove(key))
            del self.naive.draft.items[key]
        else:
            self.put(key, self.choose.choice(("as drawn", "changed")), by=self.choose.choice(("tina", SYSTEM)))

    def put(self, key: str, text: str, *, by: str) -> None:
        """Add an item, or edit it when it is there."""
        assert self.naive.draft
        origin = self.choose.choice(tuple(Origin))
        if key in self.naive.draft.items:
            self.wait(self.real.edit(key, text=text, by=by))
        else:
            self.wait(self.real.add(key, text=text, by=by, origin=origin))
        self.naive.put(key, text, origin.value, by_person=by != SYSTEM)

    @precondition(lambda self: self.naive.open and self.naive.open.items)
    @rule()
    def decide(self) -> None:
        """A verdict on some item, decided already or not."""
        assert self.naive.open
        key = self.choose.choice(sorted(self.naive.open.items))
        verdict = self.choose.choice(("approve", "reject"))
        step = self.real.decide(**{key: verdict})
        if self.naive.draft and self.naive.rework and verdict == "reject":
            self.refused(step)
            return
        self.wait(step)
        self.naive.decide(key, verdict)

    @rule(times=st.integers(1, 4))
    def carry_on(self, times: int) -> None:
        """Take the phase some states further: drafts to the approver, decided versions to the next, changed draft."""
        for _ in range(times):
            if not self.naive.open:
                self.cut()
                self.change()
            elif self.naive.open.items:
                self.hand_on()

    def hand_on(self) -> None:
        """Decide all that is undecided and take the version one state further, or withdraw it."""
        assert self.naive.open
        if self.choose.random() < 0.2 and self.naive.may_move("withdrawn"):
            self.move("withdrawn")
            return
        draft = self.naive.draft is not None
        verdicts = ("approve",) if draft and self.naive.rework else ("approve", "approve", "reject")
        said = {
            key: self.choose.choice(verdicts) for key, copy in sorted(self.naive.open.items.items())
            if (copy.tester if draft else copy.approver) is None
        }
        self.wait(self.real.decide(**said))
        for key, verdict in said.items():
            self.naive.decide(key, verdict)
        self.move("submitted" if draft else "approved" if self.naive.may_approve() else "rejected")

    @precondition(lambda self: self.naive.open)
    @rule(status=st.sampled_from(("submitted", "approved", "rejected", "withdrawn")))
    def move(self, status: str) -> None:
        """Take the version as it is into another state, where that is allowed."""
        steps: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "submitted": self.real.submit, "withdrawn": self.real.withdraw, "rejected": self.real.reject,
            "approved": lambda: self.real.approve(adopt=False),
        }
        step = steps[status]()
        if self.naive.may_move(status):
            self.wait(step)
            self.naive.move(status)
        else:
            self.refused(step)

    @invariant()
    def tells_the_same(self) -> None:
        """Status and parent of all versions, every item of each with its decisions, and what counts now."""
        if "real" not in self.__dict__:
            return
        headers = self.wait(self.real.read("select status, parent from version where phase = :p order by number"))
        assert [(v.status, v.parent) for v in self.naive.versions] == [tuple(row) for row in headers]
        told = self.wait(self.real.read(TOLD))
        assert self.naive.told() == {(row.number, row.natural_key): Copy(*tuple(row)[2:]) for row in told}
        counting = self.wait(self.real.read("select natural_key from effective where phase = :p"))
        assert self.naive.effective() == {row.natural_key for row in counting}


@pytest.mark.asyncio(loop_scope="session")
async def test_every_version_is_what_a_full_copy_would_be(lab: Lab) -> None:
    """Sixteen stories of up to fifteen steps each."""
    bound = type("Bound", (Versions,), {"lab": lab, "loop": asyncio.get_running_loop()})
    await asyncio.to_thread(
        run_state_machine_as_test,
        bound,
        settings=settings(
            max_examples=16, stateful_step_count=15, derandomize=True, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,),  # shrinking on a server takes minutes
        ),
    )
