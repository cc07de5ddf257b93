"""How the systems of record deliver what they hold: own column names, own notation of dates, amounts and codes.

Clean values agree with the report through the comparison settings of cycle.yaml, and only through them: in text the
ledgers write `$1,234.56` and `2026-03-31`, the decision hub `85,000` and `03/31/2026`; in a workbook numbers are
numbers and dates are dates. All have their own codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from examples.fr_y_14m_d1.checks import day
from examples.fr_y_14m_d1.dictionary import Line
from examples.fr_y_14m_d1.flaws import smudged
from examples.fr_y_14m_d1.portfolio import compact
from examples.fr_y_14m_d1.tables import CSV, PACKED, WORKBOOK, Cell, Form
from models.cycle_file import CycleFile, Source

Notation = Callable[[str], Cell]
NOT_AVAILABLE = "#N/A"


def dollars(text: str) -> str:
    """An amount as printed for people: $1,234.56."""
    return f"${_grouped(text)}"


def american(text: str) -> str:
    """A date as printed for people: 03/31/2026."""
    return f"{text[4:6]}/{text[6:]}/{text[:4]}"


def _plain(text: str) -> str:
    return text


def _grouped(text: str) -> str:
    whole, point, decimals = text.partition(".")
    return f"{int(whole):,}{point}{decimals}"


def _iso(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _calendar(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


LEDGER: Mapping[str, Notation] = {"money": dollars, "date": _iso}
HUB: Mapping[str, Notation] = {"money": _grouped, "date": american, "text": str.upper}
CELLS: Mapping[str, Notation] = {
    "money": float, "number": float, "percent": float, "integer": int, "date": _calendar
}


@dataclass(frozen=True)
class Supply:
    """Who hands in a source's extract for a line of business, and how it comes."""

    owner: str
    form: Form
    notation: Mapping[str, Notation]


# By source and line of business; the first of a line is its ledger.
DELIVERIES: Mapping[tuple[str, str], Supply] = {
    ("card_ledger", "Consumer Cards"): Supply("nina", CSV, LEDGER),
    ("decision_hub", "Consumer Cards"): Supply("omar", CSV, HUB),
    ("business_ledger", "Small Business Cards"): Supply("pablo", WORKBOOK, CELLS),
    ("decision_hub", "Small Business Cards"): Supply("pablo", CSV, HUB),
    ("business_ledger", "Commercial Cards"): Supply("ruth", PACKED, LEDGER),
    ("decision_hub", "Commercial Cards"): Supply("sven", CSV, HUB),
}


@dataclass(frozen=True)
class Column:
    """One column of an extract: its name, the attribute and how a cell of it is written."""

    name: str
    attribute: str
    kind: str
    write: Notation


@dataclass(frozen=True)
class Extract:
    """The layout of one source's extract for one line of business."""

    form: Form
    columns: tuple[Column, ...]

    def row(self, held: Mapping[str, str], *, unreadable: str = "") -> list[Cell]:
        """One line from what the source holds of an account, given in the notation of the report.

        The attribute that is `unreadable` is written as the form shows what it cannot write.
        """
        return [
            self._spoilt(column.write(held[column.attribute])) if column.attribute == unreadable
            else column.write(held[column.attribute])
            for column in self.columns
        ]

    def _spoilt(self, cell: Cell) -> str:
        return smudged(cell) if isinstance(cell, str) else NOT_AVAILABLE


def layout(source: Source, line_of_business: str, *, file: CycleFile, lines: tuple[Line, ...]) -> Extract:
    """The layout of a source; key columns keep the notation of the report, since evidence is found by them."""
    supply = DELIVERIES[source.name, line_of_business]
    kinds = {line.name: line.data_type for line in lines}
    columns = [Column(name, attribute, "text", _plain) for attribute, name in source.keys.items()]
    for attribute, name in source.columns.items():
        codes = file.comparison_of(attribute).codes
        written = _coded(codes) if codes else supply.notation.get(kinds[attribute], _plain)
        columns.append(Column(name, attribute, kinds[attribute], written))
    return Extract(supply.form, tuple(columns))


def held(values: Mapping[str, str], index: int) -> dict[str, str]:
    """The values as the systems of record hold them, within the tolerances that cycle.yaml states.

    The ledgers keep the average daily balance to four decimals; the hub dates a score up to two days earlier.
    """
    cents = int(values["AverageDailyBalance"].replace(".", ""))
    exact = cents * 100 + (index * 37 % 99 - 49 if cents else 0)
    refreshed = day(values["CreditScoreRefreshDate"])
    if refreshed is None:
        raise ValueError(f"account {index}: extracts are made from clean values, with a date in CreditScoreRefreshDate")
    return {
        **values,
        "AverageDailyBalance": f"{exact // 10_000}.{exact % 10_000:04d}",
        "CreditScoreRefreshDate": compact(refreshed - timedelta(index % 3)),
    }


def _coded(codes: Mapping[str, str]) -> Notation:
    return {code: text for text, code in codes.items()}.__getitem__
