"""What the cycle takes from a quarter: Schedule RC as the report, four other schedules as its sources.

Each of the four repeats a balance-sheet amount at the end of its own account of how that amount came about.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial

from examples.fca_call_report.errors import IncompleteQuarter, MissingColumn, MissingSchedule
from examples.fca_call_report.quarter import Quarter
from examples.fca_call_report.table import KEY, Table, one_per_institution
from models.errors import BadInput

LINE = "DIST"
CODES = ("SYSTEM", "DIST", "ASSOC", KEY)
IDENTITY = ("SYSTEM", "DIST", "ASSOC", "MONTH", "YEAR", KEY)
TOTALS = ("ASSETS", "LIABS", "NETWRTH", "TOTLICAP")


@dataclass(frozen=True, slots=True)
class Source:
    """A schedule that proves one attribute of Schedule RC: `column` of the schedule family `family`."""

    name: str
    family: str
    attribute: str
    column: str


SOURCES = (
    Source("RC-L", "RCL", "NONACR", "NONACR"),
    Source("RI-E", "RIE", "ALLNLOSS", "ALTYPTOTAL"),
    Source("RC-M", "RCM", "NAQPROP", "ACQPROP"),
    Source("RC-H", "RCH", "ACNOCOMINC", "ACNOCOMINC"),
)
ATTRIBUTES = tuple(source.attribute for source in SOURCES)
_NEEDED = {*IDENTITY, *TOTALS, *ATTRIBUTES, *(source.column for source in SOURCES)}


@dataclass(frozen=True, slots=True)
class Filing:
    """One quarter's Schedule RC and, by source name, the schedules it is tested against."""

    report: Table
    evidence: Mapping[str, Table]
    period: date

    @property
    def districts(self) -> dict[str, str]:
        """Line of business by district code, for every code that occurs, in order; no district comes last."""
        codes = {code for table in (self.report, *self.evidence.values()) for code in table.values(LINE)}
        ordered = sorted(codes, key=lambda code: (not code.strip("0"), len(code), code))
        return {code: line_of_business(code) for code in ordered}


def line_of_business(district: str) -> str:
    """How people call a district; service corporations belong to none, which the agency writes as 0."""
    return f"District {district}" if district.strip("0") else "No district"


def amount(text: str) -> Decimal | None:
    """A filed amount, in thousands of dollars; nothing is 0, what is no number is None."""
    try:
        value = Decimal(text or "0")
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def read_filing(quarter: Quarter) -> Filing:
    """The report and its sources. Raises MissingSchedule, MissingColumn, IncompleteQuarter or ColumnCountMismatch."""
    missing: list[MissingSchedule | MissingColumn] = []
    report = _noting(missing, partial(quarter.find, "RC", columns=(*IDENTITY, *TOTALS, *ATTRIBUTES)))
    found = {source.name: _noting(missing, partial(quarter.find, source.family, columns=(KEY, LINE, source.column)))
             for source in SOURCES}
    evidence = {name: _clean(table) for name, table in found.items() if table}
    if report is None or missing:
        raise missing[0] if len(missing) == 1 else IncompleteQuarter(missing)
    clean = _clean(report)
    return Filing(report=clean, evidence=evidence, period=_period(clean))


def _noting(missing: list[MissingSchedule | MissingColumn], find: Callable[[], Table]) -> Table | None:
    try:
        return find()
    except (MissingSchedule, MissingColumn) as error:
        missing.append(error)
        return None


def _clean(table: Table) -> Table:
    """One record per institution, and the columns that the cycle names spelt as it names them."""
    names = tuple(name.upper() if name.upper() in _NEEDED else name for name in table.names)
    return one_per_institution(replace(table, names=names))


def _period(report: Table) -> date:
    stated = set(zip(report.values("YEAR"), report.values("MONTH"), strict=True))
    if len(stated) != 1 or not all(re.fullmatch(r"\d{1,4}", part) for part in next(iter(stated))):
        raise BadInput(f"{report.file} is not the filing of one month: it states (year, month) {sorted(stated)}")
    year, month = (int(part) for part in stated.pop())
    century = 0 if year > 99 else 1900 if year > 80 else 2000
    return date(century + year, month, calendar.monthrange(century + year, month)[1])
