"""More time for cases: asked for by their owner, answered once by a tester; due dates follow as later rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from activities.phases import begin_phase_row
from models.messages import Answer, Verb
from models.payloads import Extension, ExtensionVerdict
from models.queries.extensions import ExtensionLine, extensions
from tests.engine.builders import DENIED, PEOPLE, Lab, Round, note
from tests.engine.court import Court, command

pytestmark = pytest.mark.asyncio(loop_scope="session")

TODAY = datetime.now(UTC).date()
DUE = TODAY + timedelta(days=3)
LATER, LATEST = TODAY + timedelta(days=10), TODAY + timedelta(days=20)
CASES = ("TC-00001", "TC-00002", "TC-00003")
REQUEST = (
    "insert into extension_request (cycle, owner, until, reason, command_id, by) values"
    " ({cycle}, '{owner}', date '{until}', '{reason}', gen_random_uuid()::text, '{by}')"
)
CASE = (
    "insert into extension_case (request, test_case, due_at) select r.id, s.id, {due} from extension_request r"
    " join case_state s on s.cycle = r.cycle and s.number = '{number}' where r.cycle = {cycle} and r.number = 1"
)
DECISION = (
    "insert into extension_decision (request, verdict, until, reason, by) select id, '{verdict}', {until}, '{reason}',"
    " '{by}' from extension_request where cycle = {cycle} and number = 1"
)


async def asked_of(lab: Lab) -> Round:
    """A cycle in which two cases are asked of dan and one of dora, due in three days."""
    made = await (await lab.cycle(people={**PEOPLE, "dora": ("data_owner",)})).round()
    await made.cut()
    await made.add(*CASES)
    await made.submit()
    await made.approve()
    await made.force(
        "insert into test_case (cycle, number, sample_revision, scope_revision, attribute_revision, record_key,"
        " attribute, line_of_business)"
        f" select {made.cycle.id}, i.natural_key, r.id, r.id, r.id, i.natural_key, 'balance', 'Cards'"
        " from item i join item_revision r on r.item = i.id where i.phase = :p order by i.natural_key",
        "insert into case_owner (test_case, owner, due_at, instructions, by) select id, case number"
        f" when 'TC-00003' then 'dora' else 'dan' end, timestamptz '{DUE} 12:00Z', 'as of quarter end', 'eve'"
        f" from test_case where cycle = {made.cycle.id}",
    )
    async with lab.database.begin() as tx:
        for owner in ("dan", "dora"):
            await begin_phase_row(tx, made.cycle.id, "request_info", owner)
        await note(tx, made.cycle.slug)
    return made


async def ask(
    court: Court, made: Round, *, until: date = LATER, by: str = "dan", reason: str = "archive is moved", **what: Any
) -> Answer:
    """A data owner asks."""
    payload = Extension(until=until, **what)
    return await court.ask(command(made, Verb.EXTEND, by, payload, phase="request_info", scope="dan", reason=reason))


async def decide(
    court: Court, made: Round, verb: Verb = Verb.GRANT_EXTENSION, *, by: str = "tina", number: int = 1,
    until: date | None = None, reason: str = "", **given: Any,
) -> Answer:
    """A tester answers."""
    payload = ExtensionVerdict(number=number, until=until)
    return await court.ask(
        command(made, verb, by, payload, phase="request_info", scope="dan", reason=reason, **given)
    )


async def listed(made: Round) -> list[ExtensionLine]:
    """The requests as people see them."""
    async with made.cycle.lab.database.begin() as tx:
        return await extensions(tx, made.cycle.slug)


async def due(made: Round) -> dict[str, tuple[date, str]]:
    """When each case is due, and by whose word."""
    found = await made.read(
        "select s.number, (s.due_at at time zone 'UTC')::date as day, (select by from case_owner o"
        "   where o.test_case = s.id order by o.id desc limit 1) as by"
        "  from case_state s where s.cycle = :c and :p > 0 order by s.number", c=made.cycle.id,
    )
    return {row.number: (row.day, row.by) for row in found}


class TestAsking:
    """What an owner asks for waits, and moves nothing."""

    async def test_is_for_all_open_cases_of_who_asks(self, lab: Lab, court: Court) -> None:
        """Nobody else's, and no case is due later for it."""
        made = await asked_of(lab)
        answer = await ask(court, made)
        assert ("extension 1: dan asks for 2 cases until " + str(LATER), 2) == (answer.message, answer.result["cases"])
        assert [(1, "dan", "open", 2, 2, LATER)] == [
            (line.number, line.owner, line.status, line.cases, line.still_open, line.until)
            for line in await listed(made)
        ]
        assert {DUE} == {day for day, _ in (await due(made)).values()}

    @pytest.mark.parametrize(("asked", "code"), [
        ({"until": DUE}, "wrong_state"),
        ({"until": TODAY - timedelta(days=1)}, "wrong_state"),
        ({"reason": "  "}, "reason_missing"),
        ({"cases": ("TC-00003",)}, "wrong_state"),
        ({"cases": ("TC-00001", "TC-99999")}, "wrong_state"),
        ({"by": "dora"}, "wrong_role"),
        ({"by": "tina"}, "wrong_role"),
    ])
    async def test_is_refused(self, lab: Lab, court: Court, asked: dict[str, Any], code: str) -> None:
        """No later day, no reason, not one's own cases: nothing is asked."""
        made = await asked_of(lab)
        assert code == (await ask(court, made, **asked)).code
        assert [] == await listed(made)

    async def test_a_case_waits_for_one_answer_at_a_time(self, lab: Lab, court: Court) -> None:
        """A second request that overlaps names the first; one for the other case is taken."""
        made = await asked_of(lab)
        await ask(court, made, cases=("TC-00001",))
        answer = await ask(court, made)
        assert ("wrong_state", "extension 1 waits for an answer for TC-00001") == (answer.code, answer.message)
        assert 2 == (await ask(court, made, cases=("TC-00002",))).result["extension"]

    async def test_nothing_is_open(self, lab: Lab, court: Court) -> None:
        """Waived cases need no time."""
        made = await asked_of(lab)
        await made.force(
            "insert into case_waiver (test_case, reason, by) select id, 'sold', 'tina' from test_case"
            f" where cycle = {made.cycle.id}"
        )
        assert "dan has no open cases" == (await ask(court, made)).message

    async def test_twice_is_once(self, lab: Lab, court: Court) -> None:
        """The same command again gets the first answer."""
        made = await asked_of(lab)
        payload = Extension(until=LATER)
        asked = command(made, Verb.EXTEND, "dan", payload, phase="request_info", scope="dan", reason="archive")
        assert await court.ask(asked) == await court.ask(asked)
        assert [1] == [line.number for line in await listed(made)]


class TestAnswering:
    """A tester grants or refuses, once."""

    async def test_granted_cases_are_due_later(self, lab: Lab, court: Court) -> None:
        """A later row says so, by the tester, with the instructions kept; others' cases stay."""
        made = await asked_of(lab)
        await ask(court, made, cases=("TC-00001",))
        answer = await decide(court, made)
        assert f"extension 1 granted: 1 cases of dan are due {LATER}" == answer.message
        assert {"TC-00001": (LATER, "tina"), "TC-00002": (DUE, "eve"), "TC-00003": (DUE, "eve")} == await due(made)
        kept = await made.read(
            "select distinct o.instructions from case_owner o join test_case t on t.id = o.test_case"
            " where :p > 0 and t.cycle = :c", c=made.cycle.id)
        assert ["as of quarter end"] == [row.instructions for row in kept]

    async def test_another_day_is_granted(self, lab: Lab, court: Court) -> None:
        """The tester may give more or less than was asked for."""
        made = await asked_of(lab)
        await ask(court, made)
        await decide(court, made, until=LATEST)
        assert [("granted", LATER, LATEST, "tina")] == [
            (line.status, line.until, line.granted_until, line.decided_by) for line in await listed(made)
        ]

    async def test_only_what_is_still_open_moves(self, lab: Lab, court: Court) -> None:
        """A case that went to somebody else in between is due as it was given."""
        made = await asked_of(lab)
        await ask(court, made)
        await made.force(
            f"insert into case_owner (test_case, owner, due_at, by) select id, 'dora', timestamptz '{DUE} 12:00Z',"
            f" 'eve' from test_case where cycle = {made.cycle.id} and number = 'TC-00002'"
        )
        assert 1 == (await decide(court, made)).result["cases"]
        assert (DUE, "eve") == (await due(made))["TC-00002"]

    async def test_refused_cases_stay_due(self, lab: Lab, court: Court) -> None:
        """Refusing moves nothing, and the owner may ask again."""
        made = await asked_of(lab)
        await ask(court, made)
        await decide(court, made, Verb.REFUSE_EXTENSION, reason="the filing is due")
        assert {DUE} == {day for day, _ in (await due(made)).values()}
        assert [("refused", "the filing is due")] == [(x.status, x.decision_reason) for x in await listed(made)]
        assert 2 == (await ask(court, made)).result["extension"]

    @pytest.mark.parametrize(("answer", "code"), [
        ({"by": "dan"}, "wrong_role"),
        ({"by": "olga"}, "wrong_role"),
        ({"number": 7}, "not_found"),
        ({"until": DUE}, "wrong_state"),
        ({"verb": Verb.REFUSE_EXTENSION}, "reason_missing"),
    ])
    async def test_is_refused(self, lab: Lab, court: Court, answer: dict[str, Any], code: str) -> None:
        """Not by the asker, not without a reason, not to an earlier day."""
        made = await asked_of(lab)
        await ask(court, made)
        assert code == (await decide(court, made, **answer)).code
        assert ["open"] == [line.status for line in await listed(made)]

    @pytest.mark.parametrize("verb", [Verb.GRANT_EXTENSION, Verb.REFUSE_EXTENSION])
    async def test_is_final(self, lab: Lab, court: Court, verb: Verb) -> None:
        """A second answer is refused and names the first."""
        made = await asked_of(lab)
        await ask(court, made)
        await decide(court, made)
        answer = await decide(court, made, verb, by="theo", reason="on second thoughts")
        assert ("wrong_state", "extension 1 was granted by tina") == (answer.code, answer.message)

    async def test_each_step_is_one_event(self, lab: Lab, court: Court) -> None:
        """Asked and granted, in the owner's stream, with the cases."""
        made = await asked_of(lab)
        await ask(court, made)
        await decide(court, made)
        told = [(event.stream, event.actor, event.action) for event in await court.events(made.cycle.slug)]
        stream = f"{made.cycle.slug}/request_info/dan"
        assert [(stream, "dan", "extend"), (stream, "tina", "grant_extension")] == told[-2:]


class TestLaws:
    """What the database refuses to an application gone wrong."""

    @pytest.mark.parametrize(("law", "changed"), [
        ("an_extension_carries_a_reason", {"reason": "  "}),
        ("an_owner_asks_for_themselves", {"by": "tina"}),
    ])
    async def test_of_requests(self, lab: Lab, law: str, changed: dict[str, Any]) -> None:
        """A request has a reason and is the owner's own."""
        made = await asked_of(lab)
        await made.attack(law, request(made, **changed))

    async def test_of_numbers(self, lab: Lab) -> None:
        """The database counts the requests of a cycle; nobody gives a number."""
        made = await asked_of(lab)
        await made.force(request(made), request(made))
        found = await made.read("select number from extension_request where :p > 0 and cycle = :c", c=made.cycle.id)
        assert [1, 2] == sorted(row.number for row in found)
        numbered = request(made).replace("(cycle,", "(number, cycle,").replace("values (", "values (9, ")
        await made.attack(DENIED, numbered)

    @pytest.mark.parametrize(("law", "number", "due_at", "until"), [
        ("an_extension_is_for_own_open_cases", "TC-00003", "s.due_at", LATER),
        ("an_extension_is_later", "TC-00001", "s.due_at - interval '1 day'", LATER),
        ("an_extension_is_later", "TC-00001", "s.due_at", DUE - timedelta(days=1)),
        ("an_extension_is_later", "TC-00001", "s.due_at", TODAY - timedelta(days=1)),
    ])
    async def test_of_its_cases(self, lab: Lab, law: str, number: str, due_at: str, until: date) -> None:
        """Own open cases, as they are due, to a later day."""
        made = await asked_of(lab)
        await made.attack(law, request(made, until=until), case(made, number, due_at))

    async def test_of_one_open_request(self, lab: Lab, court: Court) -> None:
        """A case that waits for an answer is in no second request."""
        made = await asked_of(lab)
        await ask(court, made)
        second = case(made, "TC-00001").replace("r.number = 1", "r.number = 2")
        await made.attack("one_open_extension", request(made), second)

    @pytest.mark.parametrize(("law", "changed"), [
        ("nobody_extends_their_own", {"by": "dan"}),
        ("a_tester_decides_extensions", {"by": "olga"}),
        ("a_grant_names_its_date", {"until": "null"}),
        ("a_grant_names_its_date", {"verdict": "refuse", "reason": "no"}),
        ("refusing_an_extension_carries_a_reason", {"verdict": "refuse", "until": "null"}),
        ("an_extension_is_later", {"until": f"date '{DUE - timedelta(days=1)}'"}),
    ])
    async def test_of_answers(self, lab: Lab, court: Court, law: str, changed: dict[str, str]) -> None:
        """A tester, not who asked; a grant to a later day, a refusal with a reason."""
        made = await asked_of(lab)
        await ask(court, made)
        await made.attack(law, decision(made, **changed))

    async def test_of_one_answer(self, lab: Lab, court: Court) -> None:
        """It is given once and never rewritten or deleted."""
        made = await asked_of(lab)
        await ask(court, made)
        await decide(court, made)
        await made.attack("an_extension_is_decided_once", decision(made))
        await made.attack(DENIED, "update extension_decision set verdict = 'refuse'")
        for table in ("extension_request", "extension_case", "extension_decision"):
            await made.attack(DENIED, f"delete from {table}")
            await made.attack("nothing_is_deleted", f"delete from {table}", owner=True)


def request(made: Round, **changed: Any) -> str:
    """Insert a request of dan that would be in order."""
    named = {"cycle": made.cycle.id, "owner": "dan", "until": LATER, "reason": "why", "by": "dan"}
    return REQUEST.format(**{**named, **changed})


def case(made: Round, number: str, due_at: str = "s.due_at") -> str:
    """Insert a case of the first request."""
    return CASE.format(cycle=made.cycle.id, number=number, due=due_at)


def decision(made: Round, **changed: str) -> str:
    """Insert an answer to the first request that would be in order."""
    named = {"cycle": made.cycle.id, "verdict": "grant", "until": f"date '{LATER}'", "reason": "", "by": "tina"}
    return DECISION.format(**{**named, **changed})
