"""Rules on real filings find what is known of them: 5,312 banks, FDIC SDI as of 2019-06-30."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from activities.duck import ReportTable
from tests.methods.builders import rule

FILINGS = Path(__file__).parents[2] / ".." / "shared" / "data" / "fdic" / (
    "All_Reports_20190630_Assets_and_Liabilities.csv.gz")
PARTS = ("chbal", "sc", "frepo", "lnlsnet", "trade", "bkprem", "ore", "intan", "idoa")

pytestmark = pytest.mark.skipif(not FILINGS.exists(), reason="the FDIC filings are not beside the project")


@pytest.fixture(scope="module")
def filings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportTable]:
    folder = tmp_path_factory.mktemp("fdic")
    with gzip.open(FILINGS) as packed, (folder / "filings.csv").open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    with ReportTable(folder / "filings.csv", folder=folder) as table:
        yield table


def identity(left: str, *right: str, tolerance: int = 0) -> dict[str, Any]:
    columns = [{"op": "column", "name": name} for name in (left, *right)]
    total = columns[1] if len(right) == 1 else {"op": "add", "values": columns[1:]}
    return {"op": "compare", "left": columns[0], "relation": "=", "right": total, "tolerance": tolerance}


@pytest.mark.parametrize(("tree", "breaks"), [
    (identity("asset", "liabeq"), 358), (identity("asset", "liabeq", tolerance=1), 0),
    (identity("asset", "liabeq", tolerance=2), 0), (identity("liabeq", "liab", "eqtot"), 0),
    (identity("asset", *PARTS), 1), (identity("asset", *PARTS, tolerance=1), 0),
    ({"op": "unique", "columns": ["cert"]}, 0), ({"op": "matches", "column": "zip", "pattern": "[0-9]{5}"}, 291)])
def test_known_breaks(filings: ReportTable, tree: dict[str, Any], breaks: int) -> None:
    """Assets differ from liabilities and equity by one unit in 358 filings; 291 zip codes lost their leading zero."""
    result = filings.run(rule(tree), keys=["cert"])
    assert (breaks, 5312) == (len(set(result.failing_keys)), result.passed + result.failed)
