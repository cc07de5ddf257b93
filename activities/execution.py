"""Test Execution: read each case's value from its evidence, compare it with the value as filed, keep the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from activities.cycle_files import load_cycle_file
from activities.documents import read_document
from methods.evidence import Evidence, source_key
from methods.judgement import Judged, judge, judge_group
from models import audit, errors, membership
from models.cycle_file import CycleFile, Source
from models.cycles import find_cycle
from models.database import Database, Tx, rows, run, scalar
from models.items import DataType
from models.messages import Slice, SliceDone
from models.owner_progress import oldest_request, pending_runs
from models.pinned import key_attributes
from models.store import ContentStore

_PENDING = """
select q.test_case, q.revision, t.number, t.attribute, t.reported, a.data_type, s.key_values, t.sample_revision,
       d.source, d.name, r.sha256, r.problem,
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


# The tested attributes of the same records that are in a group with one of the slice.
_SIBLINGS = """
select sample_revision, attribute, reported from test_case
 where cycle = :c and attribute = any(CAST(:members AS text[])) and sample_revision = any(CAST(:samples AS bigint[]))
"""
Siblings = Mapping[int, Mapping[str, str | None]]


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
        evidence = await _readings(store, file, names, pending)
        siblings = await _siblings(tx, cycle.id, file, pending)

        def judge_all() -> list[tuple[Any, Judged]]:
            return [(case, _judge(case, names, evidence(case), file, siblings)) for case in pending]

        judged = await asyncio.to_thread(judge_all)
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
            rows={case.number: found.outcome.result for case, found in judged},
        )
        return SliceDone(executed=len(judged), pending=await pending_runs(tx, cycle.id, part.owner))


async def _readings(
    store: ContentStore, file: CycleFile, names: list[str], pending: Sequence[Any]
) -> Callable[[Any], Evidence]:
    """The evidence of a case, each document read once and only as far as the pending cases need it.

    What could not be read when it was handed in is not tried again: its reason is on record.
    """
    sources = {source.name: source for source in file.sources}
    keys: dict[int, set[str]] = {}
    for case in pending:
        keys.setdefault(case.revision, set()).add(_key(sources[case.source], names, case))
    found: dict[int, Evidence] = {}
    for case in pending:
        if case.revision in found:
            continue
        try:
            found[case.revision] = Evidence(problem=case.problem) if case.problem else await read_document(
                store, case.sha256, source=sources[case.source], keys=frozenset(keys[case.revision]), name=case.name
            )
        except errors.UnusableEvidence as error:
            # Another release took it when it was handed in; that ends this file's cases and not the owner's run.
            found[case.revision] = Evidence(problem=f"can no longer be read: {error.message}")
    return lambda case: found[case.revision]


async def _siblings(tx: Tx, cycle_id: int, file: CycleFile, pending: Sequence[Any]) -> Siblings:
    """What was filed in the tested attributes of groups, by sample and attribute; nothing where no group is stated."""
    grouped = [case for case in pending if file.group_of(case.attribute)[1]]
    if not grouped:
        return {}
    members = sorted({name for case in grouped for name in file.group_of(case.attribute)[1]})
    found: dict[int, dict[str, str | None]] = {}
    samples = sorted({case.sample_revision for case in grouped})
    for row in await rows(tx, _SIBLINGS, c=cycle_id, members=members, samples=samples):
        found.setdefault(row.sample_revision, {})[row.attribute] = row.reported
    return found


def _key(source: Source, names: list[str], case: Any) -> str:
    return source_key(source, dict(zip(names, case.key_values, strict=True)))


def _judge(case: Any, names: list[str], evidence: Evidence, file: CycleFile, siblings: Siblings) -> Judged:
    source = next(source for source in file.sources if source.name == case.source)
    key, data_type, spec = _key(source, names, case), DataType(case.data_type), file.comparison_of(case.attribute)
    group, members = file.group_of(case.attribute)
    filed = {name: siblings[case.sample_revision][name] for name in members
             if name in siblings.get(case.sample_revision, {})}
    if len(filed) > 1:
        together = judge_group(filed, evidence, key=key, group=group, data_type=data_type, spec=spec)
        if case.attribute in together:
            return together[case.attribute]
    return judge(case.reported, evidence, key=key, attribute=case.attribute, document=case.name, data_type=data_type,
                 spec=spec)


async def _write(tx: Tx, request: str, judged: list[tuple[Any, Judged]]) -> None:
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
        cases=[case.test_case for case, _ in judged],
        runs=[case.run for case, _ in judged],
        revisions=[case.revision for case, _ in judged],
        reported=[found.outcome.reported for _, found in judged],
        evidence=[found.outcome.evidence for _, found in judged],
        outcomes=[found.outcome.result for _, found in judged],
        explanations=[found.outcome.reason for _, found in judged],
        locators=[found.locator for _, found in judged],
    )
