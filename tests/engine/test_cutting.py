"""Cutting a draft: from the tip, an older version, after a withdrawal; what is carried, changed and brought back."""

from __future__ import annotations

import pytest

from models import errors
from models.database import run
from models.items import Origin
from models.membership import SYSTEM
from tests.engine.builders import Lab, Round, item

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def contents(samples: Round, number: int) -> dict[str, tuple[str | None, str | None, int | None]]:
    """Tester's and approver's verdict and where the approver gave it, by key."""
    found = await samples.read(
        "select natural_key, tester_verdict, approver_verdict, approver_in from member"
        " where phase = :p and number = :n", n=number,
    )
    return {row.natural_key: (row.tester_verdict, row.approver_verdict, row.approver_in) for row in found}


async def lineage(samples: Round, key: str) -> list[tuple[int, int, int | None, str]]:
    """Item, revision, superseded revision and origin of everything that an item ever was, oldest first."""
    found = await samples.read(
        "select r.item, r.id, r.supersedes, r.origin from item_revision r join item i on i.id = r.item"
        " where r.phase = :p and i.natural_key = :k order by r.id", k=key,
    )
    return [tuple(row) for row in found]


CARRIED = ("approve", "approve", 1)
PENDING = ("approve", None, None)


class TestFromTheTip:
    """The usual case."""

    async def test_approved_items_are_carried(self, lab: Lab) -> None:
        """With the version in which they were approved."""
        samples = await lab.standing("approved")
        await samples.cut()
        assert {"A": CARRIED, "B": CARRIED} == await contents(samples, 2)

    async def test_undecided_items_keep_their_tester_decision(self, lab: Lab) -> None:
        """A version rejected as a whole goes back with the tester's word on it."""
        samples = await lab.standing("submitted")
        await samples.decide(A="approve")
        await samples.reject()
        await samples.cut()
        assert {"A": CARRIED, "B": PENDING} == await contents(samples, 2)

    async def test_a_rejection_by_the_tester_leaves_once_it_is_agreed_to(self, lab: Lab) -> None:
        """However many versions before it was given: version 1 went back as a whole, version 2 was approved."""
        samples = await lab.standing("draft")
        await samples.decide("tina", A="reject")
        await samples.submit()
        await samples.reject()
        await samples.cut()
        await samples.submit()
        await samples.decide(A="reject", B="approve")
        await samples.approve()
        await samples.cut()
        assert {"B"} == set(await contents(samples, 3))

    async def test_the_parent_is_the_rejected_version(self, lab: Lab) -> None:
        """Rework continues where the approver stopped."""
        samples = await lab.standing("rejected")
        await samples.cut()
        assert 1 == (await samples.header(2)).parent

    async def test_the_basis_is_pinned(self, lab: Lab) -> None:
        """A draft remembers the approved versions of the phases before its own."""
        rules = await lab.standing("approved", "data_profiling")
        samples = await rules.cycle.round()
        await samples.cut()
        found = await samples.read("select upstream_phase, upstream_number from version_basis where phase = :p")
        assert [(rules.phase, 1)] == [tuple(row) for row in found]

    async def test_a_parent_that_does_not_exist_is_named(self, lab: Lab) -> None:
        """There is no version 7 to cut from."""
        samples = await lab.standing("approved")
        with pytest.raises(errors.NotFound, match="Sample Selection v7 does not exist"):
            await samples.cut(7)


class TestFromAnOlderVersion:
    """A draft equals its parent, whatever came between."""

    async def reworked(self, lab: Lab) -> Round:
        """v1 approved with A and B; in v2, rejected, A was edited, B removed and C added and approved."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.edit("A", text="changed")
        await samples.remove("B")
        await samples.add("C")
        await samples.submit()
        await samples.decide(C="approve")
        await samples.reject()
        return samples

    async def test_it_holds_what_the_older_held(self, lab: Lab) -> None:
        """The edit, the removal and the addition of v2 are undone."""
        samples = await self.reworked(lab)
        await samples.cut(1)
        assert [row[:5] for row in await samples.seen(1)] == [row[:5] for row in await samples.seen(3)]
        assert {"A": CARRIED, "B": CARRIED} == await contents(samples, 3)

    async def test_what_came_between_is_as_it_was(self, lab: Lab) -> None:
        """Version 2 is not changed by version 3."""
        samples = await self.reworked(lab)
        before = await samples.seen(2)
        await samples.cut(1)
        await samples.add("D")
        await samples.submit()
        await samples.approve()
        assert before == await samples.seen(2)

    async def test_the_same_content_has_the_same_manifest(self, lab: Lab) -> None:
        """v3 approved like v1 seals the same."""
        samples = await self.reworked(lab)
        await samples.cut(1)
        await samples.submit()
        await samples.approve()
        assert (await samples.header(1)).manifest_hash == (await samples.header(3)).manifest_hash

    async def test_an_approval_revoked_between_counts_again(self, lab: Lab) -> None:
        """v2 revoked the approval of A; v3, cut from v1, has it as v1 had."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.submit()
        await samples.decide(A="reject")
        await samples.reject()
        await samples.cut(1)
        assert {"A": CARRIED, "B": CARRIED} == await contents(samples, 3)

    async def test_it_can_be_cut_from_the_rework_again(self, lab: Lab) -> None:
        """v4 cut from v2 holds what v2 held, though v3 went back to v1."""
        samples = await self.reworked(lab)
        await samples.cut(1)
        await samples.withdraw()
        await samples.cut(2)
        assert {"A": PENDING, "C": ("approve", "approve", 2)} == await contents(samples, 4)


class TestAfterAWithdrawal:
    """What was withdrawn is left behind, and can be taken up again by name."""

    @pytest.mark.parametrize("submitted", [False, True])
    async def test_the_next_draft_comes_from_what_stood_before(self, lab: Lab, submitted: bool) -> None:
        """Neither a withdrawn draft nor a withdrawn submission leaves a trace in the next draft."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.edit("A", text="changed")
        await samples.add("C")
        await samples.remove("B")
        if submitted:
            await samples.submit()
        await samples.withdraw()
        await samples.cut()
        assert 1 == (await samples.header(3)).parent
        assert {"A": CARRIED, "B": CARRIED} == await contents(samples, 3)

    async def test_the_withdrawn_version_can_be_the_parent(self, lab: Lab) -> None:
        """Its work is not lost."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.add("C")
        await samples.withdraw()
        await samples.cut(2)
        assert {"A": CARRIED, "B": CARRIED, "C": PENDING} == await contents(samples, 3)

    async def test_a_withdrawn_first_version_is_the_parent(self, lab: Lab) -> None:
        """There is nothing else to begin from."""
        samples = await lab.standing("withdrawn")
        await samples.cut()
        assert {"A": PENDING, "B": PENDING} == await contents(samples, 2)


class TestChanges:
    """Editing, removing and bringing back inside drafts."""

    async def test_an_edit_makes_an_item_pending(self, lab: Lab) -> None:
        """A changed item is a new revision without approval; the old one keeps its own."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.edit("A", text="changed")
        assert {"A": PENDING, "B": CARRIED} == await contents(samples, 2)
        assert {"A": CARRIED, "B": CARRIED} == await contents(samples, 1)

    async def test_an_edit_that_changes_nothing_is_none(self, lab: Lab) -> None:
        """The same content makes no revision and keeps the approval."""
        samples = await lab.standing("approved")
        await samples.cut()
        assert {} == await samples.edit("A", text="as drawn")
        assert CARRIED == (await contents(samples, 2))["A"]

    async def test_an_edit_that_was_reverted_is_still_pending(self, lab: Lab) -> None:
        """Old content written again is a third revision with the first one's digest, and nobody has approved it."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.edit("A", text="changed")
        await samples.edit("A", text="as drawn")
        (item_, first, none, _), (_, second, after_first, _), (_, third, after_second, _) = await lineage(samples, "A")
        assert (None, first, second) == (none, after_first, after_second)
        assert PENDING == (await contents(samples, 2))["A"]
        assert item("sample_selection", "A").digest() == (await samples.members(2))["A"].digest
        assert (item_, third) == ((await samples.members(2))["A"].item, (await samples.members(2))["A"].revision)

    async def test_an_item_removed_and_added_again_is_pending(self, lab: Lab) -> None:
        """The approval does not come back with it."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.remove("A")
        await samples.add("A")
        assert {"A": PENDING, "B": CARRIED} == await contents(samples, 2)

    async def test_an_item_that_comes_back_is_the_same_item(self, lab: Lab) -> None:
        """Rejected in v1 and added again in v2, it follows its old revision and keeps its origin."""
        samples = await lab.round()
        await samples.cut()
        await samples.add("A", "B", by=SYSTEM, origin=Origin.LLM)
        await samples.decide(A="approve", B="approve")
        await samples.submit()
        await samples.decide(A="reject", B="approve")
        await samples.reject()
        await samples.cut()
        await samples.add("A", origin=Origin.TESTER)
        (first_item, first, _, origin), (second_item, _, supersedes, origin_again) = await lineage(samples, "A")
        assert (first_item, first, "llm", "llm") == (second_item, supersedes, origin, origin_again)

    async def test_an_item_edited_by_the_tester_keeps_its_origin(self, lab: Lab) -> None:
        """What a model proposed stays a model's proposal."""
        samples = await lab.round()
        await samples.cut()
        await samples.add("A", by=SYSTEM, origin=Origin.LLM)
        await samples.edit("A", text="the tester's words")
        assert ["llm", "llm"] == [row[3] for row in await lineage(samples, "A")]

    async def test_what_the_system_adds_is_undecided(self, lab: Lab) -> None:
        """A proposal waits for the tester."""
        samples = await lab.standing("draft")
        await samples.add("C", by=SYSTEM, origin=Origin.GENERATED)
        assert (None, None, None) == (await contents(samples, 1))["C"]

    async def test_an_item_is_not_added_twice(self, lab: Lab) -> None:
        """What is in the draft is edited."""
        with pytest.raises(errors.Conflict, match="in Sample Selection v1 already: A"):
            await (await lab.standing("draft")).add("A")

    async def test_what_is_not_there_is_not_removed(self, lab: Lab) -> None:
        """The refusal names it."""
        with pytest.raises(errors.NotFound, match="not in Sample Selection v1: C"):
            await (await lab.standing("draft")).remove("A", "C")


class TestCarriedApprovals:
    """The approver may think again."""

    async def test_are_revoked_in_the_new_version_only(self, lab: Lab) -> None:
        """Version 1 still shows the approval, version 2 the rejection."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.submit()
        await samples.decide("omar", A="reject")
        assert CARRIED == (await contents(samples, 1))["A"]
        assert ("approve", "reject", 2) == (await contents(samples, 2))["A"]

    async def test_a_revoked_one_drops_out(self, lab: Lab) -> None:
        """Approved without it, the item no longer counts."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.submit()
        await samples.decide(A="reject")
        await samples.approve()
        found = await samples.read("select natural_key from effective where phase = :p")
        assert ["B"] == [row.natural_key for row in found]


class TestRequests:
    """What is asked for while a version is with its approver."""

    async def test_a_request_lands_only_as_what_was_asked_for(self, lab: Lab) -> None:
        """It cannot be struck off by naming another item, nor in a version that is no draft."""
        samples = await lab.standing("submitted")
        async with samples.locked() as (tx, phase):
            await run(
                tx,
                "insert into item_request (phase, natural_key, content, origin, reason, by)"
                " values (:p, 'A', '{}', 'report_owner', 'please', 'olga')", p=phase.id,
            )
        landing = (
            "insert into item_request_landing (request, revision) select q.id, m.revision from item_request q"
            " join member m on m.phase = q.phase and m.natural_key = '{}' where q.phase = :p"
        )
        await samples.attack("a_request_lands_in_a_draft", landing.format("A"))
        await samples.reject()
        await samples.cut()
        await samples.attack("a_request_lands_in_a_draft", landing.format("B") + " and m.number = 2")
        await samples.force(landing.format("A") + " and m.number = 2")

    async def test_a_request_says_where_it_comes_from(self, lab: Lab) -> None:
        """A request of an origin nobody knows would keep every later draft from opening."""
        await (await lab.standing("submitted")).attack(
            "item_request_origin_check",
            "insert into item_request (phase, natural_key, content, origin, reason, by)"
            " values (:p, 'C', '{}', 'dreamt', 'please', 'olga')",
        )
