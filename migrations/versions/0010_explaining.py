"""Failures of explainable rules are explained and decided; a proposed rule names the earlier one it was taken from."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tables, the view, the column and their laws."""
    run_sql("explaining")
