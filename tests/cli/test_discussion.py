"""Two sides about the same items: workbooks, questions and answers, what changed, and a record that was asked for."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from tests.cli.desk import Desk
from tests.workflows.story import pairs_of
from tests.workflows.tiny import REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
TINY = Tiny(cycle="discussed", records=6, owners=("ann",))
SLUG, SAMPLES = TINY.slug, "sample_selection"


def fill(path: Path, **verdicts: tuple[str, str]) -> None:
    """Work on a sheet as a person does: approve all but the named keys."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    at = {cell.value: int(cell.column or 0) for cell in page[1]}
    for row in range(2, page.max_row + 1):
        verdict, reason = verdicts.get(str(page.cell(row, at["key"]).value), ("approve", ""))
        page.cell(row, at["verdict"]).value = verdict
        page.cell(row, at["reason"]).value = reason
    book.save(path)


async def waiting(desk: Desk, who: str) -> list[str]:
    """What the inbox says to somebody in this cycle."""
    tasks = (await desk.run("inbox", "--cycle", SLUG, "--as", who, "--output", "json")).data
    return [task["what"] for task in tasks]


async def test_a_round_of_sample_selection(desk: Desk, tmp_path: Path) -> None:
    """Decided on a workbook, questioned, rejected, reworked with the record that was asked for, and told throughout."""
    await desk.stage.start(TINY, at=SAMPLES)
    await desk.version(SLUG, SAMPLES, "draft")
    await desk.do("item", "remove", SLUG, SAMPLES, "r0006")
    await decided_on_a_workbook(desk, tmp_path)
    await questioned_and_answered(desk)
    await desk.do("item", "request", SLUG, SAMPLES, "r0006", "--reason", "large exposure", actor=REPORT_OWNER)
    await desk.do("version", "reject", SLUG, SAMPLES, "--reason", "without r0002", actor=REPORT_OWNER)
    await desk.do("version", "open", SLUG, SAMPLES)
    await the_request_has_landed(desk)
    await what_changed_is_told(desk)
    await an_old_sheet_is_refused(desk, tmp_path)
    await the_next_sheet_tells_what_was_said(desk, tmp_path)


async def decided_on_a_workbook(desk: Desk, folder: Path) -> None:
    """Tester and approver each fill in a workbook of their own."""
    for actor, name, verdicts in ((TESTER, "tester", {}), (REPORT_OWNER, "approver", {"r0002": ("reject", "closed")})):
        path = folder / f"{name}.xlsx"
        await desk.do("version", "show", SLUG, SAMPLES, "--sheet", str(path), actor=actor)
        fill(path, **verdicts)
        await desk.do("item", "decide", SLUG, SAMPLES, "--sheet", str(path), actor=actor)
        if actor == TESTER:
            await desk.do("version", "submit", SLUG, SAMPLES)
    listed = (await desk.ask("version", "show", SLUG, SAMPLES, "--verdict", "reject"))["items"]
    assert [("r0002", "approve", "reject", "closed")] == [
        (item["key"], item["tester"], item["approver"], item["approver_reason"]) for item in listed
    ]


async def questioned_and_answered(desk: Desk) -> None:
    """A question waits for the other side until it is answered; both stand with the item."""
    await desk.do("item", "comment", SLUG, SAMPLES, "r0002", "closed when?", "--question")
    assert any(what.startswith("answer tess on r0002") for what in await waiting(desk, REPORT_OWNER))
    assert not any(what.startswith("answer") for what in await waiting(desk, TESTER))
    await desk.do("item", "comment", SLUG, SAMPLES, "r0002", "in March", actor=REPORT_OWNER)
    assert not any(what.startswith("answer") for what in await waiting(desk, REPORT_OWNER))
    said = (await desk.ask("item", "show", SLUG, SAMPLES, "r0002"))["comments"]
    assert [(TESTER, "closed when?", True), (REPORT_OWNER, "in March", False)] == [
        (one["by"], one["text"], one["question"]) for one in said
    ]


async def the_request_has_landed(desk: Desk) -> None:
    """What the report owner asked for is in the next draft, looked up in the report, undecided."""
    (item,) = (await desk.ask("version", "show", SLUG, SAMPLES, "--undecided"))["items"]
    assert ("r0006", None, None) == (item["key"], item["tester"], item["approver"])
    assert ("requested", "large exposure") == (item["content"]["category"], item["content"]["reason"])


async def what_changed_is_told(desk: Desk) -> None:
    """History, difference and lineage agree on what was carried, what left and what came."""
    first, second = await desk.ask("version", "history", SLUG, SAMPLES)
    assert (5, 1, "rejected", "without r0002") == (
        first["items"], first["rejected"], first["status"], first["reason"]
    )
    assert (5, 4, 1, 1) == (second["items"], second["carried"], second["added"], second["removed"])
    found = await desk.ask("version", "diff", SLUG, SAMPLES, "v1", "2")
    assert (1, 1, 4) == (found["added"], found["removed"], found["carried"])
    assert {"r0002": "removed", "r0006": "added"} == {item["key"]: item["change"] for item in found["items"]}
    rows = csv.DictReader(io.StringIO((await desk.run("version", "diff", SLUG, SAMPLES, "v1", "v2", "-o", "csv")).out))
    assert ("r0002", "removed", "approver", f"reject (closed) by {REPORT_OWNER} in v1", "") in [
        (row["key"], row["change"], row["field"], row["before"], row["after"]) for row in rows
    ]
    lineage = await desk.ask("item", "lineage", SLUG, SAMPLES, "r0002")
    assert [("v1", "added", f"reject (closed) by {REPORT_OWNER} in v1"), ("v2", "removed", "")] == [
        (line["version"], line["item"], line["approver"]) for line in lineage
    ]
    came = (await desk.ask("item", "lineage", SLUG, SAMPLES, "r0006"))[-1]
    assert ("added", "generated", f"{REPORT_OWNER}: large exposure") == (
        came["item"], came["origin"], came["requested"]
    )


async def an_old_sheet_is_refused(desk: Desk, folder: Path) -> None:
    """The approver's sheet of v1 does not apply to v2."""
    before = await desk.facts()
    said = await desk.run("item", "decide", SLUG, SAMPLES, "--sheet", str(folder / "approver.xlsx"), "--as", TESTER)
    assert (4, True) == (said.code, "written for version v1, not v2" in said.err)
    assert before == await desk.facts()


async def the_next_sheet_tells_what_was_said(desk: Desk, folder: Path) -> None:
    """A rejected item that comes back stands with the decision before and its note, and with the last comment."""
    await desk.do("item", "add", SLUG, SAMPLES, "r0002", "--reason", "open after all")
    path = folder / "again.csv"
    await desk.do("version", "show", SLUG, SAMPLES, "--sheet", str(path), "--search", "r0002")
    header, row = path.read_text(encoding="utf-8").splitlines()
    told = dict(zip(header.split(","), row.split(","), strict=True))
    assert f"reject by {REPORT_OWNER} in v1" == told["previous_decision"]
    assert ("closed", "2", True) == (told["previous_note"], told["comments"], "in March" in told["last_comment"])


OBSERVED = Tiny(cycle="observed", lines=("Cards", "Loans", "Homes"), records=6, owners=("ann", "bob", "cat"))
ROUND = "observation_management"


async def observed(desk: Desk) -> str:
    """A cycle whose three owners each have an observation in a draft."""
    play = await desk.stage.start(OBSERVED, at="data_owner_id")
    lines = dict(zip(OBSERVED.owners, OBSERVED.lines, strict=True))
    await play.assign({owner: pairs_of(OBSERVED, line) for owner, line in lines.items()})
    for at, owner in enumerate(OBSERVED.owners, start=1):
        await play.prove(owner, OBSERVED.evidence(wrong={(f"r000{at}", "a2"): "7"}))
    for owner in OBSERVED.owners:
        await play.draft(ROUND, owner)
    return play.slug


async def on_all(desk: Desk, *words: str, actor: str = REPORT_OWNER) -> tuple[int, dict[str, tuple[str, str]]]:
    """A command over all owners: its exit code, and outcome and error code of each owner."""
    said = await desk.run(*words, "--all-owners", "--as", actor, "--output", "json")
    return said.code, {row["owner"]: (row["outcome"], row["code"]) for row in said.data}


async def test_observations_of_all_owners(desk: Desk, tmp_path: Path) -> None:
    """Decided, planned, submitted and approved by the sheet; one owner's refusal does not stop the others."""
    slug = await observed(desk)
    assert 0 == (await on_all(desk, "item", "decide", slug, ROUND, "--all", "approve", actor=TESTER))[0]
    assert 5 == (await on_all(desk, "version", "submit", slug, ROUND, actor=TESTER))[0]
    for owner, line in zip(OBSERVED.owners, OBSERVED.lines, strict=True):
        await desk.do("observation", "edit", slug, f"a2 | {line}", "remediation_plan=reload",
                      f"remediation_owner={owner}", "remediation_due=2026-12-31", "--owner", owner)
    assert 0 == (await on_all(desk, "version", "submit", slug, ROUND, actor=TESTER))[0]
    path = tmp_path / "all.xlsx"
    await desk.do("version", "show", slug, ROUND, "--all-owners", "--sheet", str(path), actor=REPORT_OWNER)
    fill(path, **{"a2 | Loans": ("reject", "name the cause")})
    await desk.do("version", "reject", slug, ROUND, "--owner", "cat", "--reason", "too early", actor=REPORT_OWNER)
    code, found = await on_all(desk, "version", "approve", slug, ROUND, "--sheet", str(path))
    assert (4, {"ann": ("approved", ""), "bob": ("rejected", ""), "cat": ("refused", "wrong_state")}) == (code, found)
    history = {line["owner"]: line for line in await desk.ask("version", "history", slug, ROUND)}
    assert ("rejected", "a2 | Loans: name the cause") == (history["bob"]["status"], history["bob"]["reason"])


async def test_an_owner_sees_what_was_said_and_no_values(desk: Desk) -> None:
    """A data owner has a word on the own observation and reads the answers; its values stay hidden, others' too."""
    words = (OBSERVED.slug, ROUND, "a2 | Loans", "--owner", "bob")
    await desk.do("item", "comment", *words[:3], "keyed by hand", *words[3:], actor="bob")
    said = await desk.run("item", "show", *words, "--as", "bob", "--output", "json")
    assert {"key", "revisions", "comments"} == set(said.data)
    assert ([], ["keyed by hand"]) == (said.data["revisions"], [one["text"] for one in said.data["comments"]])
    version = (*words[:2], *words[3:])
    assert [5, 5, 5, 5, 5, 5] == [
        (await desk.run(*command, "--as", who)).code for command, who in (
            (("item", "show", *words), "ann"), (("version", "show", *version), "bob"),
            (("item", "lineage", *words), "bob"), (("version", "show", *version, "--at", "2999-01-01"), "bob"),
            (("version", "diff", *version[:2], "v1", "v1", *version[2:]), "bob"),
            (("item", "search", OBSERVED.slug, "keyed", "--phase", ROUND), "bob"),
        )
    ]


async def test_an_owner_finds_no_observations(desk: Desk) -> None:
    """What a tester finds in them is not told to an owner, who learns that they were left out."""
    words = ("item", "search", OBSERVED.slug, "a2", "--output", "json")
    found = {who: await desk.run(*words, "--as", who) for who in (TESTER, "bob")}
    assert ROUND in {hit["phase"] for hit in found[TESTER].data}
    assert {"planning", "scoping"} <= {hit["phase"] for hit in found["bob"].data} <= {hit["phase"] for hit in found[
        TESTER].data} - {ROUND}
    assert "not shown it: Observation Management, Finalize Report" in found["bob"].err


async def test_the_rest_of_all_owners(desk: Desk) -> None:
    """After the rework everything is approved without a sheet; then nothing waits any more."""
    slug = OBSERVED.slug
    for owner in ("bob", "cat"):
        await desk.do("version", "open", slug, ROUND, "--owner", owner)
    assert 0 == (await on_all(desk, "item", "decide", slug, ROUND, "--all", "approve", actor=TESTER))[0]
    assert 0 == (await on_all(desk, "version", "submit", slug, ROUND, actor=TESTER))[0]
    expected = {"bob": ("approved", ""), "cat": ("approved", "")}
    assert (0, expected) == await on_all(desk, "version", "approve", slug, ROUND, "--rest")
    assert 4 == (await desk.run("version", "approve", slug, ROUND, "--rest", "--all-owners", "--as", REPORT_OWNER)).code
