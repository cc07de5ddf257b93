"""Builders of quarters: invented archives in any style of naming, and the real ones where they are present."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

REAL_FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "fca"
_FOUND = sorted(REAL_FOLDER.glob("*.zip"))
_ABSENT = pytest.param(None, marks=pytest.mark.skip(reason="no published quarters in ../shared/data/fca"))
REAL_QUARTERS = [pytest.param(path, id=path.stem) for path in _FOUND] or [_ABSENT]

IDENTITY = ("SYSTEM", "DIST", "ASSOC", "MONTH", "YEAR", "UNINUM")
SCHEDULES: Mapping[str, tuple[str, ...]] = {
    "RC": ("CASH", "NONACR", "ALLNLOSS", "NAQPROP", "ASSETS", "LIABS", "NETWRTH", "TOTLICAP", "ACNOCOMINC"),
    "RCL": ("NONACRBBAL", "NONACR"),
    "RIE": ("PROVLNS", "ALTYPTOTAL"),
    "RCM": ("ACQPROP",),
    "RCH": ("ACNOCOMINC", "PENSIONADJ"),
}
Records = Mapping[str, Sequence[Sequence[object]]]
Naming = Callable[[str], tuple[str, str]]


def identity(institution: int, *, month: object = 12, year: object = 1999) -> tuple[object, ...]:
    """The six leading values of an institution; its district is 10 for odd numbers and 22 for even ones."""
    district = 10 if institution % 2 else 22
    return (7, district, institution, month, year, f"7{district}{institution:03}")


def plain_records(**changes: Sequence[Sequence[object]]) -> Records:
    """Three institutions whose schedules agree; `changes` replaces the records of a schedule."""
    who = [identity(number) for number in (1, 2, 3)]
    agreeing: dict[str, Sequence[Sequence[object]]] = {
        "RC": [(*one, 5, 40 + place, 30, "", 100, 60, 40, 100, -7) for place, one in enumerate(who)],
        "RCL": [(*one, 0, 40 + place) for place, one in enumerate(who)],
        "RIE": [(*one, 1, 30) for one in who],
        "RCM": [(*one, 0) for one in who],
        "RCH": [(*one, -7, 0) for one in who],
    }
    return {**agreeing, **changes}


def layout_text(title: str, columns: Iterable[str], *, group: Iterable[str] = ()) -> str:
    """A layout page in the agency's style: header, one line per column, `**` before the columns of a group."""
    head = (f"     FILE LAYOUT FOR SCHEDULE {title}\r\n        DATA DELIMITED BY COMMAS\r\n\r\n"
            "   VARIABLE    FIELD  DEC.\r\n       NAME     TYPE  POS.  VARIABLE DESCRIPTION\r\n"
            "  --------  -------  ----\r\n")
    lines = [f"  {name:>14}  Numeric     0  About {name},\r\n\t\t\t\tcontinued" for name in columns]
    lines += [f"  **  {name}  Numeric  0  About {name}" for name in group]
    return head + "\r\n".join(lines) + "\r\n"


def modern(schedule: str) -> tuple[str, str]:
    """Layout and data file names as of 2026."""
    return f"D_{schedule}.TXT", f"{schedule}_Q199912_G20000301.TXT"


def write_quarter(path: Path, *, naming: Naming = modern, schedules: Mapping[str, Sequence[str]] = SCHEDULES,
                  records: Records | None = None, extra: Mapping[str, str] | None = None,
                  leave_out: Iterable[str] = ()) -> Path:
    """An archive at `path` with a layout and a data file per schedule; `leave_out` names files not to write."""
    files = dict(extra or {})
    for schedule, columns in schedules.items():
        layout, data = naming(schedule)
        files[layout] = layout_text(schedule, (*IDENTITY, *columns))
        rows = (records or plain_records()).get(schedule, [])
        files[data] = "".join(",".join(map(str, row)) + "\r\n" for row in rows)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            if name not in set(leave_out):
                archive.writestr(name, text.encode("cp1252"))
    return path
