"""The statement archive: prints the cardholder statements of the accounts that an owner is asked for, as one PDF.

An account is made again from its reference number, so the archive holds nothing but the list of its flaws, which was
closed when the cycle was built. The same question gets the same bytes.
`python -m examples.fr_y_14m_d1.statements --asked FILE.csv --vault DIR --target FILE.pdf [--second-copy]`
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.built import HandedOut
from examples.fr_y_14m_d1.flaws import (
    ABSENT,
    ILLEGIBLE_STATEMENT,
    LOST_STATEMENT,
    ON_STATEMENTS,
    SECOND_STATEMENT,
    WRONG_STATEMENT,
    Flaw,
)
from examples.fr_y_14m_d1.portfolio import PERIOD, account, index_of
from examples.fr_y_14m_d1.statement import DUPLICATE, Statement, as_pdf, statement_of
from methods.cycle_files import parse_cycle_file
from models.cycle_file import CycleFile, Source

CYCLE_FILE = Path(__file__).with_name("cycle.yaml")
SOURCE, LINE_OF_BUSINESS, OWNER = "statements", "Consumer Cards", "nina"
LENDING = frozenset({"1", "2"})  # consumer cards
MOST_AT_ONCE = 400


@dataclass(frozen=True)
class StatementArchive:
    """The archive of one portfolio: `flaws` by reference number; all other statements are as they should be."""

    seed: int
    accounts: int
    flaws: Mapping[str, Flaw]
    labels: Source
    bank: str
    owner: str = OWNER
    source: str = SOURCE

    def find(self, reference: str, *, second_copy: bool = False) -> list[Statement]:
        """The statements of an account: none, one, or two that differ."""
        index = index_of(self.seed, reference)
        if index is None or index >= self.accounts:
            return []
        values = account(self.seed, index)
        if values["ReferenceNumber"] != reference or values["LendingType"] not in LENDING:
            return []
        flaw = self.flaws.get(reference, Flaw(""))
        if flaw.kind == LOST_STATEMENT or (flaw.kind in ABSENT and not second_copy):
            return []
        return self._copies(values, flaw, second_copy=second_copy)

    def _copies(self, values: Mapping[str, str], flaw: Flaw, *, second_copy: bool) -> list[Statement]:
        def printed(held: Mapping[str, str], **how: str) -> Statement:
            return statement_of(held, labels=self.labels, bank=self.bank, **how)

        other = {**values, flaw.attribute: flaw.value}
        if flaw.kind == WRONG_STATEMENT:
            return [printed(other)]
        if flaw.kind == SECOND_STATEMENT:
            return [printed(values), printed(other, title=DUPLICATE)]
        illegible = flaw.kind == ILLEGIBLE_STATEMENT and not second_copy
        return [printed(values, illegible=flaw.attribute if illegible else "")]

    def hand_out(self, asked: Path, target: Path, *, second_copy: bool = False) -> HandedOut:
        """Print what is held of the accounts in an evidence sheet as one PDF, in the order of the sheet.

        Writes nothing when nothing is held. ValueError for a sheet of another source or with too many accounts.
        """
        found = {one: self.find(one, second_copy=second_copy) for one in self._references(asked)}
        pages = [page for pages in found.values() for page in pages]
        if pages:
            target.write_bytes(as_pdf(pages, as_of=PERIOD))
        return HandedOut(len(pages), tuple(one for one, pages in found.items() if not pages))

    def _references(self, asked: Path) -> list[str]:
        (column,) = self.labels.keys.values()
        with asked.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text)
            if column not in (rows.fieldnames or ()):
                raise ValueError(f"{asked} has no column {column!r}: have it written by case list --template with "
                                 f"--source {self.source}")
            references = list(dict.fromkeys(row[column].strip() for row in rows))
        if len(references) > MOST_AT_ONCE:
            raise ValueError(f"{asked} asks for {len(references)} accounts: ask for at most {MOST_AT_ONCE} at once")
        return references


def make_archive(
    file: CycleFile, *, seed: int, accounts: int, flaws: Iterable[tuple[str, str, str, str]]
) -> StatementArchive:
    """The archive of a portfolio. `flaws`: kind, record key, attribute, what the evidence says; those of tables too."""
    labels = next(source for source in file.sources if source.name == SOURCE)
    return StatementArchive(
        seed=seed, accounts=accounts, labels=labels, bank=file.report.institution,
        flaws={key.partition("|")[0]: Flaw(kind, *rest) for kind, key, *rest in flaws if kind in ON_STATEMENTS},
    )


def open_archive(vault: Path) -> StatementArchive:
    """The archive that belongs to the list of defects in a vault. OSError where there is none."""
    listed = json.loads((vault / "planted.json").read_text(encoding="utf-8"))
    file = parse_cycle_file(CYCLE_FILE.read_bytes())
    planted = ((one["kind"], one["record_key"], one["attribute"], one["evidence"]) for one in listed["defects"])
    return make_archive(file, seed=listed["seed"], accounts=listed["accounts"], flaws=planted)


def main(arguments: list[str] | None = None) -> None:
    """Print statements from the command line, and say what was printed and what is not on file."""
    parser = argparse.ArgumentParser(prog="python -m examples.fr_y_14m_d1.statements", description=__doc__)
    parser.add_argument("--asked", type=Path, required=True, help="CSV sheet from case list --template")
    parser.add_argument("--vault", type=Path, required=True, help="folder with planted.json, from generate")
    parser.add_argument("--target", type=Path, required=True, help="the PDF to write")
    parser.add_argument("--second-copy", action="store_true", help="ask the second copy, where the first lacks some")
    given = parser.parse_args(arguments)
    try:
        told = open_archive(given.vault).hand_out(given.asked, given.target, second_copy=given.second_copy)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(f"{told.printed} statements in {given.target}\n" if told.printed else "nothing printed\n")
    for reference in told.not_on_file:
        sys.stdout.write(f"not on file: {reference}\n")


if __name__ == "__main__":
    main()
