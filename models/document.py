"""How a report section is put down: blocks of words, figures, tables and charts, without layout and without markup.

The canonical JSON of a `Body` is the content of a `models.items.Section`; the HTML and the workbook are drawn from it
and cannot say different things. Text in it is untrusted and plain; whoever draws it escapes it.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.fact import Instant
from models.report import Sha256

Tone = Literal["plain", "good", "note", "warn", "bad", "alarm"]
ColumnKind = Literal["text", "long", "key", "number", "status", "time", "hash"]
RegisterName = Literal["cases", "exceptions"]


class Block(BaseModel):
    """One part of a section."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(Block):
    """A word with a meaning that a reader must see at once, also in a grey print."""

    text: str
    tone: Tone


Cell = str | int | Mark
Rows = tuple[tuple[Cell, ...], ...]


class Paragraph(Block):
    """Plain sentences; any tone but `plain` sets them apart."""

    kind: Literal["paragraph"] = "paragraph"
    text: str
    tone: Tone = "plain"


class Heading(Block):
    """A heading inside a section."""

    kind: Literal["heading"] = "heading"
    text: str


class Bullets(Block):
    """A list of sentences."""

    kind: Literal["bullets"] = "bullets"
    items: tuple[str, ...]


class Figure(Block):
    """One number that matters: as displayed, with the exact counts behind it where it is a share."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = "plain"
    part: int | None = None
    whole: int | None = None


class Figures(Block):
    """A row of figures."""

    kind: Literal["figures"] = "figures"
    items: tuple[Figure, ...]


class Column(Block):
    """A column of a table; its kind says how values are aligned, wrapped and typed."""

    label: str
    kind: ColumnKind = "text"


class Table(Block):
    """A table. `where` says which output shows it; `sheet` names its sheet of the workbook ('' has none).

    A table shown in the document alone may name the sheet that has all of it.

    With more than `most` rows the document shows the first of them (in the stated `order`), or only their number
    where `overflow` is `none`, and points to the sheet. A `dense` table is set small whatever its size, so that tables
    of one kind look alike.
    """

    kind: Literal["table"] = "table"
    title: str
    sheet: str = Field("", max_length=31, pattern=r"^[^\[\]:*?/\\']*$")
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: Rows
    empty: str = "None."
    order: str = ""
    where: Literal["both", "document", "workbook"] = "both"
    most: int = 200
    overflow: Literal["first", "none"] = "first"
    dense: bool = False


class Register(Block):
    """A table too long to keep in the section: its rows are taken from the facts and must have this count and hash."""

    kind: Literal["register"] = "register"
    name: RegisterName
    title: str
    sheet: str = Field(max_length=31)
    count: int
    sha256: Sha256
    empty: str = "None."
    order: str = ""
    most: int = 200
    overflow: Literal["first", "none"] = "none"


class Detail(Block):
    """A labelled text of an entry."""

    label: str
    text: str


class Entry(Block):
    """Something described at length: a title, a mark and labelled texts."""

    title: str
    mark: Mark
    fields: tuple[Detail, ...]


class Entries(Block):
    """Entries one below the other."""

    kind: Literal["entries"] = "entries"
    items: tuple[Entry, ...]


class Series(Block):
    """One kind of quantity in a chart."""

    name: str
    tone: Tone


class Bar(Block):
    """One labelled bar with a value for each series; `text` is written at its end."""

    label: str
    values: tuple[int, ...]
    text: str = ""


class Bars(Block):
    """A chart of horizontal stacked bars; `shares` draws every bar at full length."""

    kind: Literal["bars"] = "bars"
    title: str
    description: str
    series: tuple[Series, ...]
    bars: tuple[Bar, ...] = Field(min_length=1)
    shares: bool = False


class Span(Block):
    """Something that lasted: from `start` to `end`."""

    label: str
    start: Instant
    end: Instant
    tone: Tone


class Lane(Block):
    """The spans of one row of a timeline."""

    label: str
    spans: tuple[Span, ...]


class Timeline(Block):
    """A chart of what happened when."""

    kind: Literal["timeline"] = "timeline"
    title: str
    description: str
    lanes: tuple[Lane, ...] = Field(min_length=1)


AnyBlock = Annotated[
    Paragraph | Heading | Bullets | Figures | Table | Register | Entries | Bars | Timeline,
    Field(discriminator="kind"),
]


class Body(Block):
    """The content of a section."""

    blocks: tuple[AnyBlock, ...]

    def canonical(self) -> str:
        """Sorted, compact JSON: the same body has the same text for ever."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
