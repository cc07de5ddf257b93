"""docs/rules.md and docs/rule-schema.json say what the program knows: every node has an example, and every one works.

ASSAY_RECORD=1 writes the schema anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from methods.rules import compile_rule
from models import expressions
from models.expressions import json_schema
from tests.methods.builders import expression

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = DOCS / "rule-schema.json"
BLOCKS = re.findall(r"```yaml\n(.*?)```", (DOCS / "rules.md").read_text(encoding="utf-8"), re.DOTALL)
EXAMPLES: list[dict[str, Any]] = [tree for block in BLOCKS for tree in yaml.safe_load(block)]
NODES = [node for node in vars(expressions).values() if isinstance(node, type) and issubclass(node, expressions.Node)]
KNOWN: list[Any] = [node.model_fields["op"].annotation for node in NODES if "op" in node.model_fields]
OPERATORS = sorted({op for literal in KNOWN for op in get_args(literal)})


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(part)


def test_the_schema_is_current() -> None:
    """The committed schema is what the models are."""
    if os.environ.get("ASSAY_RECORD"):
        SCHEMA.write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="utf-8")
    assert json_schema() == json.loads(SCHEMA.read_text(encoding="utf-8"))


def test_every_node_has_an_example() -> None:
    """An operator that the models know stands in an example on the page."""
    assert OPERATORS == sorted({node["op"] for tree in EXAMPLES for node in nodes(tree)})


@pytest.mark.parametrize("tree", EXAMPLES, ids=lambda tree: str(tree["op"]))
def test_every_example_works(tree: dict[str, Any]) -> None:
    """It is valid by the schema and by the models, and compiles where its columns exist."""
    Draft202012Validator(json_schema()).validate(tree)
    named = {name for node in nodes(tree) for key in ("column", "name", "columns", "by", "keys") if key in node
             for name in ([node[key]] if isinstance(node[key], str) else node[key])}
    assert compile_rule(expression(tree), columns=named, keys=(),
                        beside=dict.fromkeys(("header", "prior", "census"), named)).sql


@pytest.mark.parametrize("tree", [
    {"op": "is", "colum": "a", "values": ["1"]}, {"op": "is", "column": "a", "values": []}, {"op": "equals"},
    {"op": "when", "when": {"op": "blank", "column": "a"}},
    {"op": "and", "conditions": [{"op": "unique", "columns": ["a"]}]},
    {"op": "compare", "left": {"op": "column", "name": "a"}, "relation": "==", "right": {"op": "count"}}])
def test_the_schema_refuses_what_the_models_refuse(tree: dict[str, Any]) -> None:
    """An editor that knows the schema marks it."""
    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema()).validate(tree)
    with pytest.raises(ValueError, match="validation error"):
        expression(tree)
