"""How far a data owner's work has come, and what it still waits for."""

from __future__ import annotations

from typing import Any

from models.cycles import people
from models.database import Tx, one, rows
from models.findings import decided_findings, failures
from models.messages import Awaited, OwnerProgress, PhaseState
from models.phase_state import phase_state
from models.phases import OWNER_ROUND
from models.versions import lock_phase

_SAID = {
    "open": "cases wait for evidence",
    "returned": "cases are back with the owner",
    "executing": "cases are being executed",
    "to_accept": "cases wait for the evidence to be accepted",
    "to_review": "results wait for the tester's review",
}
# Whose turn it is with cases in a state, and to do what.
_TURNS = {
    "open": ("data_owner", "hand in evidence for"),
    "returned": ("data_owner", "hand in better evidence for"),
    "to_accept": ("tester", "accept or return the evidence for"),
    "to_review": ("tester", "review the results of"),
}
_DONE = ("concluded", "waived")
_COUNTED = """
select s.state, count(*) as n,
       case when s.state in ('open', 'returned')
            then min((select min(at) from case_owner o where o.test_case = s.id and o.owner = s.owner))
            else min(s.executed_at) end as since,
       case when s.state in ('open', 'returned') then min(s.due_at)
            else min(s.executed_at) + make_interval(days => coalesce(
                (select days from duty where cycle = :c and name = 'execution'), 0)) end as due_at
  from case_state s where s.cycle = :c and s.owner = :o group by s.state order by s.state
"""
_ASKED = """
select count(*) as n, min(r.at) as since from waiting_extension w join extension_request r on r.id = w.request
 where w.cycle = :c and w.owner = :o
"""
_WITHOUT_PLAN = "select count(*) as n from unplanned where cycle = :c and owner = :o"
_DISPUTED = "select count(*) as n, min(at) as since from open_dispute where cycle = :c and owner = :o"
# What an owner handed in is run for that owner, whoever has the case by now.
_PENDING = """
  from execution_request q join document_revision r on r.id = q.revision join document d on d.id = r.document
 where d.cycle = :c and d.owner = :o
   and not exists (select from execution e where e.test_case = q.test_case and e.request = q.request)
"""


async def latest_event(tx: Tx, cycle: int, owner: str) -> str | None:
    """What was last recorded of an owner's work as a whole; None before it has begun."""
    row = await one(
        tx,
        "select event from owner_event where cycle = :c and owner = :o order by id desc limit 1",
        c=cycle,
        o=owner,
    )
    return None if row is None else str(row.event)


async def pending_runs(tx: Tx, cycle: int, owner: str) -> int:
    """How many runs of cases were asked for on an owner's evidence and are not done."""
    return int((await one(tx, "select count(*) as n" + _PENDING, c=cycle, o=owner)).n)


async def oldest_request(tx: Tx, cycle: int, owner: str) -> str | None:
    """The command that has waited longest for runs on an owner's evidence."""
    row = await one(tx, "select q.request" + _PENDING + " order by q.at, q.request limit 1", c=cycle, o=owner)
    return None if row is None else str(row.request)


async def owner_progress(tx: Tx, cycle: int, slug: str, owner: str) -> OwnerProgress:
    """Counts by state, the observations' state, and a sentence per thing that is missing."""
    counted = await rows(tx, _COUNTED, c=cycle, o=owner)
    cases = {row.state: row.n for row in counted}
    observations = PhaseState()
    if await one(
        tx, "select id from phase where cycle = :c and kind = :k and scope = :o", c=cycle, k=OWNER_ROUND.kind, o=owner
    ):
        observations = await phase_state(tx, await lock_phase(tx, slug, OWNER_ROUND.kind, owner))
    waits = [f"{n} {_SAID.get(state, state)}" for state, n in cases.items() if state not in _DONE]
    found = {number for failure in await failures(tx, cycle, owner) for number in failure.findings}
    undecided = found - await decided_findings(tx, cycle, owner)
    if undecided:
        waits.append(f"{len(undecided)} failures are in no decided observation")
    if observations.status in ("draft", "submitted", "rejected"):
        waits.append(f"observations v{observations.version} are {observations.status}")
    lacking = (await one(tx, _WITHOUT_PLAN, c=cycle, o=owner)).n
    if lacking:
        waits.append(f"{lacking} critical or high observations lack a remediation plan with owner and due date")
    disputed = await one(tx, _DISPUTED, c=cycle, o=owner)
    if disputed.n:
        waits.append(f"{disputed.n} disputes of observations wait for the tester's answer")
    return OwnerProgress(
        cases=cases,
        pending=await pending_runs(tx, cycle, owner),
        observations=observations,
        waits=tuple(waits),
        awaited=await _awaited(tx, cycle, owner, counted, lacking, disputed),
        complete=not waits,
    )


async def _awaited(
    tx: Tx, cycle: int, owner: str, counted: list[Any], lacking: int, disputed: Any
) -> tuple[Awaited, ...]:
    """Whose turn it is with the owner's cases, with disputes, and with observations approved without a plan."""
    testers = tuple(person.person for person in (await people(tx, cycle)).values() if "tester" in person.roles)
    found = [
        Awaited(role=role, people=(owner,) if role == "data_owner" else testers, what=what,
                number=row.n, since=row.since, due_at=row.due_at)
        for row in counted if row.state in _TURNS for role, what in [_TURNS[row.state]]
    ]
    asked = await one(tx, _ASKED, c=cycle, o=owner)
    if asked.n:
        what = "grant or refuse more time for"
        found.append(Awaited(role="tester", people=testers, what=what, number=asked.n, since=asked.since))
    if disputed.n:
        found.append(Awaited(role="tester", people=testers, what="answer the disputed observations",
                             since=disputed.since))
    if lacking:
        found.append(Awaited(role="tester", people=testers, what="add the missing remediation plans"))
    return tuple(found)
