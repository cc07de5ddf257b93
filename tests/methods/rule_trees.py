"""Parts of rules that several tests are about: a column, a value, a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def column(name: str = "c") -> dict[str, Any]:
    """The value of a column."""
    return {"op": "column", "name": name}


def constant(value: str) -> dict[str, Any]:
    """A value as it stands."""
    return {"op": "value", "value": value}


def compared(relation: str = "=", *, right: Mapping[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """Column `c` beside 100, or beside something else."""
    return {"op": "compare", "left": column(), "relation": relation, "right": right or constant("100"), **options}
