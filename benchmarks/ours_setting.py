"""The cycle in which the engine is measured: two people, and Sample Selection begun, without versions."""

from __future__ import annotations

from activities.phases import begin_phase_row
from models import audit, versions
from models.database import Database, run, scalar

SLUG, PHASE = "BENCH:R", "sample_selection"
TESTER, APPROVER = "tina", "olga"
_SHA = "0" * 64


async def begin(database: Database) -> tuple[int, int]:
    """Make the cycle; its id and that of the phase."""
    async with database.begin() as tx:
        cycle = await scalar(
            tx,
            "insert into cycle_report (slug, cycle, report, name, period, cycle_file_sha256, dictionary_sha256,"
            " report_sha256, started_by) values (:s, 'BENCH', 'R', 'Benchmark', date '2026-03-31', :h, :h, :h, :by)"
            " returning id",
            s=SLUG, h=_SHA, by=TESTER,
        )
        for person, role in ((TESTER, "tester"), (APPROVER, "report_owner")):
            await run(
                tx,
                "insert into person (cycle, person, name, roles, lines_of_business, by)"
                " values (:c, :p, :p, CAST(:roles AS text[]), '{}', :by)",
                c=cycle, p=person, roles=[role], by=TESTER,
            )
        await begin_phase_row(tx, cycle, PHASE)
        await audit.append(tx, SLUG, actor=TESTER, action="start")
        return int(cycle), (await versions.lock_phase(tx, SLUG, PHASE)).id
