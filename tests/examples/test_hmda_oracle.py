"""The HMDA pack against CFPB's own rule engine: the same loans fail, and every difference is explained and reproduced.

The engine's answers are for files that were built to break one edit each. The pack keeps to the edits' text; where the
engine does not, `engine_readings.yaml` says how it reads the edit instead, and that reading gives its answers.
"""

from __future__ import annotations

import csv
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pytest

from examples.hmda_2023.check import SHEET, check
from examples.hmda_2023.filing import read_census
from examples.hmda_2023.layout import LOAN, TRANSMITTAL_SHEET
from examples.hmda_2023.pack import Edit, edits, engine_readings
from methods.delimited import Headed, read_headed
from methods.rule_tables import HEADER, TABLE
from models.expressions import Expression, Unique
from tests.examples.hmda_tables import OF, Loans, reads_others

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".." / "shared" / "data" / "hmda"
README = ROOT / "examples" / "hmda_2023" / "README.md"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="CFPB's test files are not beside the checkout"
                                                          " (../shared/data/hmda)")
Found = Mapping[tuple[str, str], Counter[str]]


@pytest.fixture(scope="module")
def filings() -> dict[str, Headed]:
    """Every file of the archive, by the name that the oracle calls it."""
    with tarfile.open(DATA / "files.tar.xz") as archive:
        return {member.name: read_headed(content.read(), header=TRANSMITTAL_SHEET, records=LOAN, name=member.name)
                for member in archive if (content := archive.extractfile(member)) is not None}


@pytest.fixture(scope="module")
def loans(filings: Mapping[str, Headed], tmp_path_factory: pytest.TempPathFactory) -> Loans:
    """The records of all files in one table."""
    loans = Loans()
    loans.load(tmp_path_factory.mktemp("loans"), {
        TABLE: [(name, *record) for name, filing in filings.items() for record in filing.records],
        HEADER: [(name, *filing.header.values()) for name, filing in filings.items()],
        "census": list(read_census(DATA / "geo_subset_SYNTHETIC_attributes.txt"))})
    return loans


@pytest.fixture(scope="module")
def oracle() -> Found:
    """What the engine reports: failing ids by file and edit, with repetitions."""
    usual = csv.field_size_limit(10_000_000)
    with (DATA / "oracle.csv").open(encoding="utf-8", newline="") as file:
        found = {(row["file"].removeprefix("test_files/"), row["edit"]): Counter(row["failed_rows"].split(";"))
                 for row in csv.DictReader(file) if check_count(row)}
    csv.field_size_limit(usual)
    return found


def check_count(row: Mapping[str, str]) -> bool:
    """The oracle's count is the number of its ids."""
    assert int(row["fail_count"]) == len(row["failed_rows"].split(";"))
    return True


def shared() -> dict[str, Edit]:
    """The edits that the oracle is about, by its names for them."""
    named = {edit.edit.lower().replace("-", "_"): edit for edit in edits()}
    return {name: named[name] for name in (DATA / "shared_edits.txt").read_text(encoding="utf-8").split()}


def file_by_file(expression: Expression) -> Expression:
    """The same demand where the files of all filings stand in one table."""
    return Unique(op="unique", columns=(OF, *expression.columns)) if isinstance(expression, Unique) else expression


def by_file(loans: Loans, name: str, edit: Edit, expression: Expression) -> Iterator[tuple[tuple[str, str], str]]:
    for of, *ids in loans.failing(edit, key="uli" if edit.over == TABLE else None, expression=file_by_file(expression)):
        yield (of, name), ids[0] if ids else SHEET


def run(loans: Loans, expressions: Mapping[str, Expression]) -> Found:
    known = shared()
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, expression in expressions.items():
        for place, failing in by_file(loans, name, known[name], expression):
            found[place][failing] += 1
    return found


def differing(ours: Found, theirs: Found, names: Sequence[str], filings: Mapping[str, Headed]) -> Counter[str]:
    """By edit, in how many files count or ids differ."""
    return Counter(name for name in names for file in filings
                   if ours.get((file, name), Counter()) != theirs.get((file, name), Counter()))


def test_the_score_over_the_oracle(loans: Loans, oracle: Found, filings: Mapping[str, Headed],
                                   capsys: pytest.CaptureFixture[str]) -> None:
    """Read by their text, all edits agree with the engine in counts and ids, but for the listed ones."""
    known = shared()
    apart = [name for name, edit in known.items() if reads_others(edit) and not isinstance(edit.expression, Unique)]
    assert [] == apart
    ours = run(loans, {name: edit.expression for name, edit in known.items()})
    misses = differing(ours, oracle, [*known], filings)
    total = len(known) * len(filings)
    agreeing = sum(not misses[name] for name in known)
    told = sum(misses[name] == 0 or ours.get((file, name), Counter()) == found
               for (file, name), found in oracle.items())
    with capsys.disabled():
        sys.stdout.write(f"\nHMDA 2023 against CFPB's engine, counts and ids: {total - misses.total():,} of {total:,}"
                         f" pairs of file and edit are equal, {told:,} of the {len(oracle):,} that it fails;"
                         f" {agreeing} of {len(known)} edits in every file\n")
        for name, count in misses.most_common():
            sys.stdout.write(f"  {known[name].edit:7} {count:4}  {engine_readings()[known[name].edit].reason}\n")
    assert {known[name].edit for name in misses} == engine_readings().keys()
    stated = README.read_text(encoding="utf-8")
    assert f"{total - misses.total():,} of {total:,} pairs" in re.sub(r"\s+", " ", stated)
    assert all(f"| {known[name].edit} | {count} |" in stated for name, count in misses.items())


def test_the_listed_readings_explain_every_difference(loans: Loans, oracle: Found,
                                                      filings: Mapping[str, Headed]) -> None:
    """Read as the list says that the engine does, no file and no edit differs."""
    known, readings = shared(), engine_readings()
    other = {name: readings[edit.edit] for name, edit in known.items() if edit.edit in readings}
    ours = run(loans, {name: reading.expression for name, reading in other.items() if reading.expression is not None})
    assert Counter() == differing(ours, oracle, [*other], filings)


@pytest.mark.nightly
@pytest.mark.parametrize("as_engine", [False, True])
def test_the_files_one_by_one_as_assay_loads_them(filings: Mapping[str, Headed], oracle: Found,
                                                  as_engine: bool) -> None:
    """Every ninth, checked as a filing in its own locked-down table with all edits: the same answers."""
    known, some = shared(), dict(islice(filings.items(), 0, None, 9))
    census = list(read_census(DATA / "geo_subset_SYNTHETIC_attributes.txt"))
    ours = {(file, one.edit.edit.lower().replace("-", "_")): Counter(one.failing)
            for file, filing in some.items()
            for one in check(filing, {"census": census}, as_engine=as_engine) if one.failing}
    misses = differing(ours, oracle, [*known], some)
    assert {known[name].edit for name in misses} <= (set() if as_engine else engine_readings().keys())
