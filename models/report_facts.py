"""Everything the final report is computed from, read in one transaction: pinned versions, results, cases, heads."""

from __future__ import annotations

from typing import Any, TypeVar

from models.cycle_file import CycleFile
from models.cycles import CycleRow, people
from models.database import Tx, one, rows, scalar
from models.items import Attribute, Observation, Sample, Scope
from models.phases import BY_KIND, PHASES
from models.pinned import effective
from models.queries.audit import heads
from models.queries.carried import carried
from models.queries.explanations import ExplanationLine, explanations
from models.queries.metrics import metrics
from models.queries.resolved import resolved
from models.report import (
    Assignment,
    AuditHead,
    CarriedFacts,
    Case,
    CommentFacts,
    CycleFacts,
    Explained,
    Generation,
    ObservationFacts,
    Participant,
    PhaseFacts,
    PinnedFile,
    ReportFacts,
    ResolutionFacts,
    RuleResult,
    StatedComparison,
    VersionFacts,
)

F = TypeVar("F", AuditHead, ResolutionFacts, CarriedFacts)
FIRST_KEYS = 20

_VERSIONS = """
select kind as phase, scope, number, parent, status, created_by, created_at, coalesce(submitted_by, '') as submitted_by,
       submitted_at, coalesce(decided_by, '') as decided_by, decided_at, reason,
       coalesce(content_hash, '') as content_hash, coalesce(manifest_hash, '') as manifest_hash,
       items as members, carried, approved, rejected
  from metric_version where cycle = :c order by ordinal, scope, number
"""
_RULES = """
select r.name, r.attribute, r.description, r.dimension, r.gate, r.severity, r.threshold, x.passed, x.failed, x.total,
       x.keys_sha256, s.explained
  from rule_result x join rule_item r on r.revision = x.revision join effective e on e.revision = x.revision
  join explained_result s on s.result = x.id
 where e.cycle = :c order by e.item
"""
_GENERATIONS = """
select s.version, v.status, string_agg(distinct s2.category, ', ') as method, s2.seed, s2.population_sha256,
       count(*) as proposed, min(s.by) as by, min(s.at) as at
  from item_revision s join sample_item s2 on s2.revision = s.id join phase p on p.id = s.phase
  join version v on v.phase = s.phase and v.number = s.version
 where p.cycle = :c and s.origin = 'generated' group by s.version, v.status, s2.seed, s2.population_sha256
 order by s.version
"""
_ASSIGNMENTS = """
select distinct on (a.attribute, a.line_of_business) a.attribute, a.line_of_business,
       coalesce(a.owner, '') as owner, a.status, a.reason,
       case when a.by = 'system' then '' else a.by end as executive,
       (select count(*) - 1 from assignment b where b.cycle = a.cycle and b.attribute = a.attribute
           and b.line_of_business = a.line_of_business and b.status <> 'unassigned') as changes
  from assignment a where a.cycle = :c order by a.attribute, a.line_of_business, a.id desc
"""
_CASES = """
select number, record_key, attribute, line_of_business, coalesce(owner, '') as owner,
       coalesce(reported, filed) as reported,
       evidence, conclusion, outcome, explanation, review_reason, document, document_revision, revision_number, locator,
       state, waiver
  from case_state where cycle = :c and state in ('concluded', 'waived') order by id
"""
_OPEN_CASES = """
select record_key, attribute from case_state where cycle = :c and state not in ('concluded', 'waived') order by id
"""
_RECORDS = """
select x.total from rule_result x join effective e on e.revision = x.revision where e.cycle = :c order by e.item limit 1
"""
_COMMENTS = """
select p.kind as phase, p.scope, i.natural_key as key, c.version, c.question, d.comment is not null as dispute,
       c.text, c.by, c.at
  from phase p join item_comment c on c.phase = p.id join item i on i.id = c.item
  left join item_dispute d on d.comment = c.id where p.cycle = :c order by c.id
"""
_OBSERVATIONS = """
select e.scope as owner, e.content, e.approver_verdict as verdict, e.approver_reason as rationale,
       e.approver_by as decided_by, e.approver_at as decided_at
  from effective e where e.cycle = :c and e.kind = :kind order by e.scope, e.item
"""


def _explained(line: ExplanationLine) -> Explained:
    return Explained.model_validate({name: getattr(line, name) for name in Explained.model_fields})


async def ended_cases(tx: Tx, cycle: int) -> list[Case]:
    """The cases of a cycle that are concluded or waived, oldest first."""
    return [_case(row) for row in await rows(tx, _CASES, c=cycle)]


async def open_cases(tx: Tx, cycle: int) -> list[tuple[str, str]]:
    """Record key and attribute of the cases that are not ended."""
    return [(row.record_key, row.attribute) for row in await rows(tx, _OPEN_CASES, c=cycle)]


async def records_filed(tx: Tx, cycle: int) -> int:
    """How many records the report as filed has, as the approved rules counted them; 0 before they ran."""
    return next((row.total for row in await rows(tx, _RECORDS, c=cycle)), 0)


async def gather(tx: Tx, cycle: CycleRow, file: CycleFile, failing_keys: dict[str, list[str]]) -> ReportFacts:
    """The facts as of now. `failing_keys` holds the failing keys of each rule by name, read from the content store."""
    versions = [VersionFacts(**row._mapping) for row in await rows(tx, _VERSIONS, c=cycle.id)]
    written = await explanations(tx, cycle.id)
    rules = [
        RuleResult(
            **{k: v for k, v in row._mapping.items() if k != "keys_sha256"},
            failing_keys=tuple(failing_keys.get(row.name, ()))[:FIRST_KEYS],
            explanations=tuple(_explained(one) for one in written if one.counts and one.rule == row.name),
        )
        for row in await rows(tx, _RULES, c=cycle.id)
    ]
    return ReportFacts(
        as_of=await scalar(tx, "select clock_timestamp()"),
        cycle=await _cycle(tx, cycle, file),
        phases=await _phases(tx, cycle, versions),
        versions=tuple(versions),
        attributes=tuple(p.content for p in await effective(tx, cycle.id, "planning", Attribute)),
        rules=tuple(rules),
        scope=tuple(p.content for p in await effective(tx, cycle.id, "scoping", Scope)),
        samples=tuple(p.content for p in await effective(tx, cycle.id, "sample_selection", Sample)),
        generations=tuple(
            [
                Generation(**row._mapping, parameters=_stated(file), reason=file.sampling.seed_reason)
                for row in await rows(tx, _GENERATIONS, c=cycle.id)
            ]
        ),
        assignments=tuple([Assignment(**row._mapping) for row in await rows(tx, _ASSIGNMENTS, c=cycle.id)]),
        cases=tuple(await ended_cases(tx, cycle.id)),
        comparisons=tuple(
            StatedComparison(attribute=name, comparison=spec) for name, spec in sorted(file.comparison.items())
        ),
        sampling=file.sampling,
        field_groups=file.field_groups,
        observations=await _observations(tx, cycle),
        resolutions=tuple([_taken(ResolutionFacts, line) for line in await resolved(tx, cycle.id)]),
        carried=tuple([_taken(CarriedFacts, line) for line in await carried(tx, cycle.id)]),
        comments=tuple([CommentFacts(**row._mapping) for row in await rows(tx, _COMMENTS, c=cycle.id)]),
        metrics=tuple(await metrics(tx, cycle.id)),
        audit_heads=tuple([_taken(AuditHead, head) for head in await heads(tx, cycle.slug)]),
        signatories=BY_KIND["finalize_report"].signoffs,
    )


def _taken(fact: type[F], line: Any) -> F:
    """What the report tells of a line of the queries."""
    return fact(**{name: getattr(line, name) for name in fact.model_fields})


def _stated(file: CycleFile) -> str:
    stated = file.sampling.stated().items()
    return ", ".join(f"{name.replace('_', ' ')} {_told(value)}" for name, value in stated)


def _told(value: object) -> str:
    """A part of the plan in words: its fields by name, one of several after the other."""
    if isinstance(value, dict):
        return " ".join(f"{name} {_told(part)}" for name, part in value.items())
    return " and ".join(map(_told, value)) if isinstance(value, list) else str(value)


async def _cycle(tx: Tx, cycle: CycleRow, file: CycleFile) -> CycleFacts:
    head = await one(
        tx,
        "select c.started_at, c.period, coalesce(a.slug, '') as amends from cycle_report c"
        " left join cycle_report a on a.id = c.amends where c.id = :c",
        c=cycle.id,
    )
    everybody = await people(tx, cycle.id)
    inputs = (
        ("Cycle file", cycle.cycle_file_sha256),
        ("Dictionary", cycle.dictionary_sha256),
        ("Report data as filed", cycle.report_sha256),
    )
    return CycleFacts(
        id=cycle.slug,
        report_name=cycle.name,
        regulation=file.report.regulation,
        institution=file.report.institution,
        period=head.period,
        started_at=head.started_at,
        records=await records_filed(tx, cycle.id),
        amends=head.amends,
        people=tuple(
            Participant(id=p.person, name=p.name, roles=p.roles, lines_of_business=p.lines_of_business)
            for p in everybody.values()
        ),
        inputs=tuple(PinnedFile(title=title, sha256=digest) for title, digest in inputs),
    )


async def _phases(tx: Tx, cycle: CycleRow, versions: list[VersionFacts]) -> tuple[PhaseFacts, ...]:
    begun = {row.kind for row in await rows(tx, "select distinct kind from phase where cycle = :c", c=cycle.id)}

    def state(kind: str, versioned: bool) -> str:
        latest = [v for v in versions if v.phase == kind]
        if versioned and latest:
            open_ones = [v for v in latest if v.status in ("draft", "submitted")]
            return open_ones[-1].status if open_ones else "complete"
        return "complete" if kind in begun else "nothing to do"

    return tuple(
        PhaseFacts(kind=p.kind, title=p.title, ordinal=p.order, versioned=p.versioned, state=state(p.kind, p.versioned))
        for p in PHASES
    )


def _case(row: Any) -> Case:
    waived = row.state == "waived"
    concluded_by_hand = bool(row.conclusion) and row.conclusion != row.outcome
    return Case(
        number=row.number,
        record_key=row.record_key,
        attribute=row.attribute,
        line_of_business=row.line_of_business,
        owner=row.owner,
        reported=row.reported,
        evidence=row.evidence,
        outcome=None if waived else row.conclusion,
        reason=(row.review_reason if concluded_by_hand else row.explanation) or "",
        judged_from=row.outcome if concluded_by_hand and not waived else None,
        document=row.document or "",
        revision=row.revision_number,
        locator=row.locator or "",
        state=row.state,
        waiver_reason=row.waiver or "",
    )


async def _observations(tx: Tx, cycle: CycleRow) -> tuple[ObservationFacts, ...]:
    found = await rows(tx, _OBSERVATIONS, c=cycle.id, kind="observation_management")
    return tuple(
        ObservationFacts(
            content=Observation.model_validate_json(row.content),
            owner=row.owner,
            verdict=row.verdict,
            rationale=row.rationale or "",
            decided_by=row.decided_by or "",
            decided_at=row.decided_at,
        )
        for row in found
    )
