"""Runs every edit over a loan/application register and prints what fails, edit by edit.

    python -m examples.hmda_2023.check FILE [--census FILE] [--filer FILE] [--keys] [--as-engine] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from activities.duck import ReportTable
from examples.hmda_2023.filing import opened, read_census, read_filing
from examples.hmda_2023.layout import TABLES
from examples.hmda_2023.pack import Edit, Reading, edits, engine_readings, rule
from methods.delimited import Headed, read_delimited
from methods.text import counted
from models.errors import AssayError

SHEET = "ts"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one edit found: the ULIs of failing loans, or `ts`; `missing` tables are why it could not be judged."""

    edit: Edit
    failing: tuple[str, ...]
    missing: frozenset[str] = frozenset()


def check(filing: Headed, tables: Mapping[str, Iterable[Sequence[str]]] | None = None, *,
          as_engine: bool = False) -> list[Outcome]:
    """Every edit's outcome over a filing; `as_engine` reads those of `engine_readings.yaml` as CFPB's engine does."""
    readings = engine_readings() if as_engine else {}
    with opened(filing, tables) as table:
        return [_outcome(table, edit, readings.get(edit.edit)) for edit in edits()]


def _outcome(table: ReportTable, edit: Edit, reading: Reading | None) -> Outcome:
    if missing := edit.tables - table.beside.keys():
        return Outcome(edit, (), missing)
    if reading is not None and reading.expression is None:
        return Outcome(edit, ())
    judged = edit if reading is None else edit.model_copy(update={"expression": reading.expression})
    loan = edit.record == "loan"
    result = table.run(rule(judged), keys=("uli",) if loan else ("lei",), over=edit.over)
    return Outcome(edit, result.failing_keys if loan else (SHEET,) * result.failed)


def told(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """What fails, in the shape of CFPB's own engine: edit, row type, count, failing ids."""
    data = [{"edit": one.edit.edit.lower().replace("-", "_"), "row_type": "LAR" if one.edit.record == "loan" else "TS",
             "fail_count": len(one.failing), "failed_rows": list(one.failing), "missing_tables": sorted(one.missing)}
            for one in outcomes if one.failing or one.missing]
    return {"schema": "assay.hmda_edits/1", "data": data}


def _filer(path: Path) -> list[tuple[str, ...]]:
    wanted = TABLES["filer"]
    return [tuple(row[name] for name in wanted)
            for _, row in read_delimited(path.read_bytes(), name=path.name, wanted=wanted).rows()]


def _lines(outcomes: Sequence[Outcome], *, keys: bool) -> Iterator[str]:
    for one in outcomes:
        if one.missing:
            yield f"{one.edit.edit:8} not judged: no table {', '.join(sorted(one.missing))}"
        elif one.failing:
            yield f"{one.edit.edit:8} {len(one.failing):6,}  {one.edit.text[:90]}"
            yield from (f"{'':17}{key}" for key in one.failing if keys)
    clean = sum(not one.failing and not one.missing for one in outcomes)
    yield f"{counted(len(outcomes), 'rule')}, {clean:,} without a finding"


def main(arguments: list[str] | None = None) -> None:
    """Check a file from the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.hmda_2023.check", description=__doc__)
    parser.add_argument("file", type=Path, help="the register: transmittal sheet, then loans, bars between fields")
    parser.add_argument("--census", type=Path, help="the census file of the year, for V625-2 and Q603")
    parser.add_argument("--filer", type=Path, help="CSV with federal_agency, tax_id and lei, for S303")
    parser.add_argument("--keys", action="store_true", help="name every failing loan")
    parser.add_argument("--json", action="store_true", help="print counts and failing ids as JSON")
    parser.add_argument("--as-engine", action="store_true", help="read 14 edits as CFPB's own engine does")
    given = parser.parse_args(arguments)
    try:
        tables = {**({"census": list(read_census(given.census))} if given.census else {}),
                  **({"filer": _filer(given.filer)} if given.filer else {})}
        outcomes = check(read_filing(given.file), tables, as_engine=given.as_engine)
    except AssayError as error:
        parser.error(f"{error} ({error.hint})")
    lines = [json.dumps(told(outcomes), indent=1)] if given.json else _lines(outcomes, keys=given.keys)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
