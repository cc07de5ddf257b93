"""What is stored beside the facts and follows from them: typed rows of items, authors of a phase, phases as data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.exc import DBAPIError

from models.database import Tx, rows
from models.phases import PHASES, Phase
from models.verification.findings import Record

TYPED = tuple(phase.item_table for phase in PHASES if phase.versioned)
# As text, a row of the table begins with its revision, which its content does not have.
_UNLIKE = """
select r.id as revision, t.revision is null as gone
  from phase p
  join item_revision r on r.phase = p.id
  left join {0} t on t.revision = r.id
 cross join lateral json_populate_record(null::{0}, r.content::json) wanted
 where p.cycle = :cycle and p.kind in (select kind from phase_policy where item_table = '{0}')
   and t::text is distinct from '(' || r.id || substr(wanted::text, 2)
union all
select t.revision, null from {0} t
 where not exists (select from item_revision r join phase p on p.id = r.phase
                    where r.id = t.revision and p.kind in (select kind from phase_policy where item_table = '{0}'))
"""
_AUTHORS = """
with wrote as (
  select r.phase, r.by as person from item_revision r join phase p on p.id = r.phase where p.cycle = :cycle
  union
  select d.phase, d.by from item_decision d join phase p on p.id = d.phase
   where p.cycle = :cycle and d.role = 'tester'),
listed as (select a.phase, a.person from phase_author a join phase p on p.id = a.phase where p.cycle = :cycle)
select phase, person, listed is null as gone from wrote full join listed using (phase, person)
 where wrote is null or listed is null order by phase, person
"""
_POLICIES = """
select kind, ordinal, item_table, submitter, approver, may_approve_own, approves_with_rejected, tester_verdicts,
       approver_verdicts, keeps, signoffs from phase_policy order by ordinal
"""


async def derived(tx: Tx, cycle: int | None) -> AsyncIterator[Record]:
    """A finding for each typed row that is not what its item's content makes, each author that is not listed or wrote
    nothing, and each phase that is not as coded."""
    stored = await rows(tx, _POLICIES)
    for kind in sorted({phase.kind for phase in PHASES} - {row.kind for row in stored}):
        yield {"record": "finding", "where": f"phase_policy {kind}", "problem": "is gone"}
    for row in stored:
        for name, value in _policy(row).items():
            if getattr(row, name) != value:
                told = f"{name} is {getattr(row, name)!r}, this release has {value!r}"
                yield {"record": "finding", "where": f"phase_policy {row.kind}", "problem": told}
    for row in await rows(tx, _AUTHORS, cycle=cycle) if cycle is not None else ():
        told = "is gone, though they wrote in the phase" if row.gone else "wrote nothing in the phase"
        yield {"record": "finding", "where": f"phase_author {row.phase} {row.person}", "problem": told}
    for table in TYPED if cycle is not None else ():
        try:
            async with tx.begin_nested():
                unlike = await rows(tx, _UNLIKE.format(table), cycle=cycle)
        except DBAPIError as error:
            told = f"cannot be compared with the contents: {error.orig}"
            yield {"record": "finding", "where": table, "problem": told}
            continue
        for row in unlike:
            told = "is gone" if row.gone else "is not what the item's content makes"
            told = "is of no item of that table" if row.gone is None else told
            yield {"record": "finding", "where": f"{table} {row.revision}", "problem": told}


def _policy(row: Any) -> dict[str, Any]:
    """What a stored phase should say; nothing of a phase that this release does not have, but its existence."""
    phase: Phase | None = next((phase for phase in PHASES if phase.kind == row.kind), None)
    if phase is None:
        return {"kind": None}
    return {
        "ordinal": phase.order, "item_table": phase.item_table if phase.versioned else None,
        "submitter": phase.submitter, "approver": phase.approver or None, "may_approve_own": phase.may_approve_own,
        "approves_with_rejected": phase.approves_with_rejected, "tester_verdicts": list(phase.tester_verdicts),
        "approver_verdicts": list(phase.approver_verdicts), "keeps": list(phase.keeps),
        "signoffs": list(phase.signoffs),
    }
