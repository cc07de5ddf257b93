"""Law 2 over several versions: a draft follows its parent, an approval goes by name, an item keeps one line."""

from __future__ import annotations

import pytest

from tests.engine.builders import Lab
from tests.engine.statements import CONTENT, NEW_ITEM, decide, leave, revise, undecide

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestADraftFollowsItsParent:
    """What a draft holds was in its parent or was written in it, by name."""

    async def test_a_rejected_item_does_not_come_back_by_itself(self, lab: Lab) -> None:
        """An item that left two versions ago returns as a new revision or not at all."""
        samples = await lab.standing("submitted")
        await samples.decide(A="reject", B="approve")
        await samples.approve()
        await samples.cut()
        await samples.submit()
        await samples.approve()
        await samples.cut()
        await samples.attack(
            "a_draft_follows_its_parent",
            "update item_revision r set versions = versions + from_version(3) from item i"
            " where i.id = r.item and i.natural_key = 'A' and r.phase = :p",
        )

    async def test_a_tester_decision_does_not_come_back_by_itself(self, lab: Lab) -> None:
        """A decision that was replaced in this draft is not put back in silence."""
        samples = await lab.standing("draft")
        await samples.decide(A="reject")
        await samples.attack(
            "a_draft_follows_its_parent",
            undecide("tester"),
            "update item_decision set versions = from_version(1) where phase = :p and verdict = 'approve'"
            " and versions = '{}'",
        )

    async def test_an_approval_that_was_taken_back_stays_so(self, lab: Lab) -> None:
        """The approver changed her mind; nobody changes it back in her name."""
        samples = await lab.standing("submitted")
        await samples.decide(A="approve", B="approve")
        await samples.decide(A="reject")
        await samples.attack(
            "decision_fits_the_state",
            "update item_decision set versions = '{}' where phase = :p and verdict = 'reject'",
            "update item_decision set versions = from_version(1) where phase = :p and role = 'approver'"
            " and verdict = 'approve' and versions = '{}'",
        )

    async def test_an_approval_is_not_revoked_in_silence(self, lab: Lab) -> None:
        """Taking a carried approval back takes another decision, by name."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.submit()
        await samples.attack("a_revoked_decision_is_replaced", undecide("approver"))

    async def test_an_approval_of_today_is_not_dropped_in_silence(self, lab: Lab) -> None:
        """The same holds for a decision that was taken in this version."""
        samples = await lab.standing("submitted")
        await samples.decide(A="reject", B="approve")
        await samples.attack("a_revoked_decision_is_replaced", undecide("approver"))

    async def test_a_version_cut_from_an_older_one_is_made_like_it(self, lab: Lab) -> None:
        """A draft that names version 1 as parent and holds version 2 cannot be submitted."""
        samples = await lab.standing("approved")
        await samples.cut()
        await samples.add("C")
        await samples.submit()
        await samples.reject()
        await samples.attack(
            "a_draft_follows_its_parent",
            "insert into version (phase, number, parent, created_by) values (:p, 3, 1, 'tina')",
            "update version set status = 'submitted', submitted_by = 'tina' where phase = :p and number = 3",
        )

    async def test_a_rejection_is_not_carried(self, lab: Lab) -> None:
        """A draft from which the rejected items were not dropped cannot be submitted."""
        samples = await lab.standing("submitted")
        await samples.decide(A="reject", B="approve")
        await samples.reject()
        await samples.attack(
            "a_rejection_lapses",
            "insert into version (phase, number, parent, created_by) values (:p, 2, 1, 'tina')",
            "update version set status = 'submitted', submitted_by = 'tina' where phase = :p and number = 2",
        )

    async def test_a_basis_is_approved(self, lab: Lab) -> None:
        """A draft is not said to be cut on a draft."""
        samples = await lab.standing("draft")
        await samples.attack(
            "basis_is_approved",
            "insert into version_basis (phase, number, upstream_phase, upstream_number) values (:p, 1, :p, 1)",
        )


class TestLineage:
    """An item keeps its phase, its origin and one line of revisions."""

    async def test_origin_is_never_overwritten(self, lab: Lab) -> None:
        """A new revision cannot claim another origin."""
        samples = await lab.standing("draft")
        forged = revise("A").replace("coalesce(max(r.origin), 'tester')", "'llm'")
        await samples.attack("lineage_is_one_line", leave("A"), forged)

    async def test_the_revision_before_is_named(self, lab: Lab) -> None:
        """A new revision cannot leave out what it supersedes."""
        samples = await lab.standing("draft")
        await samples.attack("lineage_is_one_line", leave("A"), revise("A").replace("max(r.id)", "null::bigint"))

    async def test_it_supersedes_no_stranger(self, lab: Lab) -> None:
        """Nor can it name a revision of another item."""
        samples = await lab.standing("draft")
        other = "(select max(id) from item_revision where phase = :p)"
        await samples.attack("lineage_is_one_line", leave("A"), revise("A").replace("max(r.id)", other))

    async def test_an_item_belongs_to_one_phase(self, lab: Lab) -> None:
        """A revision cannot put an item of another phase into this one."""
        samples, other = await lab.standing("draft"), await lab.standing("draft")
        await other.remove("B")
        theirs = f"(select max(id) from item where phase = {other.phase})"
        await samples.attack(
            "lineage_is_one_line",
            "insert into item_revision (phase, item, version, versions, origin, content, by)"
            f" values (:p, {theirs}, 1, from_version(1), 'tester', '{CONTENT}', 'tina')",
        )

    async def test_an_item_is_in_a_version_once(self, lab: Lab) -> None:
        """Two revisions of one item do not stand side by side."""
        await (await lab.standing("draft")).attack("one_open_revision", revise("A"))

    async def test_a_side_says_one_thing(self, lab: Lab) -> None:
        """Two tester decisions on one revision do not stand side by side."""
        await (await lab.standing("draft")).attack("one_open_decision", decide("A", "tester"))


class TestWhatIsNotThere:
    """A row that names a phase, version, item or revision that does not exist is refused."""

    async def test_an_item_of_no_phase(self, lab: Lab) -> None:
        """There is no such phase."""
        samples = await lab.standing("draft")
        await samples.attack("lineage_is_one_line", NEW_ITEM.replace(":p", "2000000000"))

    async def test_a_revision_of_no_item(self, lab: Lab) -> None:
        """There is no such item."""
        samples = await lab.standing("draft")
        await samples.attack("lineage_is_one_line", _REVISION.format(item=2000000000, version=1, content=CONTENT))

    @pytest.mark.parametrize("phase", [":p", "2000000000"])
    async def test_a_revision_of_no_version(self, lab: Lab, phase: str) -> None:
        """Neither another version of this phase nor one of a phase that is not there."""
        samples = await lab.standing("draft")
        item = "(select id from item where phase = :p and natural_key = 'A')"
        forged = _REVISION.replace(":p", phase).format(item=item, version=2, content=CONTENT)
        await samples.attack("history_is_frozen", leave("A"), forged)

    async def test_a_revision_that_follows_none(self, lab: Lab) -> None:
        """The first revision of an item supersedes nothing, and a later one what was there."""
        samples = await lab.standing("draft")
        forged = revise("C").replace("max(r.id)", "2000000000")
        await samples.attack("lineage_is_one_line", NEW_ITEM, forged)
        await samples.attack("lineage_is_one_line", leave("A"), forged.replace("'C'", "'A'"))

    async def test_a_decision_on_no_revision(self, lab: Lab) -> None:
        """There is no such revision."""
        samples = await lab.standing("draft")
        await samples.attack("decision_fits_the_state", _DECISION.format(revision=2000000000, version=1))

    @pytest.mark.parametrize("phase", [":p", "2000000000"])
    async def test_a_decision_in_no_version(self, lab: Lab, phase: str) -> None:
        """Neither in another version of this phase nor in one of a phase that is not there."""
        samples = await lab.standing("draft")
        revision = "(select max(id) from item_revision where phase = :p)"
        forged = _DECISION.replace(":p", phase).format(revision=revision, version=2)
        await samples.attack("history_is_frozen", undecide("tester"), forged)


_REVISION = (
    "insert into item_revision (phase, item, version, versions, origin, supersedes, content, by)"
    " values (:p, {item}, {version}, from_version({version}), 'tester', null, '{content}', 'tina')"
)
_DECISION = (
    "insert into item_decision (phase, revision, version, versions, role, verdict, by)"
    " values (:p, {revision}, {version}, from_version({version}), 'tester', 'approve', 'tina')"
)
