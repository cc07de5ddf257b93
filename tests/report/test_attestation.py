"""The attestation names the files, the signers, and what is missing."""

from __future__ import annotations

import json

import pytest

from activities.render.attestation import render_attestation
from models.report import ReportFacts, SignOff
from tests.report.builders import after, cycle, facts, files, sha256, signoffs


def page(signed: tuple[SignOff, ...] = signoffs(), given: ReportFacts | None = None) -> str:
    """The attestation as text."""
    return render_attestation(signed, files=files(), facts=given or facts()).decode()


def test_it_names_the_hash_of_every_file() -> None:
    """Signatures cover exact bytes."""
    for file in files():
        assert file.name in page()
        assert file.sha256 in page()


def test_it_says_who_signed_as_what_and_when() -> None:
    """Name, id, role and time of each of the three."""
    found = page()
    for expected in ("Prepared by: Tester", "Jane Doe", "2026-04-22 06:30:00 UTC", "Reviewed by: Report owner",
                     "Mike Johnson", "2026-04-22 08:30:00 UTC", "Approved by: Test executive", "Ruth Adler",
                     "2026-04-22 12:30:00 UTC"):
        assert expected in found


def test_each_role_attests_material_correctness() -> None:
    """In the words of its own responsibility."""
    assert 3 == page().count("materially correct")


def test_a_complete_attestation_does_not_call_itself_incomplete() -> None:
    """Three of three."""
    assert "Incomplete" not in page()


def test_missing_signatures_are_named() -> None:
    """One of three: the other two roles are said to be missing, twice: above and at their place."""
    found = page(signoffs()[:1])
    assert "Incomplete: not signed as report owner, test executive." in found
    assert 2 == found.count("Not signed.")


def test_a_signature_of_another_role_is_shown_too() -> None:
    """Whoever signed beyond the required roles stands in the attestation."""
    extra = SignOff(role="data_executive", by="david", at=after(215), content_hash=sha256("x"))
    assert "David Brown" in page((*signoffs(), extra))


def test_the_order_in_which_signatures_arrive_does_not_show() -> None:
    """Equal signatures, equal bytes."""
    assert page() == page(signoffs()[::-1])


def test_very_low_coverage_is_accepted_by_signing() -> None:
    """The acceptance of risk stands beside the signatures."""
    assert "formally accept the risk" in page(given=facts(tested=1, skipped=30))


def test_names_and_comments_are_escaped() -> None:
    """A signer cannot sign in markup."""
    people = tuple(p.model_copy(update={"name": "<b>Jane</b>"}) if p.id == "jane" else p for p in cycle().people)
    commented = signoffs()[0].model_copy(update={"comment": "<script>"})
    found = page((commented, *signoffs()[1:]), facts(cycle=cycle(people=people)))
    assert "<b>Jane" not in found
    assert "<script" not in found


def test_nothing_to_sign_for_is_refused() -> None:
    """An attestation without files would attest to nothing."""
    with pytest.raises(ValueError, match="names no file"):
        render_attestation(signoffs(), files=(), facts=facts())


def test_facts_of_the_first_release_are_attested_all_the_same() -> None:
    """They have their metrics in words: a report that was submitted then must not hang on its last signature now."""
    stored = json.loads(facts().model_dump_json())
    stored["metrics"] = [{"group": "Approvals", "label": "Approval time", "value": "2 days"}]
    assert page() == page(given=ReportFacts.model_validate_json(json.dumps(stored)))
