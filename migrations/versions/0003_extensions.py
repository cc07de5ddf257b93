"""Extensions of due dates: asked for by a data owner, granted or refused by a tester."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, their laws and grants."""
    run_sql("extensions")
