"""PDF documents with text: a table over one or many pages, or statements with labels and values.

See `page_tables` and `statements` for what is recognised. Fonts without letters and pages without text are said.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from methods.evidence.limits import PAGES
from methods.evidence.page_layout import Cell, Page, lines_of
from methods.evidence.page_tables import read_tables
from methods.evidence.reading import require_columns
from methods.evidence.records import Collector, Unreadable, causes
from methods.evidence.statements import read_statements
from methods.text import counted

_NO_LETTER = "(cid:"


def read_pdf(data: bytes, into: Collector, *, name: str, prefix: str = "") -> str:
    """Hand the records over; what was read, in words.

    Raises `Unreadable` when the file is encrypted, damaged, a scan or too long, `UnusableEvidence` when it has none of
    the key labels.
    """
    with _opened(data) as document:
        pages = list(_pages(document, into))
    blank = [page.number for page in pages if not page.lines]
    if len(blank) == len(pages):
        raise Unreadable("is a scan: its pages hold no text")
    words = [word.text for page in pages for line in page.lines for segment in line for word in segment.words]
    if sum(_NO_LETTER in word for word in words) > len(words) / 2:
        raise Unreadable("cannot be read: its fonts do not say which letters they show")
    told = [f"PDF, {counted(len(pages), 'page')}"]
    told += [f"no text on page {', '.join(map(str, blank))}"] if blank else []
    tables = read_tables(pages, into.wanted, name=name, prefix=prefix)
    statements = read_statements([page.lines for page in pages], into.wanted, prefix=prefix)
    # A row of labels above a row of values looks like a table: whichever reading finds more is the one that is meant.
    found = tables if tables is not None and tables.yielded() >= statements.yielded() else statements
    if found.rows == 0 or not found.seen:
        texts = [segment.text.rstrip(": ") for page in pages for line in page.lines for segment in line]
        hits = [one for one in texts if one in into.wanted.known]
        require_columns(hits, into.wanted, name=name, where="the document has no label or column")
    into.adopt(found)
    return ", ".join([*told, "a table" if found is tables else f"{counted(found.rows, 'statement')}"])


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            yield document
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a parser of hostile files fails in more ways than can be listed
        if any(isinstance(cause, MemoryError) for cause in causes(error)):
            raise MemoryError from error
        if isinstance(error, PdfminerException):
            locked = any(isinstance(one, PDFPasswordIncorrect) for one in error.args)
            raise Unreadable("is encrypted: it asks for a password" if locked else "is damaged: it is no complete PDF"
                             ) from error
        raise Unreadable(f"is damaged: {type(error).__name__} while its pages were read") from error


def _pages(document: Any, into: Collector) -> Iterator[Page]:
    if len(document.pages) > PAGES:
        raise Unreadable(f"is too large: it has {len(document.pages):,} pages, {PAGES} are read")
    if not document.pages:
        raise Unreadable("is damaged: it has no pages")
    ruled = False
    for page in document.pages:
        lines = lines_of(page)
        text = " ".join(segment.text for line in lines for segment in line)
        # Finding rules is slow: only where a header can be, and from there on.
        ruled = ruled or _may_hold_header(text, into)
        yield Page(page.page_number, lines, _tables(page) if ruled else ())
        page.close()


def _may_hold_header(text: str, into: Collector) -> bool:
    words = set(text.split())
    return all(words.issuperset(column.split()) for column in into.wanted.keys.values())


def _tables(page: Any) -> list[list[list[Cell]]]:
    found = []
    for table in page.find_tables():
        texts = table.extract()
        found.append([[(" ".join((text or "").split()), box or (0, 0, 0, 0))
                       for text, box in zip(cells, row.cells, strict=False)]
                      for cells, row in zip(texts, table.rows, strict=False)])
    return found
