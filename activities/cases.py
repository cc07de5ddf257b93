"""Test cases: one per sampled record and attribute in scope, with the value as filed, pinned to their revisions."""

from __future__ import annotations

from activities.duck import ReportTable
from activities.workbench import Workbench, key_columns
from models import audit, errors, membership
from models.database import Tx, run, scalar
from models.items import Attribute, Sample, Scope
from models.pinned import Pinned, effective

MAX_CASES = 100_000


async def derive_cases(bench: Workbench) -> None:
    """Begin Data Owner ID: all cases, and their (attribute, line of business) pairs, unassigned. Once per cycle."""
    async with bench.database.begin() as tx:
        if await scalar(
            tx, "select exists (select from phase where cycle = :c and kind = 'data_owner_id')", c=bench.cycle.id
        ):
            return
        plan = await effective(tx, bench.cycle.id, "planning", Attribute)
        scope = [s for s in await effective(tx, bench.cycle.id, "scoping", Scope) if s.content.action == "test"]
        samples = await effective(tx, bench.cycle.id, "sample_selection", Sample)
    if len(scope) * len(samples) > MAX_CASES:
        raise errors.TooLarge(
            f"{len(samples)} samples of {len(scope)} attributes are more than {MAX_CASES} cases",
            hint="narrow scope or sample",
        )
    filed = await _values_as_filed(bench, [pinned.content for pinned in plan], scope, samples)
    async with bench.database.begin() as tx:
        await run(
            tx, "insert into phase (cycle, kind) values (:c, 'data_owner_id') on conflict do nothing", c=bench.cycle.id
        )
        await scalar(
            tx, "select id from phase where cycle = :c and kind = 'data_owner_id' for no key update", c=bench.cycle.id
        )
        if not await scalar(tx, "select exists (select from test_case where cycle = :c)", c=bench.cycle.id):
            await _write(tx, bench, plan, scope, samples, filed)


async def _values_as_filed(
    bench: Workbench, plan: list[Attribute], scope: list[Pinned[Scope]], samples: list[Pinned[Sample]]
) -> dict[tuple[str, str], str]:
    columns = {a.name: a.source_column for a in plan}
    wanted = {s.content.attribute: columns[s.content.attribute] for s in scope}
    keys = key_columns(plan)

    sampled = {sample.content.record_key for sample in samples}

    def read(table: ReportTable) -> dict[tuple[str, str], str]:
        return {
            (record.key, attribute): record.values[column]
            for record in table.records(sorted(set(wanted.values())), keys=keys, only=sampled)
            for attribute, column in wanted.items()
        }

    return await bench.on_report(read, only={*keys, *wanted.values()})


async def _write(
    tx: Tx,
    bench: Workbench,
    plan: list[Pinned[Attribute]],
    scope: list[Pinned[Scope]],
    samples: list[Pinned[Sample]],
    filed: dict[tuple[str, str], str],
) -> None:
    attributes = {a.content.name: a.revision for a in plan}
    cases = [(sample, attribute) for sample in samples for attribute in scope]
    await run(
        tx,
        "insert into test_case (cycle, number, sample_revision, scope_revision, attribute_revision,"
        " record_key, attribute,"
        " line_of_business, reported) select :c, x.* from unnest(CAST(:numbers AS text[]), CAST(:samples AS bigint[]),"
        " CAST(:scopes AS bigint[]), CAST(:attributes AS bigint[]), CAST(:keys AS text[]), CAST(:names AS text[]),"
        " CAST(:lines AS text[]), CAST(:reported AS text[])) as x",
        c=bench.cycle.id,
        numbers=[f"TC-{at:05d}" for at in range(1, len(cases) + 1)],
        samples=[sample.revision for sample, _ in cases],
        scopes=[attribute.revision for _, attribute in cases],
        attributes=[attributes[attribute.content.attribute] for _, attribute in cases],
        keys=[sample.content.record_key for sample, _ in cases],
        names=[attribute.content.attribute for _, attribute in cases],
        lines=[sample.content.line_of_business for sample, _ in cases],
        reported=[filed.get((sample.content.record_key, attribute.content.attribute)) for sample, attribute in cases],
    )
    pairs = await run(
        tx,
        "insert into assignment (cycle, attribute, line_of_business, status, due_at, by)"
        " select :c, attribute, line_of_business, 'unassigned', clock_timestamp() + make_interval(days =>"
        " (select days from duty where cycle = :c and name = 'assignment')), 'system'"
        "   from test_case where cycle = :c group by attribute, line_of_business order by 2, 3",
        c=bench.cycle.id,
    )
    await audit.append(
        tx,
        f"{bench.cycle.slug}/data_owner_id",
        actor=membership.SYSTEM,
        role="system",
        action="derive_cases",
        reason="",
        subject=bench.cycle.slug,
        after={"cases": len(cases), "pairs": pairs},
    )
