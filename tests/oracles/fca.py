"""What a quarter's evidence tests must say, computed from the archive alone with csv and Decimal.

It shares no code with the project: it finds columns by its own reading of the layouts and compares in its own way.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Literal

Outcome = Literal["match", "mismatch", "not_found"]
PROOFS = {"NONACR": ("RCL", "NONACR"), "ALLNLOSS": ("RIE", "ALTYPTOTAL"),
          "NAQPROP": ("RCM", "ACQPROP"), "ACNOCOMINC": ("RCH", "ACNOCOMINC")}
ASSETS_RULE = "assets_equal_liabilities_and_net_worth"
SUM_RULE = "liabilities_and_net_worth_add_up"


def expected_outcomes(zip_path: Path) -> dict[tuple[str, str], tuple[str, str, Outcome]]:
    """(institution, attribute) -> (reported, evidence, outcome), blank and 0 alike; evidence is "" when not found."""
    report = _rows(zip_path, "RC", "TOTLICAP")
    expected: dict[tuple[str, str], tuple[str, str, Outcome]] = {}
    for attribute, (schedule, column) in PROOFS.items():
        proofs = {row["UNINUM"]: row[column] for row in _rows(zip_path, schedule, column)}
        for row in report:
            key, reported = row["UNINUM"], row[attribute]
            if key not in proofs:
                expected[key, attribute] = (reported, "", "not_found")
            else:
                same = Decimal(reported or 0) == Decimal(proofs[key] or 0)
                expected[key, attribute] = (reported, proofs[key], "match" if same else "mismatch")
    return expected


def rule_breaks(zip_path: Path, *, tolerance: int = 1) -> set[tuple[str, str]]:
    """(rule name, institution) of every balance sheet that does not add up by more than the tolerance."""
    broken = set()
    for row in _rows(zip_path, "RC", "TOTLICAP"):
        total, assets, debts, worth = (Decimal(row[name] or 0) for name in ("TOTLICAP", "ASSETS", "LIABS", "NETWRTH"))
        if abs(assets - total) > tolerance:
            broken.add((ASSETS_RULE, row["UNINUM"]))
        if abs(total - debts - worth) > tolerance:
            broken.add((SUM_RULE, row["UNINUM"]))
    return broken


def _rows(zip_path: Path, schedule: str, column: str) -> list[dict[str, str]]:
    """The records of the schedule whose layout names the column; only schedules without repeating groups."""
    with zipfile.ZipFile(zip_path) as archive:
        texts = {Path(name).name.upper(): archive.read(name).decode("latin-1") for name in archive.namelist()}
    for name, text in texts.items():
        number = re.match(rf"D_{schedule}(\d?)[._]", name)
        columns = re.findall(r"(\S+)\s+(?:Numeric|Alphanum\.?)\s+\d", text, re.IGNORECASE) if number else []
        if number and column in columns:
            data = next(text for name, text in texts.items() if re.match(rf"{schedule}{number[1]}[._]", name))
            return [dict(zip(columns, (field.strip() for field in row), strict=True))
                    for row in csv.reader(io.StringIO(data)) if row]
    raise LookupError(f"no schedule {schedule} with column {column}")
