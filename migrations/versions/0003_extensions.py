"""Extensions of due dates: asked for by a data owner, granted or refused by a tester."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.util import await_only

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, their laws and grants."""
    connection = op.get_bind()
    connection.execute(sa.text("set local search_path to assay"))
    # A script of many statements goes through the driver: prepared statements take only one.
    driver = connection.connection.driver_connection
    assert driver is not None
    script = Path(__file__).parents[1] / "sql" / "extensions.sql"
    await_only(driver.execute(script.read_text(encoding="utf-8")))
