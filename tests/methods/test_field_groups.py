"""Attributes of a group are one data field: order does not count, and all of them together are one error at most."""

from __future__ import annotations

import pytest

from methods.comparison import GroupOutcome, compare_group, count_errors
from methods.evidence import Candidate, Evidence
from methods.judgement import judge_group
from models.cycle_file import Comparison
from models.items import DataType

RACES = ("Race1", "Race2", "Race3")


def group(reported: str, evidence: str | None) -> GroupOutcome:
    """The races of one record, a comma between them and `-` for a blank one; None: the evidence has no such columns."""
    def named(text: str) -> dict[str, str | None]:
        return dict(zip(RACES, ("" if one == "-" else one for one in text.split(",")), strict=True))

    stated = named(evidence) if evidence is not None else dict.fromkeys(RACES)
    return compare_group(named(reported), stated, data_type=DataType.CODE, spec=Comparison())


def results(found: GroupOutcome) -> list[str]:
    """The outcome of each attribute."""
    return [found.members[name].result for name in RACES]


def test_order_does_not_count() -> None:
    """The same races in other fields are the same."""
    found = group("5,3,-", "3,-,5")
    assert ("match", ["match"] * 3) == (found.whole.result, results(found))


def test_the_one_that_differs_is_named() -> None:
    """Only its attribute mismatches, against what is left over."""
    found = group("5,3,-", "3,1,-")
    assert ("mismatch", ["mismatch", "match", "match"]) == (found.whole.result, results(found))
    assert "1" == found.members["Race1"].evidence


def test_what_the_report_lacks_is_missing_from_a_blank_one() -> None:
    """The first attribute that was left blank has the mismatch."""
    found = group("5,-,-", "3,5,-")
    assert (["match", "mismatch", "match"], "3") == (results(found), found.members["Race2"].evidence)


def test_what_only_the_report_states() -> None:
    """Is wrong where it stands."""
    assert ["match", "mismatch", "match"] == results(group("5,3,-", "5,-,-"))


def test_evidence_without_the_group_is_not_found() -> None:
    """For each attribute."""
    found = group("5,-,-", None)
    assert ("not_found", ["not_found"] * 3) == (found.whole.result, results(found))


def test_a_whole_group_is_one_error() -> None:
    """However many of its attributes are wrong; others count each."""
    wrong = {name: outcome.result for name, outcome in group("5,3,1", "6,7,8").members.items()}
    assert ["mismatch"] * 3 == list(wrong.values())
    assert 2 == count_errors({**wrong, "Amount": "mismatch", "Rate": "match"}, {"Race": RACES})


def test_attributes_without_a_group_count_each() -> None:
    """Nothing else is an error."""
    assert 1 == count_errors({"A": "mismatch", "B": "not_found", "C": "needs_review"}, {})


@pytest.mark.parametrize(("second", "judged"), [
    ((Candidate("3", "row 1"),), ["match", "match"]), ((), []), ((Candidate("", "row 1", "an error"),), []),
    ((Candidate("3", "row 1"), Candidate("4", "row 9")), [])])
def test_a_document_has_to_state_the_whole_group_once(second: tuple[Candidate, ...], judged: list[str]) -> None:
    """Otherwise each attribute is judged by itself, with its own reason."""
    evidence = Evidence(records={"R1": {"Race1": (Candidate("5", "row 1"),), "Race2": second}})
    found = judge_group({"Race1": "3", "Race2": "5"}, evidence, key="R1", group="Race", data_type=DataType.CODE,
                        spec=Comparison())
    assert judged == [one.outcome.result for one in found.values()]
