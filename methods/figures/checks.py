"""Does the report reconcile? Every check names what must hold and how many facts speak against it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import mark
from methods.figures.display import first_of
from models.document import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from methods.figures.basis import Basis


def reconciliation(basis: Basis) -> Table:
    """The checks as a table; an exception never stops the report, it stands in it."""
    return Table(
        title="Reconciliation",
        sheet="Reconciliation",
        columns=(Column(label="What must hold", kind="long"), Column(label="Looked at", kind="number"),
                 Column(label="Exceptions", kind="number"), Column(label="Result", kind="status"),
                 Column(label="Which", kind="long")),
        rows=tuple((claim, looked_at, len(against), mark(("Does not hold", "bad") if against else ("Holds", "good")),
                    first_of(sorted(against), len(against), most=5))
                   for claim, looked_at, against in checks(basis)),
    )


def checks(basis: Basis) -> Iterator[tuple[str, int, list[str]]]:
    """(claim, number of facts looked at, names of those that speak against it)."""
    samples = {sample.record_key for sample in basis.facts.samples}
    lines = {sample.record_key: sample.line_of_business for sample in basis.facts.samples}
    cells = Counter((case.record_key, case.attribute) for case in basis.cases)
    waived = {(pair.attribute, pair.line_of_business) for pair in basis.facts.assignments if pair.status == "waived"}
    wanted = {(key, attribute) for key in samples for attribute in basis.in_scope}
    yield ("Every approved sample and attribute in scope has exactly one test case, or the attribute is waived for the "
           "line of business", len(wanted),
           [f"{key} / {attribute}" for key, attribute in wanted
            if cells[key, attribute] != 1 and not (cells[key, attribute] == 0 and (attribute, lines[key]) in waived)])
    yield ("Every test case is on an approved sample and an attribute in scope", len(basis.cases),
           [case.number for case in basis.cases if (case.record_key, case.attribute) not in wanted])
    found = {number for entry in basis.facts.observations for number in entry.content.findings}
    failed = [case.number for case in basis.cases if case.outcome in wording.DISAGREED and case.state == "concluded"]
    yield ("Every mismatch is a finding of a decided observation", len(failed),
           [number for number in failed if number not in found])
    yield ("Every finding is a mismatch", len(found), sorted(found - set(failed)))
    yield ("Every concluded case rests on a document", basis.overall.concluded,
           [case.number for case in basis.cases if case.state == "concluded" and not case.document])
    yield ("Every open critical or high observation has a plan, an owner and a date", len(basis.severe),
           [entry.content.natural_key for entry in basis.severe if not (
               entry.content.remediation_plan and entry.content.remediation_owner and entry.content.remediation_due)])
    yield ("Every profiling rule looked at every record filed", len(basis.rules),
           [rule.name for rule in basis.rules if rule.total != basis.facts.cycle.records])
    approved = Counter((v.phase, v.scope) for v in basis.facts.versions if v.status == "approved")
    yield ("No phase has more than one approved version", len(approved),
           [" ".join(filter(None, where)) for where, number in approved.items() if number > 1])
