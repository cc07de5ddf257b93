"""An exported trail verifies with the standard library alone, and a damaged one is refused or reported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from models.queries.audit import trail, verified
from models.verification.trail import heads_of, verify_lines
from tests.engine.builders import Lab
from tests.engine.trails import furnished

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPOSITORY = Path(__file__).parents[2]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lines(lab: Lab) -> list[str]:
    """The exported trail of a furnished cycle."""
    cycle = await furnished(lab)
    async with lab.database.begin() as tx:
        return [json.dumps(record, ensure_ascii=False) async for record in trail(tx, cycle.slug)]


def standalone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier as somebody runs it who has Python and nothing else: no site packages, no environment."""
    return subprocess.run(
        [sys.executable, "-S", "-E", "-m", "models.verification", *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )


def changed(lines: Sequence[str], record: str, old: str, new: str) -> list[str]:
    """The trail with one text replaced in the first record of a kind that holds it."""
    at = next(at for at, line in enumerate(lines) if json.loads(line)["record"] == record and old in line)
    return [line.replace(old, new, 1) if at == number else line for number, line in enumerate(lines)]


async def test_an_export_verifies_with_the_standard_library_alone(lines: list[str], tmp_path: Path) -> None:
    """The same events and rows as in the database, and no finding."""
    file = tmp_path / "trail.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    told = standalone(str(file))
    expected = verify_lines(lines)
    assert (0, f"{expected.events} events, {expected.rows} rows, 0 findings\n") == (told.returncode, told.stdout)


@pytest.mark.parametrize(("record", "old", "new"), [
    ("event", "forced", "forsed"), ("rows", "differs by 1", "differs by 2"), ("facts", "differs by 1", "differs by 2"),
    ("contents", "corrected", "correctad"), ("head", '"seq": ', '"seq": 1'),
])
async def test_a_changed_export_is_reported(lines: list[str], tmp_path: Path, record: str, old: str, new: str) -> None:
    """One letter in any kind of record; exit 6."""
    file = tmp_path / "trail.jsonl"
    file.write_text("\n".join(changed(lines, record, old, new)), encoding="utf-8")
    told = standalone(str(file))
    assert (6, True) == (told.returncode, len(told.stdout.splitlines()) > 1), told


@pytest.mark.parametrize("kept", [0, 1, 20, -1])
async def test_an_export_that_is_cut_short_is_refused(lines: list[str], kept: int) -> None:
    """Not reported as a cut trail: it proves nothing."""
    with pytest.raises(ValueError, match="cut short"):
        verify_lines(lines[:kept])


@pytest.mark.parametrize(("line", "why"), [
    ("x", "Expecting value"), ('{"record": "x"}', "no record"), ('{"a": 1}', "record"),
    ('{"record": "trail", "format": "other/9", "cycle": "C"}', "the format is"),
])
async def test_what_is_no_trail_is_named_by_its_line(line: str, why: str) -> None:
    """With what is wrong about it."""
    with pytest.raises(ValueError, match=f"line 1: .*{why}"):
        verify_lines([line])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"data": {"heads": [{"stream": "x"}]}}'])
async def test_what_is_no_file_of_heads_is_refused(text: str) -> None:
    """Or a wrong file would verify everything."""
    with pytest.raises(ValueError, match=r"."):
        heads_of(text)


async def test_a_neighbour_is_not_verified(lab: Lab) -> None:
    """What is wrong in one cycle is no finding of another."""
    one, other = await furnished(lab), await furnished(lab)
    async with lab.database.begin() as tx:
        found = await verified(tx, one.slug)
    assert {stream.split("/")[0] for stream in found.heads} == {one.slug} != {other.slug}
