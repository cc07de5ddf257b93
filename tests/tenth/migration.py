"""The phase Control Testing."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "tenth"
down_revision = "0004"


def upgrade() -> None:
    """Add the typed table and the policy."""
    run_sql("control")
