"""What people ask of versions: what was approved at a time, and where in a cycle a text stands."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.viewing import tells_values
from models.phases import VERSIONED
from tests.cli.desk import Desk
from tests.workflows.tiny import TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
TINY = Tiny(cycle="asked", records=4, owners=("ann",))
SLUG, SAMPLES = TINY.slug, "sample_selection"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def asked(desk: Desk) -> None:
    """A cycle with an approved plan, rules and scope, whose samples are a draft."""
    await desk.stage.start(TINY, at=SAMPLES)
    await desk.version(SLUG, SAMPLES, "draft")


async def approval(desk: Desk) -> datetime:
    """When Planning v1 was approved."""
    (only,) = await desk.ask("version", "history", SLUG, "planning")
    return datetime.fromisoformat(only["decided_at"])


async def at(desk: Desk, time: str, *words: str, phase: str = "planning") -> tuple[Any, str]:
    """The answer, and what is said beside it."""
    said = await desk.run("version", "show", SLUG, phase, "--at", time, *words, "--output", "json")
    assert 0 == said.code, said.err
    return said.data, said.err


async def test_tells_the_version_approved_then(desk: Desk) -> None:
    """From its instant on, with its items and decisions; the time as it was understood stands in the answer."""
    decided = await approval(desk)
    told, said = await at(desk, decided.isoformat())
    assert (1, "approved", "approved", None) == (
        told["number"], told["status"], told["now"], told["superseded_at"]
    )
    assert {"a1", "a2"} <= {item["key"] for item in told["items"] if item["counts"]}
    assert all(item["approver"] == "approve" and item["approved_in"] == "v1" for item in told["items"])
    assert (decided, told["held"]) == (datetime.fromisoformat(told["at"]), len(told["items"]))
    assert f"approved by {TESTER}" in said


async def test_a_day_is_its_end(desk: Desk) -> None:
    """The day of the approval includes it; the day before tells that nothing was, and what to ask next."""
    decided = await approval(desk)
    assert 1 == (await at(desk, f"{decided:%Y-%m-%d}"))[0]["number"]
    told, said = await at(desk, f"{decided - timedelta(days=1):%Y-%m-%d}")
    assert (None, "nothing approved", []) == (told["number"], told["status"], told["items"])
    assert "nothing of Planning was approved" in said
    # The hint holds.
    following = said.rpartition("--at ")[2].strip()
    assert 1 == (await at(desk, following))[0]["number"]


async def test_tells_what_was_open(desk: Desk) -> None:
    """Samples are a draft: nothing is approved, and the draft is named with the command that shows it."""
    told, said = await at(desk, "2999-12-31T12:00+02:00", phase=SAMPLES)
    assert (None, 1, "draft") == (told["number"], told["open_number"], told["open_status"])
    assert f"starter.py version show {SLUG} {SAMPLES} --version 1" in said
    assert "2999-12-31 10:00:59 UTC (that lies ahead" in said


async def test_pages_of_then(desk: Desk) -> None:
    """A table shows some, and how to go on; what follows begins after the key."""
    said = await desk.run("version", "show", SLUG, "planning", "--at", "2999-01-01", "--limit", "1")
    told, _ = await at(desk, "2999-01-01", "--after", (await at(desk, "2999-01-01"))[0]["items"][0]["key"])
    assert (0, True) == (said.code, "1 shown, " in said.err)
    assert told["held"] - 1 == len(told["items"])


@pytest.mark.parametrize(("words", "code"), [
    ("planning --at yesterday", 2), ("planning --at 2026-01-01 --version 1", 2),
    ("planning --at 2999-01-01 --after x", 3),
    ("planning --at 2026-01-01 --sheet s.xlsx", 2), ("planning --at 2026-01-01 --undecided", 2),
    ("observation_management --at 2026-01-01", 2), ("observation_management --at 2026-01-01 --all-owners", 2),
    ("finalize_report --at 2026-01-01", 3), ("request_info --at 2026-01-01", 4),
    ("finalize_report --at 2026-01-01 --as ann", 5), ("finalize_report --as ann", 5),
])
async def test_what_cannot_be_shown(words: str, code: int, desk: Desk) -> None:
    """Each with its exit code and no data."""
    said = await desk.run("version", "show", SLUG, *words.split())
    assert (code, "") == (said.code, said.out)


async def test_values_are_told_by_what_follows_testing() -> None:
    """The phases before testing quote none; a data owner is not shown the items of the others."""
    assert ["observation_management", "finalize_report"] == [phase.kind for phase in VERSIONED if tells_values(phase)]


async def test_finds_a_text_in_all_phases(desk: Desk) -> None:
    """By the beginning of a key: the attribute, its rules, its scope; each with version, revision and place."""
    hits = await desk.ask("item", "search", SLUG, "A1")
    assert {"planning", "data_profiling", "scoping"} <= {hit["phase"] for hit in hits if "key" in hit["places"]}
    scope = next(hit for hit in hits if (hit["key"], hit["phase"]) == ("a1", "scoping"))
    (shown,) = (await desk.ask("version", "show", SLUG, "scoping", "--search", "a1", "--limit", "1"))["items"]
    assert ("v1", "approved", shown["revision"], ["key"], ["key", "attribute"]) == (
        scope["version"], scope["status"], scope["revision"], scope["found"], scope["places"]
    )
    assert hits == sorted(hits, key=lambda hit: hit["key"])


async def test_a_search_is_narrowed_and_paged(desk: Desk) -> None:
    """To a phase, a verdict, what counts; a table goes on after the last key."""
    assert {SAMPLES} == {hit["phase"] for hit in await desk.ask("item", "search", SLUG, "cards", "--phase", SAMPLES)}
    assert [] == await desk.ask("item", "search", SLUG, "cards", "--effective", "--phase", SAMPLES)
    assert [] == await desk.ask("item", "search", SLUG, "a1", "--verdict", "reject")
    every = await desk.ask("item", "search", SLUG, "a")
    first = await desk.run("item", "search", SLUG, "a", "--limit", "1")
    key = every[0]["key"]
    assert (0, True) == (first.code, f"--after {key} shows the next" in first.err)
    assert [hit for hit in every if hit["key"] != key] == await desk.ask("item", "search", SLUG, "a", "--after", key)


async def test_nothing_found_is_an_answer(desk: Desk) -> None:
    """Empty data with its header, and where else to look."""
    said = await desk.run("item", "search", SLUG, "nowhere to be found", "--output", "csv")
    assert (0, ["key", "phase", "owner"]) == (said.code, next(csv.reader(io.StringIO(said.out)))[:3])
    assert "nothing found in the latest version of each phase" in said.err


@pytest.mark.parametrize(("words", "code"), [
    ((SLUG, " "), 2), ((SLUG, "a", "--verdict", "maybe"), 2), ((SLUG, "a", "--limit", "0"), 2), (("nowhere", "a"), 3),
    ((SLUG, "a", "--phase", "nonsense"), 3), ((SLUG, "a", "--phase", "request_info"), 4), ((SLUG, "a\0"), 2),
    ((SLUG, "a", "--phase", "finalize_report", "--as", "ann"), 5), ((SLUG, "a", "--as", "stranger"), 5),
])
async def test_what_cannot_be_searched(words: tuple[str, ...], code: int, desk: Desk) -> None:
    """Each with its exit code and no data."""
    said = await desk.run("item", "search", *words)
    assert (code, "") == (said.code, said.out)
