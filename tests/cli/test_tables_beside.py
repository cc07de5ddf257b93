"""What a cycle file names as tables beside the report is what its rules read, in the bytes that it was started with."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import cast

import pytest

from activities.duck import Interrupted, ReportTable
from activities.workbench import Workbench
from cli.prepare import prepare_cycle
from methods.cycle_files import parse_cycle_file
from methods.rules import RuleResult
from models.cycles import CycleRow
from models.database import Database
from models.messages import CycleInput
from models.store import ContentStore
from tests.cli.builders import written
from tests.methods.builders import rule
from tests.workflows.tiny import TESTER, Tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOT_MORE = rule({"op": "compare", "left": {"op": "column", "name": "A1"}, "relation": "<=",
                 "right": {"op": "prior", "name": "A1", "keys": ["ACCOUNT"]}})


async def started(folder: Path) -> tuple[ContentStore, CycleInput]:
    """A cycle with the prior period beside its report: record 1 had as much, record 2 less, the others are new."""
    (folder / "prior.csv").write_text("ACCOUNT;A1\nr0001;101\nr0002;200.99\n")
    store = ContentStore((folder / "store").as_uri())
    data = {**Tiny(cycle="2026q1").cycle_file()["data"], "tables": {"prior": "prior.csv"}}
    return store, await prepare_cycle(store, written(folder, data=data), actor=TESTER)


def bench_of(store: ContentStore, given: CycleInput) -> Workbench:
    cycle = CycleRow(id=1, slug=given.slug, cycle="2026q1", report="tiny", name="", outcome=None, held=False,
                     cycle_file_sha256=given.cycle_file_sha256, dictionary_sha256=given.dictionary_sha256,
                     report_sha256=given.report_sha256)
    return Workbench(cast(Database, None), store, cycle, parse_cycle_file(store.get(given.cycle_file_sha256)))


async def found(store: ContentStore, given: CycleInput) -> RuleResult:
    """What the rule finds, run as profiling runs it."""
    bench = bench_of(store, given)
    return await bench.on_report(lambda table: table.run(NOT_MORE, keys=["ACCOUNT"]), tables=True)


async def test_rules_read_the_prior_period(tmp_path: Path) -> None:
    """A record that grew fails; one that was not there is not judged."""
    result = await found(*await started(tmp_path))
    assert (("r0002",), 6) == (result.failing_keys, result.total)


async def test_a_later_file_changes_nothing(tmp_path: Path) -> None:
    """The cycle works on the stored bytes, not on what lies beside the cycle file now."""
    store, given = await started(tmp_path)
    (tmp_path / "prior.csv").write_text("ACCOUNT;A1\nr0001;1\n")
    assert ("r0002",) == (await found(store, given)).failing_keys


async def test_a_cancelled_activity_runs_no_further_rule(tmp_path: Path) -> None:
    """Between two rules there is no query to interrupt; the next one does not begin."""
    bench, begun, done, ended = bench_of(*await started(tmp_path)), threading.Event(), threading.Event(), []

    def rules(table: ReportTable) -> None:
        begun.set()
        assert done.wait(30)
        try:
            table.run(NOT_MORE, keys=["ACCOUNT"])
        except Interrupted:
            ended.append("stopped")
        finally:
            begun.clear()

    work = asyncio.create_task(bench.on_report(rules, tables=True))
    await asyncio.to_thread(begun.wait, 30)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    done.set()
    while begun.is_set():
        await asyncio.sleep(0.01)
    assert ["stopped"] == ended
