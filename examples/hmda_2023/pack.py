"""The rule pack: every edit of `edits/*.yaml`, validated, as rules that Assay runs.

An edit whose text has several demands that CFPB reports under numbers of their own, such as V622, stands there under
each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from methods.rule_tables import HEADER, TABLE
from models.errors import BadInput
from models.expressions import Expression
from models.items import Dimension, Rule, Severity

_FOLDER = Path(__file__).parent
_NUMBER = r"^[SVQ][0-9]{3}(-[0-9])?$"
# The C loader reads the pack in a fifth of the time; both are safe.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Part(BaseModel):
    """A part of a pack's file; a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(Part):
    """What one edit demands of a loan, or of the transmittal sheet."""

    edit: str = Field(pattern=_NUMBER)
    text: str
    record: Literal["loan", "transmittal_sheet"] = "loan"
    dimension: Dimension
    expression: Expression

    @property
    def over(self) -> str:
        """The table whose records are judged."""
        return TABLE if self.record == "loan" else HEADER

    @property
    def tables(self) -> frozenset[str]:
        """The look-up tables it cannot be judged without."""
        return frozenset(found["table"] for found in _nodes(self.expression.model_dump()) if found.get("table"))


class Family(Part):
    """The edits of one file, which weigh the same."""

    severity: Severity
    gate: Literal["blocking", "explainable"]
    edits: tuple[Edit, ...]


class Unsaid(Part):
    """What the rule of an edit leaves out of the edit's text, and why."""

    edit: str = Field(pattern=_NUMBER)
    needs: Literal["a table", "a registry", "a person"]
    reason: str


class Reading(Part):
    """How CFPB's own engine reads an edit where that is not what its text says; never failing without `expression`."""

    edit: str = Field(pattern=_NUMBER)
    reason: str
    expression: Expression | None = None


class _Unsaid(Part):
    edits: tuple[Unsaid, ...]


class _Readings(Part):
    edits: tuple[Reading, ...]


@cache
def families() -> dict[str, Family]:
    """Every family by the name of its file. Raises `BadInput` with file, field and what is wrong with it."""
    return {path.stem: _read(path, Family) for path in sorted((_FOLDER / "edits").glob("*.yaml"))}


@cache
def edits() -> tuple[Edit, ...]:
    """Every edit: syntactical, validity, quality, each by number."""
    found = [edit for family in families().values() for edit in family.edits]
    return tuple(sorted(found, key=lambda edit: ("SVQ".index(edit.edit[0]), edit.edit, edit.record)))


def unsaid() -> tuple[Unsaid, ...]:
    """What cannot be said in rules, or not without something that is not in the file."""
    return _read(_FOLDER / "unsaid.yaml", _Unsaid).edits


def engine_readings() -> dict[str, Reading]:
    """By edit, where CFPB's engine departs from the text."""
    return {reading.edit: reading for reading in _read(_FOLDER / "engine_readings.yaml", _Readings).edits}


def rule(edit: Edit) -> Rule:
    """An edit as a profiling rule, on the first field that it names."""
    family = _family_of()[edit.edit, edit.record]
    return Rule(name=edit.edit, attribute=next(_fields(edit)), description=edit.text, dimension=edit.dimension,
                gate=family.gate, severity=family.severity, expression=edit.expression)


@cache
def _family_of() -> dict[tuple[str, str], Family]:
    return {(edit.edit, edit.record): family for family in families().values() for edit in family.edits}


def _fields(edit: Edit) -> Iterator[str]:
    for found in _nodes(edit.expression.model_dump()):
        several = (*found.get("by", ()), *found.get("columns", ()))
        yield from (name for name in (found.get("column"), found.get("name"), *several) if name)
    yield "record_id"


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list | tuple) else ():
        yield from _nodes(part)


_Read = TypeVar("_Read", bound=BaseModel)


def _read(path: Path, model: type[_Read]) -> _Read:
    try:
        return model.model_validate(yaml.load(path.read_text(encoding="utf-8"), _LOADER))  # noqa: S506 - a safe loader
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:10])
        raise BadInput(f"{path.name}: {wrong}", hint="see docs/rules.md") from error
