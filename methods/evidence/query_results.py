"""What a query gave, as the CSV that is stored and judged: the same rows always make the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from methods.evidence.cells import as_text, kind_of_value
from models.errors import UnusableEvidence


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8, comma, header first, rows in order of their texts, whichever order the database gave them in.

    Raises `UnusableEvidence` for a value that is no single one, naming its column.
    """
    texts = sorted(tuple(map(_text, columns, row)) for row in rows)
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([columns, *texts])
    return file.getvalue().encode()


def _text(column: str, value: object) -> str:
    text = as_text(value)
    if text is None or "\0" in text:
        held = kind_of_value(value) if text is None else "a NUL character"
        raise UnusableEvidence(f"the query's column {column!r} holds {held}", hint="cast it to text in the query")
    return text
