"""How pages read in the Temporal Web UI: text of what a run was told, for people who have never used Temporal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.messages import Awaited, OwnerProgress, PhaseState, Standing, Verb
from models.phases import BY_KIND, PHASES
from workflows.crew import STAGE
from workflows.page import (
    Failure,
    Owners,
    cycle_page,
    describe,
    owner_page,
    owner_roles,
    owners_lines,
    owners_roles,
    phase_lines,
    quarter,
)
from workflows.words import VERBS, owner_details, phase_details

SLUG = "2026q1:tiny"
AT = datetime(2026, 4, 1, 9, 5, tzinfo=UTC)
SCOPING = BY_KIND["scoping"]


def state(**changed: Any) -> PhaseState:
    """Scoping v2, with mike, of whose 118 items 40 are undecided."""
    named: dict[str, Any] = {
        "version": 2, "status": "submitted", "items": 118, "undecided": 40, "waiting_for": ("report_owner",),
        "people": ("mike",), "since": AT, "due_at": datetime(2026, 4, 3, tzinfo=UTC),
    }
    return PhaseState(**{**named, **changed})


def owners(**changed: Any) -> Owners:
    """Nina and omar at work, pablo complete, every pair assigned."""
    named: dict[str, Any] = {
        "begun": AT, "running": {"nina": AT, "omar": AT}, "told": {}, "complete": 1, "finished": 812,
        "failed": {}, "pairs": {"assigned": 9}, "cases": 1749, "done": 0, "blockers": (),
    }
    return Owners(**{**named, **changed})


def observing(owner: str, **changed: Any) -> Standing:
    """An owner whose observations are with mike."""
    named = {"phase": "observation_management", "owner": owner, "state": state(version=1, items=2, undecided=2)}
    return Standing.model_validate({**named, **changed})


def page(known: Owners) -> str:
    """The cycle's page while owners are at work."""
    return cycle_page(SLUG, STAGE, owners_lines(known, slug=SLUG, namespace="default"))


class TestPhase:
    """A version and whose turn it is."""

    def test_says_who_since_when_and_how_far(self) -> None:
        """Person, role, what to do, since, due, and how many items are undecided."""
        assert describe(SCOPING, state()) == (
            "waiting for **mike** (report_owner) to decide **Scoping v2** since 2026-04-01 09:05 UTC, due 2026-04-03;"
            " 40 of 118 items undecided"
        )

    def test_says_what_became_of_a_rejected_version(self) -> None:
        """The tester is to open the next draft, and why."""
        told = describe(SCOPING, state(status="rejected", waiting_for=("tester",), people=("jane",)))
        assert "waiting for **jane** (tester) to open a new draft of **Scoping** (v2 was rejected)" in told

    @pytest.mark.parametrize(("undecided", "expected"), [(0, 0), (1, 1), (29, 1), (30, 2), (118, 4)])
    def test_progress_is_told_in_quarters(self, undecided: int, expected: int) -> None:
        """A version costs at most five messages a side, however its items are decided."""
        assert expected == quarter(state(undecided=undecided))


class TestCycle:
    """The cycle's own page."""

    def test_names_the_phase_and_who_is_awaited(self) -> None:
        """Which of nine, who, what went before, and where to look."""
        told = Standing(phase="scoping", state=state())
        shown = cycle_page(SLUG, SCOPING, phase_lines(SCOPING, told, slug=SLUG, namespace="default"))
        assert [
            "Phase 3 of 9: **Scoping**", describe(SCOPING, state()),
            "Approved before: Planning, Data Profiling. More on [the run of Scoping]"
            "(/namespaces/default/workflows/cycle%3A2026q1%3Atiny%3Aphase%3Ascoping).",
            f"Look closer: `python starter.py cycle show {SLUG}`",
        ] == shown.split("\n\n")

    def test_says_that_it_is_on_hold(self) -> None:
        """Before everything else."""
        assert cycle_page(SLUG, SCOPING, [], held="by tara since noon: refiled").startswith("**On hold** by tara")

    def test_counts_owners_and_cases(self) -> None:
        """Complete of all who were named, concluded of all cases."""
        assert "1 of 3 owners complete; 812 of 1,749 cases concluded or waived" in page(owners())

    def test_counts_from_the_facts_what_nobody_has_told(self) -> None:
        """A run that began anew knows what was done when it looked."""
        known = owners(running={}, complete=0, finished=0, cases=9, done=5)
        assert "0 of 0 owners complete; 5 of 9 cases" in page(known)

    def test_shows_failures_first(self) -> None:
        """Who, since when, why, and the command; the tester is waited for."""
        known = owners(failed={"lena": Failure(since=AT, reason="the disk\nis full")})
        assert (
            "- **the work of lena has failed** since 2026-04-01 09:05 UTC: the disk is full; waiting for a **tester**"
            f" to retry or waive it: `python starter.py owner retry {SLUG} lena`"
        ) == page(known).split("\n\n")[2].splitlines()[0]
        assert "tester" in owners_roles(owners(running={}, failed={"lena": Failure(since=AT, reason="")}))

    def test_shows_whom_the_report_owner_keeps_waiting_before_others(self) -> None:
        """An owner whose observations are submitted, then those who simply work."""
        known = owners(told={"omar": observing("omar")})
        lines = [line for line in page(known).splitlines() if line.startswith("- ")]
        assert ["[omar]", "[nina]"] == [line[2:8] for line in lines]
        assert "waiting for **mike** (report_owner) to decide **Observation Management v1**" in lines[0]
        assert ("data_owner", "report_owner", "tester") == owners_roles(known)

    def test_keeps_to_the_safe_side_once_an_owner_tells_no_more(self) -> None:
        """After the last message the approver may be waited for, whatever it said."""
        told = observing("omar", state=state(status="rejected", waiting_for=("tester",)), last=True)
        assert "the owner's own page says whose turn it is" in page(owners(told={"omar": told}))

    def test_names_pairs_without_an_owner(self) -> None:
        """The data executive is waited for while there are any, and disputes are told apart."""
        known = owners(pairs={"unassigned": 3, "disputed": 2})
        assert "a **data executive** to name the owner of 5 pairs of attribute and line" in page(known)
        assert "business, 2 of them disputed since" in page(known)
        assert "data_executive" in owners_roles(known)
        assert "data_executive" not in owners_roles(owners())

    def test_a_thousand_owners_fit(self) -> None:
        """Twenty lines and how many more."""
        shown = page(owners(running={f"owner{at:04d}": AT for at in range(1000)}))
        assert "- and 980 more" in shown
        assert len(shown) < 5000


class TestOwner:
    """An owner's page."""

    def test_lists_everybody_who_is_awaited(self) -> None:
        """A line per person and thing, how far the cases are, and the role for the run list."""
        progress = OwnerProgress(
            cases={"open": 2, "to_review": 1, "concluded": 7},
            awaited=(
                Awaited(role="data_owner", people=("nina",), what="hand in evidence for", number=2, since=AT,
                        due_at=AT),
                Awaited(role="tester", people=("jane",), what="review the results of", number=1),
            ),
        )
        assert owner_page("nina", progress, SLUG).splitlines()[:4] == [
            "**nina**: 7 of 10 cases concluded or waived (2 open, 1 to review)", "",
            "- waiting for **nina** (data_owner) to hand in evidence for 2 cases since 2026-04-01 09:05 UTC, due"
            " 2026-04-01",
            "- waiting for **jane** (tester) to review the results of 1 case",
        ]
        assert ("data_owner", "tester") == owner_roles(progress)


def test_every_verb_and_phase_has_words() -> None:
    """A stranger reads what each message does and what each run is for."""
    assert set(Verb) == set(VERBS)
    for phase in PHASES:
        assert phase.title in phase_details(phase, SLUG)
    assert f"inbox --cycle {SLUG}" in owner_details("nina", SLUG)
