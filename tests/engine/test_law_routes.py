"""The laws hold by whatever way a change comes: MERGE, ON CONFLICT, COPY, several changes in one statement."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import pytest

from tests.engine.builders import DENIED, Lab, Round
from tests.engine.statements import CONTENT, decide, leave, revise, undecide

pytestmark = pytest.mark.asyncio(loop_scope="session")

SUBMIT = "update version set status = 'submitted', submitted_by = 'tina' where phase = :p"
APPROVE = "update version set status = 'approved', decided_by = 'olga' where phase = :p"
WITHDRAW = "update version set status = 'withdrawn', decided_by = 'tina', reason = 'no' where phase = :p"
NEW_REVISION = (
    "insert into item_revision (phase, item, version, versions, origin, content, by)"
    f" select :p, id, 1, from_version(1), 'tester', '{CONTENT}', 'tina' from made returning id"
)
MADE = "made as (insert into item (phase, natural_key) values (:p, 'C') returning id)"


def together(first: str, last: str) -> str:
    """One statement of two changes."""
    return f"with first as ({first} returning 1) {last}"


class TestAnotherRoute:
    """What INSERT and UPDATE are refused is not done by their relatives either."""

    @pytest.mark.parametrize("status", ["submitted", "approved"])
    @pytest.mark.parametrize("table", ["item_revision", "item_decision"])
    async def test_merge(self, lab: Lab, table: str, status: str) -> None:
        """MERGE takes nothing out of a closed version."""
        law = "decision_fits_the_state" if (table, status) == ("item_decision", "submitted") else "history_is_frozen"
        await (await lab.standing(status)).attack(
            law,
            f"merge into {table} t using (select id from {table} where phase = :p) s on t.id = s.id"
            " when matched then update set versions = '{}'",
        )

    @pytest.mark.parametrize("status", ["submitted", "approved"])
    async def test_insert_on_conflict(self, lab: Lab, status: str) -> None:
        """A row that is there already is not updated in passing."""
        await (await lab.standing(status)).attack(
            "history_is_frozen",
            revise("A") + " on conflict (item) where upper_inf(versions) do update set versions = '{}'",
        )

    @pytest.mark.parametrize("status", ["submitted", "approved"])
    async def test_copy(self, lab: Lab, status: str) -> None:
        """COPY brings no revision into a closed version."""
        samples = await lab.standing(status)
        await samples.force("insert into item (phase, natural_key) values (:p, 'C')")
        known = (await samples.read("select id from item where phase = :p and natural_key = 'C'"))[0].id
        columns = ("phase", "item", "version", "versions", "origin", "content", "by")
        row = (samples.phase, known, 1, [asyncpg.Range(1, None)], "tester", CONTENT, "tina")
        assert "history_is_frozen" == await self.copied(lab, columns, row)
        assert {"A", "B"} == set(await samples.members(1))

    async def copied(self, lab: Lab, columns: Sequence[str], row: tuple[object, ...]) -> str | None:
        """The law that refuses a row."""
        async with lab.app.acquire() as connection:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.copy_records_to_table("item_revision", records=[row], columns=columns)
        return getattr(caught.value, "constraint_name", None)


class TestTwoChangesInOneStatement:
    """What one part of a statement freezes another part of it does not change."""

    async def test_an_item_does_not_slip_in_with_the_submission(self, lab: Lab) -> None:
        """The content hash would not cover it."""
        samples = await lab.standing("draft")
        await samples.attack("history_is_frozen", f"with {MADE}, written as ({NEW_REVISION}) {SUBMIT}")
        await samples.attack(
            "every_item_is_decided", f"with {MADE}, submitted as ({SUBMIT} returning 1) {NEW_REVISION}"
        )

    @pytest.mark.parametrize(("change", "first", "last"), [
        (leave("A"), "history_is_frozen", "history_is_frozen"),
        (undecide("tester"), "decision_fits_the_state", "every_item_is_decided"),
    ])
    async def test_nothing_is_taken_out_with_the_submission(
        self, lab: Lab, change: str, first: str, last: str
    ) -> None:
        """Neither an item nor a tester decision, whichever part comes first."""
        samples = await lab.standing("draft")
        await samples.attack(first, together(change, SUBMIT))
        await samples.attack(last, together(SUBMIT, change))

    async def test_no_decision_is_taken_back_with_the_approval(self, lab: Lab) -> None:
        """The manifest would still name it."""
        samples = await lab.standing("submitted")
        await samples.decide(A="approve", B="approve")
        await samples.attack("history_is_frozen", together(undecide("approver"), APPROVE))
        await samples.attack("every_item_is_decided", together(APPROVE, undecide("approver")))

    async def test_the_last_decision_does_not_come_with_the_approval(self, lab: Lab) -> None:
        """An item is decided before its version is approved, not by the way."""
        samples = await lab.standing("submitted")
        await samples.decide(A="approve")
        await samples.attack("every_item_is_decided", together(decide("B", "approver"), APPROVE))

    async def test_no_decision_is_taken_with_the_withdrawal(self, lab: Lab) -> None:
        """An approver's first decision ends the time for withdrawing, in the same statement too."""
        samples = await lab.standing("submitted")
        await samples.attack("history_is_frozen", together(decide("A", "approver"), WITHDRAW))

    async def test_a_decision_is_not_swapped_for_a_maker(self, lab: Lab) -> None:
        """Olga's decision is not replaced by one of tom, who submitted."""
        samples = await lab.standing("draft")
        await samples.submit(by="tom")
        await samples.decide(A="approve")
        await samples.attack(
            "approver_is_nobody_who_made_it", undecide("approver"), decide("A", "approver").replace("'olga'", "'tom'")
        )


class TestIdentity:
    """An item, a number and an id mean one thing for ever."""

    async def test_a_key_is_one_item(self, lab: Lab) -> None:
        """A second item of the same key would be a second line of lineage."""
        await (await lab.standing("draft")).attack(
            "one_item_per_key", "insert into item (phase, natural_key) values (:p, 'A')"
        )

    async def test_a_phase_without_versions_takes_no_revision(self, lab: Lab) -> None:
        """There is no draft that it could be in."""
        samples = await lab.round()
        await samples.attack("history_is_frozen", f"with {MADE} {NEW_REVISION}")

    async def test_ids_are_not_set_back(self, lab: Lab) -> None:
        """No sequence is the application's to move: what has the highest id was written last."""
        samples = await lab.standing("draft")
        found = await samples.read(
            "select sequencename as name from pg_sequences where schemaname = 'assay' and :p > 0"
        )
        assert len(found) > 15
        for row in found:
            await samples.attack(DENIED, f"select setval('assay.{row.name}', 1)")
            await samples.attack(DENIED, f"select nextval('assay.{row.name}')")

    async def test_a_basis_is_of_the_same_cycle(self, lab: Lab) -> None:
        """What another cycle has approved is nothing to build on."""
        samples, other = await lab.standing("draft"), await lab.standing("approved", "scoping")
        await samples.attack(
            "basis_is_approved",
            "insert into version_basis (phase, number, upstream_phase, upstream_number)"
            f" values (:p, 1, {other.phase}, 1)",
        )

    async def test_a_phase_is_there_once(self, lab: Lab) -> None:
        """A phase is not begun a second time, to begin its numbers anew."""
        samples = await lab.standing("approved")
        again = f"insert into phase (cycle, kind) values ({samples.cycle.id}, '{samples.kind}')"
        await samples.attack("one_phase", again)


async def waiting_room(lab: Lab) -> Round:
    """A submitted version with a request that waits."""
    samples = await lab.standing("submitted")
    await samples.force(
        "insert into item_request (phase, natural_key, content, origin, reason, by)"
        f" values (:p, 'C', '{CONTENT}', 'report_owner', 'because', 'olga')"
    )
    return samples


class TestRequests:
    """What arrives while a version is submitted waits for the next draft."""

    LAND = (
        "insert into item_request_landing (request, revision) select q.id, (select max(r.id) from item_revision r"
        " where r.phase = :p) from item_request q where q.phase = :p"
    )

    async def test_it_does_not_land_in_what_is_submitted(self, lab: Lab) -> None:
        """Neither as another item nor as a new one."""
        samples = await waiting_room(lab)
        await samples.attack("a_request_lands_in_a_draft", self.LAND)
        await samples.attack(
            "history_is_frozen", "insert into item (phase, natural_key) values (:p, 'C')", revise("C"), self.LAND
        )

    async def test_it_is_not_rewritten(self, lab: Lab) -> None:
        """Who asked for what stays."""
        samples = await waiting_room(lab)
        for column in ("natural_key", "content", "origin", "reason", "by"):
            await samples.attack(DENIED, f"update item_request set {column} = {column} where phase = :p")
