"""Documents that cannot be read are on record with the reason, the others with how they were read."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; what was recorded before has no problem, since it would have been refused."""
    run_sql("evidence_files")
