"""The example below each command's help: where in the cycle of the guides it fits, and how it is tried there.

Commands that only read are run. Commands that act are judged with --dry-run, so that the cycle goes on as the guides
tell it: what they name has to exist and the person has to be allowed, but nothing is changed.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import shlex

from cli.main import build, main

# After which step of the guides an example fits.
FITS = {
    10: ("cycle start", "sampling size", "sampling evaluate"),
    22: ("worker check", "cycle list", "people list", "people reassign", "cycle hold", "cycle cancel"),
    100: ("inbox", "version show", "item decide"),
    110: ("version submit",),
    212: ("version results", "item edit"),
    222: ("item comment", "version approve", "version reject", "version withdraw"),
    244: ("version open",),
    256: ("version diff",),
    262: ("item request",),
    264: ("version history",),
    268: ("item remove",),
    302: ("owner list", "owner assign", "owner waive"),
    310: ("case list", "case show", "case extend", "owner dispute", "case waive"),
    318: ("owner reassign",),
    334: ("case extensions", "case grant", "case refuse"),
    344: ("evidence upload",),
    370: ("evidence list", "evidence accept", "evidence return"),
    384: ("execution list", "execution review", "execution rerun"),
    400: ("observation list", "observation edit", "observation mine", "observation dispute", "observation resolved",
          "observation carried"),
    450: ("cycle show", "item show", "item lineage", "item search", "metrics show", "metrics requests", "metrics plot",
          "audit log", "sampling explain", "sampling redraw",
          "profile show", "profile scores", "profile plot", "profile explanations"),
    452: ("cycle resume",),
    502: ("report sign", "cycle watch"),
    522: ("report show",),
    636: ("audit verify", "audit heads", "audit export"),
}
# Tried nowhere in the cycle, only parsed: why.
PARSED = {
    "demo": "runs a cycle of its own; tests/e2e has them",
    "report verify": "the names of the files have the cycle's in them; the auditor's guide types it",
    "profile explain": "the guides explain nothing; tests/cli/test_profile.py",
    "profile approve": "there is no explanation in the guides' cycle; tests/cli/test_profile.py",
    "profile reject": "there is no explanation in the guides' cycle; tests/engine/test_explaining.py",
    "up": "runs until Ctrl-C; tests/stack has it",
    "owner retry": "needs an owner whose work failed, which needs a broken disk; tests/workflows/test_owners.py",
    "item add": "its record is in the draft already, at the report owner's request; tests/cli/test_by_hand.py",
}
# A decision sheet is filled in before it is applied.
FILLED = {"item decide": ", fill decisions.xlsx verdict=approve"}


def example_of(command: str) -> str:
    """The example of a command as its help shows it, as a person types it in the guides."""
    found = re.search(r"Example: python starter\.py (.*)$", " ".join(_help(command).split()))
    assert found is not None, command
    return f"assay {found[1]}"


def tried(command: str) -> str:
    """The example as it is tried."""
    return f"{example_of(command)} --dry-run" if "--dry-run" in _help(command) else example_of(command)


def parse(line: str) -> None:
    """Parse a command line completely, converters and all, without running it; raises `CycloptsError`."""
    build().parse_args(shlex.split(line)[1:], exit_on_error=False, print_error=False)


@functools.cache
def _help(command: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main([*command.split(), "--help"])
    return out.getvalue()
