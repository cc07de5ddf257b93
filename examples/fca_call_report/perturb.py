"""Changing evidence on purpose: real filings mostly agree, so a test of the test needs differences it knows of.

Only cells that agree today are changed, so the expected mismatches are the real ones and these, with no overlap.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from examples.fca_call_report.filing import SOURCES, Filing, amount
from examples.fca_call_report.table import KEY, Table
from models.errors import BadInput

# Above the largest tolerance of the cycle (1, in its rules) and small beside most amounts: found by comparing only.
_SMALLEST, _LARGEST = 2, 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """One evidence value replaced: `source` says it of `key`, and it should prove `attribute`."""

    key: str
    attribute: str
    source: str
    before: str
    after: str


def choose_changes(filing: Filing, *, seed: int, count: int) -> tuple[Change, ...]:
    """`count` changes drawn by `seed` among the cells that agree, in the order of key and attribute.

    Raises BadInput when fewer cells agree.
    """
    cells = agreeing(filing)
    if count > len(cells):
        raise BadInput(f"cannot change {count} evidence values: only {len(cells)} agree with the report",
                       hint="ask for fewer")
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    return tuple(Change(cell.key, cell.attribute, cell.source, cell.before, _other(cell.before, draw))
                 for cell in sorted(draw.sample(cells, count), key=lambda cell: (cell.key, cell.attribute)))


def agreeing(filing: Filing) -> list[Change]:
    """Every cell whose evidence equals the report, blank and 0 alike, as a change that changes nothing yet."""
    cells = []
    for source in SOURCES:
        evidence = filing.evidence[source.name]
        proofs = dict(zip(evidence.values(KEY), evidence.values(source.column), strict=True))
        for key, reported in zip(filing.report.values(KEY), filing.report.values(source.attribute), strict=True):
            value = amount(reported)
            if value is not None and key in proofs and amount(proofs[key]) == value:
                cells.append(Change(key, source.attribute, source.name, proofs[key], proofs[key]))
    return cells


def changed(table: Table, changes: Sequence[Change], *, source: str, column: str) -> Table:
    """The source's table with its changes applied."""
    place = table.names.index(column)
    after = {change.key: change.after for change in changes if change.source == source}
    keys = table.values(KEY)
    records = tuple((*record[:place], after.get(key, record[place]), *record[place + 1:])
                    for key, record in zip(keys, table.records, strict=True))
    return Table(table.schedule, table.file, table.layout, table.names, records)


def _other(text: str, draw: random.Random) -> str:
    added = draw.choice((-1, 1)) * draw.randint(_SMALLEST, _LARGEST)
    return str((amount(text) or Decimal(0)) + added)
