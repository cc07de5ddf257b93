"""Random stories of one phase, told to the engine, to the judge and to the naive model alike."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from models import errors
from models.items import Origin
from models.messages import Answer, Command, Verb
from models.payloads import Approval, Contents, Keys, Message, Nothing, Opening
from tests.engine.builders import Cycle, Round, item, key_of
from tests.engine.court import Court, command, decisions
from tests.engine.draws import APPROVERS, KEYS, Draws
from tests.engine.naive import SYSTEM, Naive, Seen, Step
from tests.engine.witness import Told, Witness

REWORK = ("scoping", "observation_management")
NEVER_EMPTY = ("scoping", "sample_selection")
# The judge looks up samples and observations in the report and in the cases, of which there are none here.
ADDED_BY_JUDGE = ("scoping",)
LOSES = (4, 5)  # exit codes: a conflict, or a refusal because of what the other one did


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the stories of a test take place; each has a phase of its own in the cycle."""

    cycle: Cycle
    court: Court
    raw: Any
    tx: Any
    loop: asyncio.AbstractEventLoop


class Story(Draws, RuleBasedStateMachine):
    """Steps on one phase."""

    kind: ClassVar[str]
    stage: ClassVar[Stage]
    begun: ClassVar[int] = 0

    def wait(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Run a step on the test's own loop."""
        return asyncio.run_coroutine_threadsafe(step, self.stage.loop).result()

    @initialize(seed=st.integers(0, 2**32), first=st.sampled_from(("draft", "draft", "approve", "reject")))
    def begin(self, seed: int, first: str) -> None:
        """Some items in the first draft, or in the second after a first that was decided; `seed` is all chance."""
        self.chance = Random(seed)  # noqa: S311 - a story, not a secret
        type(self).begun += 1
        self.real: Round = self.wait(self.stage.cycle.round(self.kind, f"story {self.begun}"))
        self.naive = Naive(
            rework=self.kind in REWORK, never_empty=self.kind in NEVER_EMPTY,
            content=lambda key, text: item(self.kind, key, text).canonical(), named=lambda key: key_of(self.kind, key),
            keeps=("approve", "non_issue") if self.kind == "observation_management" else ("approve",),
        )
        self.witness = Witness(
            self.real, f"{self.real.cycle.slug}/{self.kind}/{self.real.scope}", self.stage.raw, self.stage.tx
        )
        self.told: Told = self.wait(self.witness.told())
        self.take(Step(verb="open", by="tina"))
        self.take(Step(verb="add", by=self.writer(), keys=("A", "B", "C"), origin=self.origin()))
        if first != "draft":
            self.hands_over()
            self.take(self.verdict())
            self.concludes(first)
            self.take(Step(verb="open", by="tina"))

    def take(self, step: Step) -> bool:
        """Let the engine take a step; it refuses what the naive model does not allow."""
        allowed = self.naive.take(step)
        try:
            self.wait(self.by_engine(step))
            refusal = ""
        except errors.AssayError as error:
            refusal = error.message
        assert allowed == (not refusal), (step, refusal)
        return allowed

    async def by_engine(self, step: Step) -> None:
        """The step through the engine's own functions, committed."""
        real, by = self.real, step.by
        match step.verb:
            case "open":
                await real.cut(step.parent, by=by)
            case "add":
                await real.add(*step.keys, by=by, origin=Origin(step.origin), text=step.text)
            case "edit":
                await real.edit(*step.keys, text=step.text, by=by)
            case "remove":
                await real.remove(*step.keys, by=by)
            case "decide":
                await real.decide(by, **step.verdicts)
            case "submit":
                await real.submit(by=by)
            case "approve":
                await real.approve(by=by, adopt=step.adopt)
            case "reject":
                await real.reject(by=by, reason=step.reason)
            case "withdraw":
                await real.withdraw(by=by, reason=step.reason)

    def envelope(self, step: Step) -> Command:
        """The step as a command of somebody who sees the present state."""
        named = {key: key_of(self.kind, key) for key in KEYS}
        contents = [{"key": named[key], "set": item(self.kind, key, step.text).model_dump(mode="json")}
                    for key in step.keys]
        payload: Mapping[str, Message] = {
            "open": Opening(parent=step.parent), "approve": Approval(adopt_tester=step.adopt),
            "add": Contents(contents=tuple(contents), origin=step.origin), "edit": Contents(contents=tuple(contents)),
            "remove": Keys(keys=tuple(named[key] for key in step.keys)),
            "decide": decisions({named[key]: verdict for key, verdict in step.verdicts.items()}),
        }
        header = self.told.headers[-1] if self.told.headers else [None] * 8
        return command(
            self.real, Verb(step.verb), step.by, payload.get(step.verb, Nothing()), version=len(self.told.headers),
            content_hash=header[6] or "", lock_version=self.told.lock_version,
            reason=step.reason if step.verb in ("reject", "withdraw") else "",
        )

    def adopted(self, step: Step) -> Step:
        """The step with the judge's own words for an adopted rejection."""
        return step if step.verb != "approve" else Step(
            verb=step.verb, by=step.by, adopt=step.adopt, reason="as the tester decided"
        )

    @property
    def seen(self) -> Seen:
        """What everybody sees now."""
        return Seen(len(self.naive.versions), self.naive.draft is not None)

    # The rules. None has a precondition: which of two callers wins is not ours to say, and what hypothesis may draw
    # must not depend on it. A rule that does not fit the state goes on with one that does.

    @rule()
    def goes_on(self) -> None:
        """Anything that the state mostly allows."""
        self.take(self.likely())

    @rule()
    def changes(self) -> None:
        """Add, edit or remove items."""
        self.take(self.change() if self.naive.draft else self.likely())

    @rule()
    def undoes(self) -> None:
        """A removal, an edit or an addition is taken back within the draft."""
        if not (back := self.way_back()):
            self.take(self.change() if self.naive.draft else self.likely())
            back = self.way_back()
        if back:
            self.take(back)

    @rule()
    def decides(self) -> None:
        """Verdicts on some items, decided already or not."""
        self.take(self.verdict() if self.naive.open else self.likely())

    @rule()
    def revokes(self) -> None:
        """The approver says otherwise of what was approved in an earlier version."""
        step = self.verdict(carried=True)
        self.take(step if self.naive.submitted and step.verdicts else self.likely())

    @rule()
    def hands_over(self) -> None:
        """The tester decides the rest and submits."""
        if not self.naive.draft:
            return self.goes_on()
        rest = {key: "approve" for key, c in self.naive.draft.items.items() if c.tester is None}
        if rest:
            self.take(Step(verb="decide", by="tina", verdicts=rest))
        self.take(self.closing("submit"))

    @rule(verb=st.sampled_from(("approve", "approve", "reject")))
    def concludes(self, verb: str) -> None:
        """The approver ends the round; what cannot be approved is sent back."""
        if not self.naive.submitted:
            return self.hands_over()
        if verb == "reject" or not self.take(Step(verb="approve", by=APPROVERS[0], adopt=True)):
            self.take(self.closing("reject"))

    @rule()
    def withdraws(self) -> None:
        """The tester gives the version up."""
        self.take(self.closing("withdraw") if self.naive.open else self.likely())

    @rule()
    def opens_from_an_older_parent(self) -> None:
        """Cut the next draft from any version."""
        self.take(self.likely() if self.naive.open else self.opening(older=True))

    @rule(verb=st.sampled_from(("open", "submit", "approve", "reject", "withdraw")))
    def tries(self, verb: str) -> None:
        """A transition, allowed or not."""
        self.take(self.opening(older=True) if verb == "open" else self.closing(verb))

    @rule()
    def judged(self) -> None:
        """Commands sent to the judge: one twice, or two by two callers who see the same."""
        way = self.chance.choice(("again", "at once", "later", "meet", "meet"))
        steps = [self.judicial(), self.judicial()]
        if way == "meet":
            return self.meet(steps)
        asked = self.envelope(steps[0])
        answers = self.answers(asked, asked) if way == "at once" else self.answers(asked)
        assert self.naive.judge(self.adopted(steps[0]), self.seen) == answers[0].accepted, answers[0]
        if way == "later":
            self.take(self.likely())
        if way != "at once":
            answers += self.answers(asked)
        assert answers[0] == answers[1]

    def judicial(self) -> Step:
        """A likely step that the judge can take: a person's, and not one that needs a report behind it."""
        while True:
            step = self.likely()
            if step.by != SYSTEM and (step.verb != "add" or self.kind in ADDED_BY_JUDGE):
                return step

    def meet(self, steps: list[Step]) -> None:
        """Two callers at once: it is as if one had come after the other, and who lost is told what came before."""
        answers = self.answers(*(self.envelope(step) for step in steps))
        got = [answer.accepted for answer in answers]
        self.told = self.wait(self.witness.told())
        orders = [self.one_after_the_other(steps, order) for order in permutations((0, 1))]
        fitting = [naive for accepted, naive in orders if accepted == got and self.is_told(naive)]
        assert fitting, (steps, answers)
        for step, answer in zip(steps, answers, strict=True):
            if not answer.accepted and self.naive.again().judge(self.adopted(step), self.seen):
                assert errors.from_code(answer.code, "", hint="").exit_code in LOSES, answer
        self.naive = fitting[0]

    def one_after_the_other(self, steps: list[Step], order: tuple[int, ...]) -> tuple[list[bool], Naive]:
        """Who is accepted, and the outcome, when the steps come in this order."""
        naive, accepted = self.naive.again(), [False] * len(steps)
        for place in order:
            seen = Seen(self.seen.number, self.seen.draft, moved=any(accepted))
            accepted[place] = naive.judge(self.adopted(steps[place]), seen)
        return accepted, naive

    def is_told(self, naive: Naive) -> bool:
        """Whether the database tells just this."""
        try:
            self.witness.agrees(naive, self.told)
        except AssertionError:
            return False
        return True

    def answers(self, *asked: Command) -> list[Answer]:
        """The answers of the judge to commands that come at once."""
        async def all_of_them() -> list[Answer]:
            return list(await asyncio.gather(*(self.stage.court.judge(one) for one in asked)))

        found: list[Answer] = self.wait(all_of_them())
        return found

    @invariant()
    def tells_the_same(self) -> None:
        """All versions, one difference and one lineage; in time, the differences and lineages all come round."""
        if "witness" not in self.__dict__:
            return
        self.wait(self.compared())

    async def compared(self) -> None:
        """Ask the database, compare, and remember the moment."""
        self.told = await self.witness.told()
        self.witness.agrees(self.naive, self.told)
        self.witness.remember(self.naive, self.told.at)
        if self.naive.versions:
            numbers = range(1, len(self.naive.versions) + 1)
            await self.witness.differs(self.naive, self.chance.choice(numbers), self.chance.choice(numbers))
            await self.witness.descends(self.naive, self.chance.choice(KEYS))
