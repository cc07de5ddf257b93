"""Starting a cycle: everything that can be checked is, and nothing is stored before all has passed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.prepare import prepare_cycle, read_inputs, slug_of, told_by
from methods.cycle_files import parse_cycle_file
from models.errors import AssayError, BadInput, MalformedCycleFile, UnusableFile, UnusableRule, WrongRole
from models.store import ContentStore
from tests.cli.builders import written
from tests.workflows.tiny import TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
SOURCE = {"name": "ledger", "keys": {"account": "id"}, "columns": {"a1": "A1"}}
DATA = {"dictionary": "dictionary.csv", "report": "report.csv"}
PERSON = {"id": TESTER, "name": "T",
          "roles": ["tester", "report_owner", "data_executive", "data_owner", "test_executive"]}
RULE = {"name": "r", "attribute": "a1", "description": "d", "expression": {"op": "not_blank", "column": "A1"}}


def store(folder: Path) -> ContentStore:
    return ContentStore((folder / "store").as_uri())


async def refusal(folder: Path, path: Path, *, actor: str = TESTER) -> AssayError:
    """The error of a start; the store stays empty."""
    with pytest.raises(AssayError) as raised:
        await prepare_cycle(store(folder), path, actor=actor)
    assert not (folder / "store").exists()
    return raised.value


async def test_names_the_files_by_their_hashes(tmp_path: Path) -> None:
    """The input of a cycle is its name and three hashes, whose bytes are in the store."""
    given = await prepare_cycle(store(tmp_path), written(tmp_path), actor=TESTER)
    assert ("2026q1:tiny", TESTER) == (given.slug, given.started_by)
    assert sha256((tmp_path / "report.csv").read_bytes()).hexdigest() == given.report_sha256
    assert (tmp_path / "dictionary.csv").read_bytes() == store(tmp_path).get(given.dictionary_sha256)


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "does not exist": Path.unlink,
    "is a folder": to_folder,
    "is empty": lambda path: path.write_bytes(b""),
    "is a PDF": lambda path: path.write_bytes(b"%PDF-1.7\n"),
    "is a workbook": lambda path: path.write_bytes(b"PK\x03\x04rest"),
}


@pytest.mark.parametrize("file", ["cycle.yaml", "dictionary.csv", "report.csv"])
@pytest.mark.parametrize("said", DAMAGES)
async def test_refuses_an_unusable_file(tmp_path: Path, file: str, said: str) -> None:
    """Missing, a folder, empty, or of another kind: the file is named, and what is wrong with it."""
    path = written(tmp_path)
    DAMAGES[said](tmp_path / file)
    error = await refusal(tmp_path, path)
    assert isinstance(error, UnusableFile)
    assert said in error.message
    assert file in error.message


@pytest.mark.parametrize(("changed", "error", "said"), [
    ({"sources": []}, MalformedCycleFile, "sources"),
    ({"surprise": 1}, MalformedCycleFile, "surprise"),
    ({"sources": [{**SOURCE, "columns": {"a9": "A9"}}]}, MalformedCycleFile, r"\(ledger\).columns: .*'a9'"),
    ({"sources": [{**SOURCE, "keys": {"a1": "A1"}}]}, MalformedCycleFile, "no primary key 'a1'"),
    ({"comparison": {"a1": {"scale": "0"}}}, MalformedCycleFile, "comparison.a1.scale: Input should be greater than 0"),
    ({"data": {**DATA, "line_of_business": {"column": "LINE", "map": {"Cards": "Cards"}}}}, MalformedCycleFile,
     r"data.line_of_business does not know .* 'LINE': 'Loans' \(3 records\)"),
    ({"people": [dict(PERSON, lines_of_business=["Cards"])]}, MalformedCycleFile, "'Loans' has no data_executive"),
    ({"comparison": {"a9": {}}}, MalformedCycleFile, "comparison: the dictionary has no attribute 'a9'"),
    ({"scoping": {"always": ["a9"]}}, MalformedCycleFile, "scoping.always: the dictionary has no attribute 'a9'"),
    ({"rules": [{**RULE, "attribute": "a9"}]}, MalformedCycleFile, "no attribute 'a9'"),
    ({"rules": [{**RULE, "expression": {"op": "not_blank", "column": "A9"}}]}, UnusableRule, "A9"),
])
async def test_refuses_a_cycle_file_that_does_not_fit(
    tmp_path: Path, changed: dict[str, Any], error: type[AssayError], said: str
) -> None:
    """Every name in the cycle file is one of the dictionary, every column one of the report data."""
    with pytest.raises(error, match=said):
        await prepare_cycle(store(tmp_path), written(tmp_path, **changed), actor=TESTER)


async def test_refuses_a_report_without_its_columns(tmp_path: Path) -> None:
    """The report data has every source column of the dictionary and the line of business."""
    path = written(tmp_path)
    report = tmp_path / "report.csv"
    report.write_text(report.read_text().replace("A1", "B1").replace("LINE", "LOB"))
    message = (await refusal(tmp_path, path)).message
    assert "no column 'A1'" in message
    assert "data.line_of_business.column: the report data has no column 'LINE'" in message


async def test_takes_the_report_in_gzip_and_another_encoding(tmp_path: Path) -> None:
    """What is stored is the file as filed; what it was read as is told."""
    path = written(tmp_path, data={**Tiny(cycle="2026q1").cycle_file()["data"], "report": "report.gz"})
    text = (tmp_path / "report.csv").read_text()
    (tmp_path / "report.gz").write_bytes(gzip.compress(text.replace("LINE", "LINE,NAME", 1).replace(
        "Loans", "Loans,Zo\xeb").replace("Cards", "Cards,Zo\xeb").encode("cp1252")))
    inputs = read_inputs(path, actor=TESTER)
    assert told_by(inputs)["report_data"] == "gzip, text, cp1252"
    given = await prepare_cycle(store(tmp_path), path, actor=TESTER)
    assert sha256((tmp_path / "report.gz").read_bytes()).hexdigest() == given.report_sha256


async def test_refuses_a_quotation_without_end(tmp_path: Path) -> None:
    """A report that swallows its own lines is refused before anything is stored."""
    path = written(tmp_path)
    report = tmp_path / "report.csv"
    report.write_text(report.read_text() + 'r9,"Cards' + ",1" * 100_000)
    assert "report.csv, line " in (await refusal(tmp_path, path)).message


async def test_refuses_what_is_not_yaml(tmp_path: Path) -> None:
    """A cycle file is YAML."""
    path = written(tmp_path)
    path.write_text("a: [")
    assert "is not YAML" in (await refusal(tmp_path, path)).message


@pytest.mark.parametrize("actor", ["ann", "nobody"])
async def test_refuses_who_may_not_start(tmp_path: Path, actor: str) -> None:
    """A tester or the test executive of the cycle file starts it."""
    error = await refusal(tmp_path, written(tmp_path), actor=actor)
    assert isinstance(error, WrongRole)
    assert error.hint.startswith("--as ")


@pytest.mark.parametrize(("amends", "slug"), [
    ("", "2026q1:tiny"), ("2026q1:tiny", "2026q1:tiny:a1"), ("2026q1:tiny:a1", "2026q1:tiny:a2"),
])
async def test_numbers_amendments(tmp_path: Path, amends: str, slug: str) -> None:
    """A correction has a name of its own, after the one that it corrects."""
    file = parse_cycle_file(written(tmp_path).read_bytes())
    assert slug == slug_of(file, amends=amends)


async def test_refuses_to_amend_another_report(tmp_path: Path) -> None:
    """A correction is of the same cycle and report."""
    file = parse_cycle_file(written(tmp_path, Tiny(cycle="2026q2")).read_bytes())
    with pytest.raises(BadInput, match="no correction of 2026q1:tiny"):
        slug_of(file, amends="2026q1:tiny")


PRIOR_RULE = {**RULE, "expression": {
    "op": "compare", "left": {"op": "column", "name": "A1"}, "relation": "<=",
    "right": {"op": "prior", "name": "A1", "keys": ["ACCOUNT"]}}}


def with_prior(folder: Path, prior: str = "ACCOUNT,A1\nr0001,5\n", **changed: Any) -> Path:
    """A cycle whose rule reads the prior period's table."""
    (folder / "prior.csv").write_text(prior)
    tiny = Tiny(cycle="2026q1").cycle_file()
    return written(folder, data={**tiny["data"], "tables": {"prior": "prior.csv"}}, rules=[PRIOR_RULE], **changed)


async def test_tables_beside_the_report_are_pinned_by_the_cycle_file(tmp_path: Path) -> None:
    """They are stored, and the stored cycle file says which bytes they are; the file on disk stays as it was."""
    path = with_prior(tmp_path)
    before = path.read_bytes()
    given = await prepare_cycle(store(tmp_path), path, actor=TESTER)
    noted = parse_cycle_file(store(tmp_path).get(given.cycle_file_sha256)).table_sha256
    assert (tmp_path / "prior.csv").read_bytes() == store(tmp_path).get(noted["prior"])
    assert before == path.read_bytes()
    assert given == await prepare_cycle(store(tmp_path), path, actor=TESTER)


@pytest.mark.parametrize(("prior", "error", "said"), [
    ("ACCOUNT,B1\nr0001,5\n", UnusableRule, "rules.0. .r..expression.right.name: the prior period has no column 'A1'"),
    ("", UnusableFile, "the table prior .* is empty"), ("ACCOUNT,A1,A1\n", MalformedCycleFile, "'A1' twice"),
])
async def test_refuses_a_table_that_its_rules_cannot_read(
    tmp_path: Path, prior: str, error: type[AssayError], said: str
) -> None:
    """A table is held against the rules before anything is stored."""
    with pytest.raises(error, match=said):
        await prepare_cycle(store(tmp_path), with_prior(tmp_path, prior), actor=TESTER)
    assert not (tmp_path / "store").exists()


async def test_refuses_two_header_records(tmp_path: Path) -> None:
    """A header is one record."""
    (tmp_path / "header.csv").write_text("YEAR\n2023\n2024\n")
    tiny = Tiny(cycle="2026q1").cycle_file()
    path = written(tmp_path, data={**tiny["data"], "tables": {"header": "header.csv"}})
    assert "it has 2 header records" in (await refusal(tmp_path, path)).message


@pytest.mark.parametrize(("changed", "said"), [
    ({"table_sha256": {"prior": "ab"}}, "written by `cycle start`"),
    ({"data": {**DATA, "line_of_business": {"column": "LINE"}, "tables": {"report": "prior.csv"}}}, "called 'report'")])
async def test_refuses_a_table_that_cannot_be_told(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    """Hashes are not written by hand, and the report is no table beside itself."""
    path = with_prior(tmp_path)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changed}))
    assert said in (await refusal(tmp_path, path)).message


async def test_a_cycle_file_in_braces_cannot_have_tables(tmp_path: Path) -> None:
    """Nothing can be added to it; the message says how to write it instead."""
    path = with_prior(tmp_path)
    path.write_text(json.dumps(yaml.safe_load(path.read_text()), default=str))
    assert "without braces" in (await refusal(tmp_path, path)).hint
