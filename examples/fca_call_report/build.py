"""Builds a ready cycle from one published quarter: dictionary, report, evidence by district, cycle file.

Nothing of the quarter is invented: blanks stay blank, real breaks stay in. What `perturb` changes is listed in the
vault before anything else is written.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from examples.built import BuiltCycle, Upload
from examples.fca_call_report.cycle import OWNERS, assignments, cycle_document, dictionary
from examples.fca_call_report.filing import LINE, SOURCES, Filing, Source, line_of_business, read_filing
from examples.fca_call_report.perturb import Change, changed, choose_changes
from examples.fca_call_report.quarter import read_quarter
from examples.fca_call_report.table import Table
from models.cycle_file import CycleFile


def build(target: Path, *, vault: Path, quarter: Path, perturb: int | None = None, count: int = 12,
          cycle: str | None = None) -> BuiltCycle:
    """Write the cycle of `quarter` (archive, or folder of its files) to `target`, the list of changes to `vault`.

    `cycle` replaces the id in the cycle file, which otherwise follows from period and seed. `perturb` is the seed by
    which `count` evidence values are changed; None leaves all as filed. `planted_values` are those changes only: real
    differences are for the cycle to find. Raises UnusableFile, MissingSchedule,
    MissingColumn, IncompleteQuarter, ColumnCountMismatch, DuplicateInstitution or BadInput, before writing anything.
    """
    filing = read_filing(read_quarter(quarter))
    changes = () if perturb is None else choose_changes(filing, seed=perturb, count=count)
    named = f"fca-{filing.period:%Y-%m}" + ("" if perturb is None else f"-p{perturb}")
    document = cycle_document(filing, cycle=cycle or named)
    CycleFile.model_validate(document)
    _write_vault(vault, changes, seed=perturb)
    target.mkdir(parents=True, exist_ok=True)
    _write_csv(target / "dictionary.csv", dictionary(filing))
    _write_csv(target / "report.csv", [filing.report.names, *filing.report.records])
    cycle_file = target / "cycle.yaml"
    cycle_file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
    return BuiltCycle(
        cycle_file=cycle_file, assignments=assignments(filing), planted_rules=frozenset(),
        uploads=tuple(upload for source in SOURCES for upload in _write_evidence(target, filing, source, changes)),
        planted_by_way={"compared": frozenset((change.key, change.attribute) for change in changes)}, closed=False)


def _write_evidence(target: Path, filing: Filing, source: Source, changes: Sequence[Change]) -> Iterable[Upload]:
    table = changed(filing.evidence[source.name], changes, source=source.name, column=source.column)
    folder = target / "evidence" / source.name.lower()
    folder.mkdir(parents=True, exist_ok=True)
    for line, records in _by_district(table).items():
        path = folder / f"{source.name}_{line.replace(' ', '_')}.csv".lower()
        _write_csv(path, [table.names, *records])
        yield Upload(owner=OWNERS[source.name][0], source=source.name, path=path)


def _by_district(table: Table) -> dict[str, list[tuple[str, ...]]]:
    districts: dict[str, list[tuple[str, ...]]] = {}
    for code, record in zip(table.values(LINE), table.records, strict=True):
        districts.setdefault(line_of_business(code), []).append(record)
    return dict(sorted(districts.items()))


def _write_vault(vault: Path, changes: Sequence[Change], *, seed: int | None) -> None:
    vault.mkdir(parents=True, exist_ok=True)
    path = vault / "planted.json"
    path.touch(mode=0o600)
    planted = {"schema": "assay.planted/1", "seed": seed, "rules": [],
               "values": [(change.key, change.attribute) for change in changes],
               "changes": [asdict(change) for change in changes]}
    path.write_text(json.dumps(planted, indent=1) + "\n", encoding="utf-8")


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
