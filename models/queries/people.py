"""Who is in a cycle, as of now; one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.database import Tx, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """A person's latest entry; somebody without lines of business covers all."""

    person: str
    name: str
    roles: tuple[str, ...]
    lines_of_business: tuple[str, ...]
    by: str
    at: datetime
    reason: str

    def covers(self, line_of_business: str) -> bool:
        """Whether the line is theirs."""
        return not self.lines_of_business or line_of_business in self.lines_of_business


_PEOPLE = """
select distinct on (p.person) p.person, p.name, p.roles, p.lines_of_business, p.by, p.at, p.reason
  from person p join cycle_report c on c.id = p.cycle where c.slug = :slug order by p.person, p.id desc
"""


async def people(tx: Tx, slug: str) -> dict[str, PersonLine]:
    """Everybody in a cycle, by id."""
    found = await rows(tx, _PEOPLE, slug=slug)
    return {
        row.person: PersonLine(
            **{**row._mapping, "roles": tuple(row.roles), "lines_of_business": tuple(row.lines_of_business)}
        )
        for row in found
    }
