"""Puts the tenth phase where it would stand, for the time of a test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import activities.phases
import cli.decisions
import cli.facts
import migrations.scripts
import models.items
import models.phases
from tests.tenth import control, migration

FOLDER = Path(__file__).parent
TAKEN = ("control.py", "control.sql", "migration.py")


def add(patch: pytest.MonkeyPatch) -> None:
    """The lines that would be added to tables of the tree."""
    row = control.ROW
    for name in ("PHASES", "VERSIONED"):
        known = getattr(models.phases, name)
        for module in [m for m in list(sys.modules.values()) if getattr(m, name, None) is known]:
            patch.setattr(module, name, (*known, row))
    patch.setitem(models.phases.BY_KIND, row.kind, row)
    patch.setitem(models.items.ITEM_TYPES, row.item, control.ITEM_TYPES[row.item])
    patch.setitem(activities.phases._PROPOSERS, row.kind, control.PROPOSERS[row.kind])
    patch.setitem(cli.facts._FACTS, row.item, control.FACTS[row.item])
    patch.setitem(cli.decisions._SAYS, row.item, control.SAYS[row.item])


async def migrate(owner_url: str, patch: pytest.MonkeyPatch) -> None:
    """Run the phase's own migration as the owner role."""
    patch.setattr(migrations.scripts, "_FOLDER", FOLDER)
    engine = create_async_engine(owner_url)
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)
    await engine.dispose()


def _upgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()
