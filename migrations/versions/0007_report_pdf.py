"""The report as PDF, and looking a file of a report up by its hash."""

from __future__ import annotations

from migrations.scripts import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Let the report have a PDF, and index its files by SHA-256."""
    run_sql("report_pdf")
