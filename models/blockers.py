"""What stands between a cycle and its final report, a sentence each with what to do about it."""

from __future__ import annotations

from collections import Counter

from models.cycles import CycleRow
from models.database import Tx, rows

_PAIRS = """
select distinct on (attribute, line_of_business) attribute || ' / ' || line_of_business as pair, status, owner
  from assignment where cycle = :c order by attribute, line_of_business, id desc
"""
_CASES = """
select coalesce(owner, 'nobody') as owner, state, count(*) as n, min(number) as first from case_state
 where cycle = :c and state not in ('concluded', 'waived') group by 1, 2 order by 1, 2
"""
_COUNTED = "select state, count(*) as n from case_state where cycle = :c group by state order by state"
_FINDINGS = """
select t.owner, count(*) as n, min(t.number) as first from case_state t
 where t.cycle = :c and t.state = 'concluded' and t.conclusion = 'mismatch'
   and not exists (select from effective e join observation_item o on o.revision = e.revision
                    where e.cycle = t.cycle and e.scope = t.owner and t.number = any (o.findings))
 group by t.owner order by 1
"""
_PLANS = "select owner, natural_key, severity from unplanned where cycle = :c order by 1, 2"
_DISPUTES = "select owner, natural_key from open_dispute where cycle = :c order by 1, 2"
_OPEN = """
select p.scope as owner, v.number, v.status from version v join phase p on p.id = v.phase
 where p.cycle = :c and p.scope <> '' and v.status in ('draft', 'submitted') order by 1
"""
_FAILED = """
select owner from (select distinct on (owner) owner, event from owner_event where cycle = :c order by owner, id desc) e
 where event = 'failed' order by owner
"""
# Where the run of an owner has ended, cases that are still open set it going again; a failure waits for a person.
_AT_WORK = """
select coalesce(e.owner, s.owner) as owner
  from (select distinct on (owner) owner, event from owner_event where cycle = :c order by owner, id desc) e
  full join (select distinct owner from case_state
              where cycle = :c and owner is not null and state not in ('concluded', 'waived')) s on s.owner = e.owner
 where e.event in ('started', 'retried') or (s.owner is not null and (e.event is null or e.event = 'completed'))
 order by 1
"""
_DOING = {
    "unassigned": "have no owner",
    "open": "wait for evidence",
    "returned": "were returned to the owner",
    "executing": "are being executed",
    "to_accept": "wait for evidence to be accepted",
    "to_review": "wait for a review",
}


async def blockers(tx: Tx, cycle: CycleRow) -> list[str]:
    """Everything that keeps the final report from starting; empty when nothing does."""
    pairs = [row for row in await rows(tx, _PAIRS, c=cycle.id) if row.status not in ("assigned", "waived")]
    told = [f"{row.pair} is {row.status}" + (f" by {row.owner}" if row.owner else "") for row in pairs]
    told += [
        f"{row.n} cases of {row.owner} {_DOING[row.state]}, first {row.first}"
        for row in await rows(tx, _CASES, c=cycle.id)
    ]
    told += [
        f"{row.n} failures of {row.owner} are in no decided observation, first {row.first}"
        for row in await rows(tx, _FINDINGS, c=cycle.id)
    ]
    told += [f"observations v{row.number} of {row.owner} are {row.status}" for row in await rows(tx, _OPEN, c=cycle.id)]
    told += [
        f"{row.severity} observation {row.natural_key} of {row.owner} lacks a remediation plan with owner and due date"
        for row in await rows(tx, _PLANS, c=cycle.id)
    ]
    told += [
        f"observation {row.natural_key} of {row.owner} is disputed and not answered"
        for row in await rows(tx, _DISPUTES, c=cycle.id)
    ]
    told += [f"the work of {row.owner} has failed: retry or waive it" for row in await rows(tx, _FAILED, c=cycle.id)]
    return told


async def counted(tx: Tx, cycle: CycleRow) -> tuple[dict[str, int], dict[str, int]]:
    """Cases by state, and pairs of attribute and line of business by status."""
    cases = {row.state: row.n for row in await rows(tx, _COUNTED, c=cycle.id)}
    pairs = Counter(row.status for row in await rows(tx, _PAIRS, c=cycle.id))
    return cases, dict(sorted(pairs.items()))


async def owners_at_work(tx: Tx, cycle: CycleRow) -> list[str]:
    """The data owners whose work should be going on, by the facts alone."""
    return [row.owner for row in await rows(tx, _AT_WORK, c=cycle.id)]
