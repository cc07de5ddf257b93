"""Files as data owners hand them in, good and bad, made in memory; every argument has a default."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import duckdb
import pypdf
import typst
from openpyxl import Workbook

HEADER = ("REF", "LIMIT", "STATE")
ROWS = (("R1", "5", "NY"), ("R2", "6", "NJ"))
PAGE = "#set page(width: 16cm, height: 12cm)\n"


def csv(header: Sequence[str] = HEADER, rows: Sequence[Sequence[str]] = ROWS, *, delimiter: str = ",",
        encoding: str = "utf-8") -> bytes:
    """Delimited text without quotes."""
    return "".join(f"{delimiter.join(row)}\n" for row in [header, *rows]).encode(encoding)


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]] | None = None, *, hidden: Sequence[str] = (),
             formats: Mapping[str, str] | None = None, merged: Sequence[str] = ()) -> bytes:
    """A workbook with these rows per sheet; `formats` and `merged` are of cells and ranges of the first sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in (sheets or {"Extract": [HEADER, *ROWS]}).items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    for title in hidden:
        book[title].sheet_state = "hidden"
    for cell, shown in (formats or {}).items():
        book.worksheets[0][cell].number_format = shown
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return file.getvalue()


def changed(book: bytes, part: str, data: bytes) -> bytes:
    """A workbook with one part replaced or added."""
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    return archive({**parts, part: data})


def html(header: Sequence[str] = HEADER, rows: Sequence[Sequence[str]] = ROWS, *, encoding: str = "utf-8") -> bytes:
    """A page with one table, as a portal prints it; texts are escaped."""
    def line(tag: str, cells: Sequence[str]) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    lines = [line("th", header), *(line("td", row) for row in rows)]
    return (f"<!DOCTYPE html><html><head><title>Cards</title></head><body><table>{''.join(lines)}</table></body></html>"
            ).encode(encoding)


def parquet(select: str = "SELECT * FROM (VALUES ('R1', 5, 'NY'), ('R2', 6, 'NJ')) t(REF, \"LIMIT\", STATE)") -> bytes:
    """A Parquet file with what a query of DuckDB gives."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "t.parquet"
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def pdf(text: str = "") -> bytes:
    """A PDF of this Typst source."""
    return typst.compile((PAGE + text).encode())


def statement(values: Mapping[str, str]) -> str:
    """Labels left, values right."""
    return "".join(f"{label}: #h(3cm) {value}\n\n" for label, value in values.items())


def statements(*records: Mapping[str, str]) -> bytes:
    """A PDF with a statement per page."""
    return pdf("#pagebreak()\n".join(statement(record) for record in records))


def table_pdf(header: Sequence[str] = HEADER, rows: Sequence[Sequence[str]] = ROWS, *, style: str = "",
              repeat: bool = True) -> bytes:
    """A PDF with one table, with rules unless `style` says otherwise."""
    def cells(row: Sequence[str]) -> str:
        return ", ".join(f"[{cell}]" for cell in row)

    head = f"table.header({cells(header)})" if repeat else cells(header)
    return pdf(f"#table(columns: {len(header)}, {style} {head}, {', '.join(map(cells, rows))})")


def encrypted(data: bytes) -> bytes:
    """A PDF that asks for a password."""
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(data)))
    writer.encrypt("secret", algorithm="AES-256")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def scan() -> bytes:
    """A PDF whose only page shows shapes and no text."""
    return pdf("#rect(width: 5cm, height: 3cm, fill: gray)")


def encrypted_workbook() -> bytes:
    """The beginning of what Excel writes under a password: a compound file with an encrypted package."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


def bomb(megabytes: int = 20) -> bytes:
    """A workbook whose sheet unpacks to very much more than it takes."""
    return changed(workbook(), "xl/worksheets/sheet1.xml", b"<x>" + b" " * (megabytes << 20))


def packed(data: bytes, name: str = "extract.csv") -> bytes:
    """The same in gzip."""
    file = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=file, mtime=0) as unpacked:
        unpacked.write(data)
    return file.getvalue()
