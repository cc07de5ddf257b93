"""docs/guides/your-own-report.md works as printed: a stranger's report, from the file as filed to a signed report.

    <!-- run -->                       the block that follows is run: sh as commands, python as a script
    <!-- run: write FILE -->           the block is what the file holds; `append FILE` adds to it
    <!-- run: to the end -->           the same as run, for the nightly test alone
    <!-- shown -->                     the block is what the last command shows, but for lines and spacing
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import re
import shlex
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import pytest_asyncio

from cli.prepare import read_inputs
from models.errors import AssayError
from stack.temporal import TemporalServer
from tests.cli.desk import Desk, Said, open_desk
from tests.databases import MigratedServer
from tests.typed import TOO_EARLY
from tests.workflows.people import until

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "your-own-report.md").read_text(encoding="utf-8")
FILED = "All_Reports_20190630_Assets_and_Liabilities.csv"
SOURCE = "All_Reports_20190630_Net_Loans_and_Leases.csv"
PUBLISHED = ROOT.parent / "shared" / "data" / "fdic"

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not PUBLISHED.exists(), reason="the FDIC's files are not beside the checkout"
                                                      " (../shared/data/fdic)"),
]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the page and what is done with it."""

    how: str
    language: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The marked blocks, in their order."""
    for found in re.finditer(r"<!-- (run|shown)(?:: ([^\n]*?))? -->\n```(\w*)\n(.*?)```", page, re.DOTALL):
        yield Block("shown" if found[1] == "shown" else found[2] or "", found[3], found[4])


@dataclass(slots=True)
class Reader:
    """Who follows the page: types its commands, saves its files, compares what comes back."""

    desk: Desk
    folder: Path
    cycle: str = ""
    last: Sequence[str] = ()

    async def follow(self, *, last_part: bool = False) -> None:
        """Do what the page says, block by block: up to the evidence, or from there to the end."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for block in blocks(PAGE):
                if last_part == (block.how == "to the end"):
                    await self._do(block)

    async def _do(self, block: Block) -> None:
        how, _, target = block.how.partition(" ")
        if how in ("write", "append"):
            with (self.folder / target).open("a" if how == "append" else "w", encoding="utf-8") as file:
                file.write(block.text)
        elif how == "shown":
            await self._see(block.text)
        elif block.language == "python":
            await self._script([sys.executable, "-c", block.text])
        else:
            for line in block.text.splitlines():
                await self._type(line)

    async def _type(self, line: str) -> None:
        if line.startswith("alias "):
            self.cycle = line.rpartition("C=")[2]
        elif line.startswith("assay "):
            self.last = shlex.split(line.replace("$C", self.cycle))[1:]
            await self._assay(self.last)
        else:
            await self._script(["/bin/sh", "-ec", line])

    async def _see(self, expected: str) -> None:
        """The last command shows this, at the latest once the tests that just began have run."""
        deadline = time.monotonic() + 60
        while (seen := bare((await self._assay(self.last)).out)) != bare(expected) and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        assert bare(expected) == seen

    async def _script(self, words: list[str]) -> None:
        done = await asyncio.to_thread(subprocess.run, words, cwd=self.folder, capture_output=True, text=True)
        assert 0 == done.returncode, done.stderr

    async def _assay(self, words: Sequence[str]) -> Said:
        deadline = time.monotonic() + 60
        while (said := await self.desk.run(*words)).code in TOO_EARLY and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
        assert 0 == said.code, f"{shlex.join(words)}: {said.err}"
        return said


def bare(table: str) -> list[list[str]]:
    """The words of a table's rows, without what draws it."""
    rows = ["".join(" " if 0x2500 <= ord(one) < 0x2580 else one for one in row).split() for row in table.splitlines()]
    return [row for row in rows if row]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def terminal(
    temporal_server: TemporalServer, migrated_server: MigratedServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A stack with nothing on it."""
    async with open_desk(temporal_server.address, migrated_server, tmp_path_factory.mktemp("stranger")) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(terminal: Desk, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader with the two files as published, who has followed the page up to the evidence."""
    folder = tmp_path_factory.mktemp("reader")
    for name in (FILED, SOURCE):
        (folder / name).write_bytes(gzip.decompress((PUBLISHED / f"{name}.gz").read_bytes()))
    reader = Reader(terminal, folder)
    await reader.follow()
    return reader


def planted() -> set[tuple[str, str]]:
    """The values that the page changes, as (key, attribute), read from its script."""
    changed = re.findall(r"update loans set (\w+) = .* where cert = '(\d+)'", PAGE)
    named = {"net": "lnlsnet", "allowance": "lnatres", "established": "estymd"}
    return {(key, named[column]) for column, key in changed}


def asked(query: str) -> list[tuple[str, ...]]:
    """The rows of a query on the files themselves."""
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def really_different(folder: Path) -> set[tuple[str, ...]]:
    """What differs between the two files as published, worked out without Assay: all banks, all five figures."""
    return set(asked(f"""
        with a as (select * from read_csv('{folder / FILED}', all_varchar=true)),
             b as (select * from read_csv('{folder / SOURCE}', all_varchar=true)),
             told as (select cert, unnest(['lnlsnet', 'lnatres', 'estymd', 'bkclass', 'offdom']) as attribute,
                unnest([a.lnlsnet::bigint <> b.lnlsgr::bigint - coalesce(b.lnatres::bigint, 0),
                        coalesce(a.lnatres, '0') <> coalesce(b.lnatres, '0'), a.estymd <> b.estymd,
                        a.bkclass <> b.bkclass, a.offdom <> b.offdom]) as differs
                from a join b using (cert))
        select cert, attribute from told where differs is not false"""))


async def test_evidence_finds_exactly_what_differs(reader: Reader) -> None:
    """Of 175 cases the planted and the really different values are the mismatches, and all others match."""
    cases = await reader.desk.ask("execution", "list", reader.cycle, "--as", "jane")
    sampled = {(case["key"], case["attribute"]) for case in cases}
    assert (175, 3) == (len(sampled), len(planted() & sampled))
    differing = (planted() | really_different(reader.folder)) & sampled
    outcomes = {(case["key"], case["attribute"]): case["outcome"] for case in cases}
    assert {one: "mismatch" if one in differing else "match" for one in sampled} == outcomes


async def test_the_rules_find_what_breaks_them(reader: Reader) -> None:
    """The one rule that fails does so for the banks without a domestic office, counted without Assay."""
    said = await reader.desk.run("version", "results", reader.cycle, "--keys", "--output", "csv")
    found = {(row["rule"], row["key"]) for row in csv.DictReader(said.out.splitlines())}
    path = reader.folder / FILED
    without = asked(f"select cert from read_csv('{path}', all_varchar=true) where offdom::int < 1")
    assert {("offdom.range", cert) for (cert,) in without} == found


async def test_the_draft_names_every_column(reader: Reader) -> None:
    """The first script drafts a row per column, which agrees with the dictionary on what the key is and looks like."""
    with (reader.folder / "my_report" / "draft.csv").open(newline="", encoding="utf-8") as file:
        draft = {row["name"]: row for row in csv.DictReader(file)}
    assert (91, "N5", "yes", "5312") == (len(draft), *(draft["cert"][c] for c in ("format", "mandatory", "distinct")))


MISTAKES = [
    ("report.csv", "cert,", "\x1f\x8b,"),
    ("cycle.yaml", "minimum_per_line", "min_per_line"),
    ("dictionary.csv", "19,liab,", "19,liabs,"),
    ("cycle.yaml", "attribute: asset", "attribute: Assets"),
    ("cycle.yaml", "name: eqtot}", "name: equity}"),
    ("cycle.yaml", "%-m/%-d/%Y", "%Y%-m"),
    ("cycle.yaml", ", Dallas: West", ""),
    ("cycle.yaml", "[West]", "[Wset]"),
    ("cycle.yaml", "[test_executive]", "[tester]"),
    ("dictionary.csv", "16,ore,Other real estate owned,money", "16,ore,Other real estate owned,amount"),
    ("dictionary.csv", "N;NM;SM;SA;SB;OI", "N,NM,SM,SA,SB,OI"),
]


def told() -> list[str]:
    """What the page says that each mistake is answered with."""
    return re.findall(r"^\| `(.*?)`[^|]* \| ", PAGE.split("## Common mistakes")[1], re.MULTILINE)


@pytest.mark.parametrize("at", range(len(MISTAKES)), ids=lambda at: MISTAKES[at][2] or "left out")
async def test_a_mistake_is_answered_as_the_page_says(reader: Reader, tmp_path: Path, at: int) -> None:
    """The page's files with one mistake in them are refused with the words of the table, in its order."""
    name, right, wrong = MISTAKES[at]
    for file in (reader.folder / "my_report").glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / name
    path.write_bytes(path.read_bytes().replace(right.encode(), wrong.encode("latin-1"), 1))
    with pytest.raises(AssayError) as raised:
        read_inputs(tmp_path / "cycle.yaml", actor="jane")
    assert len(MISTAKES) == len(told())
    said = told()[at]
    assert [] == [part for part in said.split("...") if part.strip(" .:") not in str(raised.value)]


@pytest.mark.nightly
async def test_the_cycle_ends_with_a_signed_report(reader: Reader) -> None:
    """What the page says comes after the evidence leads to four files of an approved report."""
    await reader.follow(last_part=True)

    async def signed() -> bool | None:
        files = await reader.desk.ask("report", "show", reader.cycle)
        return True if ["approved"] * 4 == [file["status"] for file in files] else None

    await until(signed, "the attestation")
