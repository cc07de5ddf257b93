"""The statistical conclusion: what the sample proves of each attribute, where it was drawn so that it can prove it.

Only records that were drawn count, not those that were added or drawn for their failing rules. A value that could not
be decided counts as a deviation, for nobody knows that it is none; a waived case does not count as tested.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from methods.figures.basis import mark
from methods.figures.display import count, plural
from methods.sampling.attributes import Evaluation, evaluate, percent
from methods.sampling.picks import place_in
from methods.sampling.tables import TABLES, Decision, LiteralTable, errors_by_field
from models.document import Column, Heading, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from methods.figures.basis import Basis
    from models.cycle_file import Sampling
    from models.document import AnyBlock, Cell, Tone
    from models.report import Case

_TITLE = "What the sample proves, by attribute"
_AGREED = ("match", "match_within_tolerance")


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Heading, sentence and a row per attribute; nothing when the method of the sample proves no rate."""
    plan = basis.facts.sampling
    if plan is None or plan.method not in ("attribute", *TABLES):
        return ()
    tested = _tested(basis)
    if plan.method == "attribute":
        return (Heading(text="Statistical conclusion"), *_evaluated(basis, plan, tested))
    return (Heading(text="Statistical conclusion"), *_decided(basis, TABLES[plan.method], tested))


def _tested(basis: Basis) -> dict[str, list[Case]]:
    """Attribute -> its concluded cases on records that were drawn, by name."""
    drawn = {sample.record_key for sample in basis.facts.samples if sample.category == "random"}
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for case in basis.cases:
        if case.record_key in drawn and case.state == "concluded" and case.outcome is not None:
            found[case.attribute].append(case)
    return dict(sorted(found.items()))


def _deviates(case: Case) -> bool:
    return case.outcome not in _AGREED


def evaluations(basis: Basis) -> dict[str, Evaluation]:
    """Attribute -> what its tested records prove, under the plan of an attribute sample."""
    plan, population = basis.facts.sampling, basis.facts.cycle.records
    if plan is None or plan.method != "attribute":
        return {}
    tolerable, risk = Fraction(plan.tolerable_rate or 0), Fraction(plan.risk or 0)
    return {
        attribute: evaluate(sum(map(_deviates, cases)), len(cases), tolerable=tolerable, risk=risk,
                            population=population if population >= len(cases) else None)
        for attribute, cases in _tested(basis).items()}


def _evaluated(basis: Basis, plan: Sampling, tested: dict[str, list[Case]]) -> tuple[AnyBlock, ...]:
    found = evaluations(basis)
    held = sum(one.supported for one in found.values())
    tolerable, confidence = percent(Fraction(plan.tolerable_rate or 0)), percent(1 - Fraction(plan.risk or 0))
    said = (
        f"The records were drawn by attribute sampling. For {count(held)} of {plural(len(tested), 'attribute')} the "
        f"sample shows with {confidence} confidence that no more than the tolerable {tolerable} of the records filed "
        "deviate. Undecided values count as deviations; waived cases and records that were not drawn at random do not "
        "count."
    )
    rows: list[tuple[Cell, ...]] = [
        (name, one.sample, one.deviations, percent(one.rate), percent(one.upper_limit),
         mark(("Supported", "good") if one.supported else ("Not supported", "bad")))
        for name, one in found.items()]
    return Paragraph(text=said), Table(
        title=_TITLE, sheet="Statistical conclusion", order="by attribute", empty="No drawn record was concluded.",
        columns=(Column(label="Attribute", kind="key"), Column(label="Records", kind="number"),
                 Column(label="Deviations", kind="number"), Column(label="Rate", kind="number"),
                 Column(label="Upper limit", kind="number"), Column(label="Tolerable rate", kind="status")),
        rows=tuple(rows))


def _decided(basis: Basis, table: LiteralTable, tested: dict[str, list[Case]]) -> tuple[AnyBlock, ...]:
    # The size that the draw went by; rows of a key that is there twice count in the report, not in the draw.
    places = {s.record_key: place_in(s.reason) for s in basis.facts.samples if s.category == "random"}
    population = next((place.count for place in places.values() if place), basis.facts.cycle.records)
    first, total = table.row(population).sizes(population)
    groups = {attribute: name for name, members in basis.facts.field_groups.items() for attribute in members}
    wrong = [(case.record_key, case.attribute) for cases in tested.values() for case in cases if _deviates(case)]
    all_errors = errors_by_field(wrong, groups=groups)
    early_errors = errors_by_field(
        [one for one in wrong if (place := places[one[0]]) and place.rank <= first], groups=groups)
    rows: list[tuple[Cell, ...]] = []
    for name, records in _by_field(tested, groups).items():
        early, errors = early_errors[name], all_errors[name]
        decision = table.after_total(errors, population=population)
        if table.two_stage and first < total and table.after_initial(early, population=population) is Decision.STOP:
            decision = Decision.STOP
        rows.append((name, len(records), early if first < total else "", errors, table.row(population).threshold,
                     mark(_DECIDED[decision])))
    said = (
        f"The records were drawn by the table {table.name} ({table.source}): {plural(total, 'record')} of "
        f"{count(population)}. Undecided values count as errors; waived cases and records that were not drawn at "
        "random do not count." + _grouping(basis)
    )
    return Paragraph(text=said), Table(
        title=_TITLE, sheet="Statistical conclusion", order="by attribute", empty="No drawn record was concluded.",
        columns=(Column(label="Data field", kind="key"), Column(label="Records", kind="number"),
                 Column(label="Errors in the initial sample", kind="number"), Column(label="Errors", kind="number"),
                 Column(label="Threshold", kind="number"), Column(label="Decision", kind="status")),
        rows=tuple(rows))


def _by_field(tested: Mapping[str, list[Case]], groups: Mapping[str, str]) -> dict[str, set[str]]:
    """Data field, which may be a group of attributes -> the records that were tested for it, by name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for attribute, cases in tested.items():
        found[groups.get(attribute, attribute)].update(case.record_key for case in cases)
    return dict(sorted(found.items()))


def _grouping(basis: Basis) -> str:
    told = "; ".join(f"{name}: {', '.join(members)}" for name, members in sorted(basis.facts.field_groups.items()))
    said = f" The attributes of a group count as one data field, in which a record has at most one error ({told})."
    return said if told else ""


_DECIDED: dict[Decision, tuple[str, Tone]] = {
    Decision.STOP: ("Passed in the initial sample", "good"),
    Decision.BELOW: ("Below the threshold", "good"),
    Decision.RESUBMIT: ("Threshold reached", "bad"),
}
