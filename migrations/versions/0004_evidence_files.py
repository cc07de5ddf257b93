"""Documents that cannot be read are on record with the reason, the others with how they were read."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.util import await_only

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; what was recorded before has no problem, since it would have been refused."""
    connection = op.get_bind()
    connection.execute(sa.text("set local search_path to assay"))
    driver = connection.connection.driver_connection
    assert driver is not None
    script = Path(__file__).parents[1] / "sql" / "evidence_files.sql"
    await_only(driver.execute(script.read_text(encoding="utf-8")))
