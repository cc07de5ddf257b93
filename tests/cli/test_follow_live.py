"""Following a real cycle: what `cycle watch` prints while people act, what `cycle show` draws, what the inbox says."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli.following.reading import Follower
from models.database import Database
from models.queries.following import owner_steps, pulse
from tests.cli.builders import NOW
from tests.cli.desk import Desk
from tests.workflows.people import WITHIN, until
from tests.workflows.tiny import DATA_EXECUTIVE, EXECUTIVE, REPORT_OWNER, TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
TINY = Tiny(cycle="led", records=2, owners=("ann", "bob"))
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def watching(desk: Desk, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`cycle watch` as a process of its own, its output in a pipe."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "starter.py"), "cycle", "watch", *words, "--interval", "0.3", cwd=ROOT,
        env={**os.environ, **desk.env}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_with(process: asyncio.subprocess.Process, words: str) -> str:
    """The next line with these words, which has to come while the process goes on."""
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN):
        async for line in process.stdout:
            if words in line.decode():
                return line.decode().rstrip("\n")
    raise AssertionError(f"ended without {words!r}: {(await process.communicate())[1].decode()}")


async def type_all(desk: Desk, slug: str, folder: Path) -> set[str]:
    """Run every command of the inbox as it stands, in a folder; the tasks that were there."""
    found = await desk.ask("inbox", "--cycle", slug, "--all")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for task in found:
            said = await desk.run(*shlex.split(task["command"])[2:])
            assert 0 == said.code, (task["command"], said.err)
    return {task["what"] for task in found}


async def at(desk: Desk, slug: str, what: str) -> None:
    """Wait until the inbox of the cycle has a task that begins so."""
    async def there() -> bool | None:
        found = await desk.ask("inbox", "--cycle", slug, "--all")
        return True if any(task["what"].startswith(what) for task in found) else None

    await until(there, what)


async def by_the_inbox(desk: Desk, slug: str, phase: str, approver: str, folder: Path) -> None:
    """A round in which the inbox's own commands submit and approve."""
    await desk.version(slug, phase, "draft")
    await desk.do("item", "decide", slug, phase, "--all", "approve")
    assert {"submit, all is decided"} == await type_all(desk, slug, folder)
    await desk.do("item", "decide", slug, phase, "--all", "approve", actor=approver)
    assert {"approve or reject, all is decided"} == await type_all(desk, slug, folder)


async def test_a_cycle_is_followed_to_its_end(desk: Desk, tmp_path: Path) -> None:
    """A line per step while people act, as the inbox tells them; who waited for another end is told."""
    slug = await desk.begun(Tiny(cycle="followed", records=2))
    async with watching(desk, slug, "--until", "completed") as watcher:
        await line_with(watcher, "Planning v1 draft")
        await type_all(desk, slug, tmp_path)
        await by_the_inbox(desk, slug, "planning", TESTER, tmp_path)
        assert (await line_with(watcher, "Planning v1 approved")).endswith("Z Planning v1 approved")
        await desk.do("cycle", "hold", slug, "--reason", "data refiled", actor=EXECUTIVE)
        assert "resume, or leave on hold: data refiled" in await type_all(desk, slug, tmp_path)
        await line_with(watcher, f"cycle {slug} on hold: data refiled")
        await desk.do("cycle", "cancel", slug, "--reason", "filed anew", actor=EXECUTIVE)
        out, err = await watcher.communicate()
    assert out.decode().splitlines()[-1].endswith(f"cycle {slug} cancelled: filed anew")
    assert 4 == watcher.returncode
    assert "was cancelled and did not reach 'completed': filed anew" in err.decode()


@pytest.mark.nightly
async def test_the_inbox_leads_through_a_cycle(desk: Desk, tmp_path: Path) -> None:
    """Every next command up to the review of results works as it stands, while somebody watches without an end."""
    slug = await desk.begun(TINY)
    async with watching(desk, slug) as watcher:
        for phase in ("planning", "data_profiling", "scoping", "sample_selection"):
            await by_the_inbox(desk, slug, phase, TESTER if phase == "planning" else REPORT_OWNER, tmp_path)
        await at(desk, slug, "assign owners")
        await type_all(desk, slug, tmp_path)
        for line, owner in (("Cards", "ann"), ("Loans", "bob")):
            await desk.do("owner", "assign", slug, "--all-of-line", line, "--owner", owner, actor=DATA_EXECUTIVE)
        await line_with(watcher, "Request Info waits for bob: hand in evidence")
        await at(desk, slug, "hand in evidence")
        await type_all(desk, slug, tmp_path)
        (tmp_path / "ann.csv").write_bytes(TINY.evidence(wrong={("r0001", "a1"): "7"}))
        await desk.do("evidence", "upload", slug, str(tmp_path / "ann.csv"), "--source", "ledger", actor="ann")
        await line_with(watcher, "ann: 1 match, 1 mismatch")
        await at(desk, slug, "accept or return evidence")
        await type_all(desk, slug, tmp_path)
        await pictures(desk, slug, tmp_path)
        await desk.do("evidence", "accept", slug, "--owner", "ann")
        await at(desk, slug, "review results")
        await type_all(desk, slug, tmp_path)
        await desk.do("cycle", "cancel", slug, "--reason", "filed anew", actor=EXECUTIVE)
        out, _ = await watcher.communicate()
        assert out.decode().splitlines()[-1].endswith(f"cycle {slug} cancelled: filed anew")
        assert 0 == watcher.returncode


async def test_pictures_are_drawn_beside_the_table(desk: Desk, tmp_path: Path) -> None:
    """Both of a cycle that has just begun; a file that is no picture is left alone."""
    slug = await desk.begun(Tiny(cycle="drawn", records=2))
    course, flow = tmp_path / "course.svg", tmp_path / "flow.svg"
    said = await desk.do("cycle", "show", slug, "--timeline", str(course), "--graph", str(flow))
    assert "1 Planning" in said.out
    assert ["v1 draft" in path.read_text(encoding="utf-8") for path in (course, flow)] == [True, True]
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    refused = await desk.run("cycle", "show", slug, "--graph", str(tmp_path / "notes.txt"))
    assert (2, "", "mine") == (refused.code, refused.out, (tmp_path / "notes.txt").read_text(encoding="utf-8"))


async def pictures(desk: Desk, slug: str, folder: Path) -> None:
    """Both pictures of the cycle as it stands, beside the table that is printed as ever."""
    course, flow = folder / "course.svg", folder / "flow.svg"
    said = await desk.do("cycle", "show", slug, "--timeline", str(course), "--graph", str(flow))
    assert "Request Info" in said.out
    assert "evidence handed in" in course.read_text(encoding="utf-8")
    assert "1 mismatch" in flow.read_text(encoding="utf-8")


async def test_facts_are_read_again_only_when_something_has_changed(desk: Desk) -> None:
    """A look at a cycle in which nothing happens costs one statement; the very next change is seen."""
    slug = await desk.begun(Tiny(cycle="watched", records=2, owners=("ann",)))
    reader = Database(desk.env["ASSAY_READER_URL"], pool_size=1)
    try:
        follower = Follower(reader, slug)
        first = await follower.facts(NOW)
        assert first.rounds is (await follower.facts(NOW)).rounds
        async with reader.begin() as tx:
            before = await pulse(tx, slug)
        await desk.do("item", "decide", slug, "planning", "--all", "approve")
        async with reader.begin() as tx:
            assert before < await pulse(tx, slug)
            assert [] == await owner_steps(tx, first.waiting.cycle.id)
        assert [0] == [line.undecided for line in (await follower.facts(NOW)).waiting.phases]
    finally:
        await reader.close()
