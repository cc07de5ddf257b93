"""A filing as tables: the loans, the transmittal sheet beside them, and look-up tables where they are at hand."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from activities.duck import ReportTable
from examples.hmda_2023.layout import LOAN, TABLES, TRANSMITTAL_SHEET
from methods.delimited import Headed, read_delimited, read_headed
from methods.rule_tables import HEADER

# As CFPB's platform names its columns in the flat file of the census.
_CENSUS = ("state_code", "county", "tracts", "small_county")


def read_filing(path: Path) -> Headed:
    """The loan/application register in a file. Raises `UnusableFile` with the line."""
    return read_headed(path.read_bytes(), header=TRANSMITTAL_SHEET, records=LOAN, name=path.name)


def read_census(path: Path) -> Iterator[tuple[str, ...]]:
    """Rows of the table `census`: tract of eleven digits, county of five, `1` where it has at most 30,000 people."""
    for _, row in read_delimited(path.read_bytes(), name=path.name, wanted=_CENSUS).rows():
        county = row["state_code"] + row["county"]
        yield county + row["tracts"], county, row["small_county"]


@contextmanager
def opened(filing: Headed, tables: Mapping[str, Iterable[Sequence[str]]] | None = None) -> Iterator[ReportTable]:
    """The filing loaded as Assay loads a report; `tables` are rows of the look-up tables `filer` and `census`."""
    with TemporaryDirectory() as folder:
        loans = _write(Path(folder), "loans", LOAN, filing.records)
        sheet = _write(Path(folder), "transmittal_sheet", TRANSMITTAL_SHEET, [tuple(filing.header.values())])
        beside = {name: _write(Path(folder), name, TABLES[name], rows) for name, rows in (tables or {}).items()}
        with ReportTable(loans, beside={HEADER: sheet, **beside}) as table:
            yield table


def _write(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path
