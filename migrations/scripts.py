"""Running the SQL files beside the migrations, as the connected owner role."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text
from sqlalchemy.util import await_only

_FOLDER = Path(__file__).parent / "sql"


def run_sql(*names: str) -> None:
    """Run files of `migrations/sql` in the schema `assay`, in order."""
    connection = op.get_bind()
    connection.execute(text("set local search_path to assay"))
    # A script of many statements goes through the driver: prepared statements take only one.
    driver = connection.connection.driver_connection
    assert driver is not None
    for name in names:
        await_only(driver.execute((_FOLDER / f"{name}.sql").read_text(encoding="utf-8")))
