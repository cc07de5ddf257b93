"""Two sides about the same items: workbooks, questions and answers, what changed, and a record that was asked for."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.desk import Desk
from tests.cli.test_by_hand import approve
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
    await desk.begun(TINY)
    for phase, approver in (("planning", TESTER), ("data_profiling", REPORT_OWNER), ("scoping", REPORT_OWNER)):
        await approve(desk, SLUG, phase, approver)
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
    lineage = await desk.ask("item", "lineage", SLUG, SAMPLES, "r0002")
    assert [("v1", "added", f"reject (closed) by {REPORT_OWNER} in v1"), ("v2", "removed", "")] == [
        (line["version"], line["item"], line["approver"]) for line in lineage
    ]


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
