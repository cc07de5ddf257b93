"""The appendix: reconciliation, what the report is pinned to, the full lists, metrics, heads of the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.figures import measures, registers
from methods.figures.checks import reconciliation
from methods.figures.display import NOTHING, moment, natural, spoken
from methods.figures.scope import action_mark
from models.document import Column, Heading, Paragraph, Table

if TYPE_CHECKING:
    from methods.figures.basis import Basis
    from models.document import AnyBlock, Cell
    from models.report import CommentFacts


def blocks(basis: Basis) -> tuple[AnyBlock, ...]:
    """Everything somebody needs who checks the report years later."""
    return (
        Heading(text="Reconciliation"),
        reconciliation(basis),
        Heading(text="What this report is computed from"),
        _pinned(basis),
        _inputs(basis),
        Heading(text="Attributes"),
        _attributes(basis),
        Heading(text="Samples"),
        _samples(basis),
        Heading(text="Metrics"),
        _metrics(basis),
        Heading(text="Audit trail"),
        Paragraph(text="Each stream of audit events is a chain of hashes. An export of the stream must contain the "
                       "event below; if it does not, its tail was cut or changed."),
        _heads(basis),
        *_comments(basis),
        registers.cases(basis.facts),
    )


def _comments(basis: Basis) -> tuple[AnyBlock, ...]:
    """What people asked and noted on the items; nothing when nobody did."""
    titles = {phase.kind: phase.title for phase in basis.phases}
    found = sorted(basis.facts.comments, key=lambda c: (c.at, c.phase, c.scope, natural(c.key), c.text))
    rows: list[tuple[Cell, ...]] = [
        (moment(c.at), titles.get(c.phase, c.phase), basis.name(c.scope) if c.scope else NOTHING, c.key,
         f"v{c.version}", basis.name(c.by), _said(c), c.text) for c in found
    ]
    table = Table(
        title="Comments and questions",
        sheet="Comments",
        columns=(Column(label="At (UTC)", kind="time"), Column(label="Phase"), Column(label="Owner"),
                 Column(label="Item", kind="key"), Column(label="Version"), Column(label="By"), Column(label="Kind"),
                 Column(label="Text", kind="long")),
        rows=tuple(rows),
        order="by time",
    )
    return (Heading(text="Comments and questions"), table) if rows else ()


def _said(comment: CommentFacts) -> str:
    return "Dispute" if comment.dispute else "Question" if comment.question else "Comment"


def _pinned(basis: Basis) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (phase.title, version.scope or NOTHING, f"v{version.number}", version.members, version.content_hash or NOTHING,
         version.manifest_hash or NOTHING)
        for phase in basis.phases for version in basis.versions(phase.kind) if version.status == "approved"
    ]
    return Table(
        title="Approved versions",
        sheet="Pinned versions",
        columns=(Column(label="Phase"), Column(label="Owner"), Column(label="Version"),
                 Column(label="Items", kind="number"), Column(label="Content hash", kind="hash"),
                 Column(label="Manifest hash", kind="hash")),
        rows=tuple(rows),
        order="by phase and owner",
        empty="No version is approved.",
    )


def _inputs(basis: Basis) -> Table:
    inputs = sorted(basis.facts.cycle.inputs, key=lambda pinned: (pinned.title, pinned.sha256))
    return Table(
        title="Inputs stored when the cycle started",
        sheet="Inputs",
        columns=(Column(label="Input"), Column(label="SHA-256", kind="hash")),
        rows=tuple((pinned.title, pinned.sha256) for pinned in inputs),
    )


def _attributes(basis: Basis) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for attribute in basis.attributes:
        decision = basis.scope.get(attribute.name)
        role = "Key" if attribute.primary_key else "Critical" if attribute.critical else NOTHING
        rows.append((
            attribute.line, attribute.name, attribute.title, attribute.data_type.value, role,
            "yes" if attribute.mandatory else "no", action_mark(decision.action) if decision else NOTHING,
            decision.score if decision else NOTHING, decision.failing_records if decision else NOTHING,
            decision.reason if decision else "look-up key, not tested" if attribute.primary_key else "no decision"))
    return Table(
        title="Attributes and scope",
        sheet="Attributes",
        columns=(Column(label="Line"), Column(label="Attribute", kind="key"), Column(label="Title", kind="long"),
                 Column(label="Type"), Column(label="Role"), Column(label="Mandatory"),
                 Column(label="Scope", kind="status"), Column(label="Score", kind="number"),
                 Column(label="Failing records", kind="number"), Column(label="Reason", kind="long")),
        rows=tuple(rows),
        order="by line",
        overflow="none",
        empty="No attribute was approved.",
    )


def _samples(basis: Basis) -> Table:
    samples = sorted(basis.facts.samples, key=lambda s: (natural(s.line_of_business), natural(s.record_key)))
    return Table(
        title="Approved samples",
        sheet="Samples",
        columns=(Column(label="Record key", kind="key"), Column(label="Line of business"), Column(label="Category"),
                 Column(label="Method", kind="long"), Column(label="Seed", kind="hash"),
                 Column(label="Reason", kind="long")),
        rows=tuple((s.record_key, s.line_of_business, spoken(s.category), s.method, s.seed, s.reason or NOTHING)
                   for s in samples),
        order="by line of business and key",
        overflow="none",
        empty="No sample was approved.",
    )


def _metrics(basis: Basis) -> Table:
    titles = {phase.kind: phase.title for phase in basis.phases}
    return Table(
        title="Metrics of the cycle",
        sheet="Metrics",
        columns=(Column(label="Metric", kind="long"), Column(label="Phase"), Column(label="Value", kind="number"),
                 Column(label="Median", kind="number"), Column(label="90 % within", kind="number"),
                 Column(label="Computed from", kind="number"), Column(label="Open", kind="number")),
        rows=tuple((measures.named(m), titles.get(m.phase, "All phases"), measures.value(m),
                    measures.amount(m.median, m.unit), measures.amount(m.p90, m.unit), measures.base(m),
                    NOTHING if m.open is None else m.open)
                   for m in sorted(basis.facts.metrics, key=lambda m: m.place(list(titles)))),
        empty="No metric was handed over.",
        dense=True,
    )


def _heads(basis: Basis) -> Table:
    return Table(
        title="Heads of the audit streams",
        sheet="Audit heads",
        columns=(Column(label="Stream", kind="key"), Column(label="Events", kind="number"),
                 Column(label="Hash of the last event", kind="hash")),
        rows=tuple((head.stream, head.seq, head.hash)
                   for head in sorted(basis.facts.audit_heads, key=lambda head: natural(head.stream))),
        empty="No audit stream was handed over.",
    )
