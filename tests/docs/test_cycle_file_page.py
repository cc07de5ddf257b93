"""docs/cycle-file.md is complete and its example works: a stranger sets up a report from that page alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from methods.cycle_files import parse_cycle_file
from methods.dictionary import parse_dictionary
from models import expressions
from models.cycle_file import CycleFile
from models.items import Attribute

PAGE = (Path(__file__).parents[2] / "docs" / "cycle-file.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1)


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel) and not issubclass(part, expressions.Node):
                yield from _models(part)


def _options(field: FieldInfo) -> tuple[str, ...]:
    literal: Any = field.annotation
    return get_args(literal)


FIELDS = sorted({(field.alias or name) for model in _models(CycleFile) for name, field in model.model_fields.items()})
NODES = [node for node in vars(expressions).values() if isinstance(node, type) and issubclass(node, expressions.Node)]
OPERATORS = sorted({op for node in NODES if "op" in node.model_fields for op in _options(node.model_fields["op"])})


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_described(field: str) -> None:
    """A field that the model knows stands on the page."""
    assert re.search(rf"\b{re.escape(field)}\b", PAGE)


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_described(operator: str) -> None:
    """A rule operator that the model knows stands on the page."""
    assert f"`{operator}`" in PAGE or f"op: {operator}" in PAGE


def test_the_example_is_a_valid_cycle_file() -> None:
    """The example parses, and says what it seems to say."""
    file = parse_cycle_file(_block("yaml").encode())
    assert ("2026-q1", "branch-deposits") == (file.cycle, file.report.id)
    assert file.comparison_of("TermDeposits").blank_is_zero


def test_the_example_dictionary_is_valid() -> None:
    """Its dictionary is read as five attributes, one of them the key."""
    attributes = parse_dictionary(csv.DictReader(_block("csv").splitlines()))
    assert 5 == len(attributes)
    assert ["BranchId"] == [a.name for a in attributes if a.primary_key]


def test_every_dictionary_column_is_described() -> None:
    """A column that the dictionary may have stands on the page."""
    assert [] == [name for name in Attribute.model_fields if f"`{name}`" not in PAGE]
