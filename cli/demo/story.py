"""The story of a demo cycle: rounds of decisions, a rejected sample, a returned document, a waiver, a reassignment.

Owners work at the same time and at their own pace, as they would; the story only says what each of them does. What they
hand in is in evidence.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cli.demo.cast import Cast
from cli.demo.evidence import Supply, hand_in_all
from examples.built import BuiltCycle, Pairs
from methods.text import counted
from models.items import Observation
from models.payloads import Decision, Pair
from models.phases import OWNER_ROUND

REVIEWED = ("match", "match_within_tolerance", "mismatch")
_UNDECIDED = "the source states two values for one account, so that neither proves what was reported"


@dataclass(frozen=True, slots=True)
class Turns:
    """Which turns the story takes: `rework` rejects and reworks a sample version, `detours` waives and reassigns."""

    rework: bool = True
    detours: bool = True


async def play(cast: Cast, built: BuiltCycle, turns: Turns, *, today: date) -> Pairs:
    """Take a started cycle to its signed report.

    Returns (record key, attribute) of what was missing or unreadable in the owners' first deliveries.
    """
    await _round(cast, "planning", cast.roles["tester"])
    await _round(cast, "data_profiling", cast.roles["report_owner"])
    await _round(cast, "scoping", cast.roles["report_owner"])
    await (_reworked_samples(cast) if turns.rework else _round(cast, "sample_selection", cast.roles["report_owner"]))
    owners = await _assign(cast, built, turns)
    waived = next((owner for owner in owners if turns.detours), None)
    lacking = await asyncio.gather(
        *(_owner(cast, built, owner, waive=owner == waived, today=today) for owner in owners)
    )
    await _finalize(cast)
    return frozenset().union(*lacking)


async def _round(cast: Cast, phase: str, approver: str) -> None:
    number = await cast.wait_for_version(phase, "draft")
    items = await cast.decide_rest(cast.roles["tester"], phase, number)
    await cast.submit(phase)
    await cast.approve(approver, phase)
    cast.say(f"{phase} v{number}: {items} items decided, approved by {approver}")


async def _reworked_samples(cast: Cast) -> None:
    """The report owner rejects one sample and the version; the rework carries the others and adds one."""
    phase, owner = "sample_selection", cast.roles["report_owner"]
    number = await cast.wait_for_version(phase, "draft")
    await cast.decide_rest(cast.roles["tester"], phase, number)
    await cast.submit(phase)
    present = await cast.members(phase, number)
    first, *others = [m for m in present if m.content["category"] != "anomaly"]
    standing = [m for m in present if m.key != first.key]
    verdicts = [Decision(key=m.key, revision=m.revision, verdict="approve") for m in standing]
    verdicts.append(
        Decision(key=first.key, revision=first.revision, verdict="reject", reason="tested in the last cycle")
    )
    await cast.decide(owner, phase, verdicts)
    await cast.reject(owner, phase, "one record was tested before; choose another")
    cast.say(f"{phase} v{number}: rejected by {owner}, one of {len(others) + 1} drawn records with it")
    number = await cast.open(phase)
    await cast.add_samples([await _another_record(cast, number)], "in place of the record that was tested before")
    await cast.submit(phase)
    await cast.approve(owner, phase)
    cast.say(f"{phase} v{number}: {len(standing)} approvals carried, 1 record added, approved by {owner}")


async def _another_record(cast: Cast, number: int) -> str:
    """A record that no version has held: the first in key order."""
    known = {
        row.natural_key
        for row in await cast.read(
            "select i.natural_key from item i join phase p on p.id = i.phase join cycle_report c on c.id = p.cycle"
            " where c.slug = :cycle and p.kind = 'sample_selection'"
        )
    }
    return next(key for key in cast.record_keys if key not in known)


async def _assign(cast: Cast, built: BuiltCycle, turns: Turns) -> list[str]:
    """Each data executive assigns the pairs of their lines; returns the owners who end up with work."""

    async def unassigned() -> list[Pair] | None:
        found = await cast.read(
            "select distinct t.attribute, t.line_of_business from test_case t join cycle_report c on c.id = t.cycle"
            " where c.slug = :cycle order by 1, 2"
        )
        return [
            Pair(
                attribute=r.attribute,
                line_of_business=r.line_of_business,
                owner=built.assignments[r.attribute, r.line_of_business],
            )
            for r in found
        ] or None

    pairs = await cast.until(unassigned)
    executives = {line: person for person, lines in cast.executives.items() for line in lines}
    moved = _substitute(cast, pairs) if turns.detours else None
    for executive in sorted(set(executives.values())):
        theirs = [p for p in pairs if executives[p.line_of_business] == executive]
        first = [
            moved[0]
            if moved and (p.attribute, p.line_of_business) == (moved[0].attribute, moved[0].line_of_business)
            else p
            for p in theirs
        ]
        await cast.assign(executive, first)
    if moved:
        substitute, rightful = moved
        await cast.assign(executives[rightful.line_of_business], [rightful], "the first name was a mistake")
        cast.say(f"{rightful.attribute} of {rightful.line_of_business}: from {substitute.owner} to {rightful.owner}")
    owners = sorted({p.owner for p in pairs})
    cast.say(f"{len(pairs)} pairs assigned to {', '.join(owners)}")
    return owners


def _substitute(cast: Cast, pairs: Sequence[Pair]) -> tuple[Pair, Pair] | None:
    """A pair with another owner of its line, to be corrected later."""
    for pair in reversed(pairs):
        for owner, lines in cast.owners.items():
            if owner != pair.owner and (not lines or pair.line_of_business in lines):
                return pair.model_copy(update={"owner": owner}), pair
    return None


async def _owner(cast: Cast, built: BuiltCycle, owner: str, *, waive: bool, today: date) -> Pairs:
    """One owner: evidence in, what is wrong with it put right, results reviewed, observations decided.

    Returns what was missing or unreadable at first.
    """
    await cast.until(lambda: _begun(cast, owner))
    if waive:
        case = (await cast.cases(owner))[0]
        await cast.waive(owner, [case.number], "the record was purged at source under its retention rule")
        cast.say(f"{owner}: case {case.number} waived")
    lacking = await hand_in_all(Supply(cast, built, owner))
    await cast.judge_evidence(owner, "accept")
    await cast.review(owner, REVIEWED)
    await _conclude(cast, owner)
    await _observations(cast, owner, today)
    return lacking


async def _conclude(cast: Cast, owner: str) -> None:
    """The tester decides what the comparison left open: evidence that says two things proves nothing."""
    cases = await cast.cases(owner)
    undecided = [case.number for case in cases if case.state == "to_review" and case.outcome == "needs_review"]
    if undecided:
        await cast.conclude(owner, undecided, "mismatch", _UNDECIDED)
        cast.say(f"{owner}: {counted(len(undecided), 'case')} concluded by {cast.roles['tester']}: {_UNDECIDED}")


async def _begun(cast: Cast, owner: str) -> bool | None:
    found = await cast.read(
        "select 1 from owner_event e join cycle_report c on c.id = e.cycle where c.slug = :cycle and e.owner = :owner",
        owner=owner,
    )
    return True if found else None


async def _observations(cast: Cast, owner: str, today: date) -> None:
    """Decide the owner's observations, if there are any."""

    async def outcome() -> tuple[int] | tuple[()] | None:
        ended = await cast.read(
            "select 1 from owner_event e join cycle_report c on c.id = e.cycle"
            " where c.slug = :cycle and e.owner = :owner and e.event = 'completed'",
            owner=owner,
        )
        if ended:
            return ()
        drafts = await cast.read(
            "select v.number from version v join phase p on p.id = v.phase join cycle_report c on c.id = p.cycle"
            " where c.slug = :cycle and p.scope = :owner and v.status = 'draft'",
            owner=owner,
        )
        return (drafts[0].number,) if drafts else None

    found = await cast.until(outcome)
    if not found:
        cast.say(f"{owner}: complete, nothing to observe")
        return
    phase, number = OWNER_ROUND.kind, found[0]
    present = await cast.until(lambda: _all_told(cast, owner, number))
    await cast.edit(
        phase,
        {
            o.natural_key: {
                "root_cause": "values were changed between the source system and the report",
                "remediation_plan": "reload from source, add the reconciliation to the monthly close",
                "remediation_owner": owner,
                "remediation_due": (today + timedelta(days=60)).isoformat(),
            }
            for o in present
        },
        owner,
    )
    await cast.decide_rest(cast.roles["tester"], phase, number, owner=owner)
    await cast.submit(phase, owner)
    await cast.approve(cast.roles["report_owner"], phase, owner)
    cast.say(f"{owner}: {len(present)} observations approved by {cast.roles['report_owner']}")


async def _all_told(cast: Cast, owner: str, number: int) -> list[Observation] | None:
    """The owner's observations, once they hold every failure: until then the draft still grows."""
    failed = {case.number for case in await cast.cases(owner) if case.conclusion == "mismatch"}
    members = await cast.members(OWNER_ROUND.kind, number, owner)
    present = [Observation.model_validate(member.content) for member in members]
    return present if failed == {number for one in present for number in one.findings} else None


async def _finalize(cast: Cast) -> None:
    """Submit, sign and approve the report, then wait for the cycle to end."""
    phase = "finalize_report"
    number = await cast.wait_for_version(phase, "draft")
    await cast.decide_rest(cast.roles["tester"], phase, number)
    await cast.submit(phase)
    await cast.sign(cast.roles["report_owner"], phase)
    await cast.approve(cast.roles["test_executive"], phase)

    async def closed() -> bool | None:
        found = await cast.read(
            "select 1 from cycle_closing z join cycle_report c on c.id = z.cycle where c.slug = :cycle"
        )
        return True if found else None

    await cast.until(closed)
    cast.say(
        f"report v{number}: signed by {', '.join(cast.roles[r] for r in ('tester', 'report_owner', 'test_executive'))}"
    )
