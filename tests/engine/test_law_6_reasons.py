"""Law 6: rejecting, withdrawing and overriding carry a reason, and white space is none."""

from __future__ import annotations

import pytest

from models.database import scalar
from tests.engine.builders import Lab, item
from tests.engine.statements import decide, undecide

pytestmark = pytest.mark.asyncio(loop_scope="session")

EMPTY = pytest.mark.parametrize("reason", ["''", "'   '", "E'\\t\\n'"])


@EMPTY
async def test_rejecting_a_version(lab: Lab, reason: str) -> None:
    """The version is not rejected."""
    await (await lab.standing("submitted")).attack(
        "refusal_carries_a_reason",
        f"update version set status = 'rejected', decided_by = 'olga', reason = {reason} where phase = :p",
    )


@pytest.mark.parametrize("blank", ["00A0", "2003", "3000"])
async def test_the_blanks_of_other_scripts_are_none(lab: Lab, blank: str) -> None:
    """A no-break, an em or an ideographic space is no reason, whatever the locale of the database."""
    await (await lab.standing("submitted")).attack(
        "refusal_carries_a_reason",
        f"update version set status = 'rejected', decided_by = 'olga', reason = U&'\\{blank}' where phase = :p",
    )


async def test_blank_is_what_python_calls_blank(lab: Lab) -> None:
    """Each of its characters and all of them together, and no other character of the planes in use."""
    async with lab.database.begin() as tx:
        found = await scalar(tx, "select array_agg(n order by n) from generate_series(1, 65535) n where n not between"
                                 " 55296 and 57343 and not assay.says_something(chr(n))")
        together = await scalar(tx, "select assay.says_something(:t)", t="".join(map(chr, found)))
    assert ([n for n in range(1, 65536) if chr(n).isspace()], False) == (list(found), together)


async def test_rejecting_a_version_without_a_word(lab: Lab) -> None:
    """No reason at all is refused too."""
    await (await lab.standing("submitted")).attack(
        "refusal_carries_a_reason", "update version set status = 'rejected', decided_by = 'olga' where phase = :p"
    )


@EMPTY
@pytest.mark.parametrize("status", ["draft", "submitted"])
async def test_withdrawing_a_version(lab: Lab, status: str, reason: str) -> None:
    """The version is not withdrawn."""
    await (await lab.standing(status)).attack(
        "refusal_carries_a_reason",
        f"update version set status = 'withdrawn', decided_by = 'tina', reason = {reason} where phase = :p",
    )


@EMPTY
@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("sample_selection", "reject"), ("observation_management", "reject"), ("observation_management", "non_issue")],
)
async def test_rejecting_an_item_or_calling_it_no_issue(lab: Lab, kind: str, verdict: str, reason: str) -> None:
    """The approver's verdict is not recorded."""
    await (await lab.standing("submitted", kind)).attack(
        "verdict_carries_a_reason",
        "insert into item_decision (phase, revision, version, versions, role, verdict, reason, by)"
        f" select phase, revision, number, from_version(1), 'approver', '{verdict}', {reason}, 'olga' from member"
        " where phase = :p",
    )


@EMPTY
async def test_rejecting_an_item_as_its_tester(lab: Lab, reason: str) -> None:
    """The tester's word against an item carries a reason too."""
    await (await lab.standing("draft")).attack(
        "verdict_carries_a_reason",
        undecide("tester"),
        decide("A", "tester", verdict="reject").replace("'because'", reason),
    )


@EMPTY
async def test_overriding_a_recommendation(lab: Lab, reason: str) -> None:
    """A scope item without a reason is not written, however it got its content."""
    made = await lab.standing("draft", "scoping")
    content = item("scoping", "C").canonical()
    await made.attack(
        "override_carries_a_reason",
        "insert into item (phase, natural_key) values (:p, 'C')",
        "insert into item_revision (phase, item, version, versions, origin, content, by)"
        f" select :p, id, 1, from_version(1), 'tester',"
        f" jsonb_set('{content}', '{{reason}}', to_jsonb({reason}::text))::text, 'tina'"
        " from item where phase = :p and natural_key = 'C'",
    )


@EMPTY
async def test_asking_for_an_item(lab: Lab, reason: str) -> None:
    """A request without a reason does not wait."""
    await (await lab.standing("submitted")).attack(
        "request_carries_a_reason",
        "insert into item_request (phase, natural_key, content, origin, reason, by)"
        f" values (:p, 'C', '{{}}', 'report_owner', {reason}, 'olga')",
    )


@EMPTY
@pytest.mark.parametrize(
    ("law", "statement"),
    [
        ("holding_carries_a_reason",
         "insert into cycle_hold (cycle, held, reason, by) values ({c}, true, {r}, 'rhea')"),
        ("cancelling_carries_a_reason",
         "insert into cycle_closing (cycle, outcome, reason, by) values ({c}, 'cancelled', {r}, 'rhea')"),
        ("a_change_carries_a_reason",
         "insert into assignment (cycle, attribute, line_of_business, status, reason, due_at, by)"
         " values ({c}, 'a', 'l', 'waived', {r}, now(), 'eve')"),
        ("a_change_carries_a_reason",
         "insert into assignment (cycle, attribute, line_of_business, status, owner, reason, due_at, by)"
         " values ({c}, 'a', 'l', 'disputed', 'dan', {r}, now(), 'dan')"),
        ("waiving_carries_a_reason", "insert into case_waiver (test_case, reason, by) values (1, {r}, 'tina')"),
        ("a_return_carries_a_reason",
         "insert into document_decision (revision, verdict, reason, by) values (1, 'return', {r}, 'tina')"),
        ("a_conclusion_carries_a_reason",
         "insert into execution_review (execution, conclusion, concluded, reason, by)"
         " values (1, 'match', true, {r}, 'tina')"),
    ],
)
async def test_whatever_else_sets_somebodys_work_aside(lab: Lab, law: str, statement: str, reason: str) -> None:
    """Holding, cancelling, waiving, disputing, returning and concluding carry a reason."""
    samples = await lab.round()
    await samples.attack(law, statement.format(c=samples.cycle.id, r=reason))
