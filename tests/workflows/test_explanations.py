"""Explanations of failing records through the cycle's run: given by update, decided by update or signal, never by the
one who gave them.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from models import errors
from models.messages import Verb
from models.payloads import Explanation, ExplanationVerdict, Named
from models.phases import BY_KIND
from models.queries.cycles import cycle
from models.queries.explanations import ExplanationLine, explanations
from models.queries.versions import rule_results
from tests.workflows.arena import Arena
from tests.workflows.people import Play, until
from tests.workflows.tiny import EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio

PHASE, RULE = "data_profiling", "a2.not_blank"
BLANK = ("r0002", "r0003", "r0004", "r0005")


@pytest_asyncio.fixture(scope="module")
async def profiled(stage: Arena) -> Play:
    """A cycle whose rules have run; a record fails for every test."""
    return await stage.start(Tiny(cycle="explained", values={(key, "a2"): "" for key in BLANK}), at="scoping")


async def explain(play: Play, key: str) -> int:
    """The tester explains a record; the explanation's number."""
    payload = Explanation(rule=RULE, keys=(key,))
    return int((await play.act(TESTER, Verb.EXPLAIN, payload, phase=PHASE, reason="closed")).result["explanation"])


async def line_of(play: Play, number: int) -> ExplanationLine:
    """What `profile explanations` lists of one."""
    async with play.session.reader.begin() as tx:
        found = await explanations(tx, (await cycle(tx, play.slug)).id)
    return next(line for line in found if line.number == number)


async def standing(play: Play) -> int:
    """How many failing records `profile show` has as open."""
    async with play.session.reader.begin() as tx:
        return sum(line.open for line in await rule_results(tx, play.slug, BY_KIND[PHASE]) if line.name == RULE)


async def decided(play: Play, number: int) -> ExplanationLine:
    """The explanation, once it is decided."""

    async def told() -> ExplanationLine | None:
        return line if (line := await line_of(play, number)).decided_by else None

    return await until(told, f"explanation {number} to be decided")


async def test_by_update(profiled: Play) -> None:
    """Another person's approval takes the record out of what is open."""
    number, before = await explain(profiled, BLANK[0]), await standing(profiled)
    answer = await profiled.act(REPORT_OWNER, Verb.APPROVE_EXPLANATION, ExplanationVerdict(number=number), phase=PHASE)
    line = await line_of(profiled, number)
    assert ("approved", True, TESTER, REPORT_OWNER) == (line.status, line.counts, line.by, line.decided_by)
    assert before - 1 == answer.result["open"] == await standing(profiled)


@pytest.mark.parametrize(("verb", "key", "fewer"), [
    (Verb.APPROVE_EXPLANATION, BLANK[1], 1), (Verb.REJECT_EXPLANATION, BLANK[2], 0)])
async def test_by_signal(profiled: Play, verb: Verb, key: str, fewer: int) -> None:
    """The same decision by signal has the same effect."""
    number, before = await explain(profiled, key), await standing(profiled)
    verdict = ExplanationVerdict(number=number)
    await profiled.signal(await profiled.asked(REPORT_OWNER, verb, verdict, phase=PHASE, reason="seen"))
    line = await decided(profiled, number)
    assert (REPORT_OWNER, bool(fewer)) == (line.decided_by, line.counts)
    assert before - fewer == await standing(profiled)


async def test_nobody_decides_their_own(profiled: Play) -> None:
    """Who has become approver since is refused, by update and by signal; the explanation waits. The cycle has no other
    approver after this, so it comes last.
    """
    number = await explain(profiled, BLANK[3])
    handed = Named(name=REPORT_OWNER, role="report_owner", successor=TESTER)
    await profiled.act(EXECUTIVE, Verb.REASSIGN_PERSON, handed, reason="on leave")
    verdict = ExplanationVerdict(number=number)
    with pytest.raises(errors.SelfApproval, match=f"{TESTER} wrote explanation {number}"):
        await profiled.act(TESTER, Verb.APPROVE_EXPLANATION, verdict, phase=PHASE)
    asked = await profiled.asked(TESTER, Verb.APPROVE_EXPLANATION, verdict, phase=PHASE)
    await profiled.signal(asked)

    async def refused() -> list[str] | None:
        found = await profiled.audited(f"{Verb.APPROVE_EXPLANATION}.refused")
        return [event.body["refusal"] for event in found if event.command_id == asked.command_id] or None

    assert ["self_approval"] == await until(refused, "the refusal")
    assert ("waiting", None) == ((line := await line_of(profiled, number)).status, line.decided_by)
