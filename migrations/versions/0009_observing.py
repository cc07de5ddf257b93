"""What observations go through: proposed severity, plans before approval, disputes, retests, the next cycle."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns, tables, views and laws."""
    run_sql("observing")
