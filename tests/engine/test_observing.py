"""What an observation goes through: severity with its reason, a plan before approval, disputes and their answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from activities.observations import _moved
from models import membership
from models.blockers import blockers
from models.cycles import find_cycle
from models.items import Observation, Origin, canonical_json
from models.messages import Verb
from models.owner_progress import owner_progress
from models.payloads import Contents, Note, Opening
from models.queries.comments import comments, open_questions
from models.queries.derived import derived
from models.queries.observations import owners_lines
from tests.engine.builders import Lab, Round
from tests.engine.court import Court, command, decisions

pytestmark = pytest.mark.asyncio(loop_scope="session")
OBSERVATIONS = "observation_management"
KEY = "A | Cards"
APPROVE = "update version set status = 'approved', decided_by = 'olga' where phase = :p and number = 1"
PLAN = {"remediation_plan": "reload", "remediation_owner": "dan", "remediation_due": "2026-12-31"}


def observation(**changed: Any) -> Observation:
    """High as proposed, and not planned."""
    given = {"attribute": "A", "line_of_business": "Cards", "title": "t", "description": "d", "severity": "high",
             "proposed_severity": "high", "cases_tested": 1, "findings": ("TC-00001",)}
    return Observation.model_validate({**given, **changed})


async def drafted(lab: Lab, **changed: Any) -> Round:
    """A draft that holds one observation."""
    made = await lab.round(OBSERVATIONS)
    await made.cut()
    await put(made, observation(**changed))
    return made


async def put(made: Round, one: Observation) -> None:
    """An observation in the draft, decided by the tester."""
    async with made.locked() as (tx, phase):
        await membership.note_editor(tx, phase, 1, "tina")
        await membership.add(tx, phase, 1, [one], origin=Origin.GENERATED, actor="tina")


class Earlier(Observation):
    """As a release wrote it that proposed no severity."""

    def canonical(self) -> str:
        told = json.loads(super().canonical())
        new = ("proposed_severity", "severity_basis", "severity_reason")
        return canonical_json({name: value for name, value in told.items() if name not in new})


async def edit(court: Court, made: Round, **fields: Any) -> Any:
    """The tester's edit, whatever becomes of it."""
    return await court.ask(command(made, Verb.EDIT, "tina", Contents(contents=({"key": KEY, "set": fields},))))


async def dispute(court: Court, made: Round, who: str = "dan") -> None:
    """Their own word that it is not right."""
    await court.do(made, Verb.COMMENT, who, Note(key=KEY, text="the extract is stale", dispute=True))


class TestSeverity:
    async def test_another_than_proposed_carries_a_reason(self, lab: Lab, court: Court) -> None:
        """And stays, with the reason, beside what was proposed."""
        made = await drafted(lab)
        assert "reason_missing" == (await edit(court, made, severity="low")).code
        assert (await edit(court, made, severity="low", severity_reason="one archived product")).accepted
        (row,) = await made.read(
            "select severity, proposed_severity, severity_reason from observation_item o join item_revision r"
            " on r.id = o.revision where r.phase = :p and upper_inf(r.versions)")
        assert ("low", "high", "one archived product") == tuple(row)

    async def test_what_is_computed_is_not_edited(self, lab: Lab, court: Court) -> None:
        """The proposal follows from the failures alone."""
        made = await drafted(lab)
        assert "malformed_command" == (await edit(court, made, proposed_severity="low", severity="low")).code

    async def test_contents_of_earlier_releases_stand(self, lab: Lab, court: Court) -> None:
        """A content without the proposal verifies, and its severity is edited without a reason."""
        made = await lab.round(OBSERVATIONS)
        await made.cut()
        await put(made, Earlier.model_validate(observation().model_dump()))
        async with lab.database.begin() as tx:
            assert [] == [record async for record in derived(tx, made.cycle.id)]
        assert (await edit(court, made, severity="low")).accepted


@pytest.mark.parametrize(("changed", "severity"), [
    ({}, "low"), ({"severity": "medium", "severity_reason": "seen before"}, "medium"),
    ({"proposed_severity": None}, "high")])
async def test_severity_follows_the_proposal_unless_somebody_set_it(changed: dict[str, Any], severity: str) -> None:
    """On other findings what is computed moves, and no word of the tester's."""
    before = observation(root_cause="typed by hand", **changed)
    after = _moved(before, observation(severity="low", proposed_severity="low", findings=("TC-00001", "TC-00002")))
    assert (severity, "low", 2, "typed by hand") == (
        after.severity, after.proposed_severity, len(after.findings), after.root_cause)


class TestPlan:
    async def test_a_grave_observation_is_submitted_with_its_plan(self, lab: Lab, court: Court) -> None:
        """Without owner and date it is refused with the next command; with all three it goes."""
        made = await drafted(lab)
        answer = await court.refused("refused", command(made, Verb.SUBMIT, "tina"))
        assert (True, True) == (KEY in answer.message, "observation edit" in answer.hint)
        await edit(court, made, **{**PLAN, "remediation_owner": " "})
        await court.refused("refused", command(made, Verb.SUBMIT, "tina"))
        await edit(court, made, **PLAN)
        await court.do(made, Verb.SUBMIT, "tina")
        await court.approved(made)

    async def test_the_database_refuses_its_approval(self, lab: Lab, court: Court) -> None:
        """Also of one that was submitted before; as no issue it needs no plan."""
        made = await drafted(lab)
        await made.submit()
        await court.do(made, Verb.DECIDE, "olga", decisions({KEY: "approve"}))
        await made.attack("grave_observations_have_plans", APPROVE)
        answer = await court.refused("refused", command(made, Verb.APPROVE, "olga"))
        assert (True, True) == (KEY in answer.message, "version reject" in answer.hint)
        await court.do(made, Verb.DECIDE, "olga", decisions({KEY: "non_issue"}))
        await court.do(made, Verb.APPROVE, "olga")


class TestDispute:
    async def test_waits_for_the_tester_and_holds_the_approval(self, lab: Lab, court: Court) -> None:
        """Until the tester answers; the answer is told, and who disputed stays on record."""
        made = await drafted(lab, severity="low", proposed_severity="low")
        await made.submit()
        await dispute(court, made)
        async with lab.database.begin() as tx:
            (asked,) = await open_questions(tx, made.cycle.id)
            told = await blockers(tx, await find_cycle(tx, made.cycle.slug))
            progress = await owner_progress(tx, made.cycle.id, made.cycle.slug, "dan")
            (own,) = await owners_lines(tx, made.cycle.slug, owner="dan")
        assert ("tester", True, KEY, "dan") == (asked.role, asked.dispute, asked.key, asked.by)
        assert f"observation {KEY} of dan is disputed and not answered" in told
        assert ["answer the disputed observations"] == [one.what for one in progress.awaited]
        assert (KEY, "open", False) == (own.key, own.dispute, progress.complete)
        await court.do(made, Verb.DECIDE, "olga", decisions({KEY: "approve"}))
        await made.attack("disputes_are_answered", APPROVE)
        answer = await court.refused("refused", command(made, Verb.APPROVE, "olga"))
        assert (True, True) == (KEY in answer.message, "item comment" in answer.hint)
        await court.do(made, Verb.COMMENT, "tina", Note(key=KEY, text="the extract is of the reporting date"))
        await court.do(made, Verb.APPROVE, "olga")
        async with lab.database.begin() as tx:
            told = [line.dispute for line in await comments(tx, made.phase)]
            assert ([], ["answered", ""]) == (await open_questions(tx, made.cycle.id), told)

    async def test_outlives_a_rejection_until_the_content_changes(self, lab: Lab, court: Court) -> None:
        """Sent back, it still waits; the tester's edit answers it."""
        made = await drafted(lab, severity="low", proposed_severity="low")
        await made.submit()
        await dispute(court, made)
        await court.do(made, Verb.REJECT, "olga", reason="see the dispute")
        await court.do(made, Verb.OPEN, "tina", Opening())
        async with lab.database.begin() as tx:
            assert 1 == len(await open_questions(tx, made.cycle.id))
        await edit(court, made, root_cause="a stale extract")
        async with lab.database.begin() as tx:
            assert [] == await open_questions(tx, made.cycle.id)

    async def test_no_issue_upholds_it(self, lab: Lab, court: Court) -> None:
        """The approver may agree with the owner."""
        made = await drafted(lab, severity="low", proposed_severity="low")
        await made.submit()
        await dispute(court, made)
        await court.do(made, Verb.DECIDE, "olga", decisions({KEY: "non_issue"}))
        await court.do(made, Verb.APPROVE, "olga")
        async with lab.database.begin() as tx:
            assert [] == await open_questions(tx, made.cycle.id)

    @pytest.mark.parametrize("who", ["tina", "olga"])
    async def test_is_the_owners_alone(self, lab: Lab, court: Court, who: str) -> None:
        """Others ask."""
        made = await drafted(lab)
        await court.refused("wrong_role", command(made, Verb.COMMENT, who, Note(key=KEY, text="no", dispute=True)))

    async def test_goes_round_python_for_nobody(self, lab: Lab, court: Court) -> None:
        """A tester's comment is made no dispute."""
        made = await drafted(lab)
        await court.do(made, Verb.COMMENT, "tina", Note(key=KEY, text="why?", question=True))
        await made.attack("an_owner_disputes_their_own",
                          "insert into item_dispute (comment) select id from item_comment where phase = :p")
