"""`demo`: a ready cycle, run by scripted people on the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

app = App(
    name="demo",
    help="Run a ready test cycle from planning to signed report, with scripted people.",
    help_epilogue="Example: python starter.py demo --example fca_call_report --input 2026March.zip --perturb 3 -o json",
)


@app.default
async def demo(
    *,
    example: Annotated[
        Literal["fr_y_14m_d1", "fca_call_report"], Parameter(help="FR Y-14M cards, or the FCA Call Report.")
    ] = "fr_y_14m_d1",
    quarter: Annotated[
        Path | None, Parameter(name="--input", help="A quarter as published, for fca_call_report.")
    ] = None,
    seed: Annotated[int, Parameter(help="Of the card portfolio and its defects.")] = 7,
    accounts: Annotated[int, Parameter(help="How many card accounts.")] = 1000,
    defects: Annotated[
        int | None, Parameter(help="How many of each kind to plant, 0 for none; else 12, and 12 % of extracts.")
    ] = None,
    perturb: Annotated[
        int | None, Parameter(help="Seed by which some evidence of a real quarter is changed.")
    ] = None,
    keep: Annotated[bool, Parameter(negative="", help="Leave the stack running at the end, until Ctrl-C.")] = False,
    output: Annotated[Literal["table", "json"], Parameter(name=("--output", "-o"))] = "table",
) -> int:
    """Run a ready cycle and compare what it found with what was planted; exits 6 when they differ.

    Starts the embedded stack unless one runs or servers are configured. Progress goes to stderr.
    """
    from cli.demo.command import Options, run

    return await run(
        Options(
            example=example, quarter=quarter, seed=seed, accounts=accounts, defects=defects, perturb=perturb, keep=keep,
            as_json=output == "json",
        )
    )
