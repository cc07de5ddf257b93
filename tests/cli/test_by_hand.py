"""A whole cycle by hand: started, decided, proved and signed with nothing but command lines."""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from pathlib import Path

import pytest
from openpyxl import load_workbook

from methods.figures.conclusions import DECIDED
from methods.sampling.tables import Decision
from tests.cli.desk import Desk
from tests.workflows.people import until
from tests.workflows.tiny import DATA_EXECUTIVE, EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
# By a table that draws all of so few, with both attributes as one data field.
TINY = Tiny(cycle="hand", records=4, owners=("ann", "bob"), sampling={"method": "ffiec_hmda_2017"},
            groups={"Amounts": ("a1", "a2")})
OBSERVATIONS = "observation_management"
PLAN = ("root_cause=keyed by hand", "remediation_plan=load it", "remediation_owner=ann", "remediation_due=2026-12-31")
COLUMNS = ["key", "attribute", "owner", "reported", "evidence", "outcome", "reason", "document", "revision"]


async def approve(desk: Desk, slug: str, phase: str, approver: str) -> None:
    """A round without a word against it."""
    await desk.version(slug, phase, "draft")
    await desk.do("item", "decide", slug, phase, "--all", "approve")
    await desk.do("version", "submit", slug, phase)
    await desk.do("version", "approve", slug, phase, "--rest", actor=approver)


async def foundation(desk: Desk) -> str:
    """Planning to Sample Selection; a sheet decides one phase, the approver rejects it once."""
    slug = await desk.begun(TINY)
    await approve(desk, slug, "planning", TESTER)
    await desk.version(slug, "data_profiling", "draft")
    await by_sheet(desk, slug, "data_profiling")
    await desk.do("version", "submit", slug, "data_profiling")
    await desk.do("version", "reject", slug, "data_profiling", "--reason", "think again", actor=REPORT_OWNER)
    await desk.do("version", "open", slug, "data_profiling")
    await desk.do("version", "submit", slug, "data_profiling")
    await desk.do("version", "approve", slug, "data_profiling", "--rest", actor=REPORT_OWNER)
    await approve(desk, slug, "scoping", REPORT_OWNER)
    await approve(desk, slug, "sample_selection", REPORT_OWNER)
    return slug


async def by_sheet(desk: Desk, slug: str, phase: str) -> None:
    """Write the decision sheet, fill in every verdict, apply it."""
    path = desk.folder / f"{phase}.csv"
    await desk.do("version", "show", slug, phase, "--sheet", str(path))
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{**row, "verdict": "approve"} for row in csv.DictReader(file)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    await desk.do("item", "decide", slug, phase, "--sheet", str(path))


async def prove(desk: Desk, slug: str, owner: str, evidence: bytes) -> None:
    """An owner fills in the template; here the system of record does."""
    path = desk.folder / f"{owner}.csv"
    await desk.do("case", "list", slug, "--mine", "--template", str(path), actor=owner)
    assert evidence.splitlines()[0] == path.read_bytes().splitlines()[0]
    path.write_bytes(evidence)
    await desk.do("evidence", "upload", slug, str(path), "--source", "ledger", actor=owner)


async def reviewable(desk: Desk, slug: str, owner: str) -> bool | None:
    """Whether every case of an owner has run."""
    states = {row["state"] for row in await desk.ask("case", "list", slug, "--owner", owner)}
    return True if states <= {"to_review", "waived", "concluded"} else None


async def test_a_whole_cycle_by_hand(desk: Desk, tmp_path: Path) -> None:
    """Eleven verbs of five people lead to a signed report whose files are those on record."""
    slug = await foundation(desk)
    await until(lambda: assignable(desk, slug), "pairs to assign")
    for line, owner in (("Cards", "ann"), ("Loans", "bob")):
        await desk.do("owner", "assign", slug, "--all-of-line", line, "--owner", owner, actor=DATA_EXECUTIVE)
    await until(lambda: at_work(desk, slug), "both owners at work")
    wrong = TINY.evidence(wrong={("r0001", "a1"): "7"})
    await values_are_withheld(desk, slug)
    assert "no case on a drawn record of hand:tiny is concluded" in (await desk.run("sampling", "evaluate", slug)).err
    for owner, left in (("ann", 4), ("bob", 0)):
        await prove(desk, slug, owner, wrong)
        await desk.do("evidence", "accept", slug, "--owner", owner)
        await until(lambda owner=owner: reviewable(desk, slug, owner), "cases that have run")  # type: ignore[misc]
        await desk.do("execution", "review", slug, "--owner", owner)
        assert [left] == [row["open"] for row in await desk.ask("sampling", "evaluate", slug)]
    await desk.version(slug, OBSERVATIONS, "draft", owner="ann")
    await desk.do("observation", "edit", slug, "a1 | Cards", *PLAN, "--owner", "ann")
    await desk.do("version", "submit", slug, OBSERVATIONS, "--owner", "ann")
    await desk.do("version", "approve", slug, OBSERVATIONS, "--rest", "--owner", "ann", actor=REPORT_OWNER)
    number = await desk.version(slug, "finalize_report", "draft")
    await desk.do("item", "decide", slug, "finalize_report", "--all", "approve")
    await desk.do("version", "submit", slug, "finalize_report")
    await desk.do("report", "sign", slug, actor=REPORT_OWNER)
    await desk.do("version", "approve", slug, "finalize_report", "--rest", actor=EXECUTIVE)
    await until(lambda: ended(desk, slug), "the end of the cycle")
    files = (await desk.run("report", "show", slug, "--save", str(tmp_path / "report"), "--output", "json")).data
    saved = {path.name: sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "report").iterdir()}
    assert {file["name"]: file["sha256"] for file in files} == saved
    assert {("approved", number)} == {(file["status"], file["version"]) for file in files}
    await signed_files_are_told_from_others(desk, slug, [tmp_path / "report" / file["name"] for file in files])
    await executions_are_listed(desk, slug)
    await fields_are_counted_as_in_the_report(desk, slug, next((tmp_path / "report").glob("*.xlsx")))


async def fields_are_counted_as_in_the_report(desk: Desk, slug: str, workbook: Path) -> None:
    """The conclusion on each data field, a group being one, is that of the signed report, counted from the cycle."""
    heading, *told = load_workbook(workbook)["Statistical conclusion"].iter_rows(values_only=True)
    assert "Data field" == heading[0]
    found = await desk.ask("sampling", "evaluate", slug)
    assert [("Amounts", 4, None, 1, 3, "below the threshold", 0, "a1, a2")] == [
        (*(row[name] for name in ("field", "records", "initial_deviations", "deviations", "threshold", "decision",
                                  "open", "attributes")),) for row in found]
    assert told == [(row["field"], row["records"], row["initial_deviations"] or "", row["deviations"], row["threshold"],
                     DECIDED[Decision(row["decision"])][0]) for row in found]
    said = await desk.run("sampling", "evaluate", slug, "--deviations", "1")
    assert (2, True) == (said.code, "says by itself" in said.err)


async def signed_files_are_told_from_others(desk: Desk, slug: str, saved: list[Path]) -> None:
    """Each saved file is the signed one by the record, the body by the attestation alone too; one byte more is not."""
    *body, attestation = saved
    assert [".html", ".xlsx", ".pdf"] == [path.suffix for path in body]
    for path in saved:
        told = await desk.ask("report", "verify", str(path), slug)
        assert (True, path.name, slug) == (told["signed"], told["name"], told["cycle"])
    for path in body:
        assert 0 == (await desk.run("report", "verify", str(path), "--attestation", str(attestation))).code
    changed = attestation.with_name("changed.pdf")
    changed.write_bytes(body[1].read_bytes() + b"\n")
    for words in ((), (slug,), ("--attestation", str(attestation))):
        said = await desk.run("report", "verify", str(changed), *words, "--output", "json")
        assert (6, False) == (said.code, said.data["signed"])
    assert 2 == (await desk.run("report", "verify", str(changed), "--attestation", str(body[0]))).code
    assert 2 == (await desk.run("report", "verify", str(changed), slug, "--attestation", str(attestation))).code


async def executions_are_listed(desk: Desk, slug: str) -> None:
    """A row per case; the one value that was wrong is the one mismatch."""
    text = (await desk.run("execution", "list", slug, "--output", "csv")).out
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert COLUMNS == list(rows[0])[:9]
    assert [("r0001", "a1", "ann", "101", "7", "ann.csv", "1")] == [
        (row["key"], row["attribute"], row["owner"], row["reported"], row["evidence"], row["document"], row["revision"])
        for row in rows if row["outcome"] == "mismatch"
    ]


async def values_are_withheld(desk: Desk, slug: str) -> None:
    """A data owner sees what is asked of them and neither the value as filed nor anybody else's cases."""
    for words in (("case", "list", slug), ("execution", "list", slug), ("case", "show", slug, "TC-00001")):
        said = await desk.run(*words, "--as", "ann", "--output", "json")
        told = said.data if isinstance(said.data, list) else [said.data]
        assert {"ann"} == {row["owner"] for row in told}
        assert not {"reported", "reason", "conclusion"} & set(told[0])
    assert 5 == (await desk.run("observation", "list", slug, "--as", "ann")).code
    assert 5 == (await desk.run("case", "list", slug, "--owner", "bob", "--as", "ann")).code


async def assignable(desk: Desk, slug: str) -> bool | None:
    return True if await desk.ask("owner", "list", slug) else None


async def at_work(desk: Desk, slug: str) -> bool | None:
    return True if len(await desk.ask("owner", "list", slug, "--work")) == 2 else None


async def ended(desk: Desk, slug: str) -> bool | None:
    return True if (await desk.ask("cycle", "show", slug))["status"] == "completed" else None
