"""Every example of docs/methods/comparison.md comes out as the page says, and every setting has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from methods.comparison import compare
from models.cycle_file import Comparison
from models.items import DataType

PAGE = (Path(__file__).parents[2] / "docs" / "methods" / "comparison.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| [^|]+ \| `(\{.*\})` \| (\w+) \| `([^`]*)` \|(?: `([^`]*)`)? *\| (\w+) \|$", re.MULTILINE)
EXAMPLES = _ROW.findall(PAGE)
# Its own subject is another; the page names it in the words beside an example.
_NAMED_ONLY = {"data_type", "reported_notation", "reported_percent_in"}


@pytest.mark.parametrize(("states", "kind", "reported", "evidence", "outcome"), EXAMPLES)
def test_the_example_comes_out(states: str, kind: str, reported: str, evidence: str, outcome: str) -> None:
    """With the settings, values and outcome that its row has."""
    spec = Comparison.model_validate(yaml.safe_load(states))
    assert outcome == compare(reported, evidence, data_type=DataType(kind), spec=spec).result


def test_no_row_is_left_out() -> None:
    """Whatever looks like an example is one."""
    assert len(re.findall(r"^\| .*`\{.*\}` ", PAGE, re.MULTILINE)) == len(EXAMPLES) > 30


def test_every_setting_has_an_example() -> None:
    """A setting that is added later is shown, too."""
    shown = {name for states, *_ in EXAMPLES for name in yaml.safe_load(states)}
    assert set(Comparison.model_fields) - shown == _NAMED_ONLY
