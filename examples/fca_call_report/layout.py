"""The `D_*.TXT` layout files: which columns a schedule has, read from pages made for people.

A column starts with its name, type and decimals at the start of a line; all text up to the next one describes it,
however it is indented. `**` marks the columns of a group that repeats until the record is full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from examples.fca_call_report.errors import ColumnCountMismatch

_COLUMN = re.compile(
    r"^[^\S\n]*(?P<before>\*+)?[^\S\n]*(?P<name>[A-Za-z_][\w.$#%&/-]*)(?P<after>\*+)?\s+"
    r"(?P<kind>num|alpha|char|text)[a-z]*\.?\s+(?P<decimals>\d+)(?=\s|$)",
    re.IGNORECASE | re.MULTILINE,
)
_NOTE = re.compile(r"^\W*NOTE\s*:", re.MULTILINE)
_PREAMBLE = re.compile(r"DELIMITED|ENCLOSED|^\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """One named column. `repeats` says that it belongs to the schedule's repeating group."""

    name: str
    kind: Literal["numeric", "text"]
    decimals: int
    description: str
    repeats: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one schedule, in the order of its data; `file` is where they were read from."""

    title: str
    columns: tuple[Column, ...]
    file: str = ""

    @property
    def group(self) -> range:
        """The places of the repeating group, from its first to its last column; empty without one."""
        places = [place for place, column in enumerate(self.columns) if column.repeats]
        return range(places[0], places[-1] + 1) if places else range(0)


def decode(content: bytes) -> str:
    """Text of a published file: UTF-8 where it is valid, else Windows-1252; DOS line ends and end marks removed."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x1a", "").replace("\x00", "")


def parse_layout(text: str, *, file: str = "") -> Layout:
    """The layout that a text describes; without columns when the text is no layout at all."""
    found = list(_COLUMN.finditer(text))
    until = [match.start() for match in found[1:]] + [len(text)]
    columns = tuple(_column(match, text[match.end():until[place]]) for place, match in enumerate(found))
    return Layout(_title(text[:found[0].start()] if found else ""), columns, file)


def column_names(layout: Layout, width: int, *, schedule: str, data: str) -> tuple[str, ...]:
    """One name per column of a record of `width` columns; the n-th repetition of a group column is `NAME_n`.

    A record that ends before the layout does takes the first names: the agency adds new columns at the end and keeps
    discontinued ones in place. Raises ColumnCountMismatch when no count of repetitions fits, or columns are left over.
    """
    names = [column.name for column in layout.columns]
    group = layout.group
    if not group and width <= len(names):
        return _distinct(names[:width])
    if group:
        block = names[group.start:group.stop]
        times, rest = divmod(width - len(names) + len(block), len(block))
        if rest == 0 and times > 0 and all(layout.columns[place].repeats for place in group):
            repeated = [f"{name}_{number}" for number in range(1, times + 1) for name in block]
            return _distinct([*names[:group.start], *repeated, *names[group.stop:]])
    raise ColumnCountMismatch(schedule=schedule, layout=layout.file, data=data, present=f"{width} columns",
                              named=f"{len(names)} columns, {len(group)} of them in a repeating group")


def _column(match: re.Match[str], described: str) -> Column:
    note = _NOTE.search(described)
    text = " ".join((described[:note.start()] if note else described).split())
    return Column(name=match["name"], kind="numeric" if match["kind"].lower() == "num" else "text",
                  decimals=int(match["decimals"]), description=text, repeats=bool(match["before"] or match["after"]))


def _title(preamble: str) -> str:
    lines = re.split(r"^\W*VARIABLE\b", preamble, maxsplit=1, flags=re.IGNORECASE | re.MULTILINE)[0].splitlines()
    text = " ".join(" ".join(line for line in lines if not _PREAMBLE.search(line)).split())
    return re.sub(r"^FILE LAYOUT FOR\s+", "", text, flags=re.IGNORECASE)


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names, a repeated one numbered from its second appearance, so that no header names two columns alike."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(distinct)
