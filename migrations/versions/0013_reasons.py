"""A reason is more than white space on every server, whatever its locale."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Have every check of a reason go by the same characters."""
    run_sql("reasons")
