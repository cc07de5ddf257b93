"""What the last completed cycle of a report left unresolved goes into the next one when that starts."""

from __future__ import annotations

from models.database import Tx, rows
from models.phases import OWNER_ROUND

# Approved observations of the cycle before, and what it carried itself and did not test.
_CARRY = """
with previous as (
    select p.id from cycle_report c join cycle_report p on p.report = c.report and p.period < c.period
      join cycle_closing z on z.cycle = p.id and z.outcome = 'completed'
     where c.id = :c order by p.period desc, z.at desc limit 1)
insert into carried_observation (cycle, revision)
select CAST(:c AS bigint), e.revision from effective e join previous p on p.id = e.cycle
 where e.kind = :kind and e.approver_verdict = 'approve'
union
select CAST(:c AS bigint), x.revision from carried x join previous p on p.id = x.cycle where x.state = 'open'
returning revision
"""


async def carry(tx: Tx, cycle: int) -> int:
    """Note what the new cycle carries; how many observations that is."""
    return len(await rows(tx, _CARRY, c=cycle, kind=OWNER_ROUND.kind))
