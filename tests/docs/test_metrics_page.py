"""docs/metrics.md defines every figure, under the names and in the units that the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.database import Database, rows
from models.measures import MEASURED_OF, MEASURES, Metric
from tests.databases import DatabaseUrls

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
# The first cells of the rows that define figures: the measure, and what it is of.
DEFINED = re.findall(r"^\| `(\w+)` \| (?:`(\w+)`)?([^|]*)\|([^|]*)\|", PAGE.split("## Versions")[1], re.MULTILINE)


def test_every_measure_is_defined() -> None:
    """No measure without a definition, no definition without a measure."""
    assert {*MEASURES} == {measure for measure, *_ in DEFINED}
    assert {*MEASURED_OF} == {of for measure, of, _, _ in DEFINED if of and measure != "waiting_time"}


@pytest.mark.parametrize("measure", [m for m in MEASURES if m not in ("request_turnaround", "waiting_time")])
def test_units_are_those_of_the_command(measure: str) -> None:
    """A definition states the unit in which the figure comes; those of requests and waiting do so in words."""
    assert {MEASURES[measure]} == {unit.strip() for name, _, _, unit in DEFINED if name == measure}


def test_every_key_is_explained() -> None:
    """The keys of the JSON are those of the page's table."""
    table = PAGE.split("## How to read a figure")[1].split("A figure whose")[0]
    keys = "".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE))
    assert {*Metric.model_fields} == set(re.findall(r"`(\w+)`", keys))


@pytest.mark.asyncio(loop_scope="session")
async def test_sources_exist(database: DatabaseUrls) -> None:
    """Views, tables, columns and tasks that the page names are in the schema."""
    reader = Database(database.reader, pool_size=1)
    async with reader.begin() as tx:
        found = await rows(
            tx, "select table_name, column_name from information_schema.columns where table_schema = 'assay'")
        (view,) = await rows(
            tx, "select pg_get_viewdef('metric_wait'::regclass) || pg_get_viewdef('case_wait'::regclass) as text")
    await reader.close()
    columns = {f"{row.table_name}.{row.column_name}" for row in found}
    tables = {row.table_name for row in found}
    cells = re.findall(r"\| ([^|]*) \|$", "\n".join(line for line in PAGE.splitlines() if "`" in line), re.MULTILINE)
    assert set() == {name for cell in cells for name in re.findall(r"`(\w+\.\w+)`", cell)} - columns
    assert set() == set(re.findall(r"`(metric_\w+)`", PAGE)) - tables
    tasks = re.findall(r"^\| `waiting_time` \|[^|]*\| `([a-z ]+)` \|", PAGE, re.MULTILINE)
    assert 11 == len(tasks)
    assert [] == [task for task in tasks if f"'{task}'" not in view.text]
