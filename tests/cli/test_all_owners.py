"""What is planned for one owner of many, how a joint sheet falls apart, and what an exit code says of them all."""

from __future__ import annotations

from typing import Any

import pytest

from cli.all_owners import Outcome, by_owner, conclude, decided_by, exit_code
from cli.decision_sheets import decision_sheet, joint_sheet
from cli.sheets import as_sheet, read_decisions
from models.errors import MalformedSheet, StaleSheet
from models.messages import Verb
from models.queries.versions import MemberLine, VersionHead
from tests.cli.builders import SLUG, head, member, sheet

OBSERVATIONS = ("approve", "non_issue", "reject")


def submitted(owner: str = "ann", **changed: Any) -> VersionHead:
    """An owner's observations, with the report owner."""
    return head(**{"kind": "observation_management", "status": "submitted", "scope": owner, "content_hash": "ab",
                   **changed})


def observed(key: str = "Rate | Cards", **changed: Any) -> MemberLine:
    """An observation that the tester stands by."""
    content = {"attribute": key.split(" | ")[0], "severity": "low", "title": "wrong", "findings": ["TC-1"]}
    return member(key, **{"tester_verdict": "approve", "content": content, **changed})


def planned(*rows: tuple[str, str, str, str], items: list[MemberLine], rest: bool = False) -> list[tuple[Verb, str]]:
    """The verbs and reasons that follow from a sheet of one owner."""
    read = read_decisions(sheet(*rows), name="s.csv", verdicts=OBSERVATIONS, skip_blank=True)
    plan = decided_by(read, cycle=SLUG, then=conclude(rest=rest, reason=""))
    return [(step.verb, step.reason) for step in plan(submitted(), items)]


class TestPlan:
    def test_decides_and_approves(self) -> None:
        """Verdicts that keep every observation lead to approval."""
        rows = ("11", "Rate | Cards", "non_issue", "a rounding rule")
        assert [(Verb.DECIDE, ""), (Verb.APPROVE, "")] == planned(rows, items=[observed()])

    def test_decides_and_rejects_with_the_reasons(self) -> None:
        """A verdict that forces rework rejects the version, in the words of the verdict."""
        rows = ("11", "Rate | Cards", "reject", "no root cause")
        assert [(Verb.DECIDE, ""), (Verb.REJECT, "Rate | Cards: no root cause")] == planned(rows, items=[observed()])

    def test_counts_what_was_rejected_before(self) -> None:
        """A sheet that says nothing new still rejects what stands rejected."""
        before = observed(approver_verdict="reject", approver_reason="vague")
        rows = ("11", "Rate | Cards", "reject", "vague")
        assert [(Verb.REJECT, "Rate | Cards: vague")] == planned(rows, items=[before])

    def test_follows_a_changed_mind(self) -> None:
        """What was rejected before and is approved by the sheet no longer forces rework."""
        before = observed(approver_verdict="reject", approver_reason="vague")
        rows = ("11", "Rate | Cards", "approve", "")
        assert [(Verb.DECIDE, ""), (Verb.APPROVE, "")] == planned(rows, items=[before])

    def test_takes_over_the_rest_on_request(self) -> None:
        """With --rest and no sheet the tester's verdicts count."""
        (step,) = conclude(rest=True, reason="seen")(submitted(), [observed()])
        assert (Verb.APPROVE, "seen", True) == (step.verb, step.reason, step.intent.payload.adopt_tester)  # type: ignore[union-attr]

    def test_leaves_a_draft_alone(self) -> None:
        """An approver concludes what was submitted, nothing else."""
        assert () == conclude(rest=True, reason="")(submitted(status="draft"), [observed()])

    def test_refuses_what_was_written_for_another_round(self) -> None:
        """A row of v1 is no decision on v2."""
        decided = [observed(approver_verdict="approve")]
        written = joint_sheet([decision_sheet(submitted(), decided, cycle=SLUG)], title="")
        read = read_decisions(as_sheet(written.columns, written.rows).encode(), name="s.csv", verdicts=OBSERVATIONS)
        with pytest.raises(StaleSheet, match="row 2 was written for version v1, not v2"):
            decided_by(read, cycle=SLUG)(submitted(number=2), [observed()])


class TestJointSheet:
    def test_puts_one_attribute_together(self) -> None:
        """By key and then by owner, so that the same failure of many owners is judged alike."""
        parts = [decision_sheet(submitted(owner), [observed("Rate | Cards"), observed("Limit | Cards", revision=12)])
                 for owner in ("bob", "ann")]
        rows = joint_sheet(parts, title="").rows
        assert ["Limit | Cards ann", "Limit | Cards bob", "Rate | Cards ann", "Rate | Cards bob"] == [
            f"{row['key']} {row['owner']}" for row in rows
        ]

    def test_falls_apart_by_owner(self) -> None:
        """Each owner gets the own rows, under their numbers; the same key of two owners is no repetition."""
        rows = [("11", "Rate | Cards", "approve", "", "ann"), ("12", "Rate | Cards", "approve", "", "bob")]
        data = sheet(*rows, header=("revision", "key", "verdict", "reason", "owner"))
        parts = by_owner(read_decisions(data, name="s.csv", verdicts=OBSERVATIONS), name="s.csv")
        assert {"ann": [2], "bob": [3]} == {owner: [d.row for d in part.decisions] for owner, part in parts.items()}

    def test_names_rows_without_an_owner(self) -> None:
        """A row that is nobody's is refused with the whole sheet."""
        read = read_decisions(sheet(("11", "a", "approve", "")), name="s.csv", verdicts=OBSERVATIONS)
        with pytest.raises(MalformedSheet, match="column owner is blank in row 2"):
            by_owner(read, name="s.csv")


@pytest.mark.parametrize(("codes", "expected"), [
    ([], 0), (["", ""], 0), (["", "wrong_role"], 5), (["stale_sheet", "wrong_state"], 4),
    (["wrong_role", "stale_sheet"], 4), (["wrong_role", "unknown"], 8),
])
def test_exit_code(codes: list[str], expected: int) -> None:
    """0 only when all were done; unknown outweighs, else what all refusals share, else conflict."""
    found = [Outcome(owner="x", version=1, decided=0, outcome="", code=code) for code in codes]
    assert expected == exit_code(found)
