"""Metrics as views over the facts: nothing is counted when it happens, so nothing can be counted twice."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the views and let both roles read them."""
    run_sql("metrics")
