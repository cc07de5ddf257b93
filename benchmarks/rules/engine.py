"""What an engine is: it loads both files as text, then gives the keys of all failing records, rule by rule.

Standard library alone, because the peers run in an environment of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

# A blank passes every rule but `lei_there` and `kind_there`, in every engine.
RULES = {
    "id_unique": "no other record has the id",
    "lei_there": "lei is not blank",
    "lei_length": "lei has 20 characters",
    "action_known": "action is one of 1 to 8",
    "zip_form": "zip is five digits (regular expression)",
    "rate_range": "rate is between 0 and 25",
    "value_covers": "value is at least amount",
    "kind_there": "when purpose is 1, kind is not blank",
    "date_real": "date is a calendar date YYYYMMDD",
    "county_listed": "county is in a table of 3,000",
}


class Engine(ABC):
    """One way to run the rules; `mode` says which, for the table."""

    mode: ClassVar[str]

    def __init__(self, loans: Path, counties: Path) -> None:
        self.loans, self.counties = loans, counties

    @abstractmethod
    def libraries(self) -> Mapping[str, str]:
        """The versions of what it is made of."""

    @abstractmethod
    def load(self) -> None:
        """Read both files."""

    @abstractmethod
    def run(self) -> Mapping[str, Sequence[str]]:
        """The ids of the failing records of each rule, in any order; every record of a duplicate group is named."""

    def close(self) -> None:  # noqa: B027 - most hold nothing but memory
        """Give back what `load` took."""
