"""Test Execution: read each case's value from its evidence, compare it with the value as filed, keep the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from activities.cycle_files import load_cycle_file
from methods.comparison import Outcome, compare
from methods.evidence import EvidenceTable, read_evidence, source_key
from models import audit, membership
from models.cycle_file import CycleFile, Source
from models.cycles import find_cycle
from models.database import Database, Tx, rows, run, scalar
from models.items import DataType
from models.messages import Slice, SliceDone
from models.owner_progress import oldest_request, pending_runs
from models.pinned import key_attributes
from models.store import ContentStore

_PENDING = """
select q.test_case, q.revision, t.number, t.attribute, t.reported, a.data_type, s.key_values,
       d.source, d.name, r.sha256,
       coalesce((select max(run) from execution e where e.test_case = t.id), 0) + 1 as run
  from execution_request q
  join test_case t on t.id = q.test_case
  join attribute_item a on a.revision = t.attribute_revision
  join sample_item s on s.revision = t.sample_revision
  join document_revision r on r.id = q.revision
  join document d on d.id = r.document
 where q.request = :request and t.cycle = :c
   and not exists (select from execution e where e.test_case = q.test_case and e.request = q.request)
 order by q.test_case limit :limit
"""


async def run_slice(database: Database, store: ContentStore, part: Slice) -> SliceDone:
    """Execute the next cases of the oldest request that has any left."""
    async with database.begin() as tx:
        cycle = await find_cycle(tx, part.slug)
        await scalar(
            tx,
            "select id from phase where cycle = :c and kind = 'test_execution' and scope = :o for no key update",
            c=cycle.id,
            o=part.owner,
        )
        request = await oldest_request(tx, cycle.id, part.owner)
        if request is None:
            return SliceDone(executed=0, pending=0)
        pending = await rows(tx, _PENDING, c=cycle.id, request=request, limit=part.limit)
        file = load_cycle_file(store, cycle.cycle_file_sha256)
        names = await key_attributes(tx, cycle.id)
        evidence = _reader(store, file, names, pending)

        def judge() -> list[tuple[Any, Outcome, str]]:
            return [(case, *judge_case(case, names, evidence(case), file)) for case in pending]

        judged = await asyncio.to_thread(judge)
        await _write(tx, request, judged)
        await audit.append(
            tx,
            f"{part.slug}/test_execution/{part.owner}",
            actor=membership.SYSTEM,
            role="system",
            action="execute",
            reason="",
            subject=part.owner,
            command_id=request,
            rows={case.number: outcome.result for case, outcome, _ in judged},
        )
        return SliceDone(executed=len(judged), pending=await pending_runs(tx, cycle.id, part.owner))


def _reader(
    store: ContentStore, file: CycleFile, names: list[str], pending: Sequence[Any]
) -> Callable[[Any], EvidenceTable]:
    """The evidence of a case, each document read once and only as far as the pending cases need it."""
    sources = {source.name: source for source in file.sources}
    attributes: dict[int, set[str]] = {}
    keys: dict[int, set[str]] = {}
    for case in pending:
        attributes.setdefault(case.revision, set()).add(case.attribute)
        keys.setdefault(case.revision, set()).add(_key(sources[case.source], names, case))

    @cache
    def table(revision: int, source: str, digest: str, name: str) -> EvidenceTable:
        return read_evidence(
            store.get(digest), source=sources[source], attributes=attributes[revision], keys=keys[revision], name=name
        )

    return lambda case: table(case.revision, case.source, case.sha256, case.name)


def _key(source: Source, names: list[str], case: Any) -> str:
    return source_key(source, dict(zip(names, case.key_values, strict=True)))


def judge_case(case: Any, names: list[str], table: EvidenceTable, file: CycleFile) -> tuple[Outcome, str]:
    """The outcome of one case and where its evidence stands (column and rows of the file)."""
    found = table.find(_key(table.source, names, case), attribute=case.attribute)
    if found is not None and found.value is None:
        rows_ = ", ".join(str(row) for row in found.rows)
        reason = f"rows {rows_} of {case.name} hold different values for {found.column}"
        return Outcome("needs_review", case.reported, None, reason), f"column {found.column}, rows {rows_}"
    outcome = compare(
        case.reported,
        found.value if found else None,
        data_type=DataType(case.data_type),
        spec=file.comparison_of(case.attribute),
    )
    return outcome, f"column {found.column}, row {found.rows[0]}" if found else ""


async def _write(tx: Tx, request: str, judged: list[tuple[Any, Outcome, str]]) -> None:
    await run(
        tx,
        "insert into execution (test_case, run, revision, request, reported, evidence, outcome, explanation, locator)"
        " select x.test_case, x.run, x.revision, :request, x.reported, x.evidence, x.outcome, x.explanation, x.locator"
        "   from unnest(CAST(:cases AS bigint[]), CAST(:runs AS int[]), CAST(:revisions AS"
        " bigint[]), CAST(:reported AS text[]),"
        "        CAST(:evidence AS text[]), CAST(:outcomes AS text[]), CAST(:explanations AS"
        " text[]), CAST(:locators AS text[]))"
        "        as x(test_case, run, revision, reported, evidence, outcome, explanation, locator)"
        " order by x.test_case",
        request=request,
        cases=[case.test_case for case, _, _ in judged],
        runs=[case.run for case, _, _ in judged],
        revisions=[case.revision for case, _, _ in judged],
        reported=[outcome.reported for _, outcome, _ in judged],
        evidence=[outcome.evidence for _, outcome, _ in judged],
        outcomes=[outcome.result for _, outcome, _ in judged],
        explanations=[outcome.reason for _, outcome, _ in judged],
        locators=[locator for _, _, locator in judged],
    )
