"""The report's dictionary, one row per attribute, read into the items of Planning.

`name`, `mandatory` and `primary_key` are columns that every dictionary has; each row states a data type or a format.
All mistakes of a dictionary come in one error, each with its row (the header is row 1) and column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches

from methods.formats import parse_format
from methods.numbers import plain_number
from models.errors import MalformedCycleFile
from models.items import Attribute, DataType

COLUMNS = ("line", "name", "title", "description", "data_type", "format", "mandatory", "primary_key", "critical",
           "source_column", "domain", "minimum", "maximum")
REQUIRED = ("name", "mandatory", "primary_key")

_DATA_TYPES = frozenset(kind.value for kind in DataType)
_YES = frozenset({"yes", "y", "true", "1", "mandatory", "m", "required", "x"})
_NO = frozenset({"no", "n", "false", "0", "optional", "o", "conditional", ""})


def parse_dictionary(rows: Iterable[Mapping[str, str]]) -> tuple[Attribute, ...]:
    """The attributes in the dictionary's order; `rows` map column to cell, the first of them is row 2 of the file.

    Other columns than those of `COLUMNS` are left alone, unless they look like a misspelt one. Raises
    `MalformedCycleFile` with every mistake.
    """
    sheet = [{(key or "").strip(): (value or "").strip() for key, value in row.items()} for row in rows]
    if not sheet:
        raise MalformedCycleFile("the dictionary has no rows", hint="give it one row per attribute of the report")
    problems = _header_problems(sheet[0])
    if not problems:
        readers = [_Row(cells, number) for number, cells in enumerate(sheet, start=2)]
        attributes = [reader.attribute() for reader in readers]
        problems = [problem for reader in readers for problem in reader.problems] + _table_problems(readers)
        if not problems:
            return tuple(attributes)
    raise MalformedCycleFile("the dictionary has mistakes:\n" + "\n".join(problems),
                             hint="correct the rows that are named and start the cycle again")


class _Row:
    """One row while it is read; mistakes are gathered, a wrong cell reads as its default."""

    def __init__(self, cells: Mapping[str, str], number: int) -> None:
        self.cells, self.number, self.problems = cells, number, list[str]()

    def attribute(self) -> Attribute:
        name, format = self._text("name"), self._text("format")
        if not name:
            self._wrong("name", "is blank")
        data_type = self._data_type(format)
        minimum, maximum = self._bound("minimum", data_type), self._bound("maximum", data_type)
        if minimum is not None and maximum is not None and minimum > maximum:
            self._wrong("minimum", f"{minimum} is more than the maximum {maximum}")
        return Attribute(
            name=name, line=self._text("line") or str(self.number - 1), title=self._text("title") or name,
            description=self._text("description"), data_type=data_type, format=format,
            mandatory=self._flag("mandatory"), primary_key=self._flag("primary_key"), critical=self._flag("critical"),
            source_column=self._text("source_column") or name, domain=self._domain(),
            minimum=minimum, maximum=maximum)

    def _text(self, column: str) -> str:
        return self.cells.get(column, "")

    def _wrong(self, column: str, reason: str) -> None:
        self.problems.append(f"row {self.number}, column {column}: {reason}")

    def _data_type(self, format: str) -> DataType:
        stated = self._text("data_type").lower()
        known = parse_format(stated) if stated else parse_format(format)
        if stated in _DATA_TYPES:
            return DataType(stated)
        if known is not None:
            return known.data_type
        if stated:
            self._wrong("data_type", f"{stated!r} is not one of {', '.join(DataType)}")
        else:
            self._wrong("format", f"{format!r} is not a known format; state a data_type" if format
                        else "is blank, and so is data_type; state one of them")
        return DataType.TEXT

    def _flag(self, column: str) -> bool:
        written = self._text(column).lower()
        if written not in _YES | _NO:
            self._wrong(column, f"{written!r} is neither yes nor no")
        return written in _YES

    def _domain(self) -> tuple[str, ...]:
        values = (value.strip() for value in self._text("domain").split(";"))
        return tuple(dict.fromkeys(value for value in values if value))

    def _bound(self, column: str, data_type: DataType) -> Decimal | None:
        written = self._text(column)
        bound = plain_number(written) if written else None
        if written and bound is None:
            self._wrong(column, f"{written!r} is not a number")
        elif bound is not None and data_type in (DataType.TEXT, DataType.DATE):
            self._wrong(column, f"a bound does not apply to a {data_type}")
        return bound


def _header_problems(first: Mapping[str, str]) -> list[str]:
    missing = [f"row 1: the column {column} is missing" for column in REQUIRED if column not in first]
    unknown = [column for column in first if column not in COLUMNS]
    likely = {column: get_close_matches(column.lower(), COLUMNS, n=1, cutoff=0.8) for column in unknown}
    return missing + [f"row 1: the column {column} is not known; did you mean {near[0]}?"
                      for column, near in likely.items() if near and near[0] not in first]


def _table_problems(readers: Iterable[_Row]) -> list[str]:
    """What no row can tell alone: names are unique, and there is a primary key."""
    seen: dict[str, int] = {}
    problems = []
    keys = False
    for row in readers:
        name = row.cells.get("name", "")
        if name and (first := seen.setdefault(name, row.number)) != row.number:
            problems.append(f"row {row.number}, column name: {name!r} is already in row {first}")
        keys = keys or row.cells.get("primary_key", "").lower() in _YES
    if not keys:
        problems.append("column primary_key: no row says yes; name the attributes that identify a record")
    return problems
