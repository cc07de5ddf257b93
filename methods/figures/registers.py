"""The long lists of the report: all cases, and those that a reader must look at; taken from the facts, pinned by hash.

A section keeps only their count and SHA-256, so that a report of many thousand cases stays small where it is decided.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import Basis, mark
from methods.figures.display import NOTHING, filed
from models.document import Column, Register

if TYPE_CHECKING:
    from models.document import Cell, RegisterName, Rows
    from models.report import Case, ReportFacts

COLUMNS = (
    Column(label="Case", kind="key"), Column(label="Record key", kind="key"), Column(label="Attribute", kind="key"),
    Column(label="Line of business"), Column(label="Owner"), Column(label="Reported", kind="key"),
    Column(label="Evidence", kind="key"), Column(label="Outcome", kind="status"), Column(label="Reason", kind="long"),
    Column(label="Document", kind="key"), Column(label="Rev.", kind="number"), Column(label="Found at"),
)
EXCEPTIONS_IN_DOCUMENT = 1000


def rows(facts: ReportFacts, name: RegisterName) -> Rows:
    """The rows of a register; their columns are `COLUMNS`."""
    basis = Basis(facts)
    if name == "cases":
        return tuple(_row(basis, case) for case in basis.cases)
    return tuple(_row(basis, case) for case in sorted(filter(exceptional, basis.cases), key=_gravity))


def _gravity(case: Case) -> int:
    """Mismatches first, then what could not be decided, then waivers, then judgements; else by case number."""
    if case.state == "waived":
        return 2
    return 0 if case.outcome in wording.DISAGREED else 3 if case.outcome in wording.AGREED else 1


def exceptional(case: Case) -> bool:
    """A case that a reader must look at: no agreement, waived, or concluded by a person's judgement."""
    return case.outcome not in wording.AGREED or case.state == "waived" or case.judged_from is not None


def digest(found: Rows) -> str:
    """The SHA-256 of the rows' canonical JSON."""
    sha256 = hashlib.sha256()
    for row in found:
        plain = [cell if isinstance(cell, str | int) else [cell.text, cell.tone] for cell in row]
        sha256.update(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return sha256.hexdigest()


def exceptions(facts: ReportFacts) -> Register:
    """The register of the cases to look at; the document shows it as far as it can be read on paper."""
    found = rows(facts, "exceptions")
    return Register(name="exceptions", title="Exceptions, waivers and judgements", sheet="Exceptions",
                    count=len(found), sha256=digest(found), empty="None: every case agrees with its evidence.",
                    order="mismatches first", most=EXCEPTIONS_IN_DOCUMENT, overflow="first")


def cases(facts: ReportFacts) -> Register:
    """The register of all cases; the document shows it only when it is short."""
    found = rows(facts, "cases")
    return Register(name="cases", title="All test cases", sheet="Cases", count=len(found), sha256=digest(found),
                    empty="There is no test case.", order="by case number")


def _row(basis: Basis, case: Case) -> tuple[Cell, ...]:
    words = wording.OUTCOMES[case.outcome] if case.outcome and case.state == "concluded" else wording.WAIVED
    return (case.number, case.record_key, case.attribute, case.line_of_business, basis.name(case.owner),
            filed(case.reported), filed(case.evidence) if case.document or case.evidence else NOTHING, mark(words),
            _reason(case), case.document or NOTHING, NOTHING if case.revision is None else case.revision,
            case.locator or NOTHING)


def _reason(case: Case) -> str:
    if case.state == "waived":
        return case.waiver_reason
    if case.judged_from:
        return f"Judged by the tester (comparison: {wording.OUTCOMES[case.judged_from][0].lower()}): {case.reason}"
    return case.reason or NOTHING
