"""Which of an owner's open cases a source could prove."""

from __future__ import annotations

from dataclasses import dataclass

from activities.verbs.upload import provable
from models.cycle_file import Source


@dataclass(frozen=True)
class Case:
    """As much of a case as the question needs."""

    attribute: str
    line_of_business: str


LEDGER = Source(name="ledger", lines_of_business=("Cards",), keys={"Id": "REF"}, columns={"Limit": "LIMIT"})
CARDS, LOANS, OTHER = Case("Limit", "Cards"), Case("Limit", "Loans"), Case("Score", "Cards")


def test_without_a_name_a_source_counts_in_its_lines_of_business() -> None:
    """An owner of Cards is not asked which of two ledgers a file is when the other one holds Loans."""
    assert [CARDS] == provable(LEDGER, [CARDS, LOANS, OTHER], named=False)


def test_a_named_source_is_taken_at_its_word() -> None:
    """Whoever names the source may hand in what it holds of another line."""
    assert [CARDS, LOANS] == provable(LEDGER, [CARDS, LOANS, OTHER], named=True)
