"""What counts is read as what it is: most of an approved version."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Put the view anew."""
    run_sql("reading")
