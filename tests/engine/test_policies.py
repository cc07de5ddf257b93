"""The database and the code read the same phase table."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import rows
from models.items import ITEM_TYPES
from models.phases import PHASES, Phase
from tests.engine.builders import Lab

pytestmark = pytest.mark.asyncio(loop_scope="session")


def as_row(phase: Phase) -> dict[str, Any]:
    """A phase of the code as the database holds it."""
    return {
        "kind": phase.kind, "ordinal": phase.order, "item_table": phase.item_table if phase.versioned else None,
        "submitter": phase.submitter, "approver": phase.approver or None, "may_approve_own": phase.may_approve_own,
        "approves_with_rejected": phase.approves_with_rejected, "tester_verdicts": list(phase.tester_verdicts),
        "approver_verdicts": list(phase.approver_verdicts), "keeps": list(phase.keeps),
        "signoffs": list(phase.signoffs),
    }


async def test_the_policies_are_the_phases(lab: Lab) -> None:
    """Every phase, in order, with every field that the database enforces."""
    async with lab.database.begin() as tx:
        found = await rows(tx, "select * from phase_policy order by ordinal")
    assert [as_row(phase) for phase in PHASES] == [dict(row._mapping) for row in found]


async def test_the_typed_tables_have_the_fields_of_the_items(lab: Lab) -> None:
    """A column for every field of an item type and a field for every column."""
    async with lab.database.begin() as tx:
        found = await rows(
            tx,
            "select table_name, array_agg(column_name::text) as columns from information_schema.columns"
            " where table_schema = 'assay' and table_name like '%\\_item' and column_name <> 'revision'"
            " and table_name in (select tablename from pg_tables where schemaname = 'assay') group by 1",
        )
    expected = {
        f"{name}_item": {field.alias or key for key, field in kind.model_fields.items()}
        for name, kind in ITEM_TYPES.items()
    }
    assert expected == {row.table_name: set(row.columns) for row in found}


async def test_the_application_does_not_change_the_policies(lab: Lab) -> None:
    """Who approves what is decided by a migration."""
    samples = await lab.round()
    await samples.attack("42501", "update phase_policy set may_approve_own = true")
    await samples.attack("42501", "insert into phase_policy select * from phase_policy")
