"""Following a cycle: a picture made of facts, shown as a tree or as the lines in which it differs from the last."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from cli.following.picture import Picture, Stage, folded, rest
from cli.following.tree import tree
from cli.following.watching import ended, wanted
from cli.following.words import changes
from models.errors import NotFound, WrongState
from models.phases import PHASES
from tests.cli.builders import NOW, SLUG, people, phase_line
from tests.cli.course import complete, drawn, many, observed, owner_line, round_line
from tests.cli.course import wanted as evidence


def stage(picture: Picture, kind: str) -> Stage:
    return next(stage for stage in picture.stages if stage.phase.kind == kind)


class TestPicture:
    def test_has_all_phases_from_the_start(self) -> None:
        """What has not begun says so."""
        assert [(phase, "not begun") for phase in PHASES] == [(one.phase, one.status) for one in drawn().stages]

    def test_keeps_every_version_in_order(self) -> None:
        """A rejected version is still seen when the next is approved."""
        rounds = [round_line(status="rejected"), round_line(number=2)]
        planning = stage(drawn(rounds=rounds), "planning")
        assert ("approved", ["rejected", "approved"]) == (planning.status, [one.status for one in planning.rounds])

    def test_counts_decisions_of_the_open_version(self) -> None:
        """One of three items of a draft is decided."""
        planning = stage(drawn(rounds=[round_line(status="draft")]), "planning")
        assert (1, 3) == (planning.done, planning.total)

    def test_counts_cases_of_all_owners(self) -> None:
        """Evidence in and tests run, of the cases that were asked and not waived."""
        half = owner_line("bob", cases=5, open=1, executing=1, to_review=2, waived=1)
        picture = drawn(owners=[complete(), half])
        assert [(6, 7), (5, 7)] == [(one.done, one.total) for one in (
            stage(picture, "request_info"), stage(picture, "test_execution"))]

    def test_tallies_every_case_of_an_owner_once(self) -> None:
        """Outcomes and what has none yet add up to the cases."""
        line = owner_line(cases=15, open=1, returned=2, executing=3, to_accept=2, to_review=2, concluded=1, waived=4,
                          matched=2, mismatched=1)
        part, = drawn(owners=[line]).parts
        assert {"match": 2, "mismatch": 1, "to decide": 2, "running": 3, "open": 1, "returned": 2,
                "waived": 4} == part.tally

    @pytest.mark.parametrize(("line", "work", "status"), [
        ({"status": "failed"}, False, "failed"), ({}, True, "waiting"), ({}, False, "working"),
        ({"status": "completed"}, False, "complete"), ({"status": "waived"}, False, "complete"),
    ])
    def test_says_how_an_owner_is(self, line: dict[str, Any], work: bool, status: str) -> None:
        """Failed before waited for, waited for before at work."""
        part, = drawn(owners=[owner_line(**line)], work=[evidence()] if work else []).parts
        assert status == part.status

    def test_names_everybody_who_is_waited_for_once(self) -> None:
        """What two people may do is one thing that waits."""
        picture = drawn(rounds=[round_line(status="draft")], people=people(tess="tester", tom="tester"))
        assert [("tess", "tom")] == [wait.who for wait in picture.waits]


class TestFolding:
    def test_shows_those_first_that_need_somebody(self) -> None:
        """Of a thousand owners the failed, the overdue and the waited for are seen, the others are counted."""
        picture = many(1000, late=30)
        shown, others = folded(picture.parts, 10, NOW)
        assert {"waiting"} == {part.status for part in shown}
        assert "and 990 more: 20 waiting, 970 complete" == rest(others)

    def test_puts_failed_owners_before_overdue_ones(self) -> None:
        """A failed owner is what a person has to see first."""
        picture = drawn(owners=[complete("a"), owner_line("b"), owner_line("c", status="failed")],
                        work=[evidence("b", due_at=NOW - timedelta(days=1))])
        assert ["c", "b"] == [part.owner for part in folded(picture.parts, 2, NOW)[0]]

    def test_leaves_few_owners_in_their_order(self) -> None:
        """What fits does not move about while one looks at it."""
        picture = drawn(owners=[complete("a"), owner_line("b")], work=[evidence("b")])
        assert ["a", "b"] == [part.owner for part in folded(picture.parts, 2, NOW)[0]]


def shown(picture: Picture, *, height: int = 40) -> list[str]:
    """The tree as lines of plain text."""
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as capture:
        console.print(tree(picture, height=height))
    return capture.get().splitlines()


class TestTree:
    def test_shows_versions_and_who_is_waited_for(self) -> None:
        """A phase with its rounds; below it what waits, for whom, since when, until when."""
        lines = shown(drawn(rounds=[round_line(status="rejected"), round_line(number=2, status="draft")]))
        at = next(place for place, line in enumerate(lines) if "Planning" in line)
        assert "v1 rejected, v2 draft" in lines[at]
        assert "decide 2 of 3 items: tess since 3 d, due in 1 d" in lines[at + 1]

    def test_marks_what_is_overdue(self) -> None:
        """An exclamation mark, and by how much."""
        line, = (line for line in shown(many(1)) if "OVERDUE" in line)
        assert "! hand in evidence: late0000 since 2 d, OVERDUE by 3 d" in line

    def test_of_a_thousand_owners_fits_the_terminal(self) -> None:
        """The rest is counted in one line."""
        lines = shown(many(1000), height=40)
        assert len(lines) <= 40
        assert any(line.strip().endswith("complete") and "more: " in line for line in lines)

    def test_has_a_bar_of_an_owners_cases(self) -> None:
        """Half of the cases matched, so half of the bar is full."""
        line, = (line for line in shown(drawn(owners=[owner_line("zoe", cases=2, open=1, concluded=1, matched=1)]))
                 if "zoe" in line)
        assert line.count("█") == line.count("·") > 1


class TestLines:
    def test_tell_a_change_once(self) -> None:
        """The second picture brings only what is new in it."""
        draft = drawn(rounds=[round_line(status="draft")])
        both = drawn(rounds=[round_line(), round_line(kind="scoping", status="draft")])
        assert ["2026-04-10T12:00:00Z Planning v1 approved", "2026-04-10T12:00:00Z Scoping v1 draft"] == [
            line for line in changes(draft, both) if "waits" not in line]

    def test_end_with_the_end(self) -> None:
        """Whatever else a look at a cycle finds new: its end is said last, and nobody is waited for any more."""
        running, over = (drawn(rounds=[round_line(kind=kind, status="draft")], cycle=cycle) for kind, cycle in (
            ("planning", {}), ("scoping", {"status": "cancelled", "reason": "filed anew"})))
        told = changes(running, over)
        assert told[-1].endswith(f"cycle {SLUG} cancelled: filed anew")
        assert not any("waits for" in line for line in told)

    def test_say_nothing_when_only_time_passes(self) -> None:
        """An age is no change."""
        assert [] == changes(drawn(owners=[owner_line()], work=[evidence()]),
                             drawn(owners=[owner_line()], work=[evidence()], now=NOW + timedelta(hours=5)))

    def test_say_once_that_something_is_overdue(self) -> None:
        """The hour in which it becomes overdue brings a line, the next does not."""
        before, then, later = (drawn(owners=[owner_line()], work=[evidence()], now=NOW + timedelta(hours=hours))
                               for hours in (23, 25, 26))
        late = "2026-04-11T13:00:00Z Request Info is OVERDUE, waits for ann: hand in evidence"
        assert [late] == changes(before, then)
        assert [] == changes(then, later)

    def test_do_not_count_down_a_wait(self) -> None:
        """Deciding items one by one is not a line each."""
        fewer = [drawn(rounds=[round_line(status="draft")], phases=[phase_line(undecided=left)]) for left in (3, 2)]
        assert [] == changes(*fewer)

    def test_of_the_first_picture_fold_the_owners(self) -> None:
        """Who starts to follow a thousand owners is not flooded; who follows is told of each."""
        first = changes(None, many(1000))
        assert len(first) < 30
        assert first[-1].endswith("more: 988 complete")

    def test_tell_of_an_owners_observations(self) -> None:
        """Per owner, with the reason of a rejection."""
        before = drawn(owners=[owner_line()])
        after = drawn(owners=[owner_line()], rounds=[observed(status="rejected", reason="no cause")])
        assert "2026-04-10T12:00:00Z ann: observations v1 rejected: no cause" in changes(before, after)


class TestEnd:
    def test_comes_with_the_cycle(self) -> None:
        """A cycle that has ended is not watched any longer, however it ended."""
        assert [False, True, True] == [ended(drawn(cycle={"status": status}), "")
                                       for status in ("running", "completed", "cancelled")]

    def test_comes_when_a_phase_has_begun(self) -> None:
        """A draft is a beginning."""
        assert not ended(drawn(), "planning")
        assert ended(drawn(rounds=[round_line(status="draft")]), "planning")

    @pytest.mark.parametrize("until", ["scoping", "completed"])
    def test_is_an_error_when_the_cycle_was_cancelled_before(self, until: str) -> None:
        """A script that waits learns that it waits in vain, and why."""
        with pytest.raises(WrongState, match=f"cycle {SLUG} was cancelled and did not reach .*: data refiled"):
            ended(drawn(cycle={"status": "cancelled", "reason": "data refiled"}), until)

    def test_is_named_by_a_phase_or_completed(self) -> None:
        """Another word is answered with the phases."""
        assert ["", "completed", "data_owner_id"] == [wanted(name) for name in ("", "completed", "data-owner-id")]
        with pytest.raises(NotFound) as raised:
            wanted("the end")
        assert "completed" in raised.value.hint
