"""What a cycle leaves unresolved comes back in the next one of the report, until a test there resolves it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from activities.observations import sync_observations
from models.carried import carry
from models.cycle_file import Scoping, SeverityScale
from models.cycles import find_cycle
from models.database import scalar
from models.items import Attribute, DataType, Origin
from models.membership import add
from models.queries.carried import CarriedLine, carried, carried_by_attribute
from models.queries.resolved import ResolvedLine, resolved
from models.report import CarriedFacts
from models.report_facts import _taken
from tests.engine.builders import Cycle, Lab, Round, note
from tests.engine.trails import completed

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY = "A | Cards"


@dataclass(frozen=True, slots=True)
class Bench:
    """A cycle in which one value of attribute A in Cards is tested as often as a test likes."""

    cycle: Cycle
    planning: Round
    case: int

    async def tested(self, run: int, conclusion: str) -> None:
        """One more document revision, run and review."""
        first = (
            f"insert into document (cycle, owner, source, name) values ({self.cycle.id}, 'dan', 's', 'march.csv')",
        ) if run == 1 else ()
        document = f"(select id from document where cycle = {self.cycle.id})"
        revision = f"(select max(id) from document_revision where document = {document})"
        await self.planning.force(
            *first,
            "insert into document_revision (document, revision, sha256, bytes, rows, covered, missing, unknown,"
            f" unknown_keys, command_id, by) select {document}, {run}, repeat('a', 64), 9, 1, 1, '{{}}', '{{}}', 0,"
            f" '{uuid4()}', 'dan'",
            f"insert into document_decision (revision, verdict, by) select {revision}, 'accept', 'tina'",
            f"insert into case_evidence (test_case, revision) select {self.case}, {revision}",
            "insert into execution_request (test_case, request, cause, revision, by)"
            f" select {self.case}, 'q{run}', 'initial', {revision}, 'dan'",
            "insert into execution (test_case, run, revision, request, reported, evidence, outcome, explanation)"
            f" select {self.case}, {run}, {revision}, 'q{run}', '7', '8', '{conclusion}', 'told'",
            "insert into execution_review (execution, conclusion, concluded, by)"
            f" select max(id), '{conclusion}', false, 'tina' from execution where test_case = {self.case}",
        )

    async def synced(self) -> None:
        """Observations as the owner's run keeps them."""
        async with self.cycle.lab.database.begin() as tx:
            await sync_observations(tx, await find_cycle(tx, self.cycle.slug), "dan", SeverityScale())

    async def resolved(self) -> list[ResolvedLine]:
        """The findings that a retest resolved."""
        async with self.cycle.lab.database.begin() as tx:
            return await resolved(tx, self.cycle.id)

    async def carried(self) -> list[CarriedLine]:
        """What the cycle carries."""
        async with self.cycle.lab.database.begin() as tx:
            return await carried(tx, self.cycle.id)


async def bench(lab: Lab, *, report: str = "", period: str = "2026-03-31") -> Bench:
    """A cycle with one approved attribute and one case of dan; it carries what there is to carry."""
    cycle = await lab.cycle(report=report or str(uuid4())[:8], period=period)
    planning = await cycle.round("planning")
    await planning.cut()
    attribute = Attribute(name="A", line="1", title="A", data_type=DataType.MONEY, mandatory=True, primary_key=False,
                          critical=False, source_column="A")
    async with planning.locked() as (tx, phase):
        ids = await add(tx, phase, 1, [attribute], origin=Origin.TESTER, actor="tina")
    await planning.submit()
    await planning.approve()
    await planning.force(
        "insert into test_case (cycle, number, sample_revision, scope_revision, attribute_revision, record_key,"
        f" attribute, line_of_business, reported) select {cycle.id}, 'TC-00001', r, r, r, 'K', 'A', 'Cards', '7'"
        f" from (select {ids['A']} as r) x",
        "insert into case_owner (test_case, owner, due_at, by) select id, 'dan', now() + interval '5 days', 'eve'"
        f" from test_case where cycle = {cycle.id}",
    )
    async with lab.database.begin() as tx:
        case = await scalar(tx, "select id from test_case where cycle = :c", c=cycle.id)
        await carry(tx, cycle.id)
        await note(tx, cycle.slug)
    return Bench(cycle, planning, case)


class TestRetest:
    async def test_resolves_a_finding_with_a_link(self, lab: Lab) -> None:
        """The observation leaves; by which execution of which case, on which document, is told and is in the event."""
        made = await bench(lab)
        await made.tested(1, "mismatch")
        await made.synced()
        assert [] == await made.resolved()
        await made.tested(2, "match")
        await made.synced()
        (line,) = await made.resolved()
        assert (KEY, "TC-00001", 2, "march.csv", 2, "resolved by execution 2 of case TC-00001") == (
            line.key, line.case_number, line.run, line.document, line.revision_number, line.said)
        async with lab.database.begin() as tx:
            told = await scalar(
                tx, "select body::jsonb -> 'rows' -> 'resolved' from audit_event where action = 'sync_observations'"
                " and starts_with(stream, :s) order by seq desc limit 1", s=made.cycle.slug)
        assert {"TC-00001": 2} == told

    async def test_that_fails_resolves_nothing(self, lab: Lab) -> None:
        """The finding stands."""
        made = await bench(lab)
        for run in (1, 2):
            await made.tested(run, "mismatch")
            await made.synced()
        assert [] == await made.resolved()


class TestCarrying:
    async def test_an_approved_observation_comes_back(self, lab: Lab) -> None:
        """With its cycle; it counts as a past issue, also where the cycle file states fewer."""
        report = str(uuid4())[:8]
        earlier = await completed(lab, report=report, period="2025-12-31")
        made = await bench(lab, report=report)
        (line,) = await made.carried()
        assert (earlier.cycle.slug, KEY, "open", 0) == (line.from_cycle, line.key, line.state, line.tested)
        async with lab.database.begin() as tx:
            known = await carried_by_attribute(tx, made.cycle.id)
        stated = Scoping(past_issues={"A": 0, "B": 2}).with_issues(known)
        assert {"A": 1, "B": 2} == stated.past_issues
        assert "open" == _taken(CarriedFacts, line).state

    async def test_a_test_that_passes_resolves_it(self, lab: Lab) -> None:
        """By the execution that it names; it does not go on into the cycle after."""
        report = str(uuid4())[:8]
        await completed(lab, report=report, period="2025-12-31")
        made = await bench(lab, report=report)
        await made.tested(1, "match")
        (line,) = await made.carried()
        assert ("resolved", "TC-00001", 1) == (line.state, line.case_number, line.run)
        await end(made)
        assert [] == await (await bench(lab, report=report, period="2026-06-30")).carried()

    async def test_a_failure_recurs(self, lab: Lab) -> None:
        """It is an observation of this cycle from here on."""
        report = str(uuid4())[:8]
        await completed(lab, report=report, period="2025-12-31")
        made = await bench(lab, report=report)
        await made.tested(1, "mismatch")
        assert [("recurs", 1)] == [(line.state, line.failed) for line in await made.carried()]

    async def test_untested_it_goes_on(self, lab: Lab) -> None:
        """Through any number of cycles, as the observation of the first."""
        report = str(uuid4())[:8]
        earlier = await completed(lab, report=report, period="2025-12-31")
        await end(await bench(lab, report=report))
        after = await (await bench(lab, report=report, period="2026-06-30")).carried()
        assert [earlier.cycle.slug] == [line.from_cycle for line in after]

    @pytest.mark.parametrize(("report", "period"), [("other", "2025-12-31"), ("", "2026-03-31"), ("", "2026-09-30")])
    async def test_only_of_an_earlier_period_of_the_report(self, lab: Lab, report: str, period: str) -> None:
        """Not of another report, of the same period, or of a later one; nor round Python."""
        own = str(uuid4())[:8]
        earlier = await completed(lab, report=report or own, period=period)
        made = await bench(lab, report=own)
        assert [] == await made.carried()
        await made.planning.attack(
            "a_cycle_carries_of_its_report",
            f"insert into carried_observation (cycle, revision) select {made.cycle.id}, max(id) from item_revision"
            f" where phase = {earlier.phase}")


async def end(made: Bench) -> None:
    """The cycle is completed."""
    await made.planning.force(
        f"insert into cycle_closing (cycle, outcome, by) values ({made.cycle.id}, 'completed', 'system')")
