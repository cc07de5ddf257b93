"""Law 3: submitting takes a tester decision on every item, approving an approver decision; refusals list the items."""

from __future__ import annotations

import pytest

from models import errors
from models.membership import SYSTEM
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")

SUBMIT = "update version set status = 'submitted', submitted_by = 'tina' where phase = :p"
APPROVE = "update version set status = 'approved', decided_by = 'olga' where phase = :p"


async def undecided(lab: Lab) -> Round:
    """A draft with two undecided items among four."""
    samples = await lab.standing("draft")
    await samples.add("C", "D", by=SYSTEM)
    return samples


async def test_submit_takes_every_tester_decision(lab: Lab) -> None:
    """A draft with undecided items is not submitted."""
    await (await undecided(lab)).attack("every_item_is_decided", SUBMIT)


async def test_a_refused_submission_lists_the_items(lab: Lab) -> None:
    """The refusal names each undecided item and no other."""
    samples = await undecided(lab)
    with pytest.raises(errors.UndecidedItems) as refusal:
        await samples.submit()
    assert "undecided by the tester: C, D" == refusal.value.message


async def test_a_decision_that_was_taken_back_is_none(lab: Lab) -> None:
    """An item whose tester decision was closed in this draft is undecided."""
    await (await lab.standing("draft")).attack(
        "every_item_is_decided",
        "update item_decision set versions = '{}' where phase = :p",
        SUBMIT,
    )


async def test_approve_takes_every_approver_decision(lab: Lab) -> None:
    """A version with an item that the approver left open is not approved."""
    samples = await lab.standing("submitted")
    await samples.decide(A="approve")
    await samples.attack("every_item_is_decided", APPROVE)


async def test_a_refused_approval_lists_the_items(lab: Lab) -> None:
    """The refusal names each item without an approver decision and no other."""
    samples = await lab.standing("submitted")
    await samples.decide(B="approve")
    with pytest.raises(errors.UndecidedItems) as refusal:
        await samples.approve(adopt=False)
    assert "undecided by the approver: A" == refusal.value.message


async def test_rejecting_takes_no_decision_on_the_items(lab: Lab) -> None:
    """A version may be sent back as a whole."""
    assert "rejected" == (await (await lab.standing("rejected")).header(1)).status


async def test_an_edited_item_is_pending_again(lab: Lab) -> None:
    """A changed item has lost its carried approval; approving without a new decision is refused."""
    samples = await lab.standing("approved")
    await samples.cut()
    await samples.edit("A", text="changed")
    await samples.submit()
    await samples.attack("every_item_is_decided", APPROVE.replace(":p", ":p and number = 2"),)


async def test_the_tester_side_speaks_as_tester(lab: Lab) -> None:
    """Nobody but a tester gives tester decisions."""
    samples = await undecided(lab)
    await samples.attack(
        "submitter_holds_the_role",
        "insert into item_decision (phase, revision, version, versions, role, verdict, by)"
        " select phase, revision, number, from_version(1), 'tester', 'approve', 'dan' from member"
        " where phase = :p and natural_key = 'C'",
    )


async def test_submitting_takes_the_role(lab: Lab) -> None:
    """Nobody but a tester submits."""
    await (await lab.standing("draft")).attack("submitter_holds_the_role", SUBMIT.replace("tina", "dan"))


async def test_an_empty_first_version_is_not_submitted(lab: Lab) -> None:
    """There is nothing to approve in it."""
    samples = await lab.round()
    await samples.cut()
    with pytest.raises(errors.UndecidedItems, match="is empty"):
        await samples.submit()
