"""The ready FR Y-14M cycle: what is planted is exactly what an independent reading of its files finds.

Rules are read here with decimal and a few lines of their own, values in card_evidence.py; nothing of the builder's
checks or of Assay's rule engine and comparison is used for what is expected.
"""

from __future__ import annotations

import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from examples.built import BuiltCycle
from examples.fr_y_14m_d1.defects import CORRUPTIONS, KINDS, transpositions
from examples.fr_y_14m_d1.generate import build, main
from examples.fr_y_14m_d1.portfolio import account
from models.cycle_file import CycleFile
from models.items import Attribute
from tests.examples.card_evidence import Row, attributes, differences, is_date, key, number, report, rows, settings


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# An independent reading of the rules.


def fits(text: str, form: str) -> bool:
    if form.startswith("Date"):
        return is_date(text)
    if form.startswith("C"):
        return len(text) <= int(form[1:])
    whole, _, scale = form[1:].partition(".")
    decimals = rf"(\.\d{{1,{scale}}})?" if scale else ""
    return re.fullmatch(rf"-?\d{{1,{whole}}}{decimals}", text) is not None


def dictionary_faults(line: Row, text: str) -> Iterator[str]:
    if not text:
        if line["mandatory"] == "yes":
            yield "not_blank"
        return
    if not fits(text, line["format"]):
        yield "format"
    if line["domain"] and text not in line["domain"].split(";"):
        yield "domain"
    value = number(text)
    if value is not None and line["minimum"] and value < Decimal(line["minimum"]):
        yield "range"
    if value is not None and line["maximum"] and value > Decimal(line["maximum"]):
        yield "range"


def value_of(node: Any, row: Row, read: Callable[[str], Any]) -> Any:
    if node["op"] == "column":
        return read(row[node["name"]])
    if node["op"] == "value":
        return Decimal(node["value"])
    parts = [value_of(part, row, read) for part in node["values"]]
    if None in parts:
        return None
    return sum(parts) if node["op"] == "add" else parts[0] * parts[1]


def holds(node: Any, row: Row) -> bool:
    if node["op"] == "in":
        return not row[node["column"]] or row[node["column"]] in node["values"]
    if node["op"] == "when":
        return not holds(node["when"], row) or holds(node["then"], row)
    read: Callable[[str], Any] = number if node.get("as") != "date" else (lambda text: text if is_date(text) else None)
    left, right = value_of(node["left"], row, read), value_of(node["right"], row, read)
    if left is None or right is None:
        return True
    match node["relation"]:
        case "=":
            return bool(abs(left - right) <= Decimal(node.get("tolerance", "0")))
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
    raise AssertionError(f"the cycle file uses {node['relation']}, which this test does not know")


def found_rules(built: BuiltCycle) -> set[tuple[str, str]]:
    records, lines, rules = report(built), attributes(built), settings(built)["rules"]
    found = {
        (f"{line['name']}.{fault}", key(record))
        for record in records for line in lines for fault in dictionary_faults(line, record[line["source_column"]])
    }
    found |= {(rule["name"], key(row)) for row in records for rule in rules if not holds(rule["expression"], row)}
    return found | {("key.unique", one) for one, times in Counter(map(key, records)).items() if times > 1}


Make = Callable[..., BuiltCycle]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Builds of the module, each made once."""

    @cache
    def made(*, seed: int = 7, accounts: int = 300, defects: int | None = None) -> BuiltCycle:
        return build(tmp_path_factory.mktemp("cycle"), seed=seed, accounts=accounts, defects=defects)

    return made


class TestDictionary:
    def test_has_the_118_lines_of_the_schedule(self, make: Make) -> None:
        """118 lines, keys are lines 1-4, critical is line 44, and every line is an attribute that Assay can read."""
        lines = attributes(make())
        read = [
            Attribute.model_validate({
                **line, "mandatory": line["mandatory"] == "yes", "primary_key": line["primary_key"] == "yes",
                "critical": line["critical"] == "yes", "domain": tuple(filter(None, line["domain"].split(";"))),
                "minimum": line["minimum"] or None, "maximum": line["maximum"] or None,
            })
            for line in lines
        ]
        assert (118, 110) == (len(read), sum(attribute.mandatory for attribute in read))
        assert ["1", "2", "3", "4"] == [attribute.line for attribute in read if attribute.primary_key]
        assert ["44"] == [attribute.line for attribute in read if attribute.critical]

    def test_names_the_columns_of_the_report(self, make: Make) -> None:
        """The report has one column per line of the dictionary, in its order."""
        built = make()
        assert [line["source_column"] for line in attributes(built)] == list(report(built)[0])


class TestCycleFile:
    def test_is_a_cycle_file_with_people_for_every_line_of_business(self, make: Make) -> None:
        """Three lines of business have an executive and a supplier of every sourced attribute."""
        built = make()
        file = CycleFile.model_validate(settings(built))
        sourced = {attribute for source in file.sources for attribute in source.columns}
        lines = set(file.data.line_of_business.map.values())
        executives = {line for one in file.people if "data_executive" in one.roles for line in one.lines_of_business}
        assert (3, lines) == (len(lines), executives)
        assert {(attribute, line) for attribute in sourced for line in lines} == set(built.assignments)

    def test_scopes_at_least_forty_attributes_that_have_a_source(self, make: Make) -> None:
        """The standing instruction names 40 attributes or more, none of them without a source or a key."""
        file = CycleFile.model_validate(settings(make()))
        sourced = {attribute for source in file.sources for attribute in source.columns}
        assert set() == set(file.scoping.always) - sourced
        assert len(set(file.scoping.always)) >= 40
        assert len(sourced) >= 60

    def test_takes_another_cycle_id(self, tmp_path: Path) -> None:
        """The caller may name the cycle."""
        assert "march-again" == settings(build(tmp_path, accounts=4, cycle="march-again"))["cycle"]

    def test_gives_owners_the_lines_they_supply(self, make: Make) -> None:
        """Every supplier is a data owner of the line of business, and there are at least four of them."""
        built = make()
        owned = {
            (one["id"], line) for one in settings(built)["people"] if "data_owner" in one["roles"]
            for line in one["lines_of_business"]
        }
        supplied = {(owner, line) for (_, line), owner in built.assignments.items()}
        assert set() == supplied - owned
        assert len({owner for owner, _ in supplied}) >= 4


class TestPortfolio:
    def test_the_same_seed_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Two builds with one seed are alike in every file, the list of defects included."""
        for name in ("one", "two"):
            build(tmp_path / name, seed=3, accounts=60, vault=tmp_path / name / "vault")
        assert contents(tmp_path / "one") == contents(tmp_path / "two")

    def test_another_seed_gives_other_accounts(self, make: Make) -> None:
        """No account of one seed is an account of another."""
        assert set() == {key(row) for row in report(make(seed=1))} & {key(row) for row in report(make(seed=2))}

    def test_a_larger_portfolio_begins_with_the_smaller_one(self, make: Make) -> None:
        """An account depends on seed and index only."""
        assert report(make(defects=0)) == report(make(defects=0, accounts=400))[:300]

    @pytest.mark.parametrize("seed", range(2))
    def test_without_defects_every_rule_holds_and_all_evidence_agrees(self, make: Make, seed: int) -> None:
        """`defects=0` plants nothing, and nothing is found."""
        built = make(seed=seed, defects=0)
        assert (set(), []) == (found_rules(built), differences(built))
        assert (frozenset(), frozenset()) == (built.planted_rules, built.planted_values)

    def test_no_two_accounts_share_a_reference(self) -> None:
        """Reference numbers are unique by construction."""
        assert 3000 == len({account(7, index)["ReferenceNumber"] for index in range(3000)})

    def test_covers_three_lines_of_business(self, make: Make) -> None:
        """Every line of business has enough accounts for five samples."""
        assert min(sum(1 for _ in rows(upload.path)) for upload in make().uploads) >= 20

    def test_extracts_hold_every_account_once(self, make: Make) -> None:
        """Without flaws each source knows each account of the report, filed twice or not, exactly once."""
        built = make(defects=0)
        found = Counter(next(iter(row.values())) for upload in built.uploads for row in rows(upload.path))
        assert dict.fromkeys({row["REFERENCE_NUMBER"] for row in report(built)}, 2) == found


class TestDefects:
    @pytest.mark.parametrize(("seed", "defects"), [(7, None), (8, None), (1, 100), (2, 100), (3, 100), (4, 0)])
    def test_planted_rules_are_exactly_those_broken(self, make: Make, seed: int, defects: int | None) -> None:
        """An independent check of the report finds the planted (rule, key) pairs, and no other."""
        built = make(seed=seed, defects=defects)
        assert built.planted_rules == found_rules(built)

    @pytest.mark.parametrize(("seed", "defects"), [(7, None), (1, 100), (2, 100)])
    def test_planted_values_are_exactly_those_that_are_wrong(self, make: Make, seed: int, defects: int | None) -> None:
        """Compared independently, extracts and statements have the planted (key, attribute) pairs, and no other."""
        built = make(seed=seed, defects=defects)
        assert differences(built) == []

    @pytest.mark.nightly
    @pytest.mark.parametrize("seed", range(100, 130))
    def test_planted_values_are_exact_for_many_seeds(self, tmp_path: Path, seed: int) -> None:
        """Nothing depends on the seed."""
        assert differences(build(tmp_path, seed=seed, accounts=300, defects=100)) == []

    def test_every_corruption_breaks_a_rule_of_its_attribute(self, tmp_path: Path) -> None:
        """Enough defects to use every corruption; each of them breaks at least one rule."""
        count = len(KINDS) * max(len(choices) for choices in CORRUPTIONS.values())
        build(tmp_path / "cycle", accounts=3 * count, defects=count, vault=tmp_path)
        planted = json.loads((tmp_path / "planted.json").read_text())["defects"]
        corrupted = [one for one in planted if one["rules"]]
        every = {(kind, attribute) for kind, choices in CORRUPTIONS.items() for attribute, _ in choices}
        assert every | {("duplicate_key", "")} == {(one["kind"], one["attribute"]) for one in corrupted}
        assert count == len(corrupted)

    def test_default_plants_twelve_corruptions_of_every_kind(self, make: Make, tmp_path: Path) -> None:
        """The default portfolio shows every kind of corruption, altered extracts of 12 % and flaws of 24 %."""
        build(tmp_path / "cycle", vault=tmp_path)
        planted = json.loads((tmp_path / "planted.json").read_text())["defects"]
        corrupted = [one for one in planted if one["rules"]]
        assert (12, set(KINDS)) == (len(corrupted), {one["kind"] for one in corrupted})
        assert 240 == len({one["record_key"] for one in planted if one["source"]})
        assert 120 == len({one["record_key"] for one in planted if not one["rules"] and not one["source"]})

    def test_records_filed_twice_are_alike(self, make: Make) -> None:
        """Both copies agree in every column, so that it does not matter which one is tested."""
        built = make(seed=1, defects=100)
        records = report(built)
        twice = [one for one, times in Counter(map(key, records)).items() if times > 1]
        copies = [{tuple(row.items()) for row in records if key(row) == one} for one in twice]
        assert (11, {1}) == (len(twice), {len(alike) for alike in copies})

    def test_reported_numbers_and_dates_with_evidence_can_be_read(self, make: Make) -> None:
        """No corruption makes a comparison ambiguous: unreadable values are in attributes without a source."""
        built = make(seed=1, defects=100)
        sourced = {attribute for attribute, _ in built.assignments}
        lines = [line for line in attributes(built) if line["name"] in sourced and line["data_type"] not in
                 {"text", "code"}]
        readable = {"date": is_date}
        assert [] == [
            (line["name"], text)
            for row in report(built) for line in lines if (text := row[line["source_column"]])
            and not readable.get(line["data_type"], number)(text) and number(text) is None
        ]

    def test_first_attempt_is_wrong_in_one_column(self, make: Make) -> None:
        """The extract that is returned differs from its corrected version in the current score alone."""
        built = make()
        (attempt,) = built.first_attempts
        (final,) = [one for one in built.uploads if (one.owner, one.source) == (attempt.owner, attempt.source)]
        pairs = zip(rows(attempt.path), rows(final.path), strict=True)
        assert {"current_score"} == {column for one, two in pairs for column in one if one[column] != two[column]}

    def test_list_of_defects_is_kept_apart_and_private(self, tmp_path: Path) -> None:
        """planted.json lies in the vault only and names what `build` returns."""
        built = build(tmp_path / "cycle", accounts=60, vault=tmp_path / "vault")
        path = tmp_path / "vault" / "planted.json"
        planted = json.loads(path.read_text())
        assert 0o600 == path.stat().st_mode & 0o777
        assert not list((tmp_path / "cycle").rglob("planted*"))
        assert built.planted_rules == {tuple(pair) for pair in planted["rules"]}
        assert built.planted_values == {tuple(pair) for pair in planted["values"]}

    def test_more_defects_than_accounts_are_refused(self, tmp_path: Path) -> None:
        """A portfolio too small for its defects says how many it can hold, and nothing is written."""
        with pytest.raises(ValueError, match="ask for 0 to 3 defects"):
            build(tmp_path / "cycle", accounts=10, defects=6)
        assert not (tmp_path / "cycle").exists()

    def test_transpositions_swap_neighbouring_digits_only(self) -> None:
        """Swaps across the point, of equal digits and to a leading zero are left out."""
        assert ["10.36", "301.6"] == [*transpositions("10.63"), *transpositions("310.6")[1:]]


class TestCommandLine:
    def test_builds_and_takes_a_share_of_defects(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """`--defects 0.1` corrupts one record for every ten accounts."""
        main(["--target", str(tmp_path / "cycle"), "--accounts", "90", "--vault", str(tmp_path), "--defects", "0.1"])
        planted = json.loads((tmp_path / "planted.json").read_text())["defects"]
        assert 9 == sum(1 for one in planted if one["rules"])
        assert str(tmp_path / "cycle" / "cycle.yaml") in capsys.readouterr().out


def peak_of(folder: Path, *, accounts: int, defects: int | None = None) -> int:
    tracemalloc.start()
    try:
        build(folder, accounts=accounts, defects=defects)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestMemory:
    def test_does_not_grow_with_the_accounts(self, tmp_path: Path) -> None:
        """Five times the accounts take no more than a tenth of what the additional records weigh."""
        small, large = (peak_of(tmp_path / str(accounts), accounts=accounts, defects=0) for accounts in (200, 1000))
        grown = (tmp_path / "1000" / "report.csv").stat().st_size - (tmp_path / "200" / "report.csv").stat().st_size
        assert large - small < grown / 10

    @pytest.mark.nightly
    def test_a_hundred_thousand_accounts_stay_below_sixty_megabytes(self, tmp_path: Path) -> None:
        """What remains is the list of planted defects."""
        assert peak_of(tmp_path, accounts=100_000) < 60_000_000
