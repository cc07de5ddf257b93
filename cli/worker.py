"""`worker check`: everything that a cycle needs, one by one, each with its fix."""

from __future__ import annotations

from cyclopts import App

from cli.acting import example
from cli.output import LOOK, Look, show
from models import errors

app = App(name="worker", help="Check that everything a cycle needs is up.")


@app.command(help_epilogue=example("worker check"))
async def check(*, look: Look = LOOK) -> None:
    """Check database, schema, roles, content store, Temporal server, search attributes, worker, clocks; name fixes."""
    from cli.checks import run_checks
    from models.settings import Settings

    found = await run_checks(Settings.load())
    show("checks", found, look, columns=("check", "ok", "found", "fix"))
    wrong = [one.check for one in found if not one.ok]
    if wrong:
        raise errors.DependencyDown(f"not in order: {', '.join(wrong)}", hint="the column fix says what to do")
