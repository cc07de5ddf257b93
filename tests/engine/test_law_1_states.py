"""Law 1: one open and one approved version at any instant, numbers without gaps, only the drawn transitions."""

from __future__ import annotations

import asyncio
import itertools

import asyncpg
import pytest

from tests.engine.builders import DENIED, Lab, Round, execute

pytestmark = pytest.mark.asyncio(loop_scope="session")

STATUSES = ("draft", "submitted", "approved", "rejected", "superseded", "withdrawn")
LEGAL = {
    ("draft", "submitted"), ("draft", "withdrawn"), ("submitted", "approved"), ("submitted", "rejected"),
    ("submitted", "withdrawn"), ("approved", "superseded"),
}
ILLEGAL = sorted(set(itertools.product(STATUSES, STATUSES)) - LEGAL)


def move(status: str, number: int = 1, by: str = "olga") -> str:
    """A statement that moves a version, with all that the move could need."""
    names = f", submitted_by = '{by}'" if status == "submitted" else f", decided_by = '{by}', reason = 'because'"
    names = "" if status == "superseded" else names
    return f"update version set status = '{status}'{names} where phase = :p and number = {number}"


def insert(number: int, parent: str = "1", more: str = "", values: str = "") -> str:
    """A statement that inserts a version."""
    said = f":p, {number}, {parent}, 'tina'{values}"
    return f"insert into version (phase, number, parent, created_by{more}) values ({said})"


@pytest.mark.parametrize(("start", "end"), ILLEGAL)
async def test_refuses_every_other_transition(lab: Lab, start: str, end: str) -> None:
    """Whatever is not in the drawing is refused."""
    await (await lab.standing(start)).attack("version_transition", move(end))


async def test_refuses_a_status_nobody_knows(lab: Lab) -> None:
    """A made-up status is no transition."""
    await (await lab.standing("draft")).attack("version_transition", move("final"))


async def test_refuses_an_update_that_is_no_transition(lab: Lab) -> None:
    """The reason of a decided version cannot be rewritten."""
    samples = await lab.standing("approved")
    await samples.attack("version_transition", "update version set reason = 'better' where phase = :p")


@pytest.mark.parametrize("number", [0, -1, 1, 3, 7])
async def test_numbers_have_no_gap_and_are_used_once(lab: Lab, number: int) -> None:
    """After version 1 there is only a version 2."""
    await (await lab.standing("withdrawn")).attack("version_numbers_are_gapless", insert(number, "null"))


@pytest.mark.parametrize("status", STATUSES[1:])
async def test_a_version_begins_as_a_draft(lab: Lab, status: str) -> None:
    """No version is born in another state."""
    await (await lab.standing("approved")).attack("version_transition", insert(2, "1", ", status", f", '{status}'"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("submitted_by", "'tina'"), ("submitted_at", "now()"), ("decided_by", "'olga'"), ("decided_at", "now()"),
        ("content_hash", "'x'"), ("manifest_hash", "'x'"), ("reason", "'given in advance'"),
    ],
)
async def test_a_draft_begins_empty(lab: Lab, column: str, value: str) -> None:
    """Nothing that a later transition says can be said in advance."""
    await (await lab.standing("approved")).attack("version_transition", insert(2, "1", f", {column}", f", {value}"))


async def test_a_later_version_has_a_parent(lab: Lab) -> None:
    """Only the first version comes from nothing."""
    await (await lab.standing("approved")).attack("a_draft_follows_its_parent", insert(2, "null"))


async def test_the_first_version_has_no_parent(lab: Lab) -> None:
    """Version 1 cannot be cut from anything."""
    await (await lab.round()).attack("a_draft_follows_its_parent", insert(1, "1"))


async def test_a_parent_is_older(lab: Lab) -> None:
    """No version is its own parent."""
    await (await lab.standing("approved")).attack("parent_is_older", insert(2, "2"))


@pytest.mark.parametrize("status", ["draft", "submitted"])
async def test_one_open_version(lab: Lab, status: str) -> None:
    """There is no second draft beside a draft or a submitted version."""
    await (await lab.standing(status)).attack("one_open_version", insert(2))


async def test_audit_only_phases_have_no_versions(lab: Lab) -> None:
    """Data Owner ID takes no version."""
    await (await lab.round("data_owner_id")).attack("only_full_phases_have_versions", insert(1, "null"))


async def test_one_approved_version(lab: Lab) -> None:
    """A second version is not approved while the first one still counts."""
    samples = await lab.standing("approved")
    await samples.cut()
    await samples.submit()
    await samples.attack("one_approved_version", move("approved", 2))


async def test_nothing_is_superseded_without_a_successor(lab: Lab) -> None:
    """An approved version does not lose its place to nobody."""
    await (await lab.standing("approved")).attack("superseded_by_an_approved_version", move("superseded"))


async def test_a_rejected_version_supersedes_nothing(lab: Lab) -> None:
    """Superseding the approved version while rejecting the next one is refused at commit."""
    samples = await lab.standing("approved")
    await samples.cut()
    await samples.submit()
    await samples.attack("superseded_by_an_approved_version", move("superseded"), move("rejected", 2))


async def test_superseding_changes_nothing_else(lab: Lab) -> None:
    """Who decided, and why, stays when a version is superseded."""
    samples = await lab.standing("approved")
    await samples.cut()
    await samples.submit()
    await samples.attack(
        "decision_is_fixed",
        "update version set status = 'superseded', decided_by = 'omar' where phase = :p and number = 1",
        move("approved", 2),
    )


async def test_deciding_changes_nothing_of_the_submission(lab: Lab) -> None:
    """Who submitted stays when a version is decided."""
    await (await lab.standing("submitted")).attack(
        "submission_is_fixed",
        "update version set status = 'rejected', decided_by = 'olga', reason = 'no', submitted_by = 'theo'"
        " where phase = :p",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "update version set status = 'submitted' where phase = :p",
        "update version set status = 'submitted', submitted_by = 'tina', decided_by = 'olga' where phase = :p",
        "update version set status = 'submitted', submitted_by = 'tina', reason = 'in advance' where phase = :p",
        "update version set status = 'withdrawn', reason = 'because' where phase = :p",
    ],
)
async def test_a_transition_names_who_makes_it_and_no_more(lab: Lab, statement: str) -> None:
    """A submission without a submitter, or with a decision in it, is none."""
    await (await lab.standing("draft")).attack("version_transition", statement)


async def test_only_the_submitter_withdraws(lab: Lab) -> None:
    """Another tester cannot withdraw what tina submitted."""
    await (await lab.standing("submitted")).attack("withdrawn_by_its_submitter", move("withdrawn", by="theo"))


@pytest.mark.parametrize("status", ["draft", "submitted"])
async def test_no_outsider_withdraws(lab: Lab, status: str) -> None:
    """Withdrawing takes the submitter's role."""
    await (await lab.standing(status)).attack("submitter_holds_the_role", move("withdrawn", by="olga"))


async def test_no_withdrawal_once_the_approver_has_decided(lab: Lab) -> None:
    """The first approver decision ends the time for withdrawing."""
    samples = await lab.standing("submitted")
    await samples.decide(A="approve")
    await samples.attack("withdrawn_before_decided", move("withdrawn", by="tina"))


async def test_the_number_of_a_withdrawn_version_stays_used(lab: Lab) -> None:
    """After version 1 was withdrawn the next one is version 2."""
    assert 2 == await (await lab.standing("withdrawn")).cut()


async def test_a_new_approval_supersedes_the_old_one(lab: Lab) -> None:
    """Exactly one version is approved before and after."""
    samples = await lab.standing("superseded")
    found = await samples.read("select number, status from version where phase = :p order by number")
    assert [(1, "superseded"), (2, "approved")] == [tuple(row) for row in found]


async def test_only_read_committed(lab: Lab) -> None:
    """A transaction that would not see what it waited for may not write versions."""
    samples = await lab.standing("draft")
    blind = "set transaction isolation level repeatable read"
    await samples.attack("read_committed_only", blind, move("withdrawn", by="tina"))


async def both(lab: Lab, samples: Round, statement: str) -> list[str]:
    """Run the statement in two transactions at once; the laws that refused, in no order."""

    async def attempt() -> str:
        async with lab.app.acquire() as connection:
            try:
                await execute(connection, statement.replace(":p", str(samples.phase)))
            except asyncpg.PostgresError as error:
                return str(getattr(error, "constraint_name", None))
        return ""

    return sorted(await asyncio.gather(attempt(), attempt()))


async def test_two_drafts_at_once_are_one(lab: Lab) -> None:
    """Of two versions opened at the same time one is refused, and no number is lost."""
    samples = await lab.standing("approved")
    refusals = await both(lab, samples, insert(2))
    assert ["", "version_numbers_are_gapless"] == refusals
    found = await samples.read("select number from version where phase = :p order by 1")
    assert [1, 2] == [row.number for row in found]


async def test_two_approvals_at_once_are_one(lab: Lab) -> None:
    """Of two approvals of the same version one is refused."""
    samples = await lab.standing("submitted")
    await samples.decide(A="approve", B="approve")
    assert ["", "version_transition"] == await both(lab, samples, move("approved"))


async def test_versions_of_two_phases_do_not_meet(lab: Lab) -> None:
    """An open version in one phase is no obstacle in another of the same cycle."""
    samples = await lab.standing("draft")
    rules = await samples.cycle.round("data_profiling")
    assert 1 == await rules.cut()


@pytest.mark.parametrize("column", ["number", "parent", "phase", "created_by", "created_at"])
async def test_the_birth_of_a_version_is_fixed(lab: Lab, column: str) -> None:
    """Number, parent and creator of a version are not the application's to change."""
    await (await lab.standing("draft")).attack(DENIED, f"update version set {column} = {column} where phase = :p")
