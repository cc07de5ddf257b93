"""The course of versions that all contestants run, and the answers that it expects."""

from __future__ import annotations

from benchmarks.course import course
from benchmarks.rows import row


def test_versions_follow_from_one_another() -> None:
    """A version holds what was kept and what was added, and what is edited was kept."""
    made = course(200, churn=5, versions=4)
    for before, after in zip(made.steps, made.steps[1:], strict=False):
        added = {each.record_key for each in after.adds}
        assert after.members == before.effective | added
        assert {each.record_key for each in after.edits} <= before.effective
        assert (len(after.edits), len(added)) == (10, 10)
        assert after.verdicts.keys() == {each.record_key for each in (*after.edits, *after.adds)}


def test_one_in_ten_is_rejected() -> None:
    """As the plan says, in the first version and later."""
    made = course(200, churn=5, versions=3)
    assert [len(step.rejected) for step in made.steps] == [20, 2, 2]


def test_the_rows_are_the_same_in_every_run() -> None:
    """Whoever runs it, stores the same bytes; no two samples share a rationale."""
    assert row(7) == row(7)
    assert len({row(number).reason for number in range(1000)}) == 1000
