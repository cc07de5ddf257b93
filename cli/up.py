"""`up`: the embedded stack in the foreground, as `make up` runs it."""

from __future__ import annotations

import asyncio

from cyclopts import App

app = App(
    name="up",
    help="Run Postgres, Temporal and the worker until Ctrl-C; the data stays.",
    help_epilogue="Example: python starter.py up",
)


@app.default
async def up() -> None:
    """Run Postgres, Temporal and the worker until Ctrl-C; the data stays, and open cycles go on at the next start."""
    from cli.output import say
    from models.settings import Settings
    from stack.up import up as run

    try:
        await run(Settings.load(), say)
    except asyncio.CancelledError:
        say("stopped; the data stays")
