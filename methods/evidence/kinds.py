"""What a file is, by its bytes. What no evidence can be is refused with the format to save it in."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Literal

from methods.delimited import kind_of
from methods.evidence.encodings import wide_encoding
from methods.evidence.limits import LARGEST
from methods.evidence.records import Unreadable
from models.errors import UnusableEvidence

Kind = Literal["text", "workbook", "pdf", "html", "parquet"]
GZIP = b"\x1f\x8b"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_HINT = "hand in CSV, XLSX, HTML, Parquet or a PDF with text"
_PARQUET, _PARQUET_LOCKED = b"PAR1", b"PARE"
# A page begins with its own tags, perhaps after an XML declaration or comments; other XML has a root of its own.
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|style|div|table)\b",
    re.IGNORECASE | re.DOTALL)
_PDF_WITHIN = 1024  # readers accept junk before the header of a PDF, such as the rest of a mail


def kind_of_evidence(data: bytes, *, name: str) -> Kind:
    """The kind of file. Raises `UnusableEvidence` for one that is no evidence, `Unreadable` for an encrypted one."""
    head = data[:4096]
    if not data.strip(b" \t\r\n\xef\xbb\xbf\0"):
        raise UnusableEvidence(f"{name} is empty", hint="hand in the file with its contents")
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_PARQUET_LOCKED):
        raise Unreadable("is encrypted: its footer asks for a key")
    if is_page(head):
        return "html"
    if head.startswith(_ZIP):
        return _archive(data, name)
    if head.startswith(_OLE):
        return _compound(data, name)
    if head.startswith(GZIP):
        raise Unreadable("is gzip inside gzip, which is unpacked once only")
    if head.startswith(_WIDE):
        return "text"
    kind = kind_of(head)
    if kind and not (kind == "not text" and wide_encoding(head)):
        raise UnusableEvidence(f"{name} is {kind}, which cannot be read as evidence", hint=_HINT)
    return "text"


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is an HTML page, in whatever encoding."""
    wide = head.startswith(_WIDE) or (b"\0" in head and wide_encoding(head) is not None)
    text = head.replace(b"\0", b"") if wide else head
    return _PAGE.match(text.decode("latin-1").lstrip("\xef\xbb\xbf\xff\xfe")) is not None


def gunzip(data: bytes, *, name: str) -> tuple[bytes, str]:
    """What a gzip file holds, all members of it, and the inner file's name. Raises `Unreadable`."""
    inner = name[:-3] if name.lower().endswith(".gz") else "the file inside gzip"
    parts, size, rest = [], 0, data
    while rest.startswith(GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            parts.append(unpacker.decompress(rest, LARGEST - size + 1))
        except zlib.error as error:
            raise Unreadable("is a damaged gzip file") from error
        size += len(parts[-1])
        if size > LARGEST:
            raise Unreadable(f"is too large: unpacked it has more than {LARGEST >> 20} MB")
        if not unpacker.eof:
            raise Unreadable("is a damaged gzip file: its end is missing")
        rest = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts), inner


def _archive(data: bytes, name: str) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            mimetype = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Unreadable("is damaged: it is no complete workbook or archive") from error
    if any(part.startswith("xl/") and part.endswith("workbook.xml") for part in names):
        return "workbook"
    found = next((kind for part, kind in _INSIDE.items() if part in names), "a ZIP archive")
    if b"opendocument.spreadsheet" in mimetype:
        found = "an OpenDocument spreadsheet (.ods)"
    if "workbook" in found or "spreadsheet" in found:
        raise UnusableEvidence(f"{name} is {found}, which is not read", hint="save it as an Excel workbook (.xlsx)")
    hint = "unpack it and hand in the files" if found == "a ZIP archive" else _HINT
    raise UnusableEvidence(f"{name} is {found}, which cannot be read as evidence", hint=hint)


_INSIDE = {"xl/workbook.bin": "a binary Excel workbook (.xlsb)", "word/document.xml": "a Word document",
           "ppt/presentation.xml": "a presentation"}


def _compound(data: bytes, name: str) -> Kind:
    """Office before 2007, or an Office file under a password, by the names in its directory."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Unreadable("is encrypted: it asks for a password")
    if "WordDocument".encode("utf-16-le") in data:
        raise UnusableEvidence(f"{name} is an old Word document", hint=_HINT)
    raise UnusableEvidence(f"{name} is an old Excel workbook (.xls), which is not read",
                           hint="save it as an Excel workbook (.xlsx)")
