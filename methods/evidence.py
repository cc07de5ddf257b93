"""A table that a data owner supplies as evidence, read into values by record key, each with the row it stands in.

Two rows of one key that agree are one candidate; rows that differ are all kept, so that a case on that key is decided
by a person. Nothing in an upload is lost: rows without a key are named too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from methods.delimited import read_delimited
from models.cycle_file import Source
from models.errors import UnusableEvidence
from models.items import record_key


class EvidenceRow(NamedTuple):
    """One row: its number in the file (the header is row 1), and cell by column, as written."""

    number: int
    values: Mapping[str, str]


class EvidenceValue(NamedTuple):
    """What the evidence says of one attribute of one record. `value` is None when it says two different things."""

    value: str | None
    column: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """The rows by record key. `candidates` holds the keys whose rows differ, with all of them; `by_key` their first.

    `repeated` are the numbers of rows that say again what an earlier one says, `without_key` of rows with a blank key.
    `others` are the keys that nobody asked for, whose rows were not kept; `rows` counts all rows.
    """

    source: Source
    by_key: Mapping[str, EvidenceRow]
    candidates: Mapping[str, tuple[EvidenceRow, ...]]
    repeated: tuple[int, ...]
    without_key: tuple[int, ...]
    others: frozenset[str]
    rows: int
    columns: tuple[str, ...]
    encoding: str

    def find(self, key: str, *, attribute: str) -> EvidenceValue | None:
        """The value of an attribute; None when the evidence has no such record or does not prove the attribute."""
        column = self.source.columns.get(attribute)
        if key not in self.by_key or column is None or column not in self.columns:
            return None
        rows = self.candidates.get(key) or (self.by_key[key],)
        stated = {row.values[column].strip() for row in rows}
        return EvidenceValue(value=rows[0].values[column] if len(stated) == 1 else None, column=column,
                             rows=tuple(row.number for row in rows))


def source_key(source: Source, key_values: Mapping[str, str]) -> str:
    """The key of a record as this source's tables are known by; `key_values` map key attribute to value.

    A source may know records by some of the key attributes only. Raises `KeyError` for one that is not given.
    """
    return record_key(key_values[attribute].strip() for attribute in source.keys)


def read_evidence(data: bytes, *, source: Source, attributes: Collection[str] | None = None,
                  keys: Collection[str] | None = None, name: str = "the evidence") -> EvidenceTable:
    """The evidence in the bytes of a CSV file. `attributes` limits which of the source's columns must be there.

    With `keys` only the rows of those keys are kept, so that a few records of a large extract cost little memory.
    Raises `UnusableEvidence` for a file that is empty, of another kind or ragged, or lacks key or attribute columns.
    """
    proving = [column for attribute, column in source.columns.items() if attributes is None or attribute in attributes]
    wanted = tuple(dict.fromkeys([*source.keys.values(), *proving]))
    table = read_delimited(data, name=name, wanted=wanted, others_may_repeat=True, refuse=UnusableEvidence)
    found: dict[str, list[EvidenceRow]] = {}
    repeated, without_key, others, count = [], [], set(), 0
    for number, cells in table.rows():
        count += 1
        parts = [cells[column].strip() for column in source.keys.values()]
        if keys is not None and all(parts) and (other := record_key(parts)) not in keys:
            others.add(other)
            continue
        row = EvidenceRow(number, {column: cells[column] for column in wanted})
        known = found.setdefault(record_key(parts), []) if all(parts) else None
        if known is None:
            without_key.append(number)
        elif any(_same(row, other) for other in known):
            repeated.append(number)
        else:
            known.append(row)
    return EvidenceTable(
        source=source, by_key={key: rows[0] for key, rows in found.items()},
        candidates={key: tuple(rows) for key, rows in found.items() if len(rows) > 1},
        repeated=tuple(repeated), without_key=tuple(without_key), others=frozenset(others), rows=count,
        columns=wanted, encoding=table.encoding)


def _same(row: EvidenceRow, other: EvidenceRow) -> bool:
    return all(value.strip() == other.values[column].strip() for column, value in row.values.items())
