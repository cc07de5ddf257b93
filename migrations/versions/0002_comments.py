"""Notes and questions on items."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table, its laws and its grants."""
    run_sql("comments")
