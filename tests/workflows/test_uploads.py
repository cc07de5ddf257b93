"""A data owner at a terminal hands in files and folders: one line per file, and nobody stops the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from openpyxl import load_workbook

from tests.cli.desk import Desk
from tests.evidence_files import packed, scan, statements
from tests.workflows.arena import Arena
from tests.workflows.market import Stall, market
from tests.workflows.people import Play

pytestmark = pytest.mark.asyncio

_STALLS = count()


@pytest_asyncio.fixture(scope="module")
async def opened(stage: Arena) -> AsyncIterator[Play]:
    """A market of its own, with nobody named yet."""
    yield await stage.start(market("uploads", stalls=5), at="data_owner_id")


@pytest.fixture
def stall(opened: Play) -> Stall:
    """The next stall."""
    return Stall(opened, next(_STALLS))


@pytest.fixture
def desk(stage: Arena, tmp_path: Path) -> Desk:
    """A terminal on the servers that all tests of workflows share."""
    ends = stage.session.endpoints
    env = {"ASSAY_HOME": str(tmp_path / "home"), "ASSAY_DATABASE_URL": str(ends.app),
           "ASSAY_READER_URL": str(ends.reader), "ASSAY_STORE_URL": Path(stage.session.store.root).as_uri(),
           "TEMPORAL_ADDRESS": ends.temporal_address,
           "ASSAY_TASK_QUEUE": stage.session.task_queue, "COLUMNS": "200"}
    return Desk(tmp_path, env, stage.session.reader, stage)


def record(stall: Stall, at: int) -> dict[str, str]:
    """The ledger's record of one of a stall's keys."""
    key, tiny = stall.keys[at], stall.play.tiny
    return {"id": key, **{name.upper(): tiny.value(key, name) for name in tiny.names}}


def folder_of(stall: Stall, path: Path) -> Path:
    """Good files, the same bytes twice, a scan, a wrong file, a lock file and a folder."""
    path.mkdir()
    (path / "deep").mkdir()
    one = statements(record(stall, 0), record(stall, 1))
    files = {
        "a.pdf": one, "b again.pdf": one, "c.csv.gz": packed(stall.evidence(without=(0, 1, 5))), "d scan.pdf": scan(),
        "e.csv": b"id,A1,A2\nx99,1,2\n", "~$a.xlsx": b"lock", ".DS_Store": b"x",
        "deep/f.csv": stall.evidence(without=range(5)),
    }
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


async def test_a_folder_is_handed_in_file_by_file(stall: Stall, desk: Desk, tmp_path: Path) -> None:
    """One line and one command per file; what is refused does not stop the others, and the exit code tells."""
    play, folder = stall.play, folder_of(stall, tmp_path / "files")
    await play.assign({stall.ann: stall.pairs})
    words = ("evidence", "upload", play.slug, str(folder), "--as", stall.ann, "--output", "json")
    tried = await desk.run(*words, "--dry-run")
    assert {"open": 12} == await stall.states(stall.ann)
    said = await desk.run(*words)
    told = {line["file"]: (line["outcome"], line["covered"]) for line in said.data}
    assert {
        ".DS_Store": ("skipped", 0), "a.pdf": ("covers", 4), "b again.pdf": ("duplicate", 0), "c.csv.gz": ("covers", 6),
        "d scan.pdf": ("unreadable", 2), "deep": ("skipped", 0), "e.csv": ("refused", 0), "~$a.xlsx": ("skipped", 0),
    } == told
    assert (2, 2) == (tried.code, said.code)
    assert 4 == len({line["command_id"] for line in said.data if line["command_id"]})
    await play.executed(stall.ann)
    assert {"returned": 2, "to_accept": 10} == await stall.states(stall.ann)
    again = await desk.run(*words, "--recursive")
    outcomes = {line["file"]: line["outcome"] for line in again.data}
    assert ("duplicate", "duplicate", "covers") == (outcomes["a.pdf"], outcomes["d scan.pdf"], outcomes["deep/f.csv"])
    await play.executed(stall.ann)
    assert {"to_accept": 12} == await stall.states(stall.ann)


async def test_files_of_one_name_do_not_replace_each_other(stall: Stall, desk: Desk, tmp_path: Path) -> None:
    """The second of two files of one name would be its next revision; nobody meant that."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    paths = [tmp_path / "files" / at / "ledger.csv" for at in ("north", "south")]
    for path, left in zip(paths, (range(3), range(3, 6)), strict=True):
        path.parent.mkdir(parents=True)
        path.write_bytes(stall.evidence(without=left))
    said = await desk.run("evidence", "upload", play.slug, *map(str, paths), "--as", stall.ann, "--output", "json")
    assert (2, ["covers", "failed"]) == (said.code, [line["outcome"] for line in said.data])
    deep = await desk.run("evidence", "upload", play.slug, str(tmp_path / "files"), "--recursive", "--as", stall.ann)
    assert 0 == deep.code, deep.err
    await play.executed(stall.ann)
    assert {"to_accept": 12} == await stall.states(stall.ann)


async def test_one_unreadable_file_exits_with_six(stall: Stall, desk: Desk, tmp_path: Path) -> None:
    """It is on record, the owner sees why its cases are back, and the tester has nothing to accept."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    (tmp_path / "scan.pdf").write_bytes(scan())
    said = await desk.run("evidence", "upload", play.slug, str(tmp_path / "scan.pdf"), "--as", stall.ann)
    assert (6, True) == (said.code, "scan.pdf is a scan: its pages hold no text" in said.err)
    await play.executed(stall.ann)
    cases = (await desk.run("case", "list", play.slug, "--mine", "--as", stall.ann, "--output", "json")).data
    assert {"scan.pdf is a scan: its pages hold no text"} == {case["returned_because"] for case in cases}
    accepted = await desk.run("evidence", "accept", play.slug, "--owner", stall.ann, "--as", "tess")
    assert 4 == accepted.code


async def test_a_template_is_read_back(stall: Stall, desk: Desk, tmp_path: Path) -> None:
    """The workbook that an owner is given, filled in, proves every case; numbers may be typed as numbers or as text."""
    play, path = stall.play, tmp_path / "asked.xlsx"
    await play.assign({stall.ann: stall.pairs})
    await desk.do("case", "list", play.slug, "--mine", "--template", str(path), actor=stall.ann)
    book = load_workbook(path)
    assert (["Evidence", "Instructions"], "B2") == (book.sheetnames, book["Evidence"].freeze_panes)
    for row in book["Evidence"].iter_rows(min_row=2):
        row[1].value = play.tiny.value(str(row[0].value), "a1")
        row[2].value = float(play.tiny.value(str(row[0].value), "a2"))
    book.save(path)
    await desk.do("evidence", "upload", play.slug, str(path), actor=stall.ann)
    await play.executed(stall.ann)
    assert {"match"} == {case.outcome for case in await play.cases(stall.ann)}


async def test_the_old_revision_of_a_document_is_replaced(stall: Stall, desk: Desk, tmp_path: Path) -> None:
    """A returned document is answered under its own name when --source says whose it is."""
    play = stall.play
    await play.assign({stall.ann: stall.pairs})
    await play.upload(stall.ann, stall.evidence(), name="first.csv")
    await play.judge_evidence(stall.ann, "return", reason="wrong month")
    (tmp_path / "second.pdf").write_bytes(statements(record(stall, 0)))
    words = ("evidence", "upload", play.slug, str(tmp_path / "second.pdf"))
    await desk.do(*words, "--source", "ledger", "--dry-run", actor=stall.ann)
    said = await desk.do(*words, "--source", "ledger", actor=stall.ann)
    assert "first.csv revision 2" in said.out
