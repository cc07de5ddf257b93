"""The report's data file, opened to see what its header says, before DuckDB reads it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.errors import UnusableFile

_HEAD = 4 << 20


def read_head(path: Path, *, name: str) -> str:
    """The first 4 MB of a file as text, for its header. Raises `UnusableFile` when the first line is not UTF-8."""
    with opened(path, name) as file:
        head = file.read(_HEAD).removeprefix(codecs.BOM_UTF8)
    try:
        head.split(b"\n", 1)[0].split(b"\r", 1)[0].decode()
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{name}, line 1: it is not UTF-8", hint="save the file as UTF-8") from error
    return head.decode(errors="replace")


@contextmanager
def opened(path: Path, name: str) -> Iterator[BinaryIO]:
    """A file to read. Raises `UnusableFile` when it is missing, a folder, or may not be read."""
    if path.is_dir():
        raise UnusableFile(f"{name} is a folder", hint="name a file in it")
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise UnusableFile(f"{name} does not exist", hint="check the path") from error
    except OSError as error:
        raise UnusableFile(f"{name} cannot be read: {error.strerror}", hint="check its permissions") from error
