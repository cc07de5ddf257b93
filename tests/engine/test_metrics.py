"""Metrics: every figure is what plain Python makes of the raw rows, and each is what its definition says."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.database import rows, scalar
from models.measures import MEASURES, Metric
from models.messages import Verb
from models.payloads import Note
from models.queries.metrics import metrics, requests
from tests.engine.builders import PEOPLE, Lab, Round, key_of
from tests.engine.court import Court
from tests.engine.ledger import Ledger, day
from tests.figures_by_hand import Figure, Key, agree, raw
from tests.metrics_by_hand import ByHand

pytestmark = pytest.mark.asyncio(loop_scope="session")

async def asked(made: Round, **named: object) -> dict[Key, Metric]:
    """The figures of the cycle of a round."""
    async with made.cycle.lab.database.begin() as tx:
        found = await metrics(tx, made.cycle.id, **named)  # type: ignore[arg-type]
    keyed = {(line.measure, line.of, line.phase): line for line in found}
    assert len(keyed) == len(found)
    return keyed


async def by_hand(made: Round, since: datetime | None = None) -> dict[Key, Figure]:
    """The same figures from the raw rows."""
    async with made.cycle.lab.database.begin() as tx:
        return ByHand(await raw(tx, made.cycle.id), since).figures()


async def eventful(lab: Lab, court: Court) -> Round:
    """A cycle in which everything went wrong once: rejections, rework, withdrawal, disputes, revisions, reruns."""
    cycle = await lab.cycle(people={**PEOPLE, "dora": ("data_owner",)})
    await _scoping(await cycle.round("scoping"))
    samples = await cycle.round()
    await _samples(samples, court)
    await _observations(await cycle.round("observation_management"), court)
    await _report(await cycle.round("finalize_report"))
    await _cases(Ledger(samples))
    return samples


async def _scoping(made: Round) -> None:
    """B is rejected, returns undecided and is submitted again unchanged."""
    await made.cut()
    await made.add("A", "B", by="theo")
    await made.submit()
    await made.decide(A="approve", B="reject")
    await made.reject()
    await made.cut()
    await made.decide(B="approve")
    await made.submit()
    await made.approve()


async def _samples(made: Round, court: Court) -> None:
    """Five versions: rejected, withdrawn, approved with a rejected item, superseded, one that is open."""
    await made.cut()
    await made.add("A", "B", "C", "D", "E")
    await made.edit("A", text="before anybody saw it")
    await made.submit()
    await court.do(made, Verb.COMMENT, "olga", Note(key="A", text="why?", question=True))
    await court.do(made, Verb.COMMENT, "tina", Note(key="A", text="drawn"))
    await court.do(made, Verb.COMMENT, "olga", Note(key="B", text="and why this?", question=True))
    await made.decide(C="reject", D="approve", E="approve")
    await made.reject()
    await made.cut()
    await made.edit("B", text="given up")
    await made.withdraw()
    await made.cut()
    await made.edit("D", text="reworked")
    await made.add("C", text="drawn again")
    await made.add("F")
    await made.submit(by="theo")
    await made.decide(F="reject", by="omar")
    await made.approve(by="omar")
    await made.cut()
    await made.edit("D", text="reworked again")
    await made.submit()
    await made.approve()
    await made.cut()
    await made.remove("E")
    await court.do(made, Verb.COMMENT, "tina", Note(key="A", text="shall it stay?", question=True))


async def _observations(made: Round, court: Court) -> None:
    """One is a non-issue, which is no rejection."""
    await made.cut()
    await made.add("balance", "limit")
    await court.do(made, Verb.COMMENT, "dan", Note(key=key_of(made.kind, "balance"), text="how so?", question=True))
    await made.submit()
    await made.decide(balance="non_issue")
    await made.approve()


async def _report(made: Round) -> None:
    """Rejected before and after the report owner has signed, then signed by all and approved."""
    await made.cut()
    await made.add("summary")
    await made.submit()
    await made.decide(summary="reject")
    await made.reject(by="rhea")
    await made.cut()
    await made.decide(summary="approve")
    await made.submit()
    await made.sign()
    await made.reject(by="rhea")
    await made.cut()
    await made.submit()
    await made.sign()
    await made.approve()


async def _cases(ledger: Ledger) -> None:
    """Six cases of dan, some of which dora takes over."""
    for attribute, history in {
        "balance": (("unassigned", None), ("assigned", "dan"), ("disputed", "dan"), ("assigned", "dora")),
        "limit": (("unassigned", None), ("assigned", "dan"), ("waived", None), ("assigned", "dan")),
        "rate": (("unassigned", None), ("assigned", "dan"), ("assigned", "dora"), ("assigned", "dan")),
        "flag": (("unassigned", None),),
    }.items():
        for place, (status, owner) in enumerate(history):
            await ledger.assign(status, owner, day(place * 1.5), attribute=attribute)
    one, two, three, four, five, six = cases = await ledger.cases(6)
    for case in cases:
        await ledger.ask(case, "dan", day(2))
    await ledger.ask(one, "dan", day(2.5))                                       # more time: no change of owner
    first = await ledger.hand_in("dan", [one, two, three, four], day(5))
    ran = {case: await ledger.run(case, first, day(5.1)) for case in (one, two)}
    await ledger.run(three, first, day(5.1), "not_found")
    await ledger.judge(first, "return", day(6))
    await ledger.run(four, first, day(6.5), "mismatch")                          # it was back already
    second = await ledger.hand_in("dan", [one, two, three], day(9))              # four is in it no more
    for case, outcome in ((one, "match"), (two, "needs_review"), (three, "match")):
        ran[case] = await ledger.run(case, second, day(9.1), outcome)
    await ledger.judge(second, "accept", day(10))
    await ledger.review(ran[one], day(11))
    await ledger.judge(second, "accept", day(11.5))                              # said twice: one is done with
    await ledger.request("rerun", one, second, day(12))
    await ledger.review(await ledger.run(one, second, day(12.2)), day(13))
    await ledger.request("rerun", two, second, day(12))
    await ledger.ask(four, "dora", day(12))
    await ledger.judge(first, "return", day(12.5))                               # no concern of dora's
    await ledger.hand_in("dora", [four], day(14), name="export.csv")
    await ledger.waive(five, day(15))
    await ledger.hand_in("dan", [three], day(16))
    await ledger.extension(day(3), granted=day(4))
    await ledger.extension(day(15))
    for event, at in (("started", 1.0), ("failed", 7.0), ("retried", 8.0), ("failed", 17.0)):
        await ledger.owner_event(event, day(at))
    assert six


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(lab: Lab, court: Court) -> Round:
    """One eventful cycle for all tests, which only read it."""
    return await eventful(lab, court)


async def test_every_figure_is_that_of_the_raw_rows(made: Round) -> None:
    """Over a cycle with everything in it, another route to each figure arrives at the same."""
    found = await asked(made)
    agree(found, await by_hand(made))
    assert [*MEASURES] == list(dict.fromkeys(measure for measure, _, _ in found))


@pytest.mark.parametrize("number", [0, 3, 9, 400])
async def test_since_leaves_out_what_began_earlier(made: Round, number: int) -> None:
    """From the first day on, from the middle of the work on cases, and after its end."""
    agree(await asked(made, since=day(number)), await by_hand(made, since=day(number)))


@pytest.mark.parametrize("kind", ["sample_selection", "request_info", "data_owner_id", "planning"])
async def test_one_phase_is_part_of_the_whole(made: Round, kind: str) -> None:
    """Its figures are the same as among those of all phases, and there are no others."""
    whole = await asked(made)
    assert {key: line for key, line in whole.items() if key[2] == kind} == await asked(made, phase=kind)


EXPECTED = {
    # five versions of one phase: the fifth is open, the second was withdrawn
    ("version_creation_rate", "", "sample_selection"): (5, 1, None),
    ("approval_time", "created_to_approved", "sample_selection"): (2, 5, 1),
    ("approval_time", "submitted_to_decided", "sample_selection"): (3, 3, 0),
    ("rejection_rate", "versions", "sample_selection"): (1, 3, None),
    # v1: C of C, D, E; v3: F of A, B, C, D, F; v4: none of D
    ("rejection_rate", "items", "sample_selection"): (2, 9, None),
    ("rejection_rate", "items", "observation_management"): (0, 2, None),
    # v3 has A, B, E of six from v1, v4 has A, B, C, E of five from v3
    ("carry_forward_rate", "", "sample_selection"): (7, 11, None),
    # C once, D twice; what was edited before anybody saw it, or in a draft that was withdrawn, is no rework
    ("rework_rounds", "", "sample_selection"): (3, 6, None),
    ("rework_rounds", "", "scoping"): (1, 2, None),
    # dan to dora by way of a dispute; dan to dora and back; a waiver that is taken back is no change
    ("owner_changes", "", "data_owner_id"): (3, 4, None),
    ("document_revisions", "", "request_info"): (4, 2, None),
    ("request_turnaround", "initial", "test_execution"): (4, 5, 1),
    ("request_turnaround", "retest", "test_execution"): (1, 2, 1),
    # answered, made idle by a decision, still open
    ("request_turnaround", "clarification", "sample_selection"): (1, 3, 1),
    ("request_turnaround", "extension", "request_info"): (1, 2, 1),
    # the third version of the report was approved after its signature, the first rejected before
    ("waiting_time", "test_executive", "finalize_report"): (2, 2, 0),
    ("waiting_time", "data_executive", "data_owner_id"): (4, 5, 1),
}


@pytest.mark.parametrize("key", EXPECTED, ids=" ".join)
async def test_definitions(made: Round, key: Key) -> None:
    """Of the eventful cycle each figure is computed from what its definition names."""
    line = (await asked(made))[key]
    assert EXPECTED[key] == (line.part, line.whole, line.open)


async def test_a_case_waits_for_one_after_the_other(made: Round) -> None:
    """The owner until evidence is in, a tester until it is judged, the owner again, the next owner."""
    found = await made.read(
        "select t.number, w.owner, w.task, w.since, w.until from case_wait w join test_case t on t.id = w.test_case"
        " where w.cycle = :c and :p > 0 order by t.number, w.since", c=made.cycle.id)
    waits = [(row.owner, row.task, row.since, row.until) for row in found if row.number == found[0].number]
    assert waits == [
        ("dan", "evidence", day(2), day(5)), ("dan", "review", day(5.1), day(6)),
        ("dan", "corrected evidence", day(6), day(9)), ("dan", "review", day(9.1), day(11)),
        ("dan", "review", day(12.2), day(13)),
    ]
    assert ("dora", "evidence", day(12), day(14)) in [(row.owner, row.task, row.since, row.until) for row in found]


async def test_every_request_has_its_row(made: Round) -> None:
    """With who asked, who answered, and how long that took; of an owner only what concerns them."""
    async with made.cycle.lab.database.begin() as tx:
        every = await requests(tx, made.cycle.id)
        doras = await requests(tx, made.cycle.id, owner="dora")
        since = await requests(tx, made.cycle.id, phase="request_info", since=day(10))
    figures = await asked(made)
    for kind in ("initial", "revised", "retest", "clarification", "extension"):
        assert figures["request_turnaround", kind, "all"].whole == sum(line.request == kind for line in every)
    assert [("initial", "dora", day(14), None, None)] == [
        (line.request, line.owner, line.requested_at, line.responded_at, line.turnaround) for line in doras]
    assert [("extension", "dan", day(15), None)] == [
        (line.request, line.requested_by, line.requested_at, line.responded_by) for line in since]


async def test_the_end_of_a_cycle_ends_every_wait(lab: Lab, court: Court) -> None:
    """A cancelled cycle waits for nobody, and what was asked in it is idle."""
    made = await eventful(lab, court)
    await made.force(
        "insert into cycle_closing (cycle, outcome, reason, by)"
        f" values ({made.cycle.id}, 'cancelled', 'merged', 'rhea')")
    found = await asked(made)
    agree(found, await by_hand(made))
    assert {0} == {line.open for key, line in found.items() if key[0] in ("waiting_time", "request_turnaround")}


async def test_an_answer_counts_when_its_author_hands_the_role_over(lab: Lab, court: Court) -> None:
    """What somebody answered in a role stays an answer in that role."""
    made = await lab.standing("submitted")
    await court.do(made, Verb.COMMENT, "olga", Note(key="A", text="why?", question=True))
    await court.do(made, Verb.COMMENT, "tina", Note(key="A", text="drawn"))
    before = await asked(made)
    for person, roles in (("tina", "{}"), ("olga", "{tester}")):
        await made.force(
            "insert into person (cycle, person, name, roles, lines_of_business, by)"
            f" values ({made.cycle.id}, '{person}', '{person}', '{roles}', '{{}}', 'rhea')")
    assert before == await asked(made)


async def test_all_cycles_together(made: Round) -> None:
    """Without a cycle, the versions of all of them count."""
    async with made.cycle.lab.database.begin() as tx:
        found = {(line.measure, line.of, line.phase): line for line in await metrics(tx)}
        cycles = [row.id for row in await rows(tx, "select id from cycle_report")]
        each = [line for cycle in cycles for line in await metrics(tx, cycle)]
    for key, line in found.items():
        same = [one for one in each if (one.measure, one.of, one.phase) == key]
        assert (sum(one.part for one in same), sum(one.whole for one in same)) == (line.part, line.whole), key


async def test_nothing_has_no_figures(lab: Lab) -> None:
    """A cycle that has just begun."""
    assert {} == await asked(await lab.round())


LONG = {"item_revision", "item_decision", "test_case", "case_owner", "case_evidence", "execution", "execution_request",
        "execution_review", "document_revision", "assignment", "version"}


@pytest.mark.parametrize("view", ["metric_version", "metric_item", "metric_owner_change", "metric_document",
                                  "metric_request", "metric_wait", "case_wait", "question"])
async def test_one_cycle_is_read_over_indexes(made: Round, view: str) -> None:
    """Whatever other cycles hold, each table below a view is entered by an index, with the cycle as its condition."""
    async with made.cycle.lab.app.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        plan = [row[0] for row in await connection.fetch(
            f"explain (costs off) select * from {view} where cycle = {made.cycle.id}")]
    conditions = [line for line in plan if re.search(rf"\bcycle = {made.cycle.id}\b", line)]
    assert conditions
    assert [] == [line for line in conditions if "Index Cond" not in line and "Recheck Cond" not in line]
    assert set() == LONG & {table for line in plan for table in re.findall(r"Seq Scan on (\w+)", line)}


HAPPENS = st.sampled_from(["ask", "hand_in", "hand_in", "hand_in_others", "run", "run", "run_not_found", "accept",
                           "accept", "return", "review", "rerun", "waive"])
# Where a case stands, and who is then waited for.
WAITS = {"open": "evidence", "returned": "corrected evidence", "to_accept": "review", "to_review": "review"}


@pytest.mark.parametrize("examples", [20, pytest.param(300, marks=pytest.mark.nightly)])
async def test_whatever_happens_to_a_case(lab: Lab, examples: int) -> None:
    """Any course: the waits are those of a walk along it, and the last is the one in which the case stands."""
    ledger, loop = Ledger(await lab.standing("approved")), asyncio.get_running_loop()

    @settings(max_examples=examples, deadline=None, derandomize=True,
              suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
    @given(course=st.lists(HAPPENS, min_size=3, max_size=12))
    def attempt(course: list[str]) -> None:
        asyncio.run_coroutine_threadsafe(_walk(ledger, course), loop).result()

    await asyncio.to_thread(attempt)


async def _walk(ledger: Ledger, course: list[str]) -> None:
    """Let things happen to a new case, those that can, an hour apart; then compare."""
    (case,), made = await ledger.cases(1), ledger.made
    owner, revision, execution, waived = "", 0, 0, False
    ran, accepted, pending = "", False, False
    for place, step in enumerate(["ask", *course]):
        at = day(place / 24)
        if waived:
            break
        if step == "ask":
            owner, revision = f"owner{case}-{place}", 0
            await ledger.ask(case, owner, at)
        elif step.startswith("hand_in"):
            covered = [case] if step == "hand_in" else []
            later = await ledger.hand_in(owner, covered, at)
            if covered:
                revision, ran, accepted, pending = later, "", False, True
        elif step.startswith("run") and pending and revision:
            ran, pending = "not_found" if step == "run_not_found" else "match", False
            execution = await ledger.run(case, revision, at, ran)
        elif step in ("accept", "return") and revision:
            accepted = step == "accept"
            await ledger.judge(revision, step, at)
        elif step == "review" and ran == "match" and accepted and revision:
            await ledger.review(execution, at)
        elif step == "rerun" and ran and not pending and revision:
            await ledger.request("rerun", case, revision, at)
            pending = True
        elif step == "waive":
            waived = True
            await ledger.waive(case, at)
    async with made.cycle.lab.database.begin() as tx:
        expected = ByHand(await raw(tx, made.cycle.id)).of_case(case)
        found = await rows(tx, "select task, since, until from case_wait where cycle = :c and test_case = :t"
                               " order by since", c=made.cycle.id, t=case)
        state = await scalar(tx, "select state from case_state where id = :t", t=case)
    assert [(wait.task, wait.since, wait.until) for wait in expected] == [tuple(row) for row in found]
    assert ([WAITS[state]] if state in WAITS else []) == [row.task for row in found if row.until is None]
