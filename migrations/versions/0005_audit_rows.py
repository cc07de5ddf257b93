"""Every fact is in an event, row by row; and the laws at a fraction of their cost."""

from __future__ import annotations

from migrations.adoption import adopt
from migrations.scripts import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the rows of events; facts that were written before are taken down in one event per cycle."""
    run_sql("speed", "audit_rows")
    adopt()
