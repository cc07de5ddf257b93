"""Law 5: approving with rejected items follows the phase table; what drops out stays in lineage."""

from __future__ import annotations

import pytest

from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")

DROPS_OUT = ["planning", "data_profiling", "sample_selection"]
REWORK = ["scoping", "observation_management", "finalize_report"]


async def with_rejected(lab: Lab, kind: str) -> Round:
    """A submitted version in which the approver rejects A and approves B."""
    made = await lab.standing("submitted", kind)
    await made.decide(A="reject", B="approve")
    return made


async def effective(made: Round) -> list[str]:
    """What counts, by key."""
    query = "select natural_key from effective where phase = :p order by natural_key"
    return [row.natural_key for row in await made.read(query)]


@pytest.mark.parametrize("kind", DROPS_OUT)
class TestWhereRejectedItemsDropOut:
    """Planning, Data Profiling and Sample Selection."""

    async def test_the_version_is_approved_without_them(self, lab: Lab, kind: str) -> None:
        """The rejected item is not in the effective set."""
        made = await with_rejected(lab, kind)
        await made.approve()
        assert ["B"] == await effective(made)

    async def test_they_stay_in_lineage(self, lab: Lab, kind: str) -> None:
        """The version still shows the item, who rejected it and why."""
        made = await with_rejected(lab, kind)
        await made.approve()
        query = (
            "select approver_verdict, approver_reason, approver_by from member where phase = :p and natural_key = 'A'"
        )
        assert [("reject", "because", made.approver)] == [tuple(row) for row in await made.read(query)]

    async def test_they_leave_the_next_draft(self, lab: Lab, kind: str) -> None:
        """The next draft begins without them, approved or rejected."""
        made = await with_rejected(lab, kind)
        await made.reject()
        await made.cut()
        assert {"B"} == set(await made.members(2))


@pytest.mark.parametrize("kind", REWORK)
class TestWhereTheyForceRework:
    """Scoping, Observation Management and Finalize Report."""

    async def test_the_version_is_not_approved(self, lab: Lab, kind: str) -> None:
        """The approver may reject the version, or the item no longer."""
        made = await with_rejected(lab, kind)
        await made.attack(
            "rejected_items_need_rework",
            f"update version set status = 'approved', decided_by = '{made.approver}' where phase = :p",
        )

    async def test_they_return_undecided_with_the_note(self, lab: Lab, kind: str) -> None:
        """The next draft holds them undecided on both sides; the note is read in the version before."""
        made = await with_rejected(lab, kind)
        await made.reject()
        await made.cut()
        key = "A | Cards" if kind == "observation_management" else "A"
        found = await made.read(
            "select number, tester_verdict, approver_verdict, approver_reason from member"
            " where phase = :p and natural_key = :k order by number", k=key,
        )
        assert [(1, "approve", "reject", "because"), (2, None, None, None)] == [tuple(row) for row in found]

    async def test_approved_items_carry_their_approval(self, lab: Lab, kind: str) -> None:
        """The approver is not asked again about the others."""
        made = await with_rejected(lab, kind)
        await made.reject()
        await made.cut()
        found = await made.read(
            "select tester_verdict, approver_verdict, approver_in from member"
            " where phase = :p and number = 2 and natural_key like 'B%' order by number"
        )
        assert [("approve", "approve", 1)] == [tuple(row) for row in found]


async def test_a_non_issue_stays_in_the_report(lab: Lab) -> None:
    """An observation found to be no issue is approved with its rationale and stays in the effective set."""
    made = await lab.standing("submitted", "observation_management")
    await made.decide(A="non_issue", B="approve")
    await made.approve()
    assert ["A | Cards", "B | Cards"] == await effective(made)


async def test_what_the_tester_rejected_does_not_count(lab: Lab) -> None:
    """An item kept by one side only is not in the effective set, nor in the next draft."""
    samples = await lab.standing("draft")
    await samples.decide(A="reject")
    await samples.submit()
    await samples.decide(A="approve", B="approve")
    await samples.approve()
    assert ["B"] == await effective(samples)
    await samples.cut()
    assert {"B"} == set(await samples.members(2))
