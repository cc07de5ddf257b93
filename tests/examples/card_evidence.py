"""The files of the ready FR Y-14M cycle, read without Assay and without the builder: report, extracts and statements.

A value is normalised and compared by a few lines of this module's own.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from openpyxl import load_workbook

from examples.built import BuiltCycle, Way
from examples.fr_y_14m_d1.statements import StatementArchive

Row = dict[str, str]
Found = dict[Way, set[tuple[str, str]]]
KEY_COLUMNS = ("REFERENCE_NUMBER", "CUSTOMER_ID", "BANK_ID", "PERIOD_ID")


def rows(path: Path) -> Iterator[Row]:
    """The rows of a table in any form that the builder writes, every cell as text."""
    if path.suffix == ".xlsx":
        yield from _sheet(path)
    elif path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            yield from csv.DictReader(text, delimiter="|")
    else:
        with path.open(encoding="utf-8", newline="") as text:
            yield from csv.DictReader(text)


def _sheet(path: Path) -> Iterator[Row]:
    sheet = load_workbook(path).worksheets[1]
    lines = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    header = next(at for at, line in enumerate(lines) if line[0] == "ACCT_REF")
    yield from (dict(zip(lines[header], line, strict=True)) for line in lines[header + 1:])


def _text(cell: Any) -> str:
    return f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else "" if cell is None else str(cell)


def report(built: BuiltCycle) -> list[Row]:
    """The report as filed."""
    return list(rows(built.cycle_file.with_name("report.csv")))


def attributes(built: BuiltCycle) -> list[Row]:
    """The lines of the dictionary."""
    return list(rows(built.cycle_file.with_name("dictionary.csv")))


def settings(built: BuiltCycle) -> Any:
    """The cycle file as it stands."""
    return yaml.safe_load(built.cycle_file.read_text(encoding="utf-8"))


def key(row: Row) -> str:
    """The record key of a row of the report."""
    return "|".join(row[column] for column in KEY_COLUMNS)


def archive(built: BuiltCycle) -> StatementArchive:
    """Where the statements of a build come from."""
    (one,) = built.archives
    assert isinstance(one, StatementArchive)
    return one


def vault(built: BuiltCycle) -> Path:
    """Where a test keeps the list of defects of a build."""
    return built.cycle_file.parent / "vault"


def planted(built: BuiltCycle) -> list[dict[str, Any]]:
    """The list of defects in that vault."""
    listed: list[dict[str, Any]] = json.loads((vault(built) / "planted.json").read_text(encoding="utf-8"))["defects"]
    return listed


def number(text: str) -> Decimal | None:
    """The number that a text is, or None."""
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def is_date(text: str) -> bool:
    """Whether a text is a calendar date, YYYYMMDD."""
    try:
        return re.fullmatch(r"\d{8}", text) is not None and bool(datetime.strptime(text, "%Y%m%d"))  # noqa: DTZ007
    except ValueError:
        return False


def normal(text: str, codes: dict[str, str]) -> str:
    """A value of evidence in the notation of the report."""
    if text in codes:
        return codes[text]
    for pattern, order in ((r"(\d{4})-(\d\d)-(\d\d)", (1, 2, 3)), (r"(\d\d)/(\d\d)/(\d{4})", (3, 1, 2))):
        if date := re.fullmatch(pattern, text):
            return "".join(date[part] for part in order)
    return re.sub(r"[$,]", "", text).lower()


def agrees(attribute: str, reported: str, evidence: str, codes: dict[str, str]) -> bool:
    """Whether evidence agrees with the report, within the two tolerances that the cycle file states."""
    left, right = reported.lower(), normal(evidence, codes)
    if attribute == "CreditScoreRefreshDate" and is_date(left):
        apart = datetime.strptime(left, "%Y%m%d") - datetime.strptime(right, "%Y%m%d")  # noqa: DTZ007
        return abs(apart.days) <= 2
    one, other = number(left), number(right)
    if one is None or other is None:
        return left == right
    return abs(one - other) <= Decimal("0.01" if attribute == "AverageDailyBalance" else "0")


def _stated(built: BuiltCycle) -> Iterator[tuple[dict[str, Any], dict[str, list[Row]]]]:
    """Each source with what is stated of the records of one line of business, by record key, absent ones too."""
    file, sources = settings(built), {source["name"]: source for source in settings(built)["sources"]}
    known: dict[str, set[str]] = {}
    for row in report(built):
        known.setdefault(file["data"]["line_of_business"]["map"][row["LENDING_TYPE"]], set()).add(key(row))
    line_of = {one: line for line, keys in known.items() for one in keys}
    for upload in built.uploads:
        source, stated = sources[upload.source], dict[str, list[Row]]()
        for row in rows(upload.path):
            stated.setdefault("|".join(row[column] for column in source["keys"].values()), []).append(row)
        (line,) = {line_of[one] for one in stated}
        yield source, {one: stated.get(one, []) for one in known[line]}
    (line,) = sources["statements"]["lines_of_business"]
    found = {one: archive(built).find(one.partition("|")[0]) for one in known[line]}
    yield sources["statements"], {one: [page.values() for page in pages] for one, pages in found.items()}


def found_by_way(built: BuiltCycle) -> Found:
    """(record key, attribute) whose evidence is wrong, by how it is: differing, absent or unreadable, or two values."""
    file, reported = settings(built), {key(row): row for row in report(built)}
    columns = {line["name"]: line["source_column"] for line in attributes(built)}
    found: Found = {}
    for source, stated in _stated(built):
        for one, lines in stated.items():
            for attribute, column in source["columns"].items():
                values = {line[column] for line in lines}
                codes = file["comparison"].get(attribute, {}).get("codes", {})
                if way := _way(attribute, reported[one][columns[attribute]], values, codes):
                    found.setdefault(way, set()).add((one, attribute))
    return found


def differences(built: BuiltCycle) -> list[tuple[str, str, str]]:
    """(way, record key, attribute) planted and not found, or found and not planted."""
    found = found_by_way(built)
    return [(way, *pair) for way in sorted({*found, *built.planted_by_way})
            for pair in sorted(found.get(way, set()) ^ built.planted_by_way.get(way, frozenset()))]


def _way(attribute: str, reported: str, values: set[str], codes: dict[str, str]) -> Way | None:
    if not values or any("*" in value or value == "#N/A" for value in values):
        return "returned"
    if len(values) > 1:
        return "judged"
    (value,) = values
    return None if agrees(attribute, reported, value, codes) else "compared"
