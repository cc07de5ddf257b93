"""`metrics`: figures of a cycle in every format, requests with their rows, and the picture of the versions."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from cli.pictures.metrics import MOST, versions_picture
from models.measures import Metric
from models.phases import OWNER_ROUND
from models.queries.metrics import VersionLine
from tests.cli.builders import NOW, cycle_line
from tests.cli.desk import Desk
from tests.workflows.tiny import TESTER, Tiny

KEYS = ["measure", "of", "phase", "unit", "value", "median", "p90", "part", "whole", "open"]
BEGAN = NOW - timedelta(days=10)


@pytest.mark.asyncio(loop_scope="session")
class TestCommands:
    """On a cycle that waits in Planning, with one question asked."""

    async def cycle(self, desk: Desk) -> str:
        slug = await desk.begun(Tiny(cycle="measured"))
        if not await desk.ask("metrics", "requests", slug):
            await desk.do("item", "comment", slug, "planning", "a1", "which ledger?", "--question")
        return slug

    async def test_show(self, desk: Desk) -> None:
        """The same figures as table, JSON and CSV, and in a workbook; a phase that has not begun has none."""
        slug = await self.cycle(desk)
        found = await desk.ask("metrics", "show", slug)
        assert all(KEYS == [*figure] for figure in found)
        made = next(figure for figure in found if figure["measure"] == "version_creation_rate")
        assert (1.0, 1, 1) == (made["value"], made["part"], made["whole"])
        table = (await desk.run("metrics", "show", slug)).out
        assert "Version creation rate (versions per round)" in table
        rows = [*csv.reader(io.StringIO((await desk.run("metrics", "show", slug, "--output", "csv")).out))]
        assert [KEYS, len(found)] == [rows[0], len(rows) - 1]
        book = desk.folder / "measured.xlsx"
        assert 0 == (await desk.run("metrics", "show", slug, "--output", "xlsx", "--to", str(book))).code
        assert KEYS == [cell.value for cell in openpyxl.load_workbook(book).worksheets[0][1]]
        assert [] == await desk.ask("metrics", "show", slug, "--phase", "scoping")
        assert [] == await desk.ask("metrics", "show", slug, "--since", "2999-01-01")

    async def test_show_of_all_cycles(self, desk: Desk) -> None:
        """Without a cycle there is at least what the one cycle has."""
        one = await desk.ask("metrics", "show", await self.cycle(desk))
        every = {(f["measure"], f["of"], f["phase"]): f for f in await desk.ask("metrics", "show")}
        assert all(every[f["measure"], f["of"], f["phase"]]["whole"] >= f["whole"] for f in one)

    async def test_requests(self, desk: Desk) -> None:
        """A question that waits is an open clarification; a data owner is not told of it."""
        slug = await self.cycle(desk)
        (asked,) = await desk.ask("metrics", "requests", slug)
        assert ("clarification", "planning", "a1", TESTER, None) == (
            asked["request"], asked["phase"], asked["subject"], asked["requested_by"], asked["turnaround"])
        assert "open" in (await desk.run("metrics", "requests", slug)).out
        assert [] == await desk.ask("metrics", "requests", slug, "--as", "ann")

    async def test_plot(self, desk: Desk) -> None:
        """A picture, and never in place of another file."""
        slug, path = await self.cycle(desk), desk.folder / "measured.svg"
        assert 0 == (await desk.run("metrics", "plot", slug, "--svg", str(path))).code
        assert "1 Planning" in texts(path.read_text(encoding="utf-8"))
        path.write_text("mine", encoding="utf-8")
        assert 2 == (await desk.run("metrics", "plot", slug, "--svg", str(path))).code

    @pytest.mark.parametrize(("words", "code", "said"), [
        ("show nowhere:at_all", 3, "there is no cycle"),
        ("show --phase dreaming", 3, "there is no phase"),
        ("show --since yesterday", 2, "'yesterday' is no day"),
        ("requests nowhere:at_all", 3, "there is no cycle"),
    ])
    async def test_refusals(self, desk: Desk, words: str, code: int, said: str) -> None:
        """What is not there is named."""
        found = await desk.run("metrics", *words.split())
        assert code == found.code
        assert said in found.err


def version(kind: str = "planning", number: int = 1, **changed: Any) -> VersionLine:
    """An approved version: four hours of draft, two of review; two of twelve items rejected, three carried."""
    named: dict[str, Any] = {
        "kind": kind, "scope": "", "number": number, "status": "approved", "created_at": BEGAN,
        "submitted_at": BEGAN + timedelta(hours=4), "decided_at": BEGAN + timedelta(hours=6), "decided_by": "tess",
        "reason": "", "parent": number - 1 or None, "items": 12, "carried": 3, "rejected": 2, "decided": 8,
    }
    return VersionLine(**{**named, **changed})


def drawn(*versions: VersionLine, figures: tuple[Metric, ...] = (), **cycle: Any) -> str:
    """The picture of such versions."""
    return versions_picture(cycle_line(**{"started_at": BEGAN, **cycle}), versions, figures, NOW)


def texts(svg: str) -> list[str]:
    """What can be read in a picture."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own output
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


class TestPicture:
    def test_has_a_row_per_version(self) -> None:
        """What draft and review took, what was rejected of the decided, what was carried of all."""
        found = texts(drawn(version(), version(number=2)))
        assert {"1 Planning", "v1", "v2", "4 h + 2 h", "25.0% of 8", "25.0% of 12"} <= {*found}

    def test_heads_its_columns_with_the_figures(self) -> None:
        """Those of `metrics show`, in words."""
        given = {"phase": "all", "part": 3, "whole": 4}
        review = Metric(measure="approval_time", of="submitted_to_decided", unit="seconds", value=7200, median=3600,
                        p90=86_400, **given)
        rejected = Metric(measure="rejection_rate", of="items", unit="share", value=0.75, **given)
        found = texts(drawn(version(), figures=(review, rejected)))
        assert {"review: mean 2 h, median 1 h, 90% 1 d", "75.0%, 3 of 4", "nothing to show yet"} <= {*found}

    def test_of_nothing_can_be_read(self) -> None:
        """A cycle without versions says so."""
        assert "no version has been made yet" in texts(drawn())

    def test_of_an_open_version_goes_up_to_now(self) -> None:
        """Neither rejected nor carried items where nothing was decided or cut."""
        found = texts(drawn(version(status="submitted", decided_at=None, decided=0, rejected=0)))
        assert "4 h + 9 d 20 h, open" in found
        assert 2 == found.count("–")

    def test_of_many_owners_has_those_that_took_longest(self) -> None:
        """And every version of the cycle itself."""
        owners = [version(OWNER_ROUND.kind, scope=f"o{at}", decided_at=BEGAN + timedelta(hours=6 + at))
                  for at in range(200)]
        found = texts(drawn(version(), *owners, version("finalize_report")))
        assert {"v1 o199", "1 Planning", "9 Finalize Report"} <= {*found}
        assert "v1 o0" not in found
        assert any(text.startswith(f"{MOST} of 202 versions") for text in found)

    def test_stands_alone_and_carries_no_markup(self) -> None:
        """No script, no link; a reason written like a tag stays text; a screen reader is told what it shows."""
        evil = "<script>alert('x')</script>"
        svg = drawn(version(status="rejected", reason=evil, scope=evil), name=evil)
        assert [] == re.findall(r"<script|href|url\(http|@import|<style|<image|<foreignObject", svg)
        assert ">1 version" in svg
