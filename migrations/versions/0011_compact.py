"""What is written from now on takes less room: full pages, and a journal that is compressed."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Change how three tables are stored; what they hold stays as it is."""
    run_sql("compact")
