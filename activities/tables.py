"""The report's data file, opened to see that it is text and what its header says, before DuckDB reads it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from methods.delimited import kind_of
from models.errors import UnusableFile

_HEAD = 4 << 20
_CHUNK = 8 << 20


def read_head(path: Path, *, name: str) -> str:
    """The first 4 MB of a file as text, for its header. Raises `UnusableFile` when the first line is not UTF-8."""
    with _opened(path, name) as file:
        head = file.read(_HEAD).removeprefix(codecs.BOM_UTF8)
    try:
        head.split(b"\n", 1)[0].split(b"\r", 1)[0].decode()
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{name}, line 1: it is not UTF-8", hint="save the file as UTF-8") from error
    return head.decode(errors="replace")


def refuse_binary(path: Path, *, name: str) -> None:
    """Raises `UnusableFile` when a file is missing, a folder, empty, or anything but text."""
    with _opened(path, name) as file:
        chunk = file.read(_CHUNK)
        if not chunk.strip():
            raise UnusableFile(f"{name} is empty", hint="supply a CSV file with a header row")
        kind = kind_of(chunk)
        while chunk and not kind:
            kind = "not text" if b"\0" in chunk else None
            chunk = file.read(_CHUNK)
    if kind:
        raise UnusableFile(f"{name} is {kind}, not a CSV file", hint="save it as CSV in UTF-8")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise UnusableFile(f"{name} is a folder", hint="name a file in it")
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise UnusableFile(f"{name} does not exist", hint="check the path") from error
    except OSError as error:
        raise UnusableFile(f"{name} cannot be read: {error.strerror}", hint="check its permissions") from error
