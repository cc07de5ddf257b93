"""`python starter.py` as a process: streams kept apart, exit codes that scripts can trust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def starter(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command line on a home where nothing runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", "TEMPORAL_"))}
    return subprocess.run(
        [sys.executable, "starter.py", *words], cwd=ROOT, env={**kept, "ASSAY_HOME": str(home)}, capture_output=True,
        text=True, check=False,
    )


def test_help_is_data(tmp_path: Path) -> None:
    """Help goes to stdout and ends well."""
    done = starter(tmp_path, "--help")
    assert (0, "") == (done.returncode, done.stderr)
    assert "is not authenticated" in done.stdout


@pytest.mark.parametrize(("words", "code", "said"), [
    (("cycle", "list", "--output", "json"), 7, "not_configured"),
    (("version", "submit", "c", "planning", "--output", "json"), 2, "bad_input"),
    (("cycle", "list", "--output=json", "--surprise"), 2, "bad_input"),
])
def test_an_error_leaves_stdout_empty(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    """A script reads the error as JSON where it asked for JSON."""
    done = starter(tmp_path, *words)
    assert (code, "") == (done.returncode, done.stdout)
    assert (said, code) == tuple(json.loads(done.stderr)["error"][name] for name in ("code", "exit_code"))


def test_no_configuration_says_what_to_run(tmp_path: Path) -> None:
    """A person reads the next step."""
    assert "hint: run `make up`" in starter(tmp_path, "inbox").stderr
