"""Law 2: items and tester decisions change in a draft, approver decisions once submitted, nothing below, ever."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.engine.builders import DENIED, Lab, Round, execute, named
from tests.engine.statements import LAST, NEW_ITEM, decide, leave, revise, undecide

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLOSED = ("submitted", "approved", "rejected", "superseded", "withdrawn")
STATUSES = ("draft", *CLOSED)
@pytest.mark.parametrize("status", CLOSED)
class TestItemsOfAClosedVersion:
    """Submitted, approved, rejected, superseded and withdrawn versions keep their items."""

    async def test_cannot_be_added_to(self, lab: Lab, status: str) -> None:
        """A new item does not enter."""
        await (await lab.standing(status)).attack("history_is_frozen", NEW_ITEM, revise("C"))

    async def test_cannot_be_changed(self, lab: Lab, status: str) -> None:
        """New content does not replace old content."""
        await (await lab.standing(status)).attack("history_is_frozen", leave("A"), revise("A"))

    async def test_cannot_be_removed(self, lab: Lab, status: str) -> None:
        """An item does not leave."""
        await (await lab.standing(status)).attack("history_is_frozen", leave("A"))

    async def test_cannot_be_removed_from_its_beginning(self, lab: Lab, status: str) -> None:
        """Nor is it made never to have been there."""
        await (await lab.standing(status)).attack("history_is_frozen", leave("A", "1"))

    async def test_cannot_lose_a_tester_decision(self, lab: Lab, status: str) -> None:
        """The tester does not take back what was submitted."""
        law = "decision_fits_the_state" if status == "submitted" else "history_is_frozen"
        await (await lab.standing(status)).attack(law, undecide("tester"))

    async def test_cannot_be_decided_by_the_tester(self, lab: Lab, status: str) -> None:
        """A tester decision is not added later."""
        samples = await lab.standing(status)
        await samples.attack("history_is_frozen", decide("A", "tester", versions="'{[1,2)}'"))
        await samples.attack("one_open_decision", decide("A", "tester"))

    async def test_cannot_get_another_editor_or_basis(self, lab: Lab, status: str) -> None:
        """Who worked on it, and what it was cut on, is fixed."""
        samples = await lab.standing(status)
        await samples.attack(
            "history_is_frozen", f"insert into version_editor (phase, number, person) values (:p, {LAST}, 'theo')"
        )
        await samples.attack(
            "history_is_frozen",
            f"insert into version_basis (phase, number, upstream_phase, upstream_number) values (:p, {LAST}, :p, 1)",
        )


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "submitted"])
class TestApproverDecisions:
    """The approver decides while the version is submitted."""

    async def test_are_not_given_in_another_state(self, lab: Lab, status: str) -> None:
        """Neither before nor after."""
        law = "decision_fits_the_state" if status == "draft" else "history_is_frozen"
        versions = "from_version(1)" if status == "draft" else "'{[1,2)}'"
        await (await lab.standing(status)).attack(law, decide("A", "approver", versions=versions))


@pytest.mark.parametrize("status", ["approved", "rejected", "superseded"])
async def test_approver_decisions_are_not_taken_back_later(lab: Lab, status: str) -> None:
    """A decided version keeps its decisions."""
    samples = await lab.standing("submitted")
    await samples.decide(A="approve", B="approve")
    await (samples.reject() if status == "rejected" else samples.approve())
    await samples.attack("history_is_frozen", undecide("approver"))


class TestBelowTheOpenVersion:
    """In a draft, version 1 and its decisions are as they were."""

    async def drafted(self, lab: Lab) -> Round:
        """An approved version 1 and a draft 2."""
        samples = await lab.standing("approved")
        await samples.cut()
        return samples

    @pytest.mark.parametrize("role", ["tester", "approver"])
    async def test_decisions_do_not_change(self, lab: Lab, role: str) -> None:
        """No decision is taken out of version 1."""
        law = "decision_fits_the_state" if role == "approver" else "history_is_frozen"
        await (await self.drafted(lab)).attack(law, undecide(role, "1"))

    async def test_items_do_not_change(self, lab: Lab) -> None:
        """No item is taken out of version 1."""
        await (await self.drafted(lab)).attack("history_is_frozen", leave("A", "1"))

    @pytest.mark.parametrize(
        "versions", ["from_version(1)", "'{[1,2)}'", "'{}'", "'{[2,3)}'", "'{[3,)}'", "'{[1,2),[3,)}'"]
    )
    async def test_a_new_item_begins_at_the_draft(self, lab: Lab, versions: str) -> None:
        """A new row is in the draft and in nothing before it."""
        await (await self.drafted(lab)).attack("history_is_frozen", NEW_ITEM, revise("C", versions=versions))

    async def test_a_new_item_names_the_draft(self, lab: Lab) -> None:
        """A new row does not pretend to have been written in version 1."""
        await (await self.drafted(lab)).attack("history_is_frozen", NEW_ITEM, revise("C", number="1"))

    @pytest.mark.parametrize(
        "versions", ["'{[1,2),[3,)}'", "'{[1,3)}'", "'{[1,5)}'", "'{[2,)}'", "'{[0,)}'", "'{(,)}'"]
    )
    @pytest.mark.parametrize("table", ["item_revision", "item_decision"])
    async def test_a_row_is_in_the_draft_or_out(self, lab: Lab, table: str, versions: str) -> None:
        """From the draft on there is nothing in between, and below it nothing at all."""
        samples = await self.drafted(lab)
        where = "where phase = :p" + (" and role = 'tester'" if table == "item_decision" else "")
        await samples.attack("history_is_frozen", f"update {table} set versions = {versions} {where}")

    async def test_an_approval_is_not_revoked(self, lab: Lab) -> None:
        """A draft does not lose what the approver said."""
        await (await self.drafted(lab)).attack("decision_fits_the_state", undecide("approver"))

    async def test_the_present_can_change(self, lab: Lab) -> None:
        """The same statements, aimed at the draft, work."""
        samples = await self.drafted(lab)
        await samples.force(leave("A"), revise("A"), undecide("tester"), decide("A", "tester"))
        assert {"A", "B"} == set(await samples.members(2))


class TestDecisions:
    """A decision is about a revision of this version, in the words of its phase."""

    async def test_not_on_a_revision_of_another_phase(self, lab: Lab) -> None:
        """The approver of one phase does not decide in another."""
        samples, other = await lab.standing("submitted"), await lab.standing("submitted")
        theirs = f"(select max(id) from item_revision where phase = {other.phase})"
        await samples.attack(
            "decision_fits_the_state",
            "insert into item_decision (phase, revision, version, versions, role, verdict, by)"
            f" values (:p, {theirs}, 1, from_version(1), 'approver', 'approve', 'olga')",
        )

    @pytest.mark.parametrize("role", ["tester", "approver"])
    async def test_not_on_a_revision_that_left(self, lab: Lab, role: str) -> None:
        """What is not in the version is not decided in it."""
        samples = await lab.standing("draft")
        await samples.remove("A")
        if role == "approver":
            await samples.submit()
        before = [undecide("tester")] if role == "tester" else []
        await samples.attack("decision_fits_the_state", *before, decide("A", role))

    @pytest.mark.parametrize(
        ("kind", "status", "role", "verdict"),
        [
            ("sample_selection", "draft", "tester", "maybe"),
            ("sample_selection", "submitted", "approver", "non_issue"),
            ("scoping", "draft", "tester", "reject"),
            ("observation_management", "submitted", "approver", "maybe"),
        ],
    )
    async def test_in_the_words_of_the_phase(self, lab: Lab, kind: str, status: str, role: str, verdict: str) -> None:
        """A verdict that the phase does not know is refused."""
        made = await lab.standing(status, kind)
        key = "A | Cards" if kind == "observation_management" else "A"
        before = [undecide("tester")] if role == "tester" else []
        await made.attack("decision_fits_the_state", *before, decide(key, role, verdict=verdict))

    async def test_only_two_sides(self, lab: Lab) -> None:
        """Nobody else decides."""
        await (await lab.standing("draft")).attack("item_decision_role_check", decide("A", "auditor"))


class TestNothingIsDeleted:
    """Not by the application, which may not, and not by the owner, who is refused."""

    async def test_by_nobody(self, lab: Lab) -> None:
        """DELETE and TRUNCATE fail on every table of the schema, for both roles."""
        samples = await lab.standing("approved")
        tables = await samples.read("select tablename from pg_tables where schemaname = 'assay' and :p > 0")
        assert len(tables) > 35
        for row in tables:
            for statement in (f"delete from {row.tablename}", f"truncate {row.tablename} cascade"):
                await refuse(lab, DENIED, statement, owner=False)
                await refuse(lab, "nothing_is_deleted", statement, owner=True)
        assert {"A", "B"} == set(await samples.members(1))

    async def test_events_are_not_rewritten_either(self, lab: Lab) -> None:
        """Not even the owner updates an audit event."""
        await refuse(lab, "nothing_is_deleted", "update audit_event set body = body", owner=True)


async def refuse(lab: Lab, law: str, statement: str, *, owner: bool) -> None:
    """Run a statement on its own; the law refuses."""
    async with (lab.owner if owner else lab.app).acquire() as connection:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await execute(connection, statement)
    assert law == (getattr(caught.value, "constraint_name", None) or caught.value.sqlstate), statement


class TestAtTheSameTime:
    """What one transaction is about to freeze, another cannot change meanwhile."""

    @pytest.mark.parametrize(
        "late",
        [NEW_ITEM + ";" + revise("C"), leave("A"), undecide("tester"),
         f"insert into version_editor (phase, number, person) values (:p, {LAST}, 'theo')"],
    )
    async def test_a_change_waits_for_the_submission_and_is_refused(self, lab: Lab, late: str) -> None:
        """A change sent while the draft is being submitted does not slip in behind the content hash."""
        samples = await lab.standing("draft")
        law = "decision_fits_the_state" if late == undecide("tester") else "history_is_frozen"
        async with lab.app.acquire() as submitting, lab.app.acquire() as changing:
            transaction = submitting.transaction()
            await transaction.start()
            await submitting.execute(
                "update version set status = 'submitted', submitted_by = 'tina' where phase = $1", samples.phase
            )
            await named(submitting)
            change = asyncio.create_task(execute(changing, late.replace(":p", str(samples.phase))))
            await waiting(lab)
            await transaction.commit()
            with pytest.raises(asyncpg.PostgresError) as caught:
                await change
        assert law == getattr(caught.value, "constraint_name", None)
        header = await samples.header(1)
        assert [(header.content_hash,)] == [tuple(r) for r in await samples.read("select content_hash(:p, 1)")]

    async def test_a_submission_waits_for_the_change_and_counts_it(self, lab: Lab) -> None:
        """An undecided item on its way in holds up the submission, which then finds it undecided."""
        samples = await lab.standing("draft")
        async with lab.app.acquire() as changing, lab.app.acquire() as submitting:
            transaction = changing.transaction()
            await transaction.start()
            await changing.execute(NEW_ITEM.replace(":p", str(samples.phase)))
            await changing.execute(revise("C").replace(":p", str(samples.phase)))
            await named(changing)
            statement = "update version set status = 'submitted', submitted_by = 'tina' where phase = :p"
            submit = asyncio.create_task(execute(submitting, statement.replace(":p", str(samples.phase))))
            await waiting(lab)
            await transaction.commit()
            with pytest.raises(asyncpg.PostgresError) as caught:
                await submit
        assert "every_item_is_decided" == getattr(caught.value, "constraint_name", None)


async def waiting(lab: Lab) -> None:
    """Return as soon as a statement of this database waits for a lock."""
    async with lab.app.acquire() as connection:
        blocked = (
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and cardinality(pg_blocking_pids(pid)) > 0"
        )
        while not await connection.fetchval(blocked):
            await asyncio.sleep(0.005)
