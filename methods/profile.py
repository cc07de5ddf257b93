"""What a column of the report data looks like, before anybody has made a rule for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Counts over all records. `minimum` and `maximum` are numbers when every non-blank value is one, else the first
    and last text by code point; '' when the column is blank throughout. `top` holds the commonest values with their
    counts, the commonest first.
    """

    column: str
    total: int
    blank: int
    distinct: int
    numbers: int
    minimum: str
    maximum: str
    longest: int
    top: tuple[tuple[str, int], ...]

    @property
    def stated(self) -> int:
        """Records that are not blank."""
        return self.total - self.blank
