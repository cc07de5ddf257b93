"""Profiling the pinned report data, and running the approved rules over it.

Each result keeps its SQL and its failing keys.
"""

from __future__ import annotations

from activities.duck import ReportTable
from activities.workbench import Workbench, key_columns
from methods.earlier_rules import Taken, take_earlier
from methods.profile import MEASURED, AttributeProfile, ReportProfile
from methods.proposals import propose_rules
from methods.rules import RuleResult
from models import audit, membership, versions
from models.database import Tx, rows, run, scalar
from models.items import Rule
from models.pinned import Pinned, effective
from models.queries.earlier import earlier_rules


async def profile_and_propose(bench: Workbench) -> tuple[Taken, str]:
    """Rules from dictionary, data, cycle file and the cycle before; and the SHA-256 of the data's profile, stored."""
    attributes = await bench.attributes()
    async with bench.database.begin() as tx:
        earlier = await earlier_rules(tx, bench.cycle.id)

    def work(table: ReportTable) -> tuple[Taken, tuple[AttributeProfile, ...]]:
        columns = table.profile()
        described = tuple(table.describe(columns[one.source_column], attribute=one.name,
                                         measured=one.data_type in MEASURED) for one in attributes)
        proposed = propose_rules(attributes, columns, bench.file.rules)
        return take_earlier(
            proposed, earlier, own={rule.name for rule in bench.file.rules}, attributes={a.name for a in attributes},
            columns=table.columns, beside=table.beside,
        ), described

    # Only a rule of an earlier cycle still has to prove that it fits the tables beside the report.
    taken, described = await bench.on_report(work, tables=bool(earlier))
    profile = ReportProfile(report_sha256=bench.cycle.report_sha256, attributes=described)
    return taken, bench.store.put(f"{profile.model_dump_json()}\n".encode())


def told_of(taken: Taken) -> dict[str, dict[str, str]]:
    """What the event of the proposals says of the cycle before; nothing where there is none."""
    told = {"taken": {rule.name: str(rule.taken_from) for rule in taken.rules if rule.taken_from},
            "left_out": dict(taken.left_out)}
    return {name: words for name, words in told.items() if words}


async def record_profile(tx: Tx, phase: int, *, report_sha256: str, profile_sha256: str) -> None:
    """Put the profile on record, in the transaction of the event that proposes the rules."""
    await run(tx, "insert into report_profile (phase, report_sha256, profile_sha256) values (:p, :r, :s)"
                  " on conflict do nothing", p=phase, r=report_sha256, s=profile_sha256)


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
