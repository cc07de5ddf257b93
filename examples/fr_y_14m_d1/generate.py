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
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from examples.built import BuiltCycle, Upload
from examples.fr_y_14m_d1 import dictionary
from examples.fr_y_14m_d1.checks import UNIQUE_KEY, broken_rules
from examples.fr_y_14m_d1.defects import DUPLICATE, Change, Plan, alter, corrupt, draw_plan
from examples.fr_y_14m_d1.dictionary import Line
from examples.fr_y_14m_d1.extracts import Extract, held, layout
from examples.fr_y_14m_d1.portfolio import MOST_ACCOUNTS, account
from models.cycle_file import CycleFile
from models.items import record_key

TEMPLATE = Path(__file__).with_name("cycle.yaml")
SUPPLIERS = {
    ("card_ledger", "Consumer Cards"): "nina",
    ("decision_hub", "Consumer Cards"): "omar",
    ("card_ledger", "Small Business Cards"): "pablo",
    ("decision_hub", "Small Business Cards"): "pablo",
    ("card_ledger", "Commercial Cards"): "ruth",
    ("decision_hub", "Commercial Cards"): "sven",
}
# The first version of this extract exports the score at application as the current score; the tester returns it.
FLAWED = ("decision_hub", "Consumer Cards")
FLAWED_ATTRIBUTE, TAKEN_FROM = "RefreshedCreditScorePrimaryBorrower", "OriginalCreditScorePrimaryBorrower"
CORRUPTED, ALTERED_SHARE, ALTERED_MOST = 12, 0.12, 10_000


@dataclass(frozen=True)
class Planted:
    """One defect: in a record of the report (with the rules it breaks) or in an extract (with none)."""

    kind: str
    record_key: str
    attribute: str
    reported: str
    evidence: str
    rules: tuple[str, ...] = ()


@dataclass
class Portfolio:
    """Everything one build works on; `planted` fills while the accounts stream by."""

    seed: int
    accounts: int
    plan: Plan
    file: CycleFile
    lines: tuple[Line, ...]
    layouts: Mapping[str, Extract]
    planted: list[Planted] = field(default_factory=list)

    @property
    def sourced(self) -> frozenset[str]:
        """Attributes that some source proves."""
        return frozenset(attribute for source in self.file.sources for attribute in source.columns)


def build(
    target: Path, *, seed: int = 7, accounts: int = 1000, defects: int | None = None,
    vault: Path | None = None, cycle: str | None = None,
) -> BuiltCycle:
    """Write the cycle under `target` and, where `vault` is given, the list of defects as planted.json there.

    `defects` corrupts so many report records and alters the extracts of so many other accounts; by default 12 and 12 %
    (at most 10,000). `cycle` replaces the id in the cycle file. ValueError when the portfolio is too small for them.
    """
    corrupted, altered = _how_many(accounts, defects)
    file = CycleFile.model_validate(yaml.safe_load(_cycle_text(cycle)))
    lines = dictionary.lines()
    portfolio = Portfolio(
        seed=seed, accounts=accounts, file=file, lines=lines,
        plan=draw_plan(seed, accounts=accounts, corrupted=corrupted, altered=altered),
        layouts={source.name: layout(source, file, lines) for source in file.sources},
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


def _how_many(accounts: int, defects: int | None) -> tuple[int, int]:
    if not 1 <= accounts <= MOST_ACCOUNTS:
        raise ValueError(f"{accounts} accounts: a portfolio has 1 to {MOST_ACCOUNTS} accounts")
    if defects is None:
        altered = max(15, int(accounts * ALTERED_SHARE))
        return min(CORRUPTED, accounts // 4), min(altered, accounts // 4, ALTERED_MOST)
    if not 0 <= 2 * defects <= accounts:
        raise ValueError(
            f"{defects} defects: each kind needs so many accounts of its own, and the portfolio has {accounts}; "
            f"ask for 0 to {accounts // 2} defects, or for more accounts"
        )
    return defects, defects


def _cycle_text(cycle: str | None) -> str:
    text = TEMPLATE.read_text(encoding="utf-8")
    return text if cycle is None else text.replace("cycle: fr-y-14m-d1-2026-03\n", f"cycle: {cycle}\n")


def _write_data(portfolio: Portfolio, target: Path) -> None:
    among = [line for line in portfolio.lines if line.name in portfolio.file.scoping.always]
    lines_of_business = portfolio.file.data.line_of_business.map
    with ExitStack() as files:
        def table(path: Path, header: tuple[str, ...]) -> Any:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = csv.writer(files.enter_context(path.open("w", encoding="utf-8", newline="")), lineterminator="\n")
            writer.writerow(header)
            return writer
        report = table(target / portfolio.file.data.report, tuple(line.column for line in portfolio.lines))
        extracts = {
            (source, line): table(extract_path(target, source, line), portfolio.layouts[source].header)
            for source, line in SUPPLIERS
        }
        flawed = table(_first_attempt_path(target), portfolio.layouts[FLAWED[0]].header)
        for index in range(portfolio.accounts):
            values = account(portfolio.seed, index)
            report.writerow(_reported(portfolio, index, values))
            line = lines_of_business[values["LendingType"]]
            owned = _held(portfolio, index, values, among)
            for source, extract in portfolio.layouts.items():
                extracts[source, line].writerow(extract.row(owned))
            if line == FLAWED[1]:
                flawed.writerow(portfolio.layouts[FLAWED[0]].row({**owned, FLAWED_ATTRIBUTE: owned[TAKEN_FROM]}))
        report.writerows(_filed_again(portfolio))


def _reported(portfolio: Portfolio, index: int, values: Mapping[str, str]) -> list[str]:
    number = portfolio.plan.corrupted.get(index)
    if number is None:
        return [values[line.name] for line in portfolio.lines]
    change = corrupt(values, number, seed=portfolio.seed)
    if change is None:
        portfolio.planted.append(Planted(DUPLICATE, _key(portfolio, values), "", "", "", (UNIQUE_KEY,)))
        return [values[line.name] for line in portfolio.lines]
    wrong = {**values, change.attribute: change.value}
    portfolio.planted.append(Planted(
        kind=change.kind, record_key=_key(portfolio, values), attribute=change.attribute, reported=change.value,
        evidence=values[change.attribute] if change.attribute in portfolio.sourced else "",
        rules=broken_rules(wrong, portfolio.lines),
    ))
    return [wrong[line.name] for line in portfolio.lines]


def _held(portfolio: Portfolio, index: int, values: dict[str, str], among: list[Line]) -> dict[str, str]:
    if index not in portfolio.plan.altered:
        return held(values, index)
    changes: list[Change] = alter(values, seed=portfolio.seed, index=index, among=among)
    key = _key(portfolio, values)
    portfolio.planted += [
        Planted(change.kind, key, change.attribute, values[change.attribute], change.value) for change in changes
    ]
    return held({**values, **{change.attribute: change.value for change in changes}}, index)


def _filed_again(portfolio: Portfolio) -> Iterator[list[str]]:
    """Second copies of the records that are filed twice, alike in every column so that no comparison is ambiguous."""
    for index in portfolio.plan.duplicates:
        values = account(portfolio.seed, index)
        yield [values[line.name] for line in portfolio.lines]


def _key(portfolio: Portfolio, values: Mapping[str, str]) -> str:
    return record_key(values[line.name] for line in portfolio.lines if line.primary_key)


def extract_path(target: Path, source: str, line_of_business: str) -> Path:
    """Where the extract of a source for a line of business lies."""
    return target / "extracts" / f"{source}-{line_of_business.lower().replace(' ', '-')}.csv"


def _first_attempt_path(target: Path) -> Path:
    path = extract_path(target, *FLAWED)
    return path.with_name(f"{path.stem}-first-attempt.csv")


def _built(portfolio: Portfolio, target: Path, cycle_file: Path) -> BuiltCycle:
    return BuiltCycle(
        cycle_file=cycle_file,
        assignments={
            (attribute, line): SUPPLIERS[source.name, line]
            for source in portfolio.file.sources for line in source.lines_of_business for attribute in source.columns
        },
        uploads=tuple(
            Upload(owner, source, extract_path(target, source, line)) for (source, line), owner in SUPPLIERS.items()
        ),
        planted_rules=frozenset((rule, one.record_key) for one in portfolio.planted for rule in one.rules),
        planted_values=frozenset(
            (one.record_key, one.attribute) for one in portfolio.planted if one.attribute in portfolio.sourced
        ),
        first_attempts=(Upload(SUPPLIERS[FLAWED], FLAWED[0], _first_attempt_path(target)),),
    )


def _lock_away(portfolio: Portfolio, built: BuiltCycle, vault: Path) -> None:
    vault.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = vault / "planted.json"
    path.touch(mode=0o600)
    content = {
        "schema": "assay.planted/1", "seed": portfolio.seed, "accounts": portfolio.accounts,
        "rules": sorted(built.planted_rules), "values": sorted(built.planted_values),
        "defects": [asdict(one) for one in portfolio.planted],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


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
