"""What the tested sample of a cycle proves of each data field; the report and the command line say the same of it.

Only records that were drawn count, not those that were added or drawn for their failing rules. A value that could not
be decided counts as a deviation, for nobody knows that it is none; a waived case does not count as tested. The
attributes of a field group are one data field, in which a record deviates once however many of them do.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from methods.sampling.attributes import Evaluation, evaluate
from methods.sampling.picks import place_in
from methods.sampling.tables import TABLES, Decision, LiteralTable, errors_by_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from methods.sampling.picks import Place
    from models.cycle_file import Sampling
    from models.items import Sample
    from models.report import Case

_AGREED = ("match", "match_within_tolerance")


@dataclass(frozen=True, kw_only=True)
class ConcludedSample:
    """An approved sample with its concluded and waived cases, the plan that drew it, and what the report has filed."""

    plan: Sampling | None
    records: int
    samples: Sequence[Sample]
    cases: Sequence[Case]
    field_groups: Mapping[str, tuple[str, ...]]

    @property
    def table(self) -> LiteralTable | None:
        """The table of the law that the sample was drawn by."""
        return TABLES.get(self.plan.method) if self.plan else None

    @property
    def proves_a_rate(self) -> bool:
        """Whether the method of the draw allows a conclusion on the records that were not drawn."""
        return self.plan is not None and (self.plan.method == "attribute" or self.table is not None)

    @cached_property
    def places(self) -> Mapping[str, Place | None]:
        """The records that were drawn, each with its place in the drawing where it has one."""
        return {sample.record_key: place_in(sample.reason) for sample in self.samples if sample.category == "random"}

    @cached_property
    def population(self) -> int:
        """The size that the draw went by; rows of a key that is there twice count in the report, not in the draw."""
        return next((place.count for place in self.places.values() if place), self.records)

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """Attribute -> the group that it is in."""
        return {attribute: name for name, members in self.field_groups.items() for attribute in members}

    def field_of(self, attribute: str) -> str:
        """The data field of an attribute: its group, or itself."""
        return self.groups.get(attribute, attribute)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConclusion:
    """What the tested records prove of one data field: an `evaluation`, or a table's `decision` with its `threshold`.

    `deviations` counts records; `early` those in the initial sample, None in one stage.
    """

    field: str
    attributes: tuple[str, ...]
    records: int
    deviations: int
    evaluation: Evaluation | None = None
    early: int | None = None
    threshold: int | None = None
    decision: Decision | None = None


def conclude(tested: ConcludedSample) -> tuple[FieldConclusion, ...]:
    """A conclusion for each data field with a tested record, by name; none where the method proves no rate.

    Raises `BadInput` where the plan's table has no row for the population.
    """
    if not tested.proves_a_rate:
        return ()
    fields: defaultdict[str, list[Case]] = defaultdict(list)
    for case in tested.cases:
        if case.record_key in tested.places and case.state == "concluded" and case.outcome is not None:
            fields[tested.field_of(case.attribute)].append(case)
    judge = _by_table if tested.table else _by_rate
    return tuple(judge(tested, field, cases) for field, cases in sorted(fields.items()))


def _by_rate(tested: ConcludedSample, field: str, cases: Sequence[Case]) -> FieldConclusion:
    assert tested.plan
    records, deviations = len({case.record_key for case in cases}), _deviations(tested, field, cases)
    population = tested.records if tested.records >= records else None
    return FieldConclusion(
        field=field, attributes=_attributes(cases), records=records, deviations=deviations,
        evaluation=evaluate(deviations, records, tolerable=Fraction(tested.plan.tolerable_rate or 0),
                            risk=Fraction(tested.plan.risk or 0), population=population))


def _by_table(tested: ConcludedSample, field: str, cases: Sequence[Case]) -> FieldConclusion:
    table, population = tested.table, tested.population
    assert table
    first, total = table.row(population).sizes(population)
    initial = {key for key, place in tested.places.items() if place and place.rank <= first}
    deviations = _deviations(tested, field, cases)
    early = _deviations(tested, field, [case for case in cases if case.record_key in initial])
    decision = table.after_total(deviations, population=population)
    if table.two_stage and first < total and table.after_initial(early, population=population) is Decision.STOP:
        decision = Decision.STOP
    return FieldConclusion(
        field=field, attributes=_attributes(cases), records=len({case.record_key for case in cases}),
        deviations=deviations, early=early if first < total else None,
        threshold=table.row(population).threshold, decision=decision)


def _deviations(tested: ConcludedSample, field: str, cases: Iterable[Case]) -> int:
    wrong = ((case.record_key, case.attribute) for case in cases if case.outcome not in _AGREED)
    return errors_by_field(wrong, groups=tested.groups)[field]


def _attributes(cases: Iterable[Case]) -> tuple[str, ...]:
    return tuple(sorted({case.attribute for case in cases}))
