"""The profile of the report data is a fact of its Data Profiling."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table; cycles whose Data Profiling has begun before have no profile."""
    run_sql("profiles")
