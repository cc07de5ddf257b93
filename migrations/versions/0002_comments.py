"""Notes and questions on items."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.util import await_only

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table, its laws and its grants."""
    connection = op.get_bind()
    connection.execute(sa.text("set local search_path to assay"))
    driver = connection.connection.driver_connection
    assert driver is not None
    await_only(driver.execute((Path(__file__).parents[1] / "sql" / "comments.sql").read_text(encoding="utf-8")))
