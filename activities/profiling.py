"""Running the approved profiling rules over the pinned report data; each result keeps its SQL and its failing keys."""

from __future__ import annotations

from activities.duck import ReportTable
from activities.workbench import Workbench, key_columns
from methods.rules import RuleResult
from models import audit, membership, versions
from models.database import rows, run, scalar
from models.items import Rule
from models.pinned import Pinned, effective


async def run_rules(bench: Workbench) -> None:
    """Run every rule of the approved version that has no result yet."""
    keys = key_columns(await bench.attributes())
    async with bench.database.begin() as tx:
        done = await rows(
            tx,
            "select x.revision from rule_result x join version v on v.phase = x.phase and v.number = x.number"
            " join phase p on p.id = x.phase where p.cycle = :c and v.status = 'approved'",
            c=bench.cycle.id,
        )
        known = {row.revision for row in done}
        rules = [r for r in await effective(tx, bench.cycle.id, "data_profiling", Rule) if r.revision not in known]
    if not rules:
        return

    def results(table: ReportTable) -> list[tuple[Pinned[Rule], RuleResult]]:
        return [(rule, table.run(rule.content, keys=keys)) for rule in rules]

    await _write(bench, await bench.on_report(results, tables=True))


async def _write(bench: Workbench, results: list[tuple[Pinned[Rule], RuleResult]]) -> None:
    # The bytes go first: a row must never name content that is not there.
    stored = [bench.store.put("".join(f"{key}\n" for key in result.failing_keys).encode()) for _, result in results]
    async with bench.database.begin() as tx:
        phase = await versions.lock_phase(tx, bench.cycle.slug, "data_profiling")
        number = await scalar(tx, "select number from version where phase = :p and status = 'approved'", p=phase.id)
        written = await run(
            tx,
            "insert into rule_result (phase, number, revision, report_sha256, passed, failed, total,"
            " keys_sha256, sql, sql_sha256)"
            " select :p, :n, x.revision, :report, x.passed, x.failed, x.passed + x.failed, x.keys, x.sql, x.sha"
            "   from unnest(CAST(:revisions AS bigint[]), CAST(:passed AS bigint[]), CAST(:failed AS bigint[]),"
            "        CAST(:keys AS text[]), CAST(:sqls AS text[]), CAST(:shas AS text[])) as"
            " x(revision, passed, failed, keys, sql, sha)"
            " on conflict do nothing",
            p=phase.id,
            n=number,
            report=bench.cycle.report_sha256,
            revisions=[rule.revision for rule, _ in results],
            passed=[r.passed for _, r in results],
            failed=[r.failed for _, r in results],
            keys=stored,
            sqls=[r.sql for _, r in results],
            shas=[r.sql_sha256 for _, r in results],
        )
        if written:
            await audit.append(
                tx,
                phase.stream,
                actor=membership.SYSTEM,
                role="system",
                action="profile",
                subject=phase.named(number),
                reason="",
                after={"report_sha256": bench.cycle.report_sha256},
                rows={
                    "results": {
                        str(rule.revision): [r.passed, r.failed, keys]
                        for (rule, r), keys in zip(results, stored, strict=True)
                    }
                },
            )
