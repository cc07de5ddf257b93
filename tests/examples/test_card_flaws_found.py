"""Assay's own reader and comparison meet every kind of flaw in the deliveries of the ready FR Y-14M cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from examples.built import BuiltCycle
from examples.fr_y_14m_d1 import dictionary
from examples.fr_y_14m_d1.flaws import WAYS
from examples.fr_y_14m_d1.generate import build
from examples.fr_y_14m_d1.portfolio import PERIOD
from examples.fr_y_14m_d1.statement import as_pdf
from methods.cycle_files import parse_cycle_file
from methods.evidence import Evidence, read_evidence, source_key
from methods.judgement import judge
from models.cycle_file import CycleFile, Source
from models.items import DataType
from tests.examples.card_evidence import archive, key, planted, report

Read = Callable[..., Evidence]
TYPES = {line.name: DataType(line.data_type) for line in dictionary.lines()}
OUTCOMES = {
    "wrong_statement": "mismatch", "second_statement": "needs_review", "illegible_statement": "unreadable",
    "second_row": "needs_review", "unreadable_cell": "unreadable",
}
ABSENT = ["missing_statement", "lost_statement", "missing_row"]
LINES = {"3": "small-business", "4": "small-business", "5": "commercial", "6": "commercial"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltCycle:
    """A portfolio whose deliveries have every kind of flaw."""
    folder = tmp_path_factory.mktemp("cycle")
    return build(folder, seed=5, accounts=240, defects=60, vault=folder / "vault")


@pytest.fixture(scope="module")
def file(built: BuiltCycle) -> CycleFile:
    return parse_cycle_file(built.cycle_file.read_bytes())


def source_of(file: CycleFile, name: str) -> Source:
    return next(source for source in file.sources if source.name == name)


def key_in(source: Source, record_key: str) -> str:
    names = ("ReferenceNumber", "CustomerId", "BankId", "PeriodId")
    return source_key(source, dict(zip(names, record_key.split("|"), strict=True)))


def of_kind(built: BuiltCycle, kind: str, count: int = 2) -> list[dict[str, Any]]:
    found = [one for one in planted(built) if one["kind"] == kind][:count]
    assert found, f"no {kind} was planted"
    return found


def evidence_of(built: BuiltCycle, file: CycleFile, one: dict[str, Any], *, again: bool = False) -> Evidence:
    """What Assay reads in the delivery that a flaw concerns, or in what the owner hands in after it."""
    source = source_of(file, one["source"])
    if one["source"] == "statements":
        pages = archive(built).find(one["record_key"].partition("|")[0], second_copy=again)
        # A statement without flaw stands beside it, as in any delivery.
        sound = next(found for row in report(built) if row["REFERENCE_NUMBER"] not in archive(built).flaws
                     if (found := archive(built).find(row["REFERENCE_NUMBER"])))
        return read_evidence(as_pdf([*sound, *pages], as_of=PERIOD), source=source)
    return read_evidence(_table(built, one, built.supplements if again else built.uploads), source=source)


def _table(built: BuiltCycle, one: dict[str, Any], uploads: Iterable[Any]) -> bytes:
    lending = next(row["LENDING_TYPE"] for row in report(built) if key(row) == one["record_key"])
    path: Path = next(upload.path for upload in uploads if f"business_ledger-{LINES[lending]}" in upload.path.name)
    return path.read_bytes()


def outcomes(
    built: BuiltCycle, file: CycleFile, one: dict[str, Any], attributes: Iterable[str], *, again: bool = False
) -> set[str]:
    """The results of the cases on attributes of the record that a flaw concerns."""
    columns = {line.name: line.column for line in dictionary.lines()}
    reported = next(row for row in report(built) if key(row) == one["record_key"])
    evidence, source = evidence_of(built, file, one, again=again), source_of(file, one["source"])
    judged = [
        judge(reported[columns[attribute]], evidence, document="the delivery", attribute=attribute,
              key=key_in(source, one["record_key"]), data_type=TYPES[attribute], spec=file.comparison_of(attribute))
        for attribute in attributes
    ]
    return {one.outcome.result for one in judged}


def test_every_kind_has_an_outcome_here() -> None:
    """No kind of flaw is left out of these tests."""
    assert {*OUTCOMES, *ABSENT} == {*WAYS, "wrong_statement"}


@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_flaw_has_the_outcome_that_its_way_needs(built: BuiltCycle, file: CycleFile, kind: str) -> None:
    """Wrong values mismatch, values stated twice need review, others are unreadable."""
    for one in of_kind(built, kind):
        assert {OUTCOMES[kind]} == outcomes(built, file, one, [one["attribute"]])


@pytest.mark.parametrize("kind", ABSENT)
def test_an_absent_record_is_not_there(built: BuiltCycle, file: CycleFile, kind: str) -> None:
    """Its key is none of those read, so that its cases stay with the owner."""
    for one in of_kind(built, kind):
        assert key_in(source_of(file, one["source"]), one["record_key"]) not in evidence_of(built, file, one).records


@pytest.mark.parametrize("kind", ["illegible_statement", "unreadable_cell", "missing_statement", "missing_row"])
def test_what_went_back_matches_once_it_is_put_right(built: BuiltCycle, file: CycleFile, kind: str) -> None:
    """Supplement and second copy hold every value as it was reported."""
    (one,) = of_kind(built, kind, 1)
    attributes = [one["attribute"]] if one["attribute"] else source_of(file, one["source"]).columns
    assert outcomes(built, file, one, attributes, again=True) <= {"match", "match_within_tolerance"}


def test_a_lost_statement_is_on_no_copy(built: BuiltCycle, file: CycleFile) -> None:
    """The second copy lacks it as the first does."""
    (one,) = of_kind(built, "lost_statement", 1)
    key_there = key_in(source_of(file, "statements"), one["record_key"])
    assert key_there not in evidence_of(built, file, one, again=True).records
