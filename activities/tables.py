"""Files that hold tables: the report's data and dictionary, and evidence. Opened here, judged as bytes by `methods`."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from methods.cycle_files import read_dictionary as read_dictionary
from methods.delimited import kind_of
from methods.evidence import EvidenceTable, read_evidence
from models.cycle_file import Source
from models.errors import UnusableFile

LARGEST = 512 << 20
_HEAD = 4 << 20
_CHUNK = 8 << 20


def read_bytes(path: Path, *, largest: int = LARGEST) -> bytes:
    """A whole file. Raises `UnusableFile` when it is missing, a folder, unreadable or larger than `largest` bytes."""
    with _opened(path) as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise UnusableFile(f"{path.name} has more than the {largest:,} bytes that are read", hint="split the file")
    return data


def read_head(path: Path) -> str:
    """The first 4 MB of a UTF-8 file as text, for its header. Raises `UnusableFile` when it is not UTF-8."""
    with _opened(path) as file:
        head = file.read(_HEAD).removeprefix(codecs.BOM_UTF8)
    first = head.split(b"\n", 1)[0].split(b"\r", 1)[0]
    try:
        first.decode()
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{path.name}, line 1: it is not UTF-8", hint="save the file as UTF-8") from error
    return head.decode(errors="replace")


def refuse_binary(path: Path) -> None:
    """Raises `UnusableFile` when a file is empty or is anything but text."""
    with _opened(path) as file:
        chunk = file.read(_CHUNK)
        kind = kind_of(chunk)
        if not chunk.strip():
            raise UnusableFile(f"{path.name} is empty", hint="supply a CSV file with a header row")
        while chunk and not kind:
            kind = "not text" if b"\0" in chunk else None
            chunk = file.read(_CHUNK)
    if kind:
        raise UnusableFile(f"{path.name} is {kind}, not a CSV file", hint="save it as CSV in UTF-8")


def read_evidence_file(path: Path, *, source: Source, attributes: Collection[str] | None = None) -> EvidenceTable:
    """The evidence in a file; errors name the file."""
    return read_evidence(read_bytes(path), source=source, attributes=attributes, name=path.name)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise UnusableFile(f"{path} is a folder", hint="name a file in it")
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise UnusableFile(f"{path} does not exist", hint="check the path") from error
    except OSError as error:
        raise UnusableFile(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from error
