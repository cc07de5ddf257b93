"""The card portfolio, whole: what was planted is found and nothing else, and the story's turns left their facts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cli.client import Session
from cli.demo.command import Options, Played, play_cycle
from models.database import scalar
from models.items import Section
from models.measures import MEASURES
from models.phases import CLOSING
from models.queries.metrics import ALL, metrics
from models.report import ReportFacts
from tests.figures_by_hand import agree, raw
from tests.metrics_by_hand import ByHand

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.nightly]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(session: Session) -> AsyncIterator[Played]:
    """One run of the bundled cycle."""
    yield await play_cycle(session, Options(seed=11), say=lambda _: None)


async def test_found_defects_are_those_planted(played: Played) -> None:
    """Both kinds of defect are found as sets, whatever the seed, and those of evidence each in its way."""
    assert played.compared.planted_rules
    assert all(played.compared.planted_by_way.values())
    assert played.compared.planted_rules == played.compared.found_rules
    assert played.compared.planted_by_way == played.compared.found_by_way


async def test_evidence_came_in_every_form(played: Played) -> None:
    """Text, a workbook, gzip and PDF were read, and a PDF or a supplement was handed in for what they lacked."""
    documents = await played.cast.read(
        "select d.name, r.read_as from document d join document_revision r on r.document = d.id join cycle_report c on"
        " c.id = d.cycle where c.slug = :cycle"
    )
    assert {"CSV", "PDF", "workbook"} == {one.read_as.partition(",")[0] for one in documents}
    assert any(one.read_as.endswith("in gzip") for one in documents)
    assert any("supplement" in one.name or "second-copy" in one.name for one in documents)


async def test_what_needed_review_was_concluded_with_a_reason(played: Played) -> None:
    """A person decides what two statements of one account prove, and says why."""
    concluded = await played.cast.read(
        "select v.conclusion, v.reason from execution_review v join execution e on e.id = v.execution"
        " join test_case t on t.id = e.test_case join cycle_report c on c.id = t.cycle"
        " where c.slug = :cycle and v.concluded"
    )
    assert {"mismatch"} == {one.conclusion for one in concluded}
    assert all("two values" in one.reason for one in concluded)


async def test_the_cycle_has_the_size_of_a_real_one(played: Played) -> None:
    """118 attributes decided, 40 or more in scope, 25 samples or more, 1,000 cases or more."""
    counted = (
        await played.cast.read(
            "select (select count(*) from effective e join cycle_report c on c.id = e.cycle where"
            " c.slug = :cycle and e.kind = 'planning') as attributes,"
            " (select count(*) from effective e join scope_item s on s.revision = e.revision join"
            " cycle_report c on c.id = e.cycle"
            "   where c.slug = :cycle and s.action = 'test') as scoped,"
            " (select count(*) from effective e join cycle_report c on c.id = e.cycle where c.slug ="
            " :cycle and e.kind = 'sample_selection') as samples,"
            " (select count(*) from test_case t join cycle_report c on c.id = t.cycle where c.slug = :cycle) as cases"
        )
    )[0]
    assert counted.attributes == 118
    assert counted.scoped >= 40
    assert counted.samples >= 25
    assert counted.cases >= 1000


async def test_the_rejected_sample_was_reworked_with_approvals_carried(played: Played) -> None:
    """v1 is rejected for good; v2 carries what was approved in v1 and adds one record."""
    members = await played.cast.read(
        "select m.number, m.approver_in, m.revised_in from member m join phase p on p.id = m.phase"
        " join cycle_report c on c.id = p.cycle where c.slug = :cycle and p.kind = 'sample_selection' and m.number = 2"
    )
    assert {1, 2} == {member.approver_in for member in members}
    assert 1 == sum(member.revised_in == 2 for member in members)


async def test_the_returned_document_has_a_second_revision(played: Played) -> None:
    """A returned document and its correction are one chain, both decided."""
    chains = await played.cast.read(
        "select array_agg(x.verdict order by r.revision) as verdicts from document d join"
        " document_revision r on r.document = d.id"
        " join document_decision x on x.revision = r.id join cycle_report c on c.id = d.cycle where c.slug = :cycle"
        " group by d.id having count(*) > 1"
    )
    assert [["return", "accept"]] == [chain.verdicts for chain in chains]


async def test_an_owner_was_reassigned_and_a_case_waived(played: Played) -> None:
    """Both stay on record with their reasons."""
    changed = await played.cast.read(
        "select attribute from assignment a join cycle_report c on c.id = a.cycle where c.slug ="
        " :cycle and a.status = 'assigned'"
        " group by attribute, line_of_business having count(distinct owner) > 1"
    )
    waived = await played.cast.read(
        "select w.reason from case_waiver w join test_case t on t.id = w.test_case join cycle_report"
        " c on c.id = t.cycle where c.slug = :cycle"
    )
    assert 1 == len(changed)
    assert 1 == sum("retention rule" in one.reason for one in waived)


async def test_three_people_signed_the_report(played: Played) -> None:
    """Tester, report owner and test executive, each once, on the same content."""
    signed = await played.cast.read(
        "select s.role, s.by, s.content_hash from version_signoff s join phase p on p.id = s.phase"
        " join cycle_report c on c.id = p.cycle where c.slug = :cycle order by s.at"
    )
    assert ["tester", "report_owner", "test_executive"] == [s.role for s in signed]
    assert 1 == len({s.content_hash for s in signed})


async def test_metrics_are_those_of_the_raw_rows(played: Played, session: Session) -> None:
    """Of a whole cycle as people play it; and the report has the same of all phases that were over when it was made."""
    async with session.reader.begin() as tx:
        cycle = await scalar(tx, "select id from cycle_report where slug = :slug", slug=played.cast.slug)
        found = await metrics(tx, cycle)
        expected = ByHand(await raw(tx, cycle)).figures()
        section = await scalar(
            tx, "select e.content from effective e where e.cycle = :c and e.natural_key = 'files'", c=cycle)
    agree({(line.measure, line.of, line.phase): line for line in found}, expected)
    files = json.loads(Section.model_validate_json(section).body)
    facts = ReportFacts.model_validate_json(session.store.get(files["facts_sha256"]))
    settled = [line for line in found if line.phase not in (ALL, CLOSING.kind)]
    assert settled == [line for line in facts.metrics if line.phase not in (ALL, CLOSING.kind)]
    assert {*MEASURES} == {line.measure for line in settled}


@pytest.mark.nightly
async def test_no_defects_planted_none_found(session: Session) -> None:
    """A clean portfolio ends with nothing to observe."""
    clean = await play_cycle(session, Options(seed=3, defects=0), say=lambda _: None)
    assert (frozenset(), frozenset()) == (clean.compared.found_rules, clean.compared.found_values)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 7))
async def test_found_is_planted_for_any_seed_and_many_defects(session: Session, seed: int) -> None:
    """A fourth of all deliveries flawed, a fourth of all accounts altered: each defect is found in its way."""
    many = (await play_cycle(session, Options(seed=seed, defects=250), say=lambda _: None)).compared
    # Whether a sample holds each of the rarer kinds is chance; every seed's holds some that comparing finds.
    assert many.planted_by_way["compared"]
    assert (many.planted_rules, many.planted_by_way) == (many.found_rules, many.found_by_way)
