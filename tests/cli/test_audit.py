"""The trail at the terminal: verified, exported, and read, with findings and their exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import pytest_asyncio

from models.database import Database, run
from tests.cli.desk import Desk
from tests.workflows.tiny import TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
TINY = Tiny(cycle="proof")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slug(desk: Desk) -> str:
    """A cycle in Planning with decisions and a refusal, which these tests only read."""
    slug = await desk.begun(TINY)
    await desk.do("item", "decide", slug, "planning", "--all", "approve")
    await desk.run("version", "approve", slug, "planning", "--as", TESTER)
    return slug


async def test_what_nobody_changed_verifies(desk: Desk, slug: str) -> None:
    """Exit 0, with what was checked."""
    said = await desk.run("audit", "verify", slug, "--output", "json")
    assert (0, [], True) == (said.code, said.data["findings"], said.data["events"] > 2)
    assert "every chain, hash and row" in said.err


async def test_an_export_verifies_and_is_never_replaced(desk: Desk, slug: str, tmp_path: Path) -> None:
    """Offline the same is found as online; a second export asks for another file."""
    file = tmp_path / "trail.jsonl"
    assert 0 == (await desk.run("audit", "export", slug, str(file))).code
    online, offline = await desk.ask("audit", "verify", slug), await desk.ask("audit", "verify", "--file", str(file))
    assert {**online, "verified": str(file)} == offline
    assert 2 == (await desk.run("audit", "export", slug, str(file))).code


async def test_a_changed_export_ends_with_exit_6(desk: Desk, slug: str, tmp_path: Path) -> None:
    """And names the row."""
    file = tmp_path / "trail.jsonl"
    assert 0 == (await desk.run("audit", "export", slug, str(file))).code
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    people = next(record for record in records if record.get("table") == "person" and record["record"] == "facts")
    people["body"] = people["body"].replace(TESTER, "mallory", 1)
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    said = await desk.run("audit", "verify", "--file", str(file))
    assert (6, True) == (said.code, "person" in said.out)


async def test_heads_show_a_chain_that_is_not_theirs(desk: Desk, slug: str, tmp_path: Path) -> None:
    """Those of now verify; one with another hash does not."""
    file = tmp_path / "heads.json"
    await desk.do("audit", "heads", slug, "--output", "json", "--to", str(file))
    assert 0 == (await desk.run("audit", "verify", slug, "--against", str(file))).code
    heads = json.loads(file.read_text(encoding="utf-8"))
    heads["data"]["heads"][0]["hash"] = "0" * 64
    file.write_text(json.dumps(heads), encoding="utf-8")
    said = await desk.run("audit", "verify", slug, "--against", str(file))
    assert (6, True) == (said.code, "recomputed" in said.out)


@pytest.mark.parametrize(("words", "code"), [
    (("audit", "verify"), 2), (("audit", "verify", "none:such"), 3), (("audit", "heads", "none:such"), 3),
    (("audit", "export", "none:such", "x.jsonl"), 3), (("audit", "log", "none:such"), 3),
    (("audit", "verify", "--file", "missing.jsonl"), 2), (("audit", "verify", "a:b", "--file", "x"), 2),
    (("audit", "verify", "a:b", "--against", "missing.json"), 2),
])
async def test_what_is_not_there_is_named(desk: Desk, words: tuple[str, ...], code: int) -> None:
    """With the exit code of its kind, and what to do next."""
    said = await desk.run(*words)
    assert (code, True) == (said.code, "hint:" in said.err), said.err


async def test_the_log_tells_the_latest_first_and_pages(desk: Desk, slug: str) -> None:
    """Every event once, however small the page."""
    whole = [line["event"] for line in await desk.ask("audit", "log", slug, "--limit", "100")]
    paged: list[str] = []
    page = whole
    while page:
        more = ("--before", paged[-1]) if paged else ()
        page = [line["event"] for line in await desk.ask("audit", "log", slug, "--limit", "2", *more)]
        paged += page
    assert whole == paged


async def test_the_log_is_of_whom_and_what_was_asked(desk: Desk, slug: str) -> None:
    """Refusals of one person in one phase, with the code and the words."""
    found = await desk.ask("audit", "log", slug, "--refused", "--actor", TESTER, "--phase", "planning")
    assert found
    assert {(TESTER, "approve.refused", "wrong_state")} == {(e["actor"], e["action"], e["refusal"]) for e in found}


async def test_a_superusers_change_ends_with_exit_6(desk: Desk, slug: str) -> None:
    """The finding has the value that the event left."""
    admin = Database(desk.admin)
    async with admin.engine.begin() as tx:
        await run(tx, "set local session_replication_role = replica")
        await run(tx, "update assay.item_decision set reason = 'whatever' where reason = '' and phase in"
                      " (select p.id from assay.phase p join assay.cycle_report c on c.id = p.cycle where c.slug = :s)",
                  s=slug)
    said = await desk.run("audit", "verify", slug)
    async with admin.engine.begin() as tx:
        await run(tx, "set local session_replication_role = replica")
        await run(tx, "update assay.item_decision set reason = '' where reason = 'whatever'")
    await admin.close()
    assert (6, True) == (said.code, 'reason is "whatever"' in " ".join(said.out.split()))
