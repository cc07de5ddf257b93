"""Builds the ready cycle: report, dictionary, cycle file and the extracts of every system of record.

One pass over a stream of accounts; memory grows with the planted defects only. The same seed gives the same bytes.
`python -m examples.fr_y_14m_d1.generate --target DIR --vault DIR [--accounts N] [--seed N] [--defects N|SHARE]`
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from examples.built import BuiltCycle, Pairs, Upload, Way
from examples.fr_y_14m_d1 import dictionary
from examples.fr_y_14m_d1.checks import UNIQUE_KEY, broken_rules
from examples.fr_y_14m_d1.defects import DUPLICATE, Plan, alter, corrupt, draw_plan
from examples.fr_y_14m_d1.deliveries import SUPPLEMENT, Delivery, beside, delivery, extract_path
from examples.fr_y_14m_d1.dictionary import Line
from examples.fr_y_14m_d1.extracts import DELIVERIES, Extract, layout
from examples.fr_y_14m_d1.flaws import ABSENT, IN_TABLES, ON_STATEMENTS, Flaw, draw_flaw, way_of
from examples.fr_y_14m_d1.portfolio import account
from examples.fr_y_14m_d1.statements import LINE_OF_BUSINESS, OWNER, SOURCE, make_archive
from examples.fr_y_14m_d1.tables import MOST_ROWS
from models.cycle_file import CycleFile
from models.items import record_key

TEMPLATE = Path(__file__).with_name("cycle.yaml")
# The first version of this extract exports the score at application as the current score; the tester returns it.
FLAWED = ("decision_hub", "Consumer Cards")
FIRST_ATTEMPT = "first-attempt"
FLAWED_ATTRIBUTE, TAKEN_FROM = "RefreshedCreditScorePrimaryBorrower", "OriginalCreditScorePrimaryBorrower"
CORRUPTED, ALTERED_SHARE, FLAWED_SHARE, MOST_DEFECTS = 12, 0.12, 0.24, 10_000
# A fifth of the accounts goes to the workbook, and a sheet must hold them.
MOST_ACCOUNTS = 4 * MOST_ROWS


@dataclass(frozen=True, slots=True)
class Planted:
    """One defect: in a record of the report (with the rules it breaks), in what a source holds, or in its delivery.

    Without an attribute the whole record is concerned: filed twice, or absent from what `source` delivers.
    """

    kind: str
    record_key: str
    attribute: str
    reported: str
    evidence: str
    source: str = ""
    rules: tuple[str, ...] = ()


@dataclass
class Portfolio:
    """Everything one build works on; `planted` fills while the accounts stream by."""

    seed: int
    accounts: int
    plan: Plan
    file: CycleFile
    lines: tuple[Line, ...]
    layouts: Mapping[tuple[str, str], Extract]
    planted: list[Planted] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The attributes that each source proves."""
        return {source.name: tuple(source.columns) for source in self.file.sources}

    @property
    def sourced(self) -> frozenset[str]:
        """Attributes that some source proves."""
        return frozenset(attribute for attributes in self.columns.values() for attribute in attributes)

    def tested(self, *sources: str) -> list[Line]:
        """The attributes in scope by standing instruction that these sources prove, in the order of the report."""
        proved = {attribute for source in sources for attribute in self.columns[source]}
        return [line for line in self.lines if line.name in proved & {*self.file.scoping.always}]

    def tables(self, line_of_business: str) -> list[str]:
        """The sources that deliver a table for a line of business."""
        return [source for source, line in DELIVERIES if line == line_of_business]


def build(
    target: Path, *, seed: int = 7, accounts: int = 1000, defects: int | None = None,
    vault: Path | None = None, cycle: str | None = None,
) -> BuiltCycle:
    """Write the cycle under `target` and, where `vault` is given, the list of defects as planted.json there.

    `defects` corrupts so many report records, alters what the sources hold of so many other accounts, and spoils the
    delivery of as many again; by default 12, 12 % and 24 % (at most 10,000). `cycle` replaces the id in the cycle file.
    ValueError when the portfolio is too small for them.
    """
    corrupted, altered, flawed = _how_many(accounts, defects)
    file = CycleFile.model_validate(yaml.safe_load(_cycle_text(cycle)))
    lines = dictionary.lines()
    sources = {source.name: source for source in file.sources}
    portfolio = Portfolio(
        seed=seed, accounts=accounts, file=file, lines=lines,
        plan=draw_plan(seed, accounts=accounts, corrupted=corrupted, altered=altered, flawed=flawed),
        layouts={key: layout(sources[key[0]], key[1], file=file, lines=lines) for key in DELIVERIES},
    )
    target.mkdir(parents=True, exist_ok=True)
    cycle_file = target / "cycle.yaml"
    cycle_file.write_text(_cycle_text(cycle), encoding="utf-8")
    shutil.copyfile(dictionary.PATH, target / file.data.dictionary)
    _write_data(portfolio, target)
    built = _built(portfolio, target, cycle_file)
    if vault is not None:
        _lock_away(portfolio, built, vault)
    return built


def _how_many(accounts: int, defects: int | None) -> tuple[int, int, int]:
    if not 1 <= accounts <= MOST_ACCOUNTS:
        raise ValueError(f"{accounts} accounts: a portfolio has 1 to {MOST_ACCOUNTS} accounts")
    if defects is None:
        most = min(accounts // 4, MOST_DEFECTS)
        altered, flawed = (max(15, int(accounts * share)) for share in (ALTERED_SHARE, FLAWED_SHARE))
        return min(CORRUPTED, most), min(altered, most), min(flawed, most)
    if not 0 <= 3 * defects <= accounts:
        raise ValueError(
            f"{defects} defects: each kind needs so many accounts of its own, and the portfolio has {accounts}; "
            f"ask for 0 to {accounts // 3} defects, or for more accounts"
        )
    return defects, defects, defects


def _cycle_text(cycle: str | None) -> str:
    text = TEMPLATE.read_text(encoding="utf-8")
    return text if cycle is None else text.replace("cycle: fr-y-14m-d1-2026-03\n", f"cycle: {cycle}\n")


def _write_data(portfolio: Portfolio, target: Path) -> None:
    lines_of_business = portfolio.file.data.line_of_business.map
    paths = {key: extract_path(target, *key) for key in DELIVERIES}
    paths[FLAWED].parent.mkdir(exist_ok=True)
    with ExitStack() as files:
        text = files.enter_context((target / portfolio.file.data.report).open("w", encoding="utf-8", newline=""))
        report = csv.writer(text, lineterminator="\n")
        report.writerow(line.column for line in portfolio.lines)
        deliveries = {key: files.enter_context(_opened(portfolio, path, key)) for key, path in paths.items()}
        attempt = files.enter_context(_opened(portfolio, beside(paths[FLAWED], FIRST_ATTEMPT), FLAWED))
        for index in range(portfolio.accounts):
            values = account(portfolio.seed, index)
            report.writerow(_reported(portfolio, index, values))
            line = lines_of_business[values["LendingType"]]
            owned = _owned(portfolio, index, values, line)
            flawed, flaw = _flaw(portfolio, index, values, line)
            for source in portfolio.tables(line):
                deliveries[source, line].add(index, owned, flaw if source == flawed else None)
            if line == FLAWED[1]:
                attempt.add(index, {**owned, FLAWED_ATTRIBUTE: owned[TAKEN_FROM]})
        report.writerows(_filed_again(portfolio))


def _opened(portfolio: Portfolio, path: Path, key: tuple[str, str]) -> AbstractContextManager[Delivery]:
    return delivery(path, *key, extract=portfolio.layouts[key], file=portfolio.file)


def _reported(portfolio: Portfolio, index: int, values: Mapping[str, str]) -> list[str]:
    number = portfolio.plan.corrupted.get(index)
    if number is None:
        return [values[line.name] for line in portfolio.lines]
    change = corrupt(values, number, seed=portfolio.seed)
    if change is None:
        portfolio.planted.append(Planted(DUPLICATE, _key(portfolio, values), "", "", "", rules=(UNIQUE_KEY,)))
        return [values[line.name] for line in portfolio.lines]
    wrong = {**values, change.attribute: change.value}
    portfolio.planted.append(Planted(
        kind=change.kind, record_key=_key(portfolio, values), attribute=change.attribute, reported=change.value,
        evidence=values[change.attribute] if change.attribute in portfolio.sourced else "",
        rules=broken_rules(wrong, portfolio.lines),
    ))
    return [wrong[line.name] for line in portfolio.lines]


def _owned(portfolio: Portfolio, index: int, values: dict[str, str], line_of_business: str) -> dict[str, str]:
    """What the systems that deliver tables hold of an account, in the notation of the report."""
    if index not in portfolio.plan.altered:
        return values
    among = portfolio.tested(*portfolio.tables(line_of_business))
    changes = alter(values, seed=portfolio.seed, index=index, among=among)
    key = _key(portfolio, values)
    portfolio.planted += [
        Planted(change.kind, key, change.attribute, values[change.attribute], change.value) for change in changes
    ]
    return {**values, **{change.attribute: change.value for change in changes}}


def _flaw(portfolio: Portfolio, index: int, values: dict[str, str], line: str) -> tuple[str, Flaw | None]:
    """The source whose delivery of this account is flawed, and how; statements are printed later, from the list."""
    number = portfolio.plan.flawed.get(index)
    if number is None:
        return "", None
    source = SOURCE if line == LINE_OF_BUSINESS else portfolio.tables(line)[0]
    kinds = ON_STATEMENTS if source == SOURCE else IN_TABLES
    flaw = draw_flaw(values, number, seed=portfolio.seed, kinds=kinds, among=portfolio.tested(source))
    reported = values.get(flaw.attribute, "")
    portfolio.planted.append(
        Planted(flaw.kind, _key(portfolio, values), flaw.attribute, reported, flaw.value, source)
    )
    return source, flaw


def _filed_again(portfolio: Portfolio) -> Iterator[list[str]]:
    """Second copies of the records that are filed twice, alike in every column so that no comparison is ambiguous."""
    for index in portfolio.plan.duplicates:
        values = account(portfolio.seed, index)
        yield [values[line.name] for line in portfolio.lines]


def _key(portfolio: Portfolio, values: Mapping[str, str]) -> str:
    return record_key(values[line.name] for line in portfolio.lines if line.primary_key)


def _built(portfolio: Portfolio, target: Path, cycle_file: Path) -> BuiltCycle:
    paths = {key: extract_path(target, *key) for key in DELIVERIES}
    supplements = {key: beside(path, SUPPLEMENT) for key, path in paths.items()}
    return BuiltCycle(
        cycle_file=cycle_file,
        assignments=_assignments(portfolio),
        uploads=tuple(Upload(_supplier(*key), key[0], path) for key, path in paths.items()),
        planted_rules=frozenset((rule, one.record_key) for one in portfolio.planted for rule in one.rules),
        planted_by_way=_by_way(portfolio),
        first_attempts=(Upload(_supplier(*FLAWED), FLAWED[0], beside(paths[FLAWED], FIRST_ATTEMPT)),),
        supplements=tuple(
            Upload(_supplier(*key), key[0], path) for key, path in supplements.items() if path.exists()
        ),
        archives=(make_archive(
            portfolio.file, seed=portfolio.seed, accounts=portfolio.accounts,
            flaws=((one.kind, one.record_key, one.attribute, one.evidence) for one in portfolio.planted),
        ),),
    )


def _by_way(portfolio: Portfolio) -> dict[Way, Pairs]:
    found: dict[Way, set[tuple[str, str]]] = {}
    for one in portfolio.planted:
        found.setdefault(way_of(one.kind), set()).update(_pairs(portfolio, one))
    return {way: frozenset(pairs) for way, pairs in found.items()}


def _pairs(portfolio: Portfolio, one: Planted) -> Iterator[tuple[str, str]]:
    """The (record key, attribute) pairs whose evidence a defect spoils."""
    if one.kind in ABSENT:
        yield from ((one.record_key, attribute) for attribute in portfolio.columns[one.source])
    elif one.attribute in portfolio.sourced:
        yield one.record_key, one.attribute


def _assignments(portfolio: Portfolio) -> dict[tuple[str, str], str]:
    return {
        (attribute, line): _supplier(source.name, line)
        for source in portfolio.file.sources for line in source.lines_of_business for attribute in source.columns
    }


def _supplier(source: str, line_of_business: str) -> str:
    return OWNER if source == SOURCE else DELIVERIES[source, line_of_business].owner


def _lock_away(portfolio: Portfolio, built: BuiltCycle, vault: Path) -> None:
    vault.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = vault / "planted.json"
    path.touch(mode=0o600)
    content = {
        "schema": "assay.planted/1", "seed": portfolio.seed, "accounts": portfolio.accounts,
        "rules": sorted(built.planted_rules), "values": sorted(built.planted_values),
        "defects": [asdict(one) for one in portfolio.planted],
    }
    with path.open("w", encoding="utf-8") as text:
        json.dump(content, text, indent=1)
        text.write("\n")


def main(arguments: list[str] | None = None) -> None:
    """Build from the command line and say what was written."""
    parser = argparse.ArgumentParser(prog="python -m examples.fr_y_14m_d1.generate", description=__doc__)
    parser.add_argument("--target", type=Path, required=True, help="folder for the cycle file and its data")
    parser.add_argument("--vault", type=Path, help="folder for planted.json, the list of defects")
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--defects", help="a number, or a share of the accounts such as 0.05")
    given = parser.parse_args(arguments)
    defects = given.defects and (
        int(float(given.defects) * given.accounts) if "." in given.defects else int(given.defects)
    )
    try:
        built = build(given.target, seed=given.seed, accounts=given.accounts, defects=defects, vault=given.vault)
    except ValueError as error:
        parser.error(str(error))
    sys.stdout.write(
        f"{built.cycle_file}\n{len(built.planted_rules)} broken rules and "
        f"{len(built.planted_values)} differing values planted\n"
    )


if __name__ == "__main__":
    main()
