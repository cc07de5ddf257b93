"""What goes wrong between a system of record and the tester: missing, given twice, printed so that nobody can read it.

Ledgers deliver tables, the archive prints statements. Of one account one delivery has one flaw. A missing or unreadable
value goes back to the owner, whose supplement puts it right; a record that is stated twice and differently is for a
person to conclude; a wrong value on a statement is found by comparing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from examples.built import Way
from examples.fr_y_14m_d1.defects import altered
from examples.fr_y_14m_d1.dictionary import Line

MISSING_STATEMENT, LOST_STATEMENT, MISSING_ROW = "missing_statement", "lost_statement", "missing_row"
SECOND_STATEMENT, SECOND_ROW = "second_statement", "second_row"
ILLEGIBLE_STATEMENT, UNREADABLE_CELL = "illegible_statement", "unreadable_cell"
WRONG_STATEMENT = "wrong_statement"
ON_STATEMENTS = (WRONG_STATEMENT, ILLEGIBLE_STATEMENT, LOST_STATEMENT, MISSING_STATEMENT, SECOND_STATEMENT)
IN_TABLES = (MISSING_ROW, SECOND_ROW, UNREADABLE_CELL)
ABSENT = frozenset({MISSING_STATEMENT, LOST_STATEMENT, MISSING_ROW})
WAYS: Mapping[str, Way] = {
    **dict.fromkeys([*ABSENT, ILLEGIBLE_STATEMENT, UNREADABLE_CELL], "returned"),
    SECOND_STATEMENT: "judged", SECOND_ROW: "judged",
}
# Of text and codes nobody can say that they are unreadable; they would only differ.
READABLE = frozenset({"money", "number", "percent", "integer", "date"})


@dataclass(frozen=True)
class Flaw:
    """The flaw in one account's delivery. `value` is what a second or wrong copy says, in the report's notation.

    Without an attribute the whole record is absent.
    """

    kind: str
    attribute: str = ""
    value: str = ""


def draw_flaw(
    values: Mapping[str, str], number: int, *, seed: int, kinds: Sequence[str], among: Sequence[Line]
) -> Flaw:
    """The flaw with this number; the kinds take turns. `among` are the attributes that the delivery proves."""
    draw = Random(f"{seed}/flaw/{number}")  # noqa: S311 - invented data, not a secret
    kind = kinds[number % len(kinds)]
    if kind in ABSENT:
        return Flaw(kind)
    if kind in (ILLEGIBLE_STATEMENT, UNREADABLE_CELL):
        return Flaw(kind, draw.choice([line.name for line in among if line.data_type in READABLE]))
    change = altered(values[(line := draw.choice(among)).name], line, draw)
    return Flaw(kind, change.attribute, change.value)


def way_of(kind: str) -> Way:
    """How a defect of evidence comes to light."""
    return WAYS.get(kind, "compared")


def smudged(text: str) -> str:
    """A value of which only the shape can be made out, as a field that overflowed or a page that was scanned badly."""
    return "".join("*" if letter.isdigit() else letter for letter in text)
