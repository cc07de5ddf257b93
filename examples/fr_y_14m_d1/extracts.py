"""How the systems of record deliver what they hold: own column names, own notation of dates, amounts and codes.

Clean values agree with the report through the comparison settings of cycle.yaml, and only through them: the ledger
writes `$1,234.56` and `2026-03-31`, the decision hub `85,000` and `03/31/2026`, and both have their own codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from examples.fr_y_14m_d1.checks import day
from examples.fr_y_14m_d1.dictionary import Line
from examples.fr_y_14m_d1.portfolio import compact
from models.cycle_file import CycleFile, Source

Notation = Callable[[str], str]


def _plain(text: str) -> str:
    return text


def _grouped(text: str) -> str:
    whole, point, decimals = text.partition(".")
    return f"{int(whole):,}{point}{decimals}"


def _dollars(text: str) -> str:
    return f"${_grouped(text)}"


def _iso(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _american(text: str) -> str:
    return f"{text[4:6]}/{text[6:]}/{text[:4]}"


NOTATIONS: Mapping[str, Mapping[str, Notation]] = {
    "card_ledger": {"money": _dollars, "date": _iso},
    "decision_hub": {"money": _grouped, "date": _american, "text": str.upper},
}


@dataclass(frozen=True)
class Extract:
    """One source's file layout: the header and how each cell is written."""

    header: tuple[str, ...]
    cells: tuple[tuple[str, Notation], ...]

    def row(self, held: Mapping[str, str]) -> list[str]:
        """One line of the file from what the source holds of an account, given in the notation of the report."""
        return [write(held[attribute]) for attribute, write in self.cells]


def layout(source: Source, file: CycleFile, lines: tuple[Line, ...]) -> Extract:
    """The layout of a source; key columns keep the notation of the report, since evidence is found by them."""
    kinds = {line.name: line.data_type for line in lines}
    cells: list[tuple[str, Notation]] = [(attribute, _plain) for attribute in source.keys]
    cells += [
        (attribute, _notation(source.name, kinds[attribute], file.comparison_of(attribute).codes))
        for attribute in source.columns
    ]
    return Extract((*source.keys.values(), *source.columns.values()), tuple(cells))


def held(values: Mapping[str, str], index: int) -> dict[str, str]:
    """The values as the systems of record hold them, within the tolerances that cycle.yaml states.

    The ledger keeps the average daily balance to four decimals; the hub dates a score up to two days earlier.
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


def _notation(source: str, data_type: str, codes: Mapping[str, str]) -> Notation:
    if codes:
        written = {code: text for text, code in codes.items()}
        return written.__getitem__
    return NOTATIONS[source].get(data_type, _plain)
