"""Pictures of a cycle: well-formed, described, harmless, legible for one owner and for two hundred."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.following.picture import Picture
from cli.pictures import graph as graphs
from cli.pictures import timeline as timelines
from cli.pictures.axis import Axis, ticks
from cli.pictures.files import write_picture
from models.errors import UnusableFile
from models.phases import PHASES
from tests.cli.builders import NOW, phase_line
from tests.cli.course import BEGAN, complete, drawn, many, observed, owner_line, round_line, step, wanted

SVG = "{http://www.w3.org/2000/svg}"
Draw = Callable[[Picture], str]


def timeline(picture: Picture) -> str:
    """The course of a picture whose owners handed something in."""
    return timelines.timeline(picture, [step("handed_in", part.owner) for part in picture.parts])


BOTH = pytest.mark.parametrize("draw", [timeline, graphs.graph], ids=["timeline", "graph"])


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own output


def said(svg: str) -> list[str]:
    """What can be read in a picture."""
    return [text.text or "" for text in parsed(svg).iter(f"{SVG}text")]


@BOTH
class TestBoth:
    def test_are_described(self, draw: Draw) -> None:
        """What a screen reader says: which cycle, where it stands."""
        svg = parsed(draw(drawn(rounds=[round_line()])))
        assert "2026q1:tiny" in (svg.findtext(f"{SVG}title") or "")
        assert "Planning approved" in (svg.findtext(f"{SVG}desc") or "")

    def test_stand_alone(self, draw: Draw) -> None:
        """No script, no link, no font or style from elsewhere; a ground of their own, so dark pages show them, too."""
        svg = draw(many(3))
        assert [] == re.findall(r"<script|href|url\(http|@import|<style|<image|<foreignObject", svg)
        assert "#ffffff" == parsed(svg).findall(f"{SVG}rect")[0].attrib["fill"]

    def test_have_all_phases_of_a_cycle_that_has_just_begun(self, draw: Draw) -> None:
        """Nothing has happened yet, and that can be seen."""
        text = " ".join(said(draw(drawn(now=BEGAN))))
        assert all(phase.title in text for phase in PHASES if phase.stage == "cycle")
        assert "not begun" in text

    def test_cannot_carry_markup(self, draw: Draw) -> None:
        """A name and a reason written like tags stay text."""
        evil = "<script>alert('x')</script>&\x07\u202e"
        picture = drawn(cycle={"name": evil}, owners=[owner_line(evil)], work=[wanted(evil)],
                        rounds=[round_line(status="rejected", reason=evil), observed(evil)])
        svg = draw(picture)
        assert "<script" not in svg
        assert any("<script>" in text for text in said(svg))

    def test_shorten_long_names(self, draw: Draw) -> None:
        """The whole name is in the tooltip."""
        name = "a-very-long-name-of-a-department-" * 2
        svg = draw(drawn(owners=[owner_line(name)]))
        assert name not in said(svg)
        assert any(title.text and name in title.text for title in parsed(svg).iter(f"{SVG}title"))

    def test_mark_what_is_overdue(self, draw: Draw) -> None:
        """By how much, in words, so not by colour alone."""
        assert any("OVERDUE by 3 d" in text for text in said(draw(many(1))))

    def test_name_a_failed_owner_as_failed(self, draw: Draw) -> None:
        """In words and with the reason, so not by colour alone."""
        assert any("FAILED" in text and "disk full" in text
                   for text in said(draw(drawn(owners=[owner_line(status="failed", reason="disk full")]))))

    @pytest.mark.parametrize("count", [0, 1, 24, 200, 1000])
    def test_stay_inside_and_of_a_size_to_be_looked_at(self, draw: Draw, count: int) -> None:
        """However many owners there are: no box leaves the picture, and beyond a number they are counted."""
        svg = parsed(draw(many(count, late=min(count, 2))))
        wide, high = (float(edge) for edge in svg.attrib["viewBox"].split()[2:])
        boxes = [[float(box.attrib.get(name, 0)) for name in ("x", "y", "width", "height")]
                 for box in svg.iter(f"{SVG}rect")]
        assert all(0 <= x and 0 <= y and x + w <= wide and y + h <= high for x, y, w, h in boxes)
        assert high < 1800
        assert (count > 60) is any(" more: " in (text.text or "") for text in svg.iter(f"{SVG}text"))

    def test_are_the_same_bytes_for_the_same_facts(self, draw: Draw) -> None:
        """Nothing random, no time of day of its own."""
        assert draw(many(30)) == draw(many(30))


class TestTimeline:
    def test_has_every_version_with_what_became_of_it(self) -> None:
        """v1 in the colour of a rejection with its reason, v2 after it."""
        rounds = [round_line(status="rejected", reason="too narrow"),
                  round_line(number=2, created_at=BEGAN + timedelta(days=1), submitted_at=None, decided_at=None,
                             status="draft")]
        texts = said(timeline(drawn(rounds=rounds)))
        assert {"v1 rejected: too narrow", "v2 draft by tess"} <= set(texts)

    def test_places_moments_in_proportion(self) -> None:
        """What happened half-way stands half-way."""
        axis = Axis(BEGAN, NOW, 0, 100)
        left, middle, right = (axis.at(BEGAN + timedelta(days=days)) for days in (0, 5, 10))
        assert middle - left == pytest.approx(right - middle)

    @pytest.mark.parametrize("length", [
        timedelta(seconds=1), timedelta(seconds=25), timedelta(minutes=7), timedelta(hours=30), timedelta(days=9),
        timedelta(days=90), timedelta(days=800),
    ])
    def test_has_a_legible_axis_for_any_length(self, length: timedelta) -> None:
        """At least one tick and never so many that they touch, each inside and named once."""
        found = ticks(BEGAN, BEGAN + length)
        assert 1 <= len(found) <= 12
        assert all(BEGAN <= moment <= BEGAN + length for moment, _ in found)
        assert len(found) == len({name for _, name in found})

    def test_has_an_owners_steps(self) -> None:
        """Asked, handed in, returned, run, accepted: each with its moment as a tooltip."""
        steps = [step("asked"), step("handed_in", hours=60, note="ledger.csv revision 1"), step("return", hours=70),
                 step("executed", hours=61, until=BEGAN + timedelta(hours=62), failed=1, note="ledger.csv")]
        svg = timelines.timeline(drawn(owners=[owner_line()]), steps)
        titles = {title.text for title in parsed(svg).iter(f"{SVG}title")}
        assert {"asked, 2026-04-02 12:00, 3 cases", "returned, 2026-04-03 10:00, 3 cases",
                "evidence handed in, 2026-04-03 00:00, 3 cases, ledger.csv revision 1",
                "3 cases run, 1 mismatches: ledger.csv"} <= titles

    def test_ends_with_the_cycle(self) -> None:
        """A cycle that was completed long ago has no now."""
        over = drawn(cycle={"status": "completed", "closed_at": BEGAN + timedelta(days=2)}, rounds=[round_line()])
        assert "now" not in said(timeline(over))
        assert "now" in said(timeline(drawn(rounds=[round_line()])))


    def test_marks_owners_whose_observations_are_overdue_together(self) -> None:
        """Two owners' observations are one task of the report owner, and late for both."""
        both = [observed(owner, status="submitted", decided_at=None) for owner in ("ann", "bob")]
        late = [phase_line(kind=one.kind, scope=one.scope, status="submitted", due_at=NOW - timedelta(days=4))
                for one in both]
        picture = drawn(owners=[complete("ann"), complete("bob")], rounds=both, phases=late)
        assert {"waiting"} == {part.status for part in picture.parts}
        assert 2 == sum("OVERDUE by 4 d" in text for text in said(timeline(picture)))


class TestGraph:
    def test_has_an_owner_with_the_cases_by_outcome(self) -> None:
        """A bar with a piece per outcome, and the numbers."""
        picture = drawn(owners=[owner_line(cases=5, open=0, concluded=5, matched=4, mismatched=1)])
        svg = graphs.graph(picture)
        assert "4 match, 1 mismatch" in said(svg)
        titles = [title.text for box in parsed(svg).iter(f"{SVG}rect") for title in box.iter(f"{SVG}title")]
        assert {"4 match", "1 mismatch"} <= set(titles)

    def test_says_when_nobody_is_at_work(self) -> None:
        """An empty fan is explained."""
        assert "no data owner is at work yet" in said(graphs.graph(drawn()))

    def test_has_versions_in_the_phases(self) -> None:
        """What was rejected stays to be seen."""
        rounds = [round_line(status="rejected"), round_line(number=2)]
        assert "v1 rejected, v2 approved" in said(graphs.graph(drawn(rounds=rounds, owners=[complete()])))


class TestFile:
    def test_of_a_picture_is_replaced(self, tmp_path: Path) -> None:
        """A picture is an output as --to writes it, and is made again as the cycle goes on."""
        path = tmp_path / "flow.svg"
        for cycle in (drawn(), drawn(rounds=[round_line()])):
            write_picture(path, graphs.graph(cycle))
        assert "v1 approved" in path.read_text(encoding="utf-8")

    def test_of_another_kind_is_left_alone(self, tmp_path: Path) -> None:
        """A slip of the tab key does not cost the cycle file."""
        path = tmp_path / "cycle.yaml"
        path.write_text("cycle: 2026q1\n")
        with pytest.raises(UnusableFile, match=r"cycle\.yaml' exists and is no picture"):
            write_picture(path, graphs.graph(drawn()))
        assert "cycle: 2026q1\n" == path.read_text()

    def test_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        """A folder that does not exist is said in a line."""
        with pytest.raises(UnusableFile, match="cannot be written"):
            write_picture(tmp_path / "no" / "flow.svg", "<svg />")
