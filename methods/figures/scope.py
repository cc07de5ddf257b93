"""Scope and approach: how the attributes to test and the records to test them on were chosen, and by whom."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import mark
from methods.figures.display import NOTHING, count, day, moment, natural, plural, spoken
from models.cycle_file import Comparison
from models.document import Column, Heading, Paragraph, Table

if TYPE_CHECKING:
    from methods.figures.basis import Basis
    from models.document import AnyBlock, Cell

_APPROACH = (
    "Testing followed nine phases. The tester planned and approved the attributes and proposed profiling rules, scope "
    "and samples, on which the report owner decided item by item. For every attribute and line of business a data "
    "owner supplied evidence from the source system. Reported value and evidence were compared by the type of the "
    "attribute, exactly unless a tolerance was stated, and the tester reviewed each result. Failed cases were gathered "
    "into observations, on which the report owner decided. Whoever made, changed or submitted a version could not "
    "approve it, planning excepted."
)


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Subject, approach, people, decisions on scope, and every draw of samples that was made."""
    return (
        Heading(text="Subject and approach"),
        _subject(basis),
        Paragraph(text=_APPROACH),
        Heading(text="People"),
        _people(basis),
        Heading(text="Attributes in scope"),
        Paragraph(text=_scope_sentence(basis)),
        _decisions(basis),
        _overridden(basis),
        Heading(text="How values are compared"),
        _comparisons(basis),
        Heading(text="Samples"),
        Paragraph(text=_sample_sentence(basis)),
        _categories(basis),
        _generations(basis),
    )


def _subject(basis: Basis) -> Table:
    cycle = basis.facts.cycle
    rows: list[tuple[Cell, ...]] = [
        ("Report", cycle.report_name), ("Regulation", cycle.regulation or NOTHING),
        ("Institution", cycle.institution or NOTHING), ("Period ending", day(cycle.period)),
        ("Records filed", count(cycle.records)), ("Test cycle", cycle.id),
        ("Cycle started", f"{moment(cycle.started_at)} UTC"),
        ("Report submitted", f"{moment(basis.facts.as_of)} UTC"),
    ]
    if cycle.amends:
        rows.append(("Corrects cycle", cycle.amends))
    return Table(title="Subject", columns=(Column(label="What"), Column(label="Which", kind="long")), rows=tuple(rows),
                 where="document")


def _people(basis: Basis) -> Table:
    order = list(wording.ROLES)
    # Somebody whose role was handed over holds none and comes last.
    people = sorted(basis.facts.cycle.people, key=lambda p: (min(map(order.index, p.roles), default=len(order)), p.id))
    return Table(
        title="Who takes part",
        sheet="People",
        columns=(Column(label="Name"), Column(label="Id"), Column(label="Roles"),
                 Column(label="Lines of business", kind="long")),
        rows=tuple((p.name, p.id, ", ".join(wording.ROLES[role] for role in p.roles),
                    ", ".join(p.lines_of_business) or NOTHING) for p in people),
        order="by role",
    )


def _scope_sentence(basis: Basis) -> str:
    critical = [attribute for attribute in basis.testable if attribute.critical]
    scoped = sum(attribute.name in basis.in_scope for attribute in critical)
    return (
        f"The approved dictionary has {plural(len(basis.attributes), 'attribute')}: "
        f"{plural(len(basis.keys), 'primary key')} and {count(len(basis.testable))} that can be tested. "
        f"In scope of these: {count(len(basis.in_scope))}, among them {count(scoped)} of "
        f"{plural(len(critical), 'critical data element')}."
    )


def _decisions(basis: Basis) -> Table:
    critical = {attribute.name for attribute in basis.testable if attribute.critical}
    rows: list[tuple[Cell, ...]] = []
    for action, label in (("test", "Tested"), ("skip", "Skipped")):
        chosen = [decision for decision in basis.scope.values() if decision.action == action]
        rows.append((label, len(chosen), sum(d.attribute in critical for d in chosen),
                     sum(d.failing_records > 0 for d in chosen), sum(d.past_issues > 0 for d in chosen),
                     sum(d.action != d.recommended for d in chosen)))
    undecided = sum(attribute.name not in basis.scope for attribute in basis.testable)
    if undecided:
        rows.append(("No decision", undecided, "", "", "", ""))
    return Table(
        title="Decisions on scope",
        columns=(Column(label="Decision"), Column(label="Attributes", kind="number"),
                 Column(label="Critical", kind="number"), Column(label="With failing records", kind="number"),
                 Column(label="With past issues", kind="number"),
                 Column(label="Against recommendation", kind="number")),
        rows=tuple(rows),
        where="document",
    )


def _overridden(basis: Basis) -> Table:
    against = sorted((d for d in basis.scope.values() if d.action != d.recommended), key=lambda d: natural(d.attribute))
    return Table(
        title="Decided against the recommendation",
        columns=(Column(label="Attribute", kind="key"), Column(label="Decision", kind="status"),
                 Column(label="Score", kind="number"), Column(label="Critical"), Column(label="Reason", kind="long")),
        rows=tuple((d.attribute, action_mark(d.action), d.score, "yes" if d.critical else "no", d.reason)
                   for d in against),
        empty="None: every recommendation was followed.",
        order="by attribute",
        where="document",
    )


def action_mark(action: str) -> Cell:
    """'Test' or 'Skip', marked."""
    return mark(("Test", "good") if action == "test" else ("Skip", "plain"))


def _comparisons(basis: Basis) -> Table:
    stated = sorted(basis.facts.comparisons, key=lambda s: (s.attribute == "*", natural(s.attribute)))
    also = [_also(s.comparison) for s in stated]
    return Table(
        title="Stated comparisons",
        sheet="Comparisons",
        columns=(Column(label="Attribute", kind="key"), Column(label="Tolerance", kind="number"),
                 Column(label="Evidence times", kind="number"), Column(label="Blank is zero"),
                 Column(label="Days apart", kind="number"), Column(label="Ignores case"),
                 Column(label="Codes translated", kind="number"),
                 *((Column(label="Also", kind="long"),) if any(also) else ())),
        rows=tuple(("all others" if s.attribute == "*" else s.attribute, format(s.comparison.tolerance, "f"),
                    format(s.comparison.scale, "f"), "yes" if s.comparison.blank_is_zero else "no",
                    s.comparison.window_days, "yes" if s.comparison.ignore_case else "no", len(s.comparison.codes),
                    *((more or NOTHING,) if any(also) else ()))
                   for s, more in zip(stated, also, strict=True)),
        order="by attribute",
        empty="None stated: every value is compared exactly, by the type of its attribute.",
    )


# What has a column of its own, and what only says how values are read.
_SHOWN = {"tolerance", "scale", "blank_is_zero", "window_days", "ignore_case", "codes", "data_type", "date_formats"}


def _also(spec: Comparison) -> str:
    """The other settings that are stated, by their names in the cycle file."""
    stated = spec.model_dump(mode="json", exclude=_SHOWN, exclude_defaults=True)
    return "; ".join(f"{name}: {_in_words(value)}" for name, value in stated.items())


def _in_words(value: object) -> str:
    match value:
        case True:
            return "yes"
        case dict():
            return ", ".join(f"{name} is {meaning}" for name, meaning in value.items())
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _sample_sentence(basis: Basis) -> str:
    number = len(basis.facts.samples)
    withdrawn = sum(g.status in ("withdrawn", "rejected") for g in basis.facts.generations)
    drawn = plural(len(basis.facts.generations), "draw")
    return (
        f"{plural(number, 'record')} out of {count(basis.facts.cycle.records)} {'was' if number == 1 else 'were'} "
        "sampled. "
        f"{wording.band(Fraction(number), wording.SAMPLES).sentence} {drawn} of samples "
        f"{'is' if len(basis.facts.generations) == 1 else 'are'} on record, {count(withdrawn)} of them in versions "
        "that were rejected or withdrawn; method, seed and the hash of the population make each of them repeatable."
    )


def _categories(basis: Basis) -> Table:
    found = Counter((sample.line_of_business, sample.category) for sample in basis.facts.samples)
    return Table(
        title="Samples by line of business and category",
        columns=(Column(label="Line of business"), Column(label="Category"), Column(label="Samples", kind="number")),
        rows=tuple((line, spoken(category), found[line, category])
                   for line, category in sorted(found, key=lambda pair: (natural(pair[0]), pair[1]))),
        empty="No sample was approved.",
        order="by line of business",
        where="document",
    )


def _generations(basis: Basis) -> Table:
    drawn = sorted(basis.facts.generations, key=lambda g: (g.version, g.at, g.seed, g.method, g.proposed))
    return Table(
        title="Every draw of samples",
        sheet="Sample draws",
        columns=(Column(label="Version", kind="number"), Column(label="Version is", kind="status"),
                 Column(label="Method"), Column(label="Parameters", kind="long"), Column(label="Seed", kind="hash"),
                 Column(label="Population SHA-256", kind="hash"), Column(label="Drawn", kind="number"),
                 Column(label="By, at (UTC)"), Column(label="Reason for the seed", kind="long")),
        rows=tuple((g.version, mark(wording.STATUSES[g.status]), g.method, g.parameters or NOTHING, g.seed,
                    g.population_sha256, g.proposed, f"{basis.name(g.by)}, {moment(g.at)}", g.reason or "derived")
                   for g in drawn),
        order="by version",
        empty="No draw is on record.",
    )
