"""The approved rules of the cycle before, which a new cycle's proposals take; one statement."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Tx, rows
from models.items import Rule, RuleSource
from models.phases import BY_KIND

_PROFILING = BY_KIND["data_profiling"]
# For an amendment the cycle that it amends, else the latest earlier period of the report that has approved rules.
_EARLIER = """
with previous as (
    select p.id, p.slug from cycle_report c join cycle_report p on p.report = c.report
       and (p.period < c.period or p.id = c.amends)
     where c.id = :c and exists (select from phase f join version v on v.phase = f.id and v.status = 'approved'
                                  where f.cycle = p.id and f.kind = :kind)
     order by p.id = c.amends desc nulls last, p.period desc, p.id desc limit 1)
select p.slug, e.number, e.revision, e.content, e.supersedes is not null or e.revised_by <> 'system' as by_person
  from previous p join effective e on e.cycle = p.id and e.kind = :kind order by e.item
"""


@dataclass(frozen=True, slots=True)
class EarlierRule:
    """A rule as the cycle before approved it; `by_person` if a person wrote or changed it there."""

    rule: Rule
    source: RuleSource
    by_person: bool


async def earlier_rules(tx: Tx, cycle: int) -> list[EarlierRule]:
    """The effective rules of the cycle before, in the order in which they came there; none without such a cycle."""
    return [
        EarlierRule(
            Rule.model_validate_json(row.content),
            RuleSource(cycle=row.slug, version=row.number, revision=row.revision),
            row.by_person,
        )
        for row in await rows(tx, _EARLIER, c=cycle, kind=_PROFILING.kind)
    ]
