"""An attestation read back: which files its signatures cover, so that a file can be checked without the database.

Only the attestation's own table of files counts; what signers wrote in it is escaped text and never becomes a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

FILES = "Files of the report"  # the caption of that table
UNSIGNED = "Not signed."
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Attested:
    """SHA-256 -> name of each file that is signed for, and whether every required role has signed."""

    files: dict[str, str]
    complete: bool


def attested(page: str) -> Attested:
    """What an attestation says. Raises ValueError for another page, or one whose table of files cannot be read."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    if not reader.rows:
        raise ValueError("it has no table of the files that were signed")
    files = {row[1]: row[0] for row in reader.rows if len(row) == 3 and _SHA256.fullmatch(row[1])}
    if len(files) != len(reader.rows):
        raise ValueError("a row of its table of files names no SHA-256")
    return Attested(files, complete=UNSIGNED not in reader.paragraphs)


class _Reader(HTMLParser):
    """Collects the rows of the table of files, and whole paragraphs."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.paragraphs: list[str] = []
        self._inside = ""
        self._wanted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("caption", "td", "p"):
            self._inside = tag
        if tag == "p":
            self.paragraphs.append("")
        elif self._wanted and tag == "tr":
            self.rows.append([])
        elif self._wanted and tag == "td" and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""
        if tag == "table":
            self._wanted = False
            self.rows = [row for row in self.rows if row]  # the row of headings has no cells

    def handle_data(self, data: str) -> None:
        if self._inside == "caption":
            self._wanted = self._wanted or data.strip() == FILES
        elif self._inside == "td" and self._wanted and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
        elif self._inside == "p":
            self.paragraphs[-1] += data
