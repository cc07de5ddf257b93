"""Settings that stand in files: one value per file for secrets, and one TOML file for everything else.

A password in the environment shows in `docker inspect` and in the processes that inherit it; in a file it does not.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from models.errors import BadInput

CONFIG = "ASSAY_CONFIG"


def variable_of(settings: type[BaseSettings], name: str) -> str:
    """The environment variable of a field, which may be named by its alias."""
    field = settings.model_fields.get(name)
    return str(field.validation_alias) if field and field.validation_alias else _plain(name)


def _plain(name: str) -> str:
    return name if name.isupper() else f"ASSAY_{name.upper()}"


def file_named_by_variable(settings: type[BaseSettings]) -> dict[str, Any]:
    """What stands in the files that `VARIABLE_FILE` names. Raises `BadInput` for both or for a file not readable."""
    found: dict[str, Any] = {}
    for name, field in settings.model_fields.items():
        variable = variable_of(settings, name)
        if path := os.environ.get(f"{variable}_FILE"):
            if os.environ.get(variable):
                raise BadInput(f"both {variable} and {variable}_FILE are set", hint="unset one of them")
            found[_key(name, field)] = _read(Path(path), f"{variable}_FILE").strip()
    return found


def from_toml(settings: type[BaseSettings]) -> dict[str, Any]:
    """What the file says that ASSAY_CONFIG names, by the names of the fields; any other name raises `BadInput`."""
    if not (path := os.environ.get(CONFIG)):
        return {}
    try:
        content = tomllib.loads(_read(Path(path), CONFIG))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{CONFIG} {path!r} is not TOML: {error}", hint='such as: task_queue = "assay"') from None
    if unknown := sorted(content.keys() - settings.model_fields.keys()):
        raise BadInput(
            f"{CONFIG} {path!r} has no setting {unknown[0]!r}", hint=f"settings: {', '.join(settings.model_fields)}"
        )
    return {_key(name, settings.model_fields[name]): value for name, value in content.items()}


def _key(name: str, field: FieldInfo) -> str:
    # The same key as the environment's, so that the one that wins replaces the other instead of standing beside it.
    return str(field.validation_alias) if field.validation_alias else name


def _read(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        told = f"{variable} names {str(path)!r}, which cannot be read: {why}"
        raise BadInput(told, hint="correct the path") from None
