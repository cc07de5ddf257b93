"""From the bytes of a file to the values in it: the one way in."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Protocol

from methods.evidence.kinds import GZIP, Kind, gunzip, is_page, kind_of_evidence
from methods.evidence.limits import LARGEST
from methods.evidence.records import Collector, Evidence, Unreadable, Wanted
from models.cycle_file import Source
from models.errors import UnusableEvidence

if TYPE_CHECKING:
    from methods.evidence.parquet import OpenParquet


def needs_care(head: bytes) -> bool:
    """Whether a file that begins so is unpacked or parsed by more than splitting lines: that is done in a child."""
    return head.startswith((GZIP, b"PK", b"PAR", b"\xd0\xcf\x11\xe0")) or b"%PDF-" in head[:1024] or is_page(head)


def read_evidence(data: bytes, *, source: Source, attributes: Collection[str] | None = None,
                  keys: Collection[str] | None = None, name: str = "the evidence",
                  decode_parquet: OpenParquet | None = None) -> Evidence:
    """The evidence in a file. `attributes` limits which of the source's columns or labels are looked for.

    `decode_parquet` decodes a Parquet file, which is done outside the methods; without it such a file is refused.
    With `keys` only records of those keys are kept, so that a few records of a large extract cost little memory. A
    file that is encrypted, damaged, a scan or too large gives `Evidence` with a `problem`. Raises `UnusableEvidence`
    for a file that is plainly the wrong one: empty, of another kind, without the key columns or any other.
    """
    columns = {name_: column for name_, column in source.columns.items() if attributes is None or name_ in attributes}
    wanted = Wanted(source.keys, columns, keys, frozenset([*source.keys.values(), *source.columns.values()]))
    try:
        return _read(data, wanted, name, decode_parquet)
    except Unreadable as problem:
        return Evidence(problem=str(problem))


def _read(data: bytes, wanted: Wanted, name: str, decode_parquet: OpenParquet | None) -> Evidence:
    if len(data) > LARGEST:
        raise Unreadable(f"is too large: it has more than {LARGEST >> 20} MB")
    into, prefix, packed = Collector(wanted), "", ""
    if data.startswith(GZIP):
        data, inner = gunzip(data, name=name)
        prefix, packed = f"{inner}: ", ", in gzip"
    read = _reader(kind_of_evidence(data, name=name), decode_parquet)
    return into.evidence(read(data, into, name=name, prefix=prefix) + packed)


class _Reader(Protocol):
    def __call__(self, data: bytes, into: Collector, *, name: str, prefix: str = "") -> str:
        """Hand everything over to the collector; what the file was read as, in words."""


def _reader(kind: Kind, decode_parquet: OpenParquet | None) -> _Reader:
    """Loaded when needed: the parsers of PDF and workbooks cost half a second, and are only wanted in a child."""
    match kind:
        case "text":
            from methods.evidence.delimited_text import read_text

            return read_text
        case "workbook":
            from methods.evidence.workbook import read_workbook

            return read_workbook
        case "pdf":
            from methods.evidence.pdf import read_pdf

            return read_pdf
        case "html":
            from methods.evidence.html_page import read_html

            return read_html
        case "parquet":
            from methods.evidence.parquet import read_parquet

            return partial(read_parquet, decode=decode_parquet)


def require_columns(found: Collection[str], wanted: Wanted, *, name: str, where: str) -> None:
    """Raise `UnusableEvidence` naming what is missing unless the keys and at least one attribute are among `found`."""
    missing = [column for column in dict.fromkeys(wanted.keys.values()) if column not in found]
    if not missing and not any(column in found for column in wanted.columns.values()):
        missing = list(dict.fromkeys(wanted.columns.values()))
    if missing:
        has = ", ".join(list(dict.fromkeys(one for one in found if one))[:20])
        raise UnusableEvidence(f"{name}: {where} {', '.join(map(repr, missing[:10]))}"
                               f"{f'; it has {has}' if has else ''}",
                               hint="hand in the file that the cycle file describes, or name another --source")
