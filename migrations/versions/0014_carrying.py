"""A version costs what changed in it more than what it carries."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the authors of each phase, and the checks that need not read what is carried."""
    run_sql("carrying")
