"""The 118 lines of the example's dictionary, as the builder needs them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

PATH = Path(__file__).with_name("dictionary.csv")


@dataclass(frozen=True)
class Line:
    """One attribute of the report and what its values must look like."""

    name: str
    column: str
    data_type: str
    format: str
    mandatory: bool
    primary_key: bool
    domain: tuple[str, ...]
    minimum: Decimal | None
    maximum: Decimal | None


def lines() -> tuple[Line, ...]:
    """All lines in the order of the report's columns."""
    with PATH.open(encoding="utf-8", newline="") as text:
        return tuple(_line(row) for row in csv.DictReader(text))


def _line(row: dict[str, str]) -> Line:
    return Line(
        name=row["name"],
        column=row["source_column"],
        data_type=row["data_type"],
        format=row["format"],
        mandatory=row["mandatory"] == "yes",
        primary_key=row["primary_key"] == "yes",
        domain=tuple(code for code in row["domain"].split(";") if code),
        minimum=Decimal(row["minimum"]) if row["minimum"] else None,
        maximum=Decimal(row["maximum"]) if row["maximum"] else None,
    )
