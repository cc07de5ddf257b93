"""What the judge refuses: each with its code and words, one event, and nothing else changed."""

from __future__ import annotations

from typing import Any

import pytest

from models.messages import Command, Verb
from models.payloads import (
    Approval,
    Contents,
    Decision,
    Decisions,
    Keys,
    Named,
    Opening,
    Stored,
)
from tests.engine.builders import Lab, item
from tests.engine.court import AT, Court, command, decisions

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestStaleCommands:
    """A command that was made for something else than what is there."""

    @pytest.mark.parametrize(
        ("status", "verb", "actor"),
        [("draft", Verb.SUBMIT, "tina"), ("draft", Verb.WITHDRAW, "tina"), ("submitted", Verb.APPROVE, "olga"),
         ("submitted", Verb.REJECT, "olga"), ("submitted", Verb.SIGN, "omar")],
    )
    async def test_another_version(self, lab: Lab, court: Court, status: str, verb: Verb, actor: str) -> None:
        """The version that the command names is not the open one."""
        made = await lab.standing(status, "scoping")
        answer = await court.refused("stale_version", command(made, verb, actor, version=7, reason="r"))
        assert "the open version is Scoping v1, the command names v7" == answer.message

    @pytest.mark.parametrize(
        ("status", "verb", "actor", "lacks"),
        [("draft", Verb.SUBMIT, "tina", "lock version"), ("draft", Verb.WITHDRAW, "tina", "lock version"),
         ("submitted", Verb.APPROVE, "olga", "content hash"), ("submitted", Verb.REJECT, "olga", "content hash"),
         ("submitted", Verb.SIGN, "omar", "content hash")],
    )
    async def test_nothing_named(
        self, lab: Lab, court: Court, status: str, verb: Verb, actor: str, lacks: str
    ) -> None:
        """A command that does not say what its actor has read is refused, whoever made the envelope."""
        made = await lab.standing(status, "scoping")
        answer = await court.judge(command(made, verb, actor, version=1, reason="r"))
        assert ("malformed_command", False) == (answer.code, answer.accepted)
        assert answer.message.endswith(f"has to name the version and its {lacks}, as they were read")

    @pytest.mark.parametrize(("verb", "actor"), [(Verb.APPROVE, "olga"), (Verb.REJECT, "olga"), (Verb.SIGN, "omar")])
    async def test_other_content(self, lab: Lab, court: Court, verb: Verb, actor: str) -> None:
        """The approver read other content than is submitted."""
        made = await lab.standing("submitted", "scoping")
        answer = await court.refused("stale_version", command(made, verb, actor, content_hash="0" * 64, reason="r"))
        assert "Scoping v1 holds other content than the command names" == answer.message

    async def test_the_content_that_is_there(self, lab: Lab, court: Court) -> None:
        """The right version and hash are accepted."""
        made = await lab.standing("submitted", "scoping")
        content_hash = (await made.header(1)).content_hash
        await court.do(made, Verb.APPROVE, "olga", Approval(adopt_tester=True), version=1, content_hash=content_hash)

    @pytest.mark.parametrize("payload", [Keys(keys=("A",)), decisions({"A": "approve"})])
    async def test_an_older_draft(self, lab: Lab, court: Court, payload: Any) -> None:
        """The draft has changed since it was read."""
        made = await lab.standing("draft", "scoping")
        verb = Verb.REMOVE if isinstance(payload, Keys) else Verb.DECIDE
        done = await court.do(made, Verb.DECIDE, "theo", decisions({"B": "approve"}))
        stale = command(made, verb, "tina", payload, lock_version=done.result["lock_version"] - 1)
        await court.refused("stale_version", stale)
        await court.do(made, verb, "tina", payload, lock_version=done.result["lock_version"])

    async def test_an_older_revision(self, lab: Lab, court: Court) -> None:
        """A sheet written before an edit is refused as a whole, naming row and item."""
        made = await lab.standing("draft", "scoping")
        before = {key: m.revision for key, m in (await made.members(1)).items()}
        await made.edit("B", text="changed")
        await made.submit()
        sheet = Decisions(decisions=tuple(
            Decision(key=key, revision=revision, verdict="approve", row=row)
            for row, (key, revision) in enumerate(sorted(before.items()), start=2)
        ))
        answer = await court.refused("stale_sheet", command(made, Verb.DECIDE, "olga", sheet))
        assert "row 3: B has changed since the sheet was written" == answer.message


class TestPeople:
    """Who may not."""

    @pytest.mark.parametrize(
        ("status", "verb", "actor"),
        [
            ("approved", Verb.OPEN, "olga"), ("draft", Verb.SUBMIT, "olga"), ("draft", Verb.WITHDRAW, "dan"),
            ("submitted", Verb.WITHDRAW, "theo"), ("submitted", Verb.APPROVE, "tina"),
            ("submitted", Verb.REJECT, "eve"), ("submitted", Verb.APPROVE, "nobody"), ("draft", Verb.DECIDE, "olga"),
            ("submitted", Verb.DECIDE, "tina"), ("submitted", Verb.REQUEST, "tina"), ("draft", Verb.REMOVE, "rhea"),
            ("draft", Verb.HOLD, "olga"),
            ("draft", Verb.CANCEL, "dan"), ("draft", Verb.REASSIGN_PERSON, "tina"),
        ],
    )
    async def test_wrong_role(self, lab: Lab, court: Court, status: str, verb: Verb, actor: str) -> None:
        """Each verb has its roles."""
        made = await lab.standing(status, "scoping")
        payload: Any = {
            Verb.OPEN: Opening(), Verb.DECIDE: decisions({"A": "approve"}), Verb.REMOVE: Keys(keys=("A",)),
            Verb.REQUEST: Contents(contents=()),
            Verb.REASSIGN_PERSON: Named(name="olga", successor="omar", role="tester"),
        }.get(verb)
        await court.refused("wrong_role", command(made, verb, actor, payload, reason="r"))

    @pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.REJECT, Verb.DECIDE])
    async def test_self_approval(self, lab: Lab, court: Court, verb: Verb) -> None:
        """Tom is tester and report owner; he removed an item, so he does not judge the version."""
        made = await lab.standing("draft", "scoping")
        await court.do(made, Verb.REMOVE, "tom", Keys(keys=("B",)))
        await court.do(made, Verb.SUBMIT, "tina")
        payload: Any = decisions({"A": "approve"}) if verb is Verb.DECIDE else None
        answer = await court.refused("self_approval", command(made, verb, "tom", payload, reason="r"))
        assert "tom made part of Scoping v1 and cannot approve it" == answer.message

    async def test_a_role_passes_on(self, lab: Lab, court: Court) -> None:
        """After olga's role went to dan, he approves and she does not; a role goes to somebody."""
        made = await lab.standing("submitted", "scoping")
        passing = Named(name="olga", successor="dan", role="report_owner")
        nobody = passing.model_copy(update={"successor": " "})
        await court.refused("malformed_command", command(made, Verb.REASSIGN_PERSON, "rhea", nobody, reason="r"))
        await court.do(made, Verb.REASSIGN_PERSON, "rhea", passing, reason="holiday")
        await court.refused("wrong_role", command(made, Verb.APPROVE, "olga", Approval(adopt_tester=True)))
        await court.approved(made, by="dan")


class TestStates:
    """What does not apply, or not any more."""

    async def test_a_cycle_on_hold(self, lab: Lab, court: Court) -> None:
        """Nothing is taken until it is resumed."""
        made = await lab.standing("draft", "scoping")
        await court.do(made, Verb.HOLD, "rhea", reason="waiting for the regulator", phase="")
        answer = await court.refused("wrong_state", command(made, Verb.SUBMIT, "tina"))
        assert f"cycle {made.cycle.slug} is on hold" == answer.message
        await court.do(made, Verb.RESUME, "rhea", reason="answered", phase="")
        await court.do(made, Verb.SUBMIT, "tina")

    async def test_a_cancelled_cycle(self, lab: Lab, court: Court) -> None:
        """Nothing is taken any more, not even another cancellation."""
        made = await lab.standing("draft", "scoping")
        await court.do(made, Verb.CANCEL, "rhea", reason="merged into another", phase="")
        for verb in (Verb.SUBMIT, Verb.CANCEL, Verb.RESUME):
            await court.refused("wrong_state", command(made, verb, "rhea", reason="r"))

    async def test_a_phase_whose_successor_has_begun(self, lab: Lab, court: Court) -> None:
        """Its next draft is refused."""
        made = await lab.standing("approved", "scoping")
        await made.cycle.round("sample_selection")
        answer = await court.refused("successor_begun", command(made, Verb.OPEN, "tina", Opening()))
        assert "Scoping is closed: Sample Selection has begun" == answer.message

    @pytest.mark.parametrize("verb", [Verb.OPEN, Verb.ADD, Verb.SUBMIT, Verb.APPROVE])
    async def test_a_phase_without_versions(self, lab: Lab, court: Court, verb: Verb) -> None:
        """Data Owner ID is audit only, also for the data executive."""
        made = await lab.round("data_owner_id")
        await court.refused("wrong_state", command(made, verb, "eve", Opening() if verb is Verb.OPEN else None))

    @pytest.mark.parametrize(
        ("status", "verb", "actor"),
        [
            ("submitted", Verb.SUBMIT, "tina"), ("approved", Verb.SUBMIT, "tina"), ("draft", Verb.APPROVE, "olga"),
            ("approved", Verb.APPROVE, "olga"), ("rejected", Verb.REJECT, "olga"), ("withdrawn", Verb.WITHDRAW, "tina"),
            ("submitted", Verb.REMOVE, "tina"), ("approved", Verb.DECIDE, "olga"), ("draft", Verb.SIGN, "omar"),
        ],
    )
    async def test_another_state(self, lab: Lab, court: Court, status: str, verb: Verb, actor: str) -> None:
        """The refusal names the version's state."""
        made = await lab.standing(status, "scoping")
        payload: Any = {Verb.REMOVE: Keys(keys=("A",)), Verb.DECIDE: decisions({"A": "approve"})}.get(verb)
        await court.refused("wrong_state", command(made, verb, actor, payload, reason="r"))

    async def test_an_open_version(self, lab: Lab, court: Court) -> None:
        """There is one already."""
        made = await lab.standing("draft", "scoping")
        await court.refused("open_version_exists", command(made, Verb.OPEN, "tina", Opening()))

    async def test_undecided_items(self, lab: Lab, court: Court) -> None:
        """Approving without adopting the tester's verdicts lists what is missing."""
        made = await lab.standing("submitted", "scoping")
        await court.do(made, Verb.DECIDE, "olga", decisions({"A": "approve"}))
        answer = await court.refused("undecided_items", command(made, Verb.APPROVE, "olga"))
        assert "Scoping v1 has 1 items without your decision: B" == answer.message

    async def test_rejected_items(self, lab: Lab, court: Court) -> None:
        """Scoping is not approved with a rejected item inside."""
        made = await lab.standing("submitted", "scoping")
        await court.do(made, Verb.DECIDE, "olga", decisions({"A": "reject"}))
        await court.refused("rejected_items", command(made, Verb.APPROVE, "olga", Approval(adopt_tester=True)))

    async def test_a_scope_without_a_test(self, lab: Lab, court: Court) -> None:
        """A version that leaves nothing to test is not approved."""
        made = await lab.standing("draft", "scoping", keys=("A",))
        skip = Contents(contents=({"key": "A", "set": {"action": "skip", "reason": "not reported"}},))
        await court.do(made, Verb.EDIT, "tina", skip)
        await court.do(made, Verb.SUBMIT, "tina")
        answer = await court.refused("refused", command(made, Verb.APPROVE, "olga", Approval(adopt_tester=True)))
        assert "Scoping v1 cannot be approved: no attribute is left to test" == answer.message


class TestSigning:
    """The report owner's sign-off, as a command."""

    async def test_is_given_once(self, lab: Lab, court: Court) -> None:
        """Omar signs on the hash that he read; olga cannot sign beside him."""
        made = await lab.standing("submitted", "finalize_report")
        await court.do(made, Verb.SIGN, "omar", content_hash=(await made.header(1)).content_hash)
        await court.refused("wrong_state", command(made, Verb.SIGN, "olga"))

    @pytest.mark.parametrize(
        ("who", "code"), [("tina", "wrong_role"), ("rhea", "wrong_role"), ("tom", "self_approval")]
    )
    async def test_is_given_by_a_report_owner_who_made_nothing(
        self, lab: Lab, court: Court, who: str, code: str
    ) -> None:
        """Neither by the others, nor by tom, who is report owner and took a section out."""
        made = await lab.standing("draft", "finalize_report")
        await made.remove("B", by="tom")
        await made.submit()
        await court.refused(code, command(made, Verb.SIGN, who))

    async def test_is_missed(self, lab: Lab, court: Court) -> None:
        """The test executive does not approve before the report owner has signed."""
        made = await lab.standing("submitted", "finalize_report")
        asked = command(made, Verb.APPROVE, "rhea", Approval(adopt_tester=True))
        answer = await court.refused("signoff_missing", asked)
        assert "not signed by: report_owner" == answer.message


class TestReasons:
    """What is said without a reason."""

    @pytest.mark.parametrize(
        ("status", "verb", "actor"),
        [("submitted", Verb.REJECT, "olga"), ("submitted", Verb.WITHDRAW, "tina"), ("draft", Verb.WITHDRAW, "tina"),
         ("draft", Verb.HOLD, "rhea"), ("draft", Verb.CANCEL, "rhea"), ("submitted", Verb.REQUEST, "olga"),
         ("draft", Verb.REASSIGN_PERSON, "rhea")],
    )
    async def test_a_verb_that_needs_one(self, lab: Lab, court: Court, status: str, verb: Verb, actor: str) -> None:
        """White space is no reason."""
        made = await lab.standing(status, "scoping")
        await court.refused("reason_missing", command(made, verb, actor, reason=" \n"))

    @pytest.mark.parametrize("verdict", ["reject", "non_issue"])
    async def test_a_verdict_that_needs_one(self, lab: Lab, court: Court, verdict: str) -> None:
        """The refusal names the row."""
        made = await lab.standing("submitted", "observation_management")
        sheet = Decisions(decisions=(Decision(key="A | Cards", verdict=verdict, reason=" ", row=2),))
        answer = await court.refused("reason_missing", command(made, Verb.DECIDE, "olga", sheet))
        assert f"row 2: A | Cards: {verdict} carries a reason" == answer.message

    async def test_an_override_that_needs_one(self, lab: Lab, court: Court) -> None:
        """Skipping what was recommended for testing is told why, in the same edit."""
        made = await lab.standing("draft", "scoping")
        skip = Contents(contents=({"key": "A", "set": {"action": "skip"}},))
        await court.refused("reason_missing", command(made, Verb.EDIT, "tina", skip))


def scope(key: str) -> dict[str, Any]:
    """The fields of a scope item."""
    return {"set": item("scoping", key).model_dump(mode="json")}


class TestMalformedCommands:
    """What cannot be meant: refused for good, never tried again and again."""

    @pytest.mark.parametrize(
        ("verb", "payload"),
        [
            (Verb.ADD, Contents(contents=({},))), (Verb.ADD, Contents(contents=({"set": "text"},))),
            (Verb.ADD, Contents(contents=({"set": {}},))),
            (Verb.ADD, Contents(contents=(scope("C"),), origin="dreamt")),
            (Verb.ADD, Contents(contents=(scope("C"), scope("C")))), (Verb.ADD, Keys(keys=("C",))),
            (Verb.ADD, Contents(contents=({"set": {**scope("C")["set"], "score": 10**30}},))),
            (Verb.ADD, Contents(contents=({"set": {**scope("C")["set"], "reason": "a\0b"}},))),
            (Verb.EDIT, Contents(contents=({"set": {"score": 1}},))),
            (Verb.EDIT, Contents(contents=({"key": 5, "set": {"score": 1}},))),
            (Verb.EDIT, Contents(contents=({"key": "A", "set": {"score": 1}}, {"key": "A", "set": {"score": 2}}))),
            (Verb.EDIT, Contents(contents=({"key": "A", "set": {"attribute": "Z"}},))),
            (Verb.EDIT, Contents(contents=({"key": "A", "set": {"color": "red"}},))),
            (Verb.DECIDE, decisions({"A": "maybe"})), (Verb.DECIDE, decisions({"A": "reject"})),
            (Verb.DECIDE, Decisions(decisions=(Decision(key="A", verdict="approve"),) * 2)),
            (Verb.SIGN, None),
        ],
    )
    async def test_are_refused(self, lab: Lab, court: Court, verb: Verb, payload: Any) -> None:
        """Whatever is wrong with the payload."""
        made = await lab.standing("submitted" if verb is Verb.SIGN else "draft", "scoping")
        await court.refused("malformed_command", command(made, verb, "tina", payload))

    async def test_a_stored_payload_that_is_none(self, lab: Lab, court: Court) -> None:
        """Bytes that are no payload are refused; bytes that are not there are not found."""
        made = await lab.standing("draft", "scoping")
        digest = court.store.put(b"no payload")
        await court.refused("malformed_command", command(made, Verb.DECIDE, "tina", Stored(sha256=digest, rows=1)))
        await court.refused("not_found", command(made, Verb.DECIDE, "tina", Stored(sha256="0" * 64, rows=1)))

    @pytest.mark.parametrize("verb", [Verb.DECIDE, Verb.REMOVE, Verb.EDIT])
    async def test_an_item_that_is_not_there(self, lab: Lab, court: Court, verb: Verb) -> None:
        """The refusal names it, even if its name cannot be stored."""
        made = await lab.standing("draft", "scoping")
        payload: Any = {
            Verb.DECIDE: decisions({"A": "approve", "Z\0": "approve"}), Verb.REMOVE: Keys(keys=("Z\0",)),
            Verb.EDIT: Contents(contents=({"key": "Z\0", "set": {"score": 1}},)),
        }[verb]
        assert not (await court.ask(command(made, verb, "tina", payload))).accepted

    @pytest.mark.parametrize("change", [{"phase": "painting"}, {"phase": "planning"}, {"scope": "dan"}])
    async def test_a_phase_that_is_not_there(self, lab: Lab, court: Court, change: dict[str, Any]) -> None:
        """Unknown, not begun, or of an owner who has none."""
        made = await lab.standing("draft", "scoping")
        await court.refused("not_found", command(made, Verb.SUBMIT, "tina", **change))

    async def test_a_cycle_that_is_not_there(self, lab: Lab, court: Court) -> None:
        """It is refused, and the refusal is on record."""
        asked = Command(
            command_id="unknown-cycle", cycle="Z9:R", actor="tina", verb=Verb.SUBMIT, phase="scoping", issued_at=AT
        )
        await court.refused("not_found", asked)

    @pytest.mark.parametrize(
        "change",
        [{"reason": "a\0b"}, {"payload": Keys(keys=("\0",))}, {"command_id": "x" * 201}, {"actor": "x" * 201},
         {"scope": "x" * 201}, {"reason": "x" * 50_001}, {"payload": Keys(keys=("A",) * 201)}],
    )
    async def test_what_no_activity_should_see(self, lab: Lab, change: dict[str, Any]) -> None:
        """The form alone tells, before anything is judged."""
        made = await lab.round("scoping")
        assert "" != command(made, Verb.SUBMIT, "tina").model_copy(update=change).refusal_of_form()

    @pytest.mark.parametrize("reason", ["", "plain", "\\u0000", "C:\\u0000\\new", "x" * 40_000, "naïve ₿ 字"])
    async def test_what_an_activity_may_see(self, lab: Lab, reason: str) -> None:
        """Text that only looks like a NUL character is text."""
        made = await lab.round("scoping")
        assert "" == command(made, Verb.SUBMIT, "tina", reason=reason).refusal_of_form()
