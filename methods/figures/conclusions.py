"""The statistical conclusion: what the sample proves of each data field, where it was drawn so that it can prove it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from methods.figures.basis import mark
from methods.figures.display import count, plural
from methods.sampling.attributes import percent
from methods.sampling.conclusions import ConcludedSample, FieldConclusion, conclude
from methods.sampling.tables import Decision
from models.document import Column, Heading, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from methods.figures.basis import Basis
    from methods.sampling.tables import LiteralTable
    from models.document import AnyBlock, Cell, Tone


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Heading, sentence and a row per data field; nothing when the method of the sample proves no rate."""
    tested = concluded_sample(basis)
    if not tested.proves_a_rate:
        return ()
    found = conclude(tested)
    shown = _decided(tested, tested.table, found) if tested.table else _evaluated(tested, found)
    return (Heading(text="Statistical conclusion"), *shown)


def concluded_sample(basis: Basis) -> ConcludedSample:
    """What the facts of the report say of the sample and its cases."""
    facts = basis.facts
    return ConcludedSample(plan=facts.sampling, records=facts.cycle.records, samples=facts.samples, cases=basis.cases,
                           field_groups=facts.field_groups)


def _evaluated(tested: ConcludedSample, found: tuple[FieldConclusion, ...]) -> tuple[AnyBlock, ...]:
    plan = tested.plan
    assert plan
    held = sum(one.evaluation is not None and one.evaluation.supported for one in found)
    tolerable, confidence = percent(Fraction(plan.tolerable_rate or 0)), percent(1 - Fraction(plan.risk or 0))
    said = (
        f"The records were drawn by attribute sampling. For {count(held)} of {plural(len(found), 'data field')} the "
        f"sample shows with {confidence} confidence that no more than the tolerable {tolerable} of the records filed "
        "deviate. Undecided values count as deviations; waived cases and records that were not drawn at random do not "
        "count." + _grouping(tested)
    )
    rows: list[tuple[Cell, ...]] = [
        (one.field, one.records, one.deviations, percent(one.evaluation.rate), percent(one.evaluation.upper_limit),
         mark(("Supported", "good") if one.evaluation.supported else ("Not supported", "bad")))
        for one in found if one.evaluation]
    return Paragraph(text=said), _table(rows, (
        Column(label="Records", kind="number"), Column(label="Deviations", kind="number"),
        Column(label="Rate", kind="number"), Column(label="Upper limit", kind="number"),
        Column(label="Tolerable rate", kind="status")))


def _decided(tested: ConcludedSample, table: LiteralTable, found: tuple[FieldConclusion, ...]) -> tuple[AnyBlock, ...]:
    _, total = table.row(tested.population).sizes(tested.population)
    said = (
        f"The records were drawn by the table {table.name} ({table.source}): {plural(total, 'record')} of "
        f"{count(tested.population)}. Undecided values count as errors; waived cases and records that were not drawn "
        "at random do not count." + _grouping(tested)
    )
    rows: list[tuple[Cell, ...]] = [
        (one.field, one.records, "" if one.early is None else one.early, one.deviations, one.threshold or 0,
         mark(DECIDED[one.decision]))
        for one in found if one.decision]
    return Paragraph(text=said), _table(rows, (
        Column(label="Records", kind="number"), Column(label="Errors in the initial sample", kind="number"),
        Column(label="Errors", kind="number"), Column(label="Threshold", kind="number"),
        Column(label="Decision", kind="status")))


def _table(rows: Iterable[tuple[Cell, ...]], columns: tuple[Column, ...]) -> Table:
    return Table(title="What the sample proves", sheet="Statistical conclusion", order="by data field",
                 empty="No drawn record was concluded.", columns=(Column(label="Data field", kind="key"), *columns),
                 rows=tuple(rows))


def _grouping(tested: ConcludedSample) -> str:
    told = "; ".join(f"{name}: {', '.join(members)}" for name, members in sorted(tested.field_groups.items()))
    said = f" The attributes of a group count as one data field, in which a record has at most one error ({told})."
    return said if told else ""


DECIDED: dict[Decision, tuple[str, Tone]] = {
    Decision.STOP: ("Passed in the initial sample", "good"),
    Decision.BELOW: ("Below the threshold", "good"),
    Decision.RESUBMIT: ("Threshold reached", "bad"),
}
