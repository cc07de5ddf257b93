"""docs/methods/sampling.md holds: its commands show what it says, its plans are valid, and no method is left out."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import yaml

from cli.main import main
from models.cycle_file import Sampling, SamplingMethod

PATH = Path(__file__).parents[2] / "docs" / "methods" / "sampling.md"
PAGE = PATH.read_text(encoding="utf-8")
_SHOWN = re.compile(r"```sh\nassay (?P<typed>[^\n]+)\n```\n\n```text\n(?P<shown>.*?)```", re.DOTALL)
PLANS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("found", list(_SHOWN.finditer(PAGE)), ids=lambda found: str(found["typed"])[:40])
def test_commands_show_what_the_page_says(
    found: re.Match[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command is typed as printed; `ASSAY_RECORD=1` writes what it shows into the page."""
    monkeypatch.setenv("COLUMNS", "112")
    assert 0 == main(shlex.split(found["typed"]))
    shown = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    if os.environ.get("ASSAY_RECORD"):
        text, typed = PATH.read_text(encoding="utf-8"), f"assay {found['typed']}\n```\n\n```text\n"
        before, _, after = text.partition(typed)
        PATH.write_text(f"{before}{typed}{shown}{after[after.index('```'):]}", encoding="utf-8")
    else:
        assert found["shown"] == shown


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: str(plan).split("\n", 1)[0])
def test_plans_are_valid(plan: str) -> None:
    """What the page shows of a cycle file is a plan."""
    Sampling.model_validate(yaml.safe_load(plan))


def test_every_method_has_its_place() -> None:
    """In the table of what to use when, and under a heading of its own or of its family."""
    headings = " ".join(line for line in PAGE.splitlines() if line.startswith("## "))
    methods = get_args(SamplingMethod)
    assert [] == [name for name in methods if f"| `{name}` |" not in PAGE or f"`{name}`" not in headings]
