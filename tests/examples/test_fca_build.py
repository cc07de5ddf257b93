"""A built quarter says what the archive says, cell by cell, and differs only where the vault says so."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from examples.built import BuiltCycle
from examples.fca_call_report.build import build
from models.cycle_file import CycleFile
from models.errors import BadInput
from models.expressions import Compare
from models.items import Attribute
from tests.examples.fca_quarters import REAL_QUARTERS, identity, plain_records, write_quarter
from tests.oracles.fca import ASSETS_RULE, SUM_RULE, expected_outcomes, rule_breaks

ATTRIBUTES = {"NONACR", "ALLNLOSS", "NAQPROP", "ACNOCOMINC"}


def built(folder: Path, quarter: Path, *, perturb: int | None = None, count: int = 12) -> BuiltCycle:
    return build(folder / "cycle", vault=folder / "vault", quarter=quarter, perturb=perturb, count=count)


def cycle_file(cycle: BuiltCycle) -> CycleFile:
    return CycleFile.model_validate(yaml.safe_load(cycle.cycle_file.read_text(encoding="utf-8")))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(cycle: BuiltCycle) -> dict[tuple[str, str], tuple[str, str]]:
    """(institution, attribute) -> (reported, evidence) as the written files say, for every cell with evidence."""
    report = {row["UNINUM"]: row for row in rows(cycle.cycle_file.parent / "report.csv")}
    sources = {source.name: source for source in cycle_file(cycle).sources}
    return {(row["UNINUM"], attribute): (report[row["UNINUM"]][attribute], row[column])
            for upload in cycle.uploads for row in rows(upload.path)
            for attribute, column in sources[upload.source].columns.items()}


def differing(cycle: BuiltCycle) -> set[tuple[str, str]]:
    return {cell for cell, (reported, evidence) in cells(cycle).items()
            if Decimal(reported or 0) != Decimal(evidence or 0)}


class TestPublishedQuarters:
    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_every_cell_is_what_the_archive_says(self, tmp_path: Path, quarter: Path) -> None:
        """Report and evidence values equal those of an independent reading, for every institution and attribute."""
        expected = {cell: (reported, evidence) for cell, (reported, evidence, _) in expected_outcomes(quarter).items()}
        assert expected == cells(built(tmp_path, quarter))

    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_the_dictionary_has_a_line_per_column_of_the_report(self, tmp_path: Path, quarter: Path) -> None:
        """All 58 columns of Schedule RC are planned for, each with the agency's own description."""
        cycle = built(tmp_path, quarter).cycle_file.parent
        dictionary = rows(cycle / "dictionary.csv")
        assert (58, list(rows(cycle / "report.csv")[0]), []) == (
            len(dictionary), [line["name"] for line in dictionary],
            [line["name"] for line in dictionary if not line["title"]])

    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_real_filings_add_up_within_rounding(self, quarter: Path) -> None:
        """Every balance sheet of the four quarters adds up to within one thousand dollars, though not exactly."""
        assert (set(), {SUM_RULE}) == (rule_breaks(quarter), {rule for rule, _ in rule_breaks(quarter, tolerance=0)})

    @pytest.mark.parametrize("seed", [1, 7, 2026])
    @pytest.mark.parametrize("quarter", REAL_QUARTERS)
    def test_exactly_the_listed_values_differ(self, tmp_path: Path, quarter: Path, seed: int) -> None:
        """Perturbed, the cells that differ are those that really do and the twelve listed ones."""
        cycle = built(tmp_path, quarter, perturb=seed)
        real = {cell for cell, (_, _, outcome) in expected_outcomes(quarter).items() if outcome == "mismatch"}
        assert (12, real | cycle.planted_values) == (len(cycle.planted_values), differing(cycle))


class TestBuild:
    def test_the_cycle_file_loads_and_names_files_that_exist(self, tmp_path: Path) -> None:
        """What is written is a valid cycle file with dictionary and report beside it."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"))
        stated = cycle_file(cycle)
        beside = cycle.cycle_file.parent
        assert ("fca-1999-12", True, True) == (
            stated.cycle, (beside / stated.data.dictionary).is_file(), (beside / stated.data.report).is_file())

    def test_blank_and_zero_are_declared_the_same_amount(self, tmp_path: Path) -> None:
        """The cycle file says how amounts compare; nothing else does."""
        stated = cycle_file(built(tmp_path, write_quarter(tmp_path / "q.zip"))).comparison_of("NAQPROP")
        assert (True, Decimal(0), "number") == (stated.blank_is_zero, stated.tolerance, stated.data_type)

    def test_both_identities_hold_within_one(self, tmp_path: Path) -> None:
        """The rules are on total assets and on the sum of liabilities and net worth, explainable, tolerance 1."""
        rules = cycle_file(built(tmp_path, write_quarter(tmp_path / "q.zip"))).rules
        assert [(ASSETS_RULE, "ASSETS", "explainable"), (SUM_RULE, "TOTLICAP", "explainable")] == [
            (rule.name, rule.attribute, rule.gate) for rule in rules]
        assert [(Decimal(1), True)] * 2 == [(rule.expression.tolerance, rule.expression.blank_as_zero)
                                            for rule in rules if isinstance(rule.expression, Compare)]

    def test_only_attributes_with_a_source_are_tested(self, tmp_path: Path) -> None:
        """Four attributes are in scope by standing instruction; every other that is no key is out."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"))
        scoping = cycle_file(cycle).scoping
        names = {line["name"] for line in rows(cycle.cycle_file.parent / "dictionary.csv")}
        assert (ATTRIBUTES, names - ATTRIBUTES - {"UNINUM"}) == (set(scoping.always), set(scoping.never))

    def test_dictionary_lines_are_attributes(self, tmp_path: Path) -> None:
        """Each line of the dictionary makes a planning item; the key is the institution number alone."""
        lines = rows(built(tmp_path, write_quarter(tmp_path / "q.zip")).cycle_file.parent / "dictionary.csv")
        flags = ("mandatory", "primary_key", "critical")
        items = [Attribute.model_validate({**{key: value or None for key, value in line.items() if key != "domain"},
                                           "format": line["format"], **{flag: line[flag] == "yes" for flag in flags}})
                 for line in lines]
        assert (["UNINUM"], True) == ([item.name for item in items if item.primary_key], items[5].mandatory)

    def test_every_pair_has_an_owner_who_uploads_its_source(self, tmp_path: Path) -> None:
        """Four owners, one per schedule, over all districts; each uploads a file per district."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"))
        by_source = {upload.source: upload.owner for upload in cycle.uploads}
        wanted = {(attribute, line): by_source[source.name] for source in cycle_file(cycle).sources
                  for attribute in source.columns for line in ("District 10", "District 22")}
        assert (4, 8, wanted) == (len(set(by_source.values())), len(cycle.uploads), cycle.assignments)

    def test_evidence_is_split_by_district(self, tmp_path: Path) -> None:
        """No evidence file holds institutions of two districts."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"))
        assert {1} == {len({row["DIST"] for row in rows(upload.path)}) for upload in cycle.uploads}

    def test_an_institution_without_evidence_stays_without(self, tmp_path: Path) -> None:
        """A schedule that leaves out a whole district has no file for it, and nothing is made up."""
        quarter = write_quarter(tmp_path / "q.zip", records=plain_records(RCM=[(*identity(1), 0), (*identity(3), 0)]))
        cycle = built(tmp_path, quarter)
        without = {cell for cell, (_, _, outcome) in expected_outcomes(quarter).items() if outcome == "not_found"}
        assert ({("722002", "NAQPROP")}, 7, True) == (
            without, len(cycle.uploads), ("NAQPROP", "District 22") in cycle.assignments)

    def test_service_corporations_belong_to_no_district(self, tmp_path: Path) -> None:
        """District 0 is the agency's way to write that there is none."""
        who = (20, 0, 9, 12, 1999, "2000009")
        records = {name: [(*who, *row[6:]) for row in rows_[:1]] for name, rows_ in plain_records().items()}
        stated = cycle_file(built(tmp_path, write_quarter(tmp_path / "q.zip", records=records)))
        executives = [person for person in stated.people if "data_executive" in person.roles]
        assert ({"0": "No district"}, [("No district",)]) == (
            stated.data.line_of_business.map, [person.lines_of_business for person in executives])

    def test_columns_that_older_data_ends_before_are_stated(self, tmp_path: Path) -> None:
        """The instructions name what was taken as not yet collected, and the dictionary leaves it out."""
        records = plain_records(RCH=[row[:-1] for row in plain_records()["RCH"]])
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip", records=records))
        assert "ends before PENSIONADJ, which D_RCH.TXT names" in cycle_file(cycle).instructions

    def test_nothing_is_written_when_the_quarter_lacks_something(self, tmp_path: Path) -> None:
        """A refused quarter leaves no half-built cycle behind."""
        with pytest.raises(BadInput):
            built(tmp_path, write_quarter(tmp_path / "q.zip", leave_out=["D_RCM.TXT"]))
        assert ["q.zip"] == [path.name for path in tmp_path.iterdir()]


class TestPerturb:
    def test_unperturbed_nothing_is_planted(self, tmp_path: Path) -> None:
        """Without a seed the vault says that nothing was changed."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"))
        planted = json.loads((tmp_path / "vault" / "planted.json").read_text())
        assert (frozenset(), frozenset(), [], set()) == (
            cycle.planted_values, cycle.planted_rules, planted["values"], differing(cycle))

    def test_the_vault_lists_each_change_with_both_values(self, tmp_path: Path) -> None:
        """The list outside the worker's reach is the list that is handed on."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"), perturb=5, count=4)
        path = tmp_path / "vault" / "planted.json"
        listed = json.loads(path.read_text())
        assert {(*cell, cells(cycle)[cell][1]) for cell in cycle.planted_values} == {
            (change["key"], change["attribute"], change["after"]) for change in listed["changes"]}
        assert set(cycle.planted_values) == {tuple(pair) for pair in listed["values"]}
        assert 0o600 == path.stat().st_mode & 0o777

    def test_the_same_seed_makes_the_same_files(self, tmp_path: Path) -> None:
        """A perturbed run can be repeated, byte for byte."""
        quarter = write_quarter(tmp_path / "q.zip")
        folders = [built(tmp_path / name, quarter, perturb=3, count=5).cycle_file.parent for name in ("a", "b")]
        first, second = ([path.read_bytes() for path in sorted(folder.rglob("*.*"))] for folder in folders)
        assert (11, first) == (len(first), second)

    def test_a_cell_that_differs_already_is_never_changed(self, tmp_path: Path) -> None:
        """Real differences and planted ones do not hide each other, even when every other cell is changed."""
        records = plain_records(RCL=[(*identity(1), 0, 999), *plain_records()["RCL"][1:]])
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip", records=records), perturb=1, count=11)
        assert {*cycle.planted_values, ("710001", "NONACR")} == differing(cycle)
        assert ("710001", "NONACR") not in cycle.planted_values

    def test_more_changes_than_cells_are_refused(self, tmp_path: Path) -> None:
        """Three institutions and four attributes leave twelve cells to change."""
        with pytest.raises(BadInput, match="cannot change 13 evidence values: only 12 agree"):
            built(tmp_path, write_quarter(tmp_path / "q.zip"), perturb=1, count=13)

    def test_a_change_is_larger_than_any_tolerance(self, tmp_path: Path) -> None:
        """Every changed value is off by two thousand dollars or more, so no tolerance of the cycle covers it."""
        cycle = built(tmp_path, write_quarter(tmp_path / "q.zip"), perturb=9)
        assert all(abs(Decimal(reported or 0) - Decimal(evidence or 0)) >= 2
                   for cell, (reported, evidence) in cells(cycle).items() if cell in cycle.planted_values)
