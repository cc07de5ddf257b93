"""`field=value` words as the content of an item, typed by its own fields; a wrong name is met with the right ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from models.errors import BadInput
from models.items import Item

KEYED = "record_key"


def named_by_key(kind: type[Item]) -> bool:
    """Whether such an item is added by naming its record; the rest is looked up in the report data."""
    return KEYED in kind.model_fields


def fields_of(kind: type[Item], words: Sequence[str]) -> dict[str, Any]:
    """The fields that the words set. Raises `BadInput` for a word without "=", an unknown field or a broken value."""
    return dict(_field(kind, word) for word in words)


def _field(kind: type[Item], word: str) -> tuple[str, Any]:
    name, given, text = word.partition("=")
    if not given:
        raise BadInput(f"{word!r} sets no field", hint=f"FIELD=VALUE; fields: {', '.join(kind.model_fields)}")
    if name not in kind.model_fields:
        near = get_close_matches(name, kind.model_fields, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise BadInput(f"there is no field {name!r}", hint=f"{hint}fields: {', '.join(kind.model_fields)}")
    return name, _value(kind.model_fields[name].annotation, name, text)


def _value(annotation: Any, name: str, text: str) -> Any:
    """Text stays text; lists take `a;b` or JSON, trees take JSON, what may be missing takes nothing at all."""
    options = get_args(annotation)
    if isinstance(annotation, type) and not options:
        return text
    if type(None) in options and text in ("", "null"):
        return None
    if get_origin(annotation) is tuple:
        return _json(name, text) if text.startswith("[") else [part.strip() for part in text.split(";") if part.strip()]
    return _json(name, text) if text.startswith("{") else text


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(f"{name} is not JSON: {error}", hint="quote the value for your shell") from error
