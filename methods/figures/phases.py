"""Phase analysis: how each phase went, as a timeline, as figures, and version by version."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from methods.figures import wording
from methods.figures.basis import mark
from methods.figures.display import NOTHING, count, elapsed, moment, plural
from methods.figures.history import all_versions, history
from models.document import Column, Heading, Lane, Paragraph, Span, Table, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.figures.basis import Basis
    from models.document import AnyBlock, Cell
    from models.fact import Instant
    from models.report import PhaseFacts, VersionFacts

SPANS_PER_LANE = 6


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Overview, timeline, the version history of each phase but the report's own, and the owners' part."""
    lanes = tuple(lane for phase in basis.phases if (lane := _lane(basis, phase)).spans)
    found: list[AnyBlock] = [Paragraph(text=_sentence(basis)), _overview(basis)]
    if lanes:
        found.append(Timeline(
            title="Versions over time", lanes=lanes,
            description="Each bar is a version from its creation to its decision; the tables have the times."))
    for phase in basis.phases[:-1]:
        if phase.versioned:
            found += [Heading(text=phase.title), history(basis, phase, title=f"Versions of {phase.title}")]
    found += [all_versions(basis), Heading(text="Data owners"), _owners(basis), _assignments(basis)]
    return tuple(found)


def _sentence(basis: Basis) -> str:
    versions = basis.facts.versions
    statuses = Counter(version.status for version in versions)
    carried = sum(version.carried for version in versions)
    changes = sum(pair.changes for pair in basis.facts.assignments)
    documents = {(case.owner, case.document) for case in basis.cases if case.document}
    revised = {(case.owner, case.document) for case in basis.cases if (case.revision or 0) > 1}
    one = len(versions) == 1
    return (
        f"{plural(len(versions), 'version')} {'was' if one else 'were'} made in "
        f"{plural(len({v.phase for v in versions}), 'phase')}; {count(statuses['rejected'])} rejected and reworked, "
        f"{count(statuses['withdrawn'])} withdrawn. {plural(carried, 'item')} carried an earlier approval forward. "
        f"Results rest on {plural(len(documents), 'evidence document')}, {count(len(revised))} of them in a revision "
        f"after the first. Owners were changed or disputed {plural(changes, 'time') if changes else 'at no time'}."
    )


def _overview(basis: Basis) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for phase in basis.phases:
        versions = basis.versions(phase.kind)
        ends = [version.decided_at for version in versions if version.decided_at]
        start = min((version.created_at for version in versions), default=None)
        override = f" (overridden: {phase.override}, {phase.override_reason})" if phase.override else ""
        counts: tuple[Cell, ...] = (
            len(versions), sum(version.status == "rejected" for version in versions),
            sum(version.members for version in versions if version.status == "approved"),
        ) if phase.versioned else (NOTHING, NOTHING, NOTHING)
        rows.append((
            phase.ordinal, phase.title, f"{phase.state}{override}", *counts,
            moment(start), moment(max(ends, default=None)), elapsed(start, max(ends)) if start and ends else NOTHING))
    return Table(
        title="The phases",
        sheet="Phases",
        columns=(Column(label="#", kind="number"), Column(label="Phase"), Column(label="State"),
                 Column(label="Versions", kind="number"), Column(label="Rejected", kind="number"),
                 Column(label="Items approved", kind="number"), Column(label="First version (UTC)", kind="time"),
                 Column(label="Last decision (UTC)", kind="time"), Column(label="Took")),
        rows=tuple(rows),
    )


def _lane(basis: Basis, phase: PhaseFacts) -> Lane:
    versions = basis.versions(phase.kind)
    if any(version.scope for version in versions):
        return Lane(label=phase.title, spans=_by_owner(versions, basis))
    spans = tuple(Span(label=f"v{version.number} {version.status}", start=version.created_at, end=_end(version, basis),
                       tone=wording.STATUSES[version.status][1]) for version in versions)
    return Lane(label=phase.title, spans=spans[-SPANS_PER_LANE:])


def _by_owner(versions: Sequence[VersionFacts], basis: Basis) -> tuple[Span, ...]:
    owners = len({version.scope for version in versions})
    label = f"{plural(len(versions), 'version')} of {plural(owners, 'owner')}"
    return (Span(label=label, start=min(version.created_at for version in versions),
                 end=max(_end(version, basis) for version in versions), tone="good"),)


def _end(version: VersionFacts, basis: Basis) -> Instant:
    return max(version.created_at, version.decided_at or basis.facts.as_of)


def _owners(basis: Basis) -> Table:
    pairs = Counter(pair.owner for pair in basis.facts.assignments if pair.owner)
    changes: Counter[str] = Counter()
    lines: defaultdict[str, set[str]] = defaultdict(set)
    for pair in basis.facts.assignments:
        changes[pair.owner] += pair.changes
        lines[pair.owner].add(pair.line_of_business)
    cases = Counter(case.owner for case in basis.cases if case.owner)
    failed = Counter(case.owner for case in basis.cases if case.owner and case.outcome in wording.DISAGREED)
    documents = Counter(owner for owner, _ in {(case.owner, case.document) for case in basis.cases if case.document})
    return Table(
        title="Data owners",
        sheet="Owners",
        columns=(Column(label="Owner"), Column(label="Lines of business", kind="long"),
                 Column(label="Attributes by line", kind="number"), Column(label="Changes", kind="number"),
                 Column(label="Cases", kind="number"), Column(label="Documents", kind="number"),
                 Column(label="Failed", kind="number")),
        rows=tuple((basis.name(owner), ", ".join(sorted(lines[owner])) or NOTHING, pairs[owner], changes[owner],
                    cases[owner], documents[owner], failed[owner]) for owner in sorted({*pairs, *cases})),
        order="by owner",
        empty="No data owner was identified.",
    )


def _assignments(basis: Basis) -> Table:
    pairs = sorted(basis.facts.assignments, key=lambda pair: (pair.line_of_business, pair.attribute, pair.owner))
    return Table(
        title="Who answers for which attribute in which line of business",
        sheet="Assignments",
        columns=(Column(label="Attribute", kind="key"), Column(label="Line of business"), Column(label="Owner"),
                 Column(label="Data executive"), Column(label="Status", kind="status"),
                 Column(label="Changes", kind="number"), Column(label="Reason", kind="long")),
        rows=tuple((pair.attribute, pair.line_of_business, basis.name(pair.owner), basis.name(pair.executive),
                    mark(wording.STATUSES[pair.status]), pair.changes,
                    pair.reason or NOTHING) for pair in pairs),
        where="workbook",
    )
