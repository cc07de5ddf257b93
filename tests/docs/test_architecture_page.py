"""What the architecture page names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.database import Database, rows
from models.messages import Workflow
from tests.databases import DatabaseUrls

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w./]+)`", PAGE)


@pytest.mark.parametrize("path", sorted({name for name in NAMED if "/" in name or name.endswith(".py")}))
def test_files_and_folders_exist(path: str) -> None:
    """Every file and folder that the page points to is there."""
    assert (ROOT / path).exists()


def test_links_lead_somewhere() -> None:
    """Every relative link has a target."""
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert links
    assert [] == [link for link in links if not (ROOT / "docs" / link).exists()]


def test_workflows_are_called_so() -> None:
    """The page uses the registered names."""
    assert all(f"`{workflow}`" in PAGE for workflow in Workflow)


@pytest.mark.asyncio(loop_scope="session")
async def test_tables_and_views_exist(database: DatabaseUrls) -> None:
    """What the page says to look into is in the schema."""
    listed = PAGE.split("## Where the facts are")[1].split("## Why")[0]
    named = {name for line in listed.splitlines()[3:] for name in re.findall(r"`([a-z_]+)`", line)}
    reader = Database(database.reader, pool_size=1)
    async with reader.begin() as tx:
        found = await rows(tx, "select table_name as name from information_schema.tables where table_schema = 'assay'")
    await reader.close()
    assert named
    assert set() == named - {row.name for row in found}
