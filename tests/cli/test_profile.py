"""`profile`: what the report data looks like in every format, its scores, and the picture."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from activities.duck import ReportTable
from cli.pictures.profile import MOST, profile_picture
from methods.profile import AttributeProfile
from methods.scoring import report_score
from models.phases import BY_KIND
from models.queries.versions import rule_results
from tests.cli.builders import NOW, cycle_line
from tests.cli.desk import Desk
from tests.workflows.tiny import Tiny

TINY = Tiny(cycle="profiled", values={("r0003", "a2"): ""})
BROKEN = "a2.not_blank"
PROFILING = "data_profiling"


@pytest.mark.asyncio(loop_scope="session")
class TestCommands:
    """On a cycle whose rules have run, and on one that waits in Planning."""

    async def cycle(self, desk: Desk) -> str:
        if TINY.slug not in desk.started:
            await desk.stage.start(TINY, at="scoping")
            desk.started.add(TINY.slug)
        return TINY.slug

    async def test_show(self, desk: Desk) -> None:
        """The worker's profile equals one made anew from the report as filed, in every format."""
        slug = await self.cycle(desk)
        path = desk.folder / "profiled.csv"
        path.write_bytes(TINY.report())
        with ReportTable(path, folder=desk.folder) as table:
            made = table.describe(table.profile()["A1"], attribute="a1").model_dump(mode="json")
        found = {one["attribute"]: one for one in await desk.ask("profile", "show", slug)}
        none = {"failed": 0, "explained": 0, "open": 0}
        assert {**made, **none, "score": "100.00"} == found["a1"]
        (one,) = await desk.ask("profile", "show", slug, "a1")
        assert one == found["a1"]
        rows = [*csv.DictReader(io.StringIO((await desk.run("profile", "show", slug, "--output", "csv")).out))]
        assert [one["median"] for one in found.values()] == [row["median"] for row in rows]
        assert "100.00" in (await desk.run("profile", "show", slug)).out
        told = (await desk.run("profile", "show", slug, "a1")).out
        assert ("999" in told, "top" in told, "far_out_values" in told) == (True, True, False)

    async def test_scores(self, desk: Desk) -> None:
        """The report first, computed from the results that are on record."""
        slug = await self.cycle(desk)
        async with desk.reader.begin() as tx:
            lines = await rule_results(tx, slug, BY_KIND[PROFILING])
        first, *others = await desk.ask("profile", "scores", slug)
        score = str(report_score((cast(Any, line), line) for line in lines))
        assert {"attribute": "all", "score": score, "rules": len(lines)} == first
        assert {line.attribute for line in lines} == {other["attribute"] for other in others}

    async def test_plot(self, desk: Desk) -> None:
        """A picture of its own."""
        path = desk.folder / "profiled.svg"
        assert 0 == (await desk.run("profile", "plot", await self.cycle(desk), "--svg", str(path))).code
        score = (await desk.ask("profile", "scores", TINY.slug))[0]["score"]
        assert score != "100.00"
        assert f"data quality score {score}%" in texts(path.read_text(encoding="utf-8"))

    async def test_an_explained_failure(self, desk: Desk) -> None:
        """Is open no more once it is approved, and stays in the counts and in the score."""
        slug = await self.cycle(desk)
        before = (await desk.ask("profile", "show", slug, "a2"))[0]
        assert (1, 0, 1) == (before["failed"], before["explained"], before["open"])
        said = ("profile", "explain", slug, BROKEN, "r0003", "--reason", "closed in March", "--as", "tess")
        assert 0 == (await desk.run(*said)).code
        assert BROKEN in (await desk.run("inbox", "--cycle", slug, "--as", "rhea")).out
        refused = await desk.run("profile", "approve", slug, "1", "--as", "tess")
        assert (5, True) == (refused.code, "report_owner" in refused.err)
        assert 0 == (await desk.run("profile", "approve", slug, "1", "--as", "rhea")).code
        after = (await desk.ask("profile", "show", slug, "a2"))[0]
        assert {**before, "explained": 1, "open": 0} == after
        (line,) = await desk.ask("profile", "explanations", slug)
        assert ("approved", True, "r0003", "closed in March") == (
            line["status"], line["counts"], line["covers"], line["reason"])
        (ran,) = [one for one in await desk.ask("version", "results", slug) if one["name"] == BROKEN]
        assert (1, 1, 0) == (ran["failed"], ran["explained"], ran["open"])
    async def test_refusals(self, desk: Desk) -> None:
        """What is not there, or not yet, is named."""
        planning = await desk.begun(Tiny(cycle="unprofiled"))
        for words, said in ((["show", planning], "has no profile"), (["show", "nowhere:at_all"], "there is no cycle"),
                            (["show", await self.cycle(desk), "a99"], "has no attribute 'a99'")):
            found = await desk.run("profile", *words)
            assert (3, True) == (found.code, said in found.err)


def profiled(attribute: str = "limit", **changed: Any) -> AttributeProfile:
    """A hundred numbers from 1 to 9, two of them blank."""
    named: dict[str, Any] = {
        "attribute": attribute, "column": attribute.upper(), "total": 100, "blank": 2, "distinct": 9, "numbers": 98,
        "longest": 1, "minimum": "1", "quartile_1": "3", "median": "5", "quartile_3": "7", "maximum": "9", "far_out": 0,
        "far_out_values": (), "patterns_in_all": 1, "patterns": (("9", 98),), "top": (("5", 20),),
    }
    return AttributeProfile(**{**named, **changed})


def texts(svg: str) -> list[str]:
    """What can be read in a picture."""
    return [text.text or "" for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


class TestPicture:
    def test_the_weakest_comes_first(self) -> None:
        """Those without a rule come last."""
        found = texts(profile_picture(cycle_line(), [profiled("unruled"), profiled("good"), profiled("weak")],
                                      {"good": Decimal(100), "weak": Decimal("12.50")}, Decimal("56.25"), NOW))
        assert [one for one in found if one in ("weak", "good", "unruled")] == ["weak", "good", "unruled"]
        assert {"12.50%", "no rule", "data quality score 56.25%", "1 to 9"} <= {*found}

    def test_odd_columns_can_be_drawn(self) -> None:
        """Nothing stated, one number throughout, texts, markup, no records at all."""
        blank = profiled("blank", blank=100, distinct=0, minimum="", median="", maximum="", patterns=())
        one = profiled("one", minimum="5", quartile_1="5", quartile_3="5", maximum="5")
        text = profiled("<b>", minimum="<i>", median="", maximum="z" * 99, far_out=3, far_out_values=(("<u>", 3),))
        none = profiled("none", total=0, blank=0, distinct=0, minimum="", median="", maximum="")
        svg = profile_picture(cycle_line(), [blank, one, text, none], {}, None, NOW)
        assert {"blank throughout", "5 to 5", "<b>", "no rule has run yet"} <= {*texts(svg)}

    def test_of_many_attributes_has_as_many_as_fit(self) -> None:
        """And says how many are left out."""
        found = texts(profile_picture(cycle_line(), [profiled(f"a{at}") for at in range(MOST + 80)], {}, None, NOW))
        assert f"{MOST} of {MOST + 80} attributes, those that score least" in found
