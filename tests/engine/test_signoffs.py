"""Sign-offs: one per required role, no person twice, on the very content that was submitted."""

from __future__ import annotations

import pytest

from models import errors
from tests.engine.builders import Lab, Round

pytestmark = pytest.mark.asyncio(loop_scope="session")

APPROVE = "update version set status = 'approved', decided_by = 'rhea' where phase = :p"


def signed(role: str, by: str, *, number: int = 1, content_hash: str = "") -> str:
    """A statement that signs a version."""
    theirs = f"(select content_hash from version where phase = :p and number = {number})"
    content = f"'{content_hash}'" if content_hash else theirs
    return (
        "insert into version_signoff (phase, number, role, by, content_hash)"
        f" values (:p, {number}, '{role}', '{by}', {content})"
    )


async def submitted(lab: Lab) -> Round:
    """A submitted report, signed by the tester, with every section decided."""
    report = await lab.standing("submitted", "finalize_report")
    await report.decide(A="approve", B="approve")
    return report


async def test_submitting_signs_for_the_tester(lab: Lab) -> None:
    """The submitter's sign-off comes with the submission, on its hash."""
    report = await submitted(lab)
    found = await report.read("select role, by, content_hash from version_signoff where phase = :p")
    assert [("tester", "tina", (await report.header(1)).content_hash)] == [tuple(row) for row in found]


async def test_the_approver_alone_does_not_do(lab: Lab) -> None:
    """Without the report owner's sign-off the report is not approved."""
    await (await submitted(lab)).attack("every_role_signs", signed("test_executive", "rhea"), APPROVE)


async def test_a_refused_approval_names_who_is_missing(lab: Lab) -> None:
    """The refusal lists the roles that have not signed."""
    report = await submitted(lab)
    with pytest.raises(errors.SignoffMissing) as refusal:
        await report.approve()
    assert "not signed by: report_owner" == refusal.value.message


async def test_three_people_approve_a_report(lab: Lab) -> None:
    """Tester, report owner and test executive have signed the same content."""
    report = await submitted(lab)
    await report.sign()
    await report.approve()
    found = await report.read("select role, by from version_signoff where phase = :p order by at")
    assert [("tester", "tina"), ("report_owner", "omar"), ("test_executive", "rhea")] == [tuple(row) for row in found]
    assert "approved" == (await report.header(1)).status


@pytest.mark.parametrize(
    ("role", "by"),
    [("report_owner", "dan"), ("report_owner", "tina"), ("test_executive", "omar"), ("data_owner", "dan")],
)
async def test_who_does_not_hold_the_role_does_not_sign(lab: Lab, role: str, by: str) -> None:
    """Nor does anybody sign in a role that the phase does not ask for."""
    await (await submitted(lab)).attack("signoff_fits_the_state", signed(role, by))


async def test_a_maker_signs_as_maker_only(lab: Lab) -> None:
    """Tom took a section out as a tester, so he does not sign for the report owner."""
    report = await lab.standing("draft", "finalize_report")
    await report.remove("B", by="tom")
    await report.submit()
    await report.attack("approver_is_nobody_who_made_it", signed("report_owner", "tom"))


async def test_nobody_signs_twice(lab: Lab) -> None:
    """Tom holds three roles and fills one."""
    report = await submitted(lab)
    await report.attack("one_signoff_per_person", signed("report_owner", "tom"), signed("test_executive", "tom"))


async def test_a_role_signs_once(lab: Lab) -> None:
    """A second report owner does not sign again."""
    report = await submitted(lab)
    await report.attack("one_signoff_per_role", signed("report_owner", "omar"), signed("report_owner", "olga"))


async def test_a_signature_names_the_submitted_content(lab: Lab) -> None:
    """Another hash is refused."""
    forged = signed("report_owner", "omar", content_hash="0" * 64)
    await (await submitted(lab)).attack("signoff_names_the_content", forged)


@pytest.mark.parametrize("status", ["draft", "rejected", "withdrawn"])
async def test_only_a_submitted_version_is_signed(lab: Lab, status: str) -> None:
    """Neither before nor after."""
    report = await lab.standing(status, "finalize_report")
    await report.attack("signoff_fits_the_state", signed("report_owner", "omar", content_hash="0" * 64))


async def test_a_version_that_does_not_exist_is_not_signed(lab: Lab) -> None:
    """There is no version 7."""
    early = signed("report_owner", "omar", number=7, content_hash="0" * 64)
    await (await submitted(lab)).attack("signoff_fits_the_state", early)


async def test_a_phase_without_signoffs_takes_none(lab: Lab) -> None:
    """Samples are approved, not signed."""
    await (await lab.standing("submitted")).attack("signoff_fits_the_state", signed("report_owner", "olga"))


async def test_signatures_do_not_carry(lab: Lab) -> None:
    """The rework of a signed version is signed anew."""
    report = await submitted(lab)
    await report.sign()
    await report.reject()
    await report.cut()
    await report.submit()
    found = await report.read("select role from version_signoff where phase = :p and number = 2")
    assert ["tester"] == [row.role for row in found]


async def test_a_signature_is_not_changed(lab: Lab) -> None:
    """It cannot be handed to another person."""
    await (await submitted(lab)).attack("42501", "update version_signoff set by = 'omar' where phase = :p")
