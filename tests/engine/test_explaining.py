"""Failures of explainable rules: explained by who submits the rules, decided by who approves them, never uncounted."""

from __future__ import annotations

from typing import Any

import pytest

from models import membership
from models.items import Origin, Rule
from models.messages import Answer, Verb
from models.payloads import Explanation, ExplanationVerdict, Message
from models.phases import BY_KIND
from models.queries.audit import verified
from models.queries.explanations import ExplanationLine, explanations
from models.queries.versions import RuleLine, rule_results
from tests.engine.builders import DENIED, Lab, Round, item
from tests.engine.court import Court, command

pytestmark = pytest.mark.asyncio(loop_scope="session")

KIND = "data_profiling"
FAILING = ("K1", "K2", "K2", "K3")
WHY = "accounts from before the score was kept"
EXPLANATION = (
    "insert into explanation (phase, result, whole, records, reason, command_id, by) select :p, x.id, {whole},"
    " {records}, '{reason}', gen_random_uuid()::text, '{by}' from rule_result x join rule_item r on"
    " r.revision = x.revision where x.phase = :p and x.number = {number} and r.name = '{rule}'"
)
KEY = ("insert into explained_key (explanation, key, records) select max(id), '{key}', {records} from explanation"
       " where phase = :p")
DECISION = ("insert into explanation_decision (explanation, verdict, reason, by) select max(id), '{verdict}',"
            " '{reason}', '{by}' from explanation where phase = :p")


def rule(name: str, gate: str) -> Rule:
    """A rule of one gate."""
    return Rule.model_validate({**item(KIND, name).model_dump(), "gate": gate})


async def ran(lab: Lab, court: Court) -> Round:
    """A cycle whose rules have run: of `soft` and `hard` four records fail, sharing three keys; of `clean` none."""
    made = await (await lab.cycle()).round(KIND)
    await made.cut()
    async with made.locked() as (tx, phase):
        await membership.note_editor(tx, phase, 1, "tina")
        rules = [rule("soft", "explainable"), rule("hard", "blocking"), rule("clean", "explainable")]
        await membership.add(tx, phase, 1, rules, origin=Origin.TESTER, actor="tina")
    await made.submit()
    await made.approve()
    await results(court, made, 1)
    return made


async def results(court: Court, made: Round, number: int, keys: tuple[str, ...] = FAILING) -> None:
    """Run the rules of a version."""
    stored = court.store.put("".join(f"{key}\n" for key in keys).encode())
    await made.force(
        "insert into rule_result (phase, number, revision, report_sha256, passed, failed, total, keys_sha256, sql,"
        f" sql_sha256) select :p, {number}, r.revision, repeat('b', 64), 10 - n, n, 10, '{stored}', 'select 1',"
        f" repeat('d', 64) from member m join rule_item r using (revision) cross join lateral (select case r.name"
        f" when 'clean' then 0 else {len(keys)} end as n) x where m.phase = :p and m.number = {number}"
    )


async def again(court: Court, made: Round, keys: tuple[str, ...]) -> None:
    """The next version of the same rules is approved and run."""
    number = await made.cut()
    await made.submit()
    await made.approve()
    await results(court, made, number, keys)


async def explain(court: Court, made: Round, *keys: str, rule: str = "soft", by: str = "tina", **given: Any) -> Answer:
    """A tester explains."""
    given = {"reason": WHY, **given}
    return await court.ask(command(made, Verb.EXPLAIN, by, Explanation(rule=rule, keys=keys), **given))


async def decide(court: Court, made: Round, verb: Verb = Verb.APPROVE_EXPLANATION, number: int = 1, *, by: str = "olga",
                 reason: str = "") -> Answer:
    """A report owner decides."""
    return await court.ask(command(made, verb, by, ExplanationVerdict(number=number), reason=reason))


async def written(made: Round) -> list[ExplanationLine]:
    """The explanations as people see them."""
    async with made.cycle.lab.database.begin() as tx:
        return await explanations(tx, made.cycle.id)


async def of_soft(made: Round) -> tuple[int, int, int]:
    """Failing, explained and open records of the explainable rule."""
    async with made.cycle.lab.database.begin() as tx:
        found: list[RuleLine] = await rule_results(tx, made.cycle.slug, BY_KIND[KIND])
    (line,) = (line for line in found if line.name == "soft")
    return line.failed, line.explained, line.open


class TestExplaining:
    """What approving an explanation changes, and what it does not."""

    async def test_the_whole_set(self, lab: Lab, court: Court) -> None:
        """Open until it is approved; counted as failing for ever."""
        made = await ran(lab, court)
        answer = await explain(court, made)
        assert "explanation 1: tina explains 4 of 4 failing records of soft" == answer.message
        assert (4, 0, 4) == await of_soft(made)
        assert 0 == (await decide(court, made)).result["open"]
        assert (4, 4, 0) == await of_soft(made)
        (line,) = await written(made)
        assert ("approved", True, "all", "tina", "olga") == (
            line.status, line.counts, line.covers, line.by, line.decided_by)

    async def test_named_keys(self, lab: Lab, court: Court) -> None:
        """A key that two failing records share explains both; the others stay open."""
        made = await ran(lab, court)
        assert 2 == (await explain(court, made, "K2")).result["records"]
        await decide(court, made)
        assert (4, 2, 2) == await of_soft(made)
        await explain(court, made, "K1", "K3")
        await decide(court, made, number=2)
        assert (4, 4, 0) == await of_soft(made)

    async def test_a_rejected_one(self, lab: Lab, court: Court) -> None:
        """Explains nothing, and its records may be explained again."""
        made = await ran(lab, court)
        await explain(court, made, "K1")
        await decide(court, made, Verb.REJECT_EXPLANATION, reason="which accounts?")
        assert ((4, 0, 4), "rejected") == (await of_soft(made), (await written(made))[0].status)
        assert 2 == (await explain(court, made, "K1")).result["explanation"]

    async def test_a_run_that_finds_the_same(self, lab: Lab, court: Court) -> None:
        """Keeps the explanation: rule, report and failing records are those that were approved."""
        made = await ran(lab, court)
        await explain(court, made)
        await decide(court, made)
        await again(court, made, FAILING)
        assert ((4, 4, 0), True) == (await of_soft(made), (await written(made))[0].counts)

    async def test_a_run_that_finds_others(self, lab: Lab, court: Court) -> None:
        """Inherits nothing, though as many records fail."""
        made = await ran(lab, court)
        await explain(court, made)
        await decide(court, made)
        await again(court, made, ("K1", "K2", "K2", "K4"))
        assert ((4, 0, 4), False) == (await of_soft(made), (await written(made))[0].counts)
        assert (await explain(court, made)).accepted

    async def test_events(self, lab: Lab, court: Court) -> None:
        """Each is an event of the rules' stream."""
        made = await ran(lab, court)
        await explain(court, made)
        await decide(court, made)
        told = [(event.stream, event.actor, event.action) for event in await court.events(made.cycle.slug)]
        assert [(made.stream, "tina", "explain"), (made.stream, "olga", "approve_explanation")] == told[-2:]


class TestRefusals:
    """Who may not, and what cannot be explained."""

    @pytest.mark.parametrize(("code", "said", "changed"), [
        ("refused", "rule hard is blocking: its failures are not explained", {"rule": "hard"}),
        ("wrong_state", "no record fails clean: there is nothing to explain", {"rule": "clean"}),
        ("not_found", "no approved rule 'none' has run", {"rule": "none"}),
        ("reason_missing", "explain carries a reason", {"reason": " "}),
        ("wrong_role", "olga", {"by": "olga"}),
    ])
    async def test_of_an_explanation(
        self, lab: Lab, court: Court, code: str, said: str, changed: dict[str, Any]
    ) -> None:
        """Each names what stands against it; nothing is written."""
        made, changed = await ran(lab, court), dict(changed)
        payload: Message = Explanation(rule=changed.pop("rule", "soft"))
        asked = command(made, Verb.EXPLAIN, changed.pop("by", "tina"), payload, **{"reason": WHY, **changed})
        assert said in (await court.refused(code, asked)).message

    async def test_of_keys(self, lab: Lab, court: Court) -> None:
        """Only failing ones, each once."""
        made = await ran(lab, court)
        assert "not failing soft: K9" == (await explain(court, made, "K1", "K9")).message
        await explain(court, made, "K1")
        assert ("wrong_state", "explained already: K1, by explanation 1") == (
            (answer := await explain(court, made, "K2", "K1")).code, answer.message)

    @pytest.mark.parametrize(("code", "by"), [("self_approval", "tom"), ("wrong_role", "theo")])
    async def test_of_who_decides(self, lab: Lab, court: Court, code: str, by: str) -> None:
        """Somebody who approves the rules, and not who explained."""
        made = await ran(lab, court)
        await explain(court, made, by="tom")
        assert code == (await decide(court, made, by=by)).code

    async def test_of_what_no_longer_stands(self, lab: Lab, court: Court) -> None:
        """Approving it would explain nothing, and say that it did; rejecting it is no harm."""
        made = await ran(lab, court)
        await explain(court, made)
        await again(court, made, ("K1", "K4"))
        answer = await decide(court, made)
        assert ("wrong_state", True) == (answer.code, "no longer have" in answer.message)
        assert (await decide(court, made, Verb.REJECT_EXPLANATION, reason="run again")).accepted

    async def test_of_a_second_decision(self, lab: Lab, court: Court) -> None:
        """It is final."""
        made = await ran(lab, court)
        await explain(court, made)
        await decide(court, made)
        assert "explanation 1 was approved by olga" == (await decide(court, made, by="omar")).message

    async def test_once_the_report_is_submitted(self, lab: Lab, court: Court) -> None:
        """What it says of failures is fixed."""
        made = await ran(lab, court)
        await explain(court, made, "K1")
        closing = await made.cycle.round("finalize_report")
        await closing.cut()
        await closing.add("one")
        await closing.submit()
        for answer in (await explain(court, made, "K2"), await decide(court, made)):
            assert ("successor_begun", False) == (answer.code, answer.accepted)


def explanation(**changed: Any) -> str:
    """A statement that explains the whole set, as the application."""
    known = {"whole": "true", "records": 4, "reason": WHY, "by": "tina", "number": 1, "rule": "soft"}
    return EXPLANATION.format(**{**known, **changed})


def decision(**changed: Any) -> str:
    """A statement that decides the latest explanation."""
    return DECISION.format(**{"verdict": "approve", "reason": "", "by": "olga", **changed})


class TestLaws:
    """What the database refuses to an application gone wrong."""

    @pytest.mark.parametrize(("law", "changed"), [
        ("an_explanation_carries_a_reason", {"reason": "  "}),
        ("an_explanation_is_of_failures", {"records": 0}),
        ("only_explainable_rules_are_explained", {"rule": "hard"}),
        ("a_submitter_explains", {"by": "olga"}),
        ("an_explanation_counts_its_records", {"records": 3}),
        ("an_explanation_counts_its_records", {"whole": "false"}),
    ])
    async def test_of_explanations(self, lab: Lab, court: Court, law: str, changed: dict[str, Any]) -> None:
        """Of an explainable rule, by who submits it, with a reason, of as many records as it covers."""
        made = await ran(lab, court)
        await made.attack(law, explanation(**changed))

    async def test_of_standing_results(self, lab: Lab, court: Court) -> None:
        """A superseded version's run is explained no more."""
        made = await ran(lab, court)
        await again(court, made, FAILING)
        await made.attack("an_explanation_is_of_a_standing_result", explanation(number=1))

    async def test_of_one_explanation(self, lab: Lab, court: Court) -> None:
        """No record is explained twice, nor more records than fail; no key comes later."""
        made = await ran(lab, court)
        some = explanation(whole="false", records=3)
        await made.force(some, KEY.format(key="K1", records=1), KEY.format(key="K2", records=2))
        await made.attack("a_failure_is_explained_once", explanation(whole="false", records=1),
                          KEY.format(key="K1", records=1))
        await made.attack("an_explanation_counts_its_records", explanation(whole="false", records=2),
                          KEY.format(key="K3", records=2))
        await made.attack("an_explanation_counts_its_records", KEY.format(key="K3", records=1))
        await made.force(explanation())
        await made.attack("a_failure_is_explained_once", explanation())

    @pytest.mark.parametrize(("law", "changed"), [
        ("nobody_decides_their_own_explanation", {"by": "tom"}),
        ("an_approver_decides_explanations", {"by": "theo"}),
        ("rejecting_an_explanation_carries_a_reason", {"verdict": "reject"}),
    ])
    async def test_of_decisions(self, lab: Lab, court: Court, law: str, changed: dict[str, Any]) -> None:
        """Four eyes: an approver of the rules who did not explain, with a reason to reject."""
        made = await ran(lab, court)
        await made.force(explanation(by="tom"))
        await made.attack(law, decision(**changed))

    async def test_of_final_decisions(self, lab: Lab, court: Court) -> None:
        """Decided once, and nobody writes the hash or the number."""
        made = await ran(lab, court)
        await made.force(explanation(), decision())
        await made.attack("an_explanation_is_decided_once", decision(by="omar"))
        for column in ("number", "result_sha256"):
            await made.attack(DENIED, f"insert into explanation ({column}) values (default)")
        await made.attack(DENIED, "update explanation set reason = 'other' where phase = :p")

    async def test_of_a_submitted_report(self, lab: Lab, court: Court) -> None:
        """Its body says what is explained."""
        made = await ran(lab, court)
        await made.force(explanation())
        closing = await made.cycle.round("finalize_report")
        await closing.cut()
        await closing.add("one")
        await closing.submit()
        await made.attack("a_submitted_report_is_explained", decision())


async def test_verified(lab: Lab, court: Court) -> None:
    """The trail holds explanation, keys and decision, and rebuilds them."""
    made = await ran(lab, court)
    await explain(court, made, "K1")
    await decide(court, made)
    async with lab.database.begin() as tx:
        assert () == tuple((await verified(tx, made.cycle.slug)).findings)
