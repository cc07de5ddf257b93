"""One contestant in a process of its own: a course on stdin, a line of JSON per figure on stdout.

Run by `benchmarks.races`; its environment holds what the contestant needs and perhaps nothing of ours.
"""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module
from typing import Any

from benchmarks.contestant import Addresses, Contestant
from benchmarks.course import course
from benchmarks.measuring import run
from benchmarks.starters import STARTERS


def tell(figure: dict[str, Any]) -> None:
    """Say a figure at once, so that whoever waits knows how far it is."""
    sys.stdout.write(json.dumps(figure) + "\n")
    sys.stdout.flush()


def enter(name: str, addresses: Addresses) -> Contestant:
    """The contestant of that name, connected."""
    module, _, kind = STARTERS[name].contestant.partition(":")
    entered = getattr(import_module(module), kind)(addresses)
    assert isinstance(entered, Contestant)
    return entered


def main() -> None:
    """Read the task, run it, close."""
    task = json.load(sys.stdin)
    contestant = enter(task["name"], Addresses(**task["addresses"]))
    try:
        tell({
            "operation": "about", "mode": contestant.mode, "guarantees": contestant.guarantees,
            "libraries": dict(contestant.libraries()),
        })
        made = course(task["items"], churn=task["churn"], versions=task["versions"])
        # So that the collector does not look through libraries and course in the middle of an operation.
        gc.collect()
        gc.freeze()
        run(contestant, made, tell)
    finally:
        gc.unfreeze()
        contestant.close()


if __name__ == "__main__":
    main()
